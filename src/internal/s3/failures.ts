/**
 * What a service that speaks S3 says, in the words of stores: by the status of its answer first and by the
 * code second, for an answer to HEAD has no code, and codes differ between services.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"
import {
  BackendException,
  DuplicateImage,
  ImageChanged,
  ImageNotFound,
  NotAuthenticated,
  RemoteServiceUnavailable,
  StorageDeleteDenied,
  StorageFull,
  StorageReadDenied,
  StorageWriteDenied,
  StoreTimeout
} from "../../StoreError.js"
import * as Fault from "../remote/fault.js"
import type { S3Failure } from "./s3Failure.js"

/** @internal */
export type Condition =
  /** There is no such object. */
  | "absent"
  | "noBucket"
  | "noUpload"
  /** A condition of the request does not hold: the object is there, or is another one. */
  | "precondition"
  /** Somebody else is doing the same at this moment. */
  | "conflict"
  | "denied"
  | "unauthenticated"
  /** The clocks differ; the SDK corrects its own from the answer. */
  | "skewed"
  | "full"
  /** The bytes did not arrive as they were sent. */
  | "damaged"
  /** The bucket is elsewhere. */
  | "moved"
  | "range"
  /** No answer, or a broken one. */
  | "unavailable"
  | "stalled"
  | "other"

/** @internal */
export const conditionOf = ({ code, status }: Pick<S3Failure, "code" | "status">): Condition => {
  if (status === undefined) {
    return lost.has(code)
      ? "unavailable"
      : code === "TimeoutError"
      ? "stalled"
      : /Credential|TokenProvider/u.test(code)
      ? "unauthenticated"
      : "other"
  }
  const byCode = codes.get(code)
  if (status >= 500) {
    return status === 507 ? "full" : status === 501 ? "other" : "unavailable"
  }
  switch (status) {
    case 301:
    case 302:
    case 307:
    case 308:
      return "moved"
    case 400:
      return byCode ?? "other"
    case 401:
      return "unauthenticated"
    case 403:
      return byCode ?? "denied"
    case 404:
      return byCode ?? "absent"
    case 408:
    case 425:
    case 429:
      return "unavailable"
    case 409:
      return byCode ?? "conflict"
    case 412:
      return "precondition"
    case 413:
      return "full"
    case 416:
      return "range"
    default:
      return "other"
  }
}

/**
 * What the condition is in an operation's own words; the rest is the same for all of them.
 *
 * @internal
 */
export type Words<E> = { readonly [C in Condition]?: (failure: S3Failure) => E }

/** What may come of any request. */
export type CallError = StoreTimeout | NotAuthenticated | RemoteServiceUnavailable | BackendException

/** @internal */
export const translate =
  <E>({ idle, operation, store, words }: Place & { readonly operation: string; readonly words: Words<E> }) =>
  (failure: S3Failure): Fault.Fault<E | CallError> => {
    const condition = conditionOf(failure)
    const special = words[condition]
    const error = special === undefined ? ordinary({ store, operation, idle }, condition, failure) : special(failure)
    return passes.has(condition) ? Fault.passing(error, failure.retryAfter) : Fault.final(error)
  }

/** @internal */
export interface Place {
  readonly store: string
  readonly idle: Duration.Duration
}

/** @internal */
export const ofAdd = (place: Place & { readonly bucket: string }, imageId: string) =>
  translate<StorageFull | StorageWriteDenied | DuplicateImage | CallError>({
    ...place,
    operation: "add",
    words: {
      full: (cause) => new StorageFull({ store: place.store, reason: cause.message, cause }),
      denied: (cause) => new StorageWriteDenied({ store: place.store, cause }),
      precondition: () => new DuplicateImage({ store: place.store, imageId }),
      noBucket: (cause) => noBucket(place, "add", cause)
    }
  })

/** @internal */
export const ofGet = (place: Place, operation: "get" | "getSize", uri: string) =>
  translate<ImageNotFound | StorageReadDenied>({
    ...place,
    operation,
    words: {
      absent: () => new ImageNotFound({ uri }),
      noBucket: () => new ImageNotFound({ uri }),
      denied: (cause) => new StorageReadDenied({ uri, cause })
    }
  })

