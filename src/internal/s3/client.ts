/**
 * The AWS SDK behind one port: every request goes through `attempt`, is called off where the effect is
 * interrupted, and fails with a `S3Failure` that holds nothing secret. The SDK makes no second try by itself.
 *
 * @internal
 */
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { readFileSync } from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import { BadStoreConfiguration } from "../../StoreError.js"
import * as Receiving from "./receiving.js"
import { type S3Failure, toFailure } from "./s3Failure.js"
import type { Credentials, Settings } from "./settings.js"

/** What goes with every command. */
export interface Sending {
  readonly abortSignal: AbortSignal
}

/** @internal */
export interface Client {
  /** One try of one request. */
  readonly attempt: <A>(
    operation: string,
    run: (sdk: S3Client, sending: Sending) => Promise<A>
  ) => Effect.Effect<A, S3Failure>
  /** The same for an answer whose body is read as it comes, at the reader's pace; nothing of it outlives the scope. */
  readonly attemptBody: <A>(
    operation: string,
    run: (sdk: S3Client, sending: Sending) => Promise<A>
  ) => Effect.Effect<A, S3Failure, Scope.Scope>
}

/**
 * Credentials other than the store's own are for old locations that bring theirs.
 *
 * @internal
 */
export const make = (
  settings: Settings,
  credentials: Credentials | undefined
): Effect.Effect<Client, BadStoreConfiguration, Scope.Scope> =>
  Effect.gen(function*() {
    const ca = yield* certificates(settings)
    const agent = { keepAlive: true, maxFreeSockets: Math.max(64, settings.concurrency, settings.parallel) }
    const httpsAgent = new https.Agent(ca === undefined ? agent : { ...agent, ca })
    const configuration: S3ClientConfig = {
      region: settings.region,
      forcePathStyle: settings.pathStyle,
      maxAttempts: 1,
      followRegionRedirects: false,
      // It would cost each larger part a connection of its own, and a round trip.
      expectContinueHeader: false,
      requestChecksumCalculation: settings.sdkChecksums.request,
      responseChecksumValidation: settings.sdkChecksums.response,
      logger: silent,
      ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
      ...(credentials === undefined ? {} : { credentials: identity(credentials) })
    }
    const connect = (httpAgent: http.Agent, socketTimeout: number) => {
      const sdk = new S3Client({
        ...configuration,
        requestHandler: {
          httpAgent,
          httpsAgent,
          connectionTimeout: millis(settings.connectTimeout),
          socketTimeout,
          logger: silent
        }
      })
      if (settings.unsignedBodies) {
        leaveBodiesUnsigned(sdk)
      }
      return Effect.acquireRelease(Effect.succeed(sdk), () => Effect.sync(() => sdk.destroy()))
    }
    // The SDK's timer also runs while a reader is busy, so what is read at a reader's pace has a client without.
    const [sdk, bodies] = yield* Effect.all([
      connect(new http.Agent(agent), millis(settings.idle)),
      connect(new Receiving.Agent(agent), 0)
    ])
    const hidden = credentials === undefined
      ? []
      : [credentials.access, credentials.secret, credentials.token ?? credentials.secret].map(Redacted.value)
    const attemptBody = attempting(bodies, hidden)
    return {
      attempt: attempting(sdk, hidden),
      attemptBody: (operation, run) =>
        Effect.suspend(() => {
          // An answer that comes together with an interruption has nobody to let its body go.
          const unwanted = new AbortController()
          let wanted = false
          return Effect.addFinalizer(() => Effect.sync(() => wanted ? undefined : unwanted.abort())).pipe(
            Effect.zipRight(
              attemptBody(
                operation,
                (client, { abortSignal }) =>
                  run(client, { abortSignal: AbortSignal.any([abortSignal, unwanted.signal]) })
              )
            ),
            Effect.tap(() => {
              wanted = true
            })
          )
        })
    }
  })

// -----------------------------------------------------------------------------

/** The SDK's timers: 0 is none. */
const millis = (duration: Duration.Duration): number => {
  const value = Duration.toMillis(duration)
  return Number.isFinite(value) ? value : 0
}

const identity = ({ access, secret, token }: Credentials) => ({
  accessKeyId: Redacted.value(access),
  secretAccessKey: Redacted.value(secret),
  ...(token === undefined ? {} : { sessionToken: Redacted.value(token) })
})

type Logger = NonNullable<S3ClientConfig["logger"]>

/**
 * The SDK would print warnings, and requests with them, on the console. For `info` and `error` it makes a copy of
 * each request and answer first, unless there are none.
 */
const silent = { trace: () => {}, debug: () => {}, warn: () => {} } as Logger

const certificates = ({ cacert, store }: Settings) =>
  cacert === ""
    ? Effect.succeed(undefined)
    : Effect.try({
      try: () => readFileSync(cacert, "utf8"),
      catch: (cause) => new BadStoreConfiguration({ store, reason: `s3_store_cacert ${cacert} cannot be read`, cause })
    })

/** To sign a body the SDK hashes all of it in this thread, which costs more than to send it. */
const leaveBodiesUnsigned = (sdk: S3Client): void => {
  sdk.middlewareStack.add(
    (next, context) => (args) => {
      const { request } = args
      if (carriesBody.has(String(context["commandName"]).replace(/Command$/u, "")) && isRequest(request)) {
        request.headers["x-amz-content-sha256"] = "UNSIGNED-PAYLOAD"
      }
      return next(args)
    },
    { step: "build", name: "leaveBodiesUnsigned" }
  )
}

const carriesBody = new Set(["PutObject", "UploadPart"])

const isRequest = (value: unknown): value is { readonly headers: Record<string, string> } =>
  Predicate.hasProperty(value, "headers") && Predicate.isRecord(value.headers)

/** An interruption ends the request and awaits that end, so that nothing is sent behind anybody's back. */
const attempting = (sdk: S3Client, hidden: ReadonlyArray<string>): Client["attempt"] => (operation, run) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.async((resume) => {
      const controller = new AbortController()
      const settled = run(sdk, { abortSignal: controller.signal }).then(
        (answer) => resume(Effect.succeed(answer)),
        (cause: unknown) => {
          // A service that refuses a body before it has come leaves the connection in the middle of it.
          if (carriesBody.has(operation)) {
            controller.abort()
          }
          resume(Effect.fail(toFailure(operation, cause, { now, hidden })))
        }
      )
      return Effect.suspend(() => {
        controller.abort()
        // What still looks for credentials does not hear the signal.
        return Effect.timeoutOption(Effect.interruptible(Effect.promise(() => settled)), "5 seconds")
      })
    }))
