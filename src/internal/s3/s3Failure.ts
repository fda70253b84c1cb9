/**
 * What a service has answered to one request, or what kept it from answering.
 *
 * @internal
 */
import * as Data from "effect/Data"
import type * as Duration from "effect/Duration"
import * as Predicate from "effect/Predicate"
import * as RetryAfter from "../remote/retryAfter.js"

/**
 * It is made anew from the SDK's error, which repeats requests, signatures and keys.
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