/**
 * An image that is gone while it is being read is another one now.
 *
 * @internal
 */
export const ofResume = (place: Place, uri: string) => {
  const changed = () => new ImageChanged({ uri })
  return translate<ImageChanged>({
    ...place,
    operation: "get",
    words: { absent: changed, noBucket: changed, precondition: changed, range: changed }
  })
}

/**
 * A body that breaks off in the middle of an answer that was well.
 *
 * @internal
 */
export const ofBody = ({ store }: Place, cause: unknown): Fault.Fault<CallError> =>
  Fault.passing(new RemoteServiceUnavailable({ store, operation: "get", cause }))

/** @internal */
export const ofDelete = (place: Place, uri: string) =>
  translate<ImageNotFound | StorageDeleteDenied>({
    ...place,
    operation: "delete",
    words: {
      absent: () => new ImageNotFound({ uri }),
      noBucket: () => new ImageNotFound({ uri }),
      denied: (cause) => new StorageDeleteDenied({ uri, cause })
    }
  })

/**
 * Where there is nothing to be said but that it failed.
 *
 * @internal
 */
export const ofCall = (place: Place, operation: string) => translate<never>({ ...place, operation, words: {} })

/** @internal */
export const noBucket = (
  { bucket, store }: { readonly store: string; readonly bucket: string },
  operation: string,
  cause: S3Failure
) =>
  new BackendException({
    store,
    operation,
    cause: new Error(
      `there is no bucket ${bucket}, and s3_store_create_bucket_on_put does not allow to create it: ${cause.message}`
    )
  })

// -----------------------------------------------------------------------------

const ordinary = (
  { idle, operation, store }: Place & { readonly operation: string },
  condition: Condition,
  cause: S3Failure
): CallError => {
  switch (condition) {
    case "unauthenticated":
    case "skewed":
      return new NotAuthenticated({ store, operation, cause })
    case "unavailable":
    case "conflict":
      return new RemoteServiceUnavailable({ store, operation, cause })
    case "stalled":
      return new StoreTimeout({ store, operation, after: idle })
    case "moved":
      return new BackendException({ store, operation, cause: new Error(elsewhere(cause), { cause }) })
    default:
      return new BackendException({ store, operation, cause })
  }
}

const elsewhere = ({ bucketRegion, message }: S3Failure) =>
  `the bucket is in ${bucketRegion === undefined ? "another region" : `the region ${bucketRegion}`}, ` +
  `set s3_store_region_name to it: ${message}`

/** Another try may go better. */
const passes: ReadonlySet<Condition> = new Set(["unavailable", "stalled", "conflict", "damaged", "skewed"])

/** A connection that did not come about or did not last: Node's names, and OpenSSL's are more than can be listed. */
const lost = new Set([
  "ECONNRESET",
  "ECONNREFUSED",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EPROTO",
  "HPE_INVALID_CONSTANT",
  "ERR_STREAM_PREMATURE_CLOSE"
])

const codes = new Map<string, Condition>([
  ["NoSuchBucket", "noBucket"],
  ["NoSuchUpload", "noUpload"],
  ["QuotaExceeded", "full"],
  ["EntityTooLarge", "full"],
  ["InsufficientStorage", "full"],
  ["SignatureDoesNotMatch", "unauthenticated"],
  ["InvalidAccessKeyId", "unauthenticated"],
  ["ExpiredToken", "unauthenticated"],
  ["InvalidToken", "unauthenticated"],
  ["TokenRefreshRequired", "unauthenticated"],
  ["InvalidSecurity", "unauthenticated"],
  ["RequestTimeTooSkewed", "skewed"],
  ["BadDigest", "damaged"],
  ["XAmzContentChecksumMismatch", "damaged"],
  ["XAmzContentSHA256Mismatch", "damaged"],
  ["IncompleteBody", "unavailable"],
  ["RequestTimeout", "unavailable"],
  ["AuthorizationHeaderMalformed", "moved"],
  ["IllegalLocationConstraintException", "moved"]
])
