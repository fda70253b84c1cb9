/**
 * The AWS SDK behind one port: every request goes through `attempt`, is called off where the effect is
 * interrupted, and fails with a `S3Failure` that holds nothing secret. The SDK makes no second try by itself.
 *
 * @internal
 */
import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3"
import * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import { readFileSync } from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import { BadStoreConfiguration } from "../../StoreError.js"
import * as RetryAfter from "../remote/retryAfter.js"
import type { Credentials, Settings } from "./settings.js"

/**
 * What the service has answered, or what kept it from answering. It is made anew from the SDK's error, which
 * repeats requests, signatures and keys.
 *
 * @internal
 */
export class S3Failure extends Data.TaggedError("S3Failure")<{
  readonly operation: string
  /** The error's code: `SlowDown`, `ECONNRESET`. */
  readonly code: string
  /** Absent where there was no answer. */
  readonly status: number | undefined
  readonly message: string
  readonly requestId: string | undefined
  readonly retryAfter: Duration.Duration | undefined
  /** What the answer says in its headers of the range, and of where the bucket is. */
  readonly contentRange: string | undefined
  readonly bucketRegion: string | undefined
}> {
  /** As a service answers that does not replace what is there. */
  static readonly exists = (operation: string): S3Failure =>
    new S3Failure({
      operation,
      code: "PreconditionFailed",
      status: 412,
      message: "there is an object of this name",
      requestId: undefined,
      retryAfter: undefined,
      contentRange: undefined,
      bucketRegion: undefined
    })
}

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
    const agents = {
      httpAgent: new http.Agent(agent),
      httpsAgent: new https.Agent(ca === undefined ? agent : { ...agent, ca })
    }
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
    const connect = (socketTimeout: number) => {
      const sdk = new S3Client({
        ...configuration,
        requestHandler: {
          ...agents,
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
    const [sdk, bodies] = yield* Effect.all([connect(millis(settings.idle)), connect(0)])
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

/** The SDK would print warnings, and requests with them, on the console. */
const silent = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

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

/**
 * `hidden` are texts that no service may repeat to us in its messages.
 *
 * @internal
 */
export const toFailure = (
  operation: string,
  cause: unknown,
  { hidden, now }: { readonly now: number; readonly hidden: ReadonlyArray<string> }
): S3Failure => {
  const metadata = Predicate.hasProperty(cause, "$metadata") ? cause.$metadata : undefined
  const response = Predicate.hasProperty(cause, "$response") ? cause.$response : undefined
  const headers = Predicate.hasProperty(response, "headers") ? response.headers : undefined
  const status = numberAt(response, "statusCode") ?? numberAt(metadata, "httpStatusCode")
  const name = textAt(cause, "name") ?? "UnknownError"
  const said = hidden.reduce((text, secret) => text.replaceAll(secret, "***"), textAt(cause, "message") ?? "no message")
  // The SDK compares the time of the answer with its own: an answer to HEAD says no more than that it is refused.
  const skewed = Predicate.hasProperty(metadata, "clockSkewCorrected") && metadata.clockSkewCorrected === true
  const code = skewed
    ? "RequestTimeTooSkewed"
    : status !== undefined
    ? textAt(cause, "Code") ?? name
    // The SDK has one name for a connection that does not come about, and for one on which nothing comes.
    : textAt(cause, "code") ?? (name === "TimeoutError" && said.includes("establish") ? "ETIMEDOUT" : name)
  return new S3Failure({
    operation,
    code,
    // An answer of 200 may hold an error: S3 says so in its body, and the SDK in the metadata.
    status: numberAt(metadata, "httpStatusCode") ?? status,
    message: `${code}${status === undefined ? "" : ` (${status})`}: ${said}`,
    requestId: textAt(metadata, "requestId"),
    retryAfter: RetryAfter.parse(textAt(headers, "retry-after"), now),
    contentRange: textAt(headers, "content-range"),
    bucketRegion: textAt(headers, "x-amz-bucket-region")
  })
}

const textAt = (value: unknown, key: string): string | undefined =>
  Predicate.hasProperty(value, key) && Predicate.isString(value[key]) ? value[key] : undefined

const numberAt = (value: unknown, key: string): number | undefined =>
  Predicate.hasProperty(value, key) && Predicate.isNumber(value[key]) ? value[key] : undefined
