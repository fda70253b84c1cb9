/**
 * What a web server and the way to it say, in the words of stores.
 *
 * @internal
 */
import type * as Headers from "@effect/platform/Headers"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as Predicate from "effect/Predicate"
import {
  BadStoreUri,
  ImageNotFound,
  type MaxRedirectsExceeded,
  RemoteServiceUnavailable,
  StorageReadDenied
} from "../../StoreError.js"
import * as Fault from "../remote/fault.js"
import * as RetryAfter from "../remote/retryAfter.js"
import { Refused } from "./connecting.js"

/** What keeps an image from being asked for, or told of. */
export type Failure =
  | BadStoreUri
  | ImageNotFound
  | StorageReadDenied
  | MaxRedirectsExceeded
  | RemoteServiceUnavailable

/** @internal */
export interface Asking {
  readonly method: "GET" | "HEAD"
  readonly store: string
  readonly operation: "get" | "getSize"
  /** As it may be shown. */
  readonly uri: string
}

/**
 * Of a request that got no answer. That of a HEAD is a bad URI to the original, whatever the reason, and so it is here.
 *
 * @internal
 */
export const ofRequest =
  ({ method, operation, store, uri }: Asking) => (error: HttpClientError): Fault.Fault<Failure> => {
    const refusal = chain(error).find((cause) => cause instanceof Refused)
    if (refusal !== undefined) {
      return Fault.final(new BadStoreUri({ uri, reason: refusal.message }))
    }
    const cause = plain(error.cause)
    // Some lengths the parser of the client itself refuses, with the words of the header field.
    const unusable = /content-length/iu.test(cause.message)
    const failure = method === "HEAD" || unusable
      ? new BadStoreUri({ uri, reason: `its server gave no answer: ${cause.message}`, cause })
      : new RemoteServiceUnavailable({ store, operation, cause })
    return unusable || chain(error).some(isLasting) ? Fault.final(failure) : Fault.passing(failure)
  }

/**
 * Of a body that broke off.
 *
 * @internal
 */
export const ofBody =
  ({ operation, store }: Pick<Asking, "operation" | "store">) =>
  (error: HttpClientError): Fault.Fault<RemoteServiceUnavailable> =>
    Fault.passing(new RemoteServiceUnavailable({ store, operation, cause: plain(error.cause) }))

/**
 * Of a status that is none of success. The text that comes with it is not looked at: it may repeat the URL.
 *
 * @internal
 */
export const ofStatus = (
  { operation, store, uri }: Asking,
  { headers, now, precise, status }: {
    readonly status: number
    readonly headers: Headers.Headers
    readonly now: number
    readonly precise: boolean
  }
): Fault.Fault<Failure> => {
  const reason = `its server answered with the status ${status}`
  const cause = new Error(reason)
  if (status === 404 || precise && status === 410) {
    return Fault.final(new ImageNotFound({ uri }))
  }
  if (precise && (status === 401 || status === 403)) {
    return Fault.final(new StorageReadDenied({ uri, cause }))
  }
  if (status >= 500 || status === 408 || status === 429) {
    return Fault.passing(
      precise
        ? new RemoteServiceUnavailable({ store, operation, cause })
        : new BadStoreUri({ uri, reason, status }),
      RetryAfter.parse(headers["retry-after"], now)
    )
  }
  return Fault.final(new BadStoreUri({ uri, reason, status }))
}

// -----------------------------------------------------------------------------

/** What will be the same at the next try: no such name, no HTTP, no certificate to trust. */
const isLasting = (cause: unknown): boolean =>
  cause instanceof Error && (cause.name === "HTTPParserError" ||
    codes(cause).some((code) =>
      /^(?:HPE_|CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_|ENOTFOUND|EACCES|EPERM)/u.test(code)
    ))

/** The error, its cause, the cause of that. */
const chain = (error: unknown): ReadonlyArray<unknown> => {
  const found: Array<unknown> = []
  for (let next = error; next !== undefined && next !== null && !found.includes(next);) {
    found.push(next)
    next = Predicate.hasProperty(next, "cause") ? next.cause : undefined
  }
  return found
}

const codes = (error: unknown): ReadonlyArray<string> =>
  chain(error).flatMap((cause) =>
    Predicate.hasProperty(cause, "code") && Predicate.isString(cause.code) ? [cause.code] : []
  )

/** Message and code alone: the errors of clients have their requests in them, and those have credentials. */
const plain = (cause: unknown): Error => {
  const [code] = codes(cause)
  const several = cause instanceof AggregateError ? cause.errors.map(messageOf).join("; ") : ""
  const message = messageOf(cause) || several || (code ?? "it did not say why")
  return Object.assign(new Error(message), code === undefined ? {} : { code })
}

const messageOf = (cause: unknown): string => cause instanceof Error ? cause.message : ""
