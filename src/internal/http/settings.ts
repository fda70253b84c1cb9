/**
 * The options of an HTTP store after they were understood, and the certificates read.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import { X509Certificate } from "node:crypto"
import * as fs from "node:fs"
import { BadStoreConfiguration } from "../../StoreError.js"
import type * as Retrying from "../remote/retrying.js"
import * as Policy from "./policy.js"
import * as Proxies from "./proxies.js"

/** @internal */
export interface Options extends Policy.Options {
  readonly caFile?: string | undefined
  readonly insecure: boolean
  readonly proxies: string | Redacted.Redacted | Readonly<Record<string, string | Redacted.Redacted>>
  readonly connectTimeout: number
  readonly firstByteTimeout: number
  readonly idleTimeout: number
  readonly retries: number
  readonly retryPause: number
  readonly maxRedirects: number
  readonly redirectStatuses: ReadonlyArray<number>
  readonly allowHttpsToHttp: boolean
  readonly ranges: boolean
  readonly sizeByGet: boolean
  readonly preciseStatusErrors: boolean
  readonly userAgent: string
}

/** @internal */
export interface Settings {
  /** What errors call it. */
  readonly store: string
  readonly policy: Policy.Policy
  readonly proxies: Proxies.Proxies
  /** Certificates of authorities, in PEM. */
  readonly ca: string | undefined
  /** Whether any server is taken for the one it says it is. */
  readonly insecure: boolean
  readonly connectTimeout: Duration.Duration
  readonly firstByteTimeout: Duration.Duration
  readonly idleTimeout: Duration.Duration
  readonly retrying: Retrying.Policy
  readonly maxRedirects: number
  readonly redirectStatuses: ReadonlyArray<number>
  readonly allowHttpsToHttp: boolean
  readonly ranges: boolean
  readonly sizeByGet: boolean
  readonly preciseStatusErrors: boolean
  readonly userAgent: string
}

/** @internal */
export const fromOptions = (store: string, options: Options): Effect.Effect<Settings, BadStoreConfiguration> =>
  Effect.gen(function*() {
    const refuse = (reason: string) => new BadStoreConfiguration({ store, reason })
    const policy = yield* Effect.mapError(Policy.make(options), refuse)
    const proxies = yield* Effect.mapError(Proxies.make(options.proxies), (reason) => refuse(`proxies: ${reason}`))
    const ca = options.caFile === undefined ? undefined : yield* authorities(store, options.caFile)
    return {
      store,
      policy,
      proxies,
      ca,
      // As with glance_store, to name authorities is to want them asked.
      insecure: options.insecure && ca === undefined,
      connectTimeout: limit(options.connectTimeout),
      firstByteTimeout: limit(options.firstByteTimeout),
      idleTimeout: limit(options.idleTimeout),
      retrying: {
        retries: options.retries,
        pause: Duration.seconds(options.retryPause),
        longest: Duration.seconds(30)
      },
      maxRedirects: options.maxRedirects,
      redirectStatuses: options.redirectStatuses,
      allowHttpsToHttp: options.allowHttpsToHttp,
      ranges: options.ranges,
      sizeByGet: options.sizeByGet,
      preciseStatusErrors: options.preciseStatusErrors,
      userAgent: options.userAgent
    }
  })

// -----------------------------------------------------------------------------

const limit = (seconds: number) => seconds === 0 ? Duration.infinity : Duration.seconds(seconds)

/** Each certificate is looked at now, for later one that is none would only be a server that nobody knows. */
const authorities = (store: string, file: string): Effect.Effect<string, BadStoreConfiguration> =>
  Effect.try({
    try: () => {
      const text = fs.readFileSync(file, "utf8")
      const certificates = text.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gsu) ?? []
      // Reading one fails where it is none.
      if (certificates.map((certificate) => new X509Certificate(certificate)).length === 0) {
        throw new Error("there is no certificate in it")
      }
      return text
    },
    catch: (cause) =>
      new BadStoreConfiguration({
        store,
        reason: `caFile ${file}: ${cause instanceof Error ? cause.message : "it cannot be read"}`,
        cause
      })
  })
