/** What S3 says no with: the codes, and the status each comes with. */
import * as Data from "effect/Data"

const statuses = {
  AccessDenied: 403,
  AuthorizationHeaderMalformed: 400,
  BadDigest: 400,
  BucketAlreadyExists: 409,
  BucketAlreadyOwnedByYou: 409,
  BucketNotEmpty: 409,
  ConditionalRequestConflict: 409,
  EntityTooLarge: 400,
  EntityTooSmall: 400,
  ExpiredToken: 400,
  IllegalLocationConstraintException: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidAccessKeyId: 403,
  InvalidArgument: 400,
  InvalidDigest: 400,
  InvalidLocationConstraint: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidToken: 400,
  MalformedXML: 400,
  MethodNotAllowed: 405,
  MissingContentLength: 411,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NotImplemented: 501,
  NotModified: 304,
  PermanentRedirect: 301,
  PreconditionFailed: 412,
  QuotaExceeded: 403,
  RequestTimeout: 400,
  RequestTimeTooSkewed: 403,
  ServiceUnavailable: 503,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
  XAmzContentSHA256Mismatch: 400
} as const

export type Code = keyof typeof statuses

export const statusOf = (code: Code): number => statuses[code]

/** Thrown where a request is handled, and answered as S3 would. */
export class Refusal extends Data.TaggedError("Refusal")<{
  readonly code: Code
  /** More elements of the answer: the region that would be right, the range that there is. */
  readonly details?: Readonly<Record<string, string | number>>
  readonly headers?: Readonly<Record<string, string>>
}> {
  get status(): number {
    return statusOf(this.code)
  }
}

export const refuse = (code: Code, details: Readonly<Record<string, string | number>> = {}): never => {
  throw new Refusal({ code, details })
}
