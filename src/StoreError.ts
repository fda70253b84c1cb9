/**
 * What can go wrong, a class for each condition a caller can act on.
 *
 * Every operation of a store fails with its own union of these (`Store.AddError`, …). URIs in
 * them are printed without credentials; they are Schemas, so they travel as data. A fault that
 * nobody foresaw in a foreign system is a `BackendException` with its cause; the rest are defects.
 *
 * @since 0.1.0
 */
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { LookupError } from "./internal/lookupErrors.js"

/**
 * Those that come before there is a store to ask.
 *
 * @since 0.1.0
 * @category errors
 */
export * from "./internal/lookupErrors.js"

const because = (cause: unknown) => cause instanceof Error ? `: ${cause.message}` : ""

const id = <const Name extends string>(name: Name) => `effect-glance-store/StoreError/${name}` as const

/**
 * The location is well-formed, and names no image. Where several stores were asked for it, they are
 * `tried`.
 *
 * @since 0.1.0
 * @category errors
 */
export class ImageNotFound extends Schema.TaggedError<ImageNotFound>(id("ImageNotFound"))("ImageNotFound", {
  uri: Schema.String,
  tried: Schema.optional(Schema.Array(Schema.String))
}) {
  override get message() {
    return `No image at ${this.uri}${this.tried === undefined ? "" : ` in any of the stores ${this.tried.join(", ")}`}`
  }
}

/**
 * The store already holds an image of this id; it was left as it is.
 *
 * @since 0.1.0
 * @category errors
 */
export class DuplicateImage extends Schema.TaggedError<DuplicateImage>(id("DuplicateImage"))("DuplicateImage", {
  store: Schema.String,
  imageId: Schema.String
}) {
  override get message() {
    return `Image ${this.imageId} already exists in the store ${this.store}`
  }
}

/**
 * There is no room for the image: the device, a quota or a file size limit is reached.
 *
 * @since 0.1.0
 * @category errors
 */
export class StorageFull extends Schema.TaggedError<StorageFull>(id("StorageFull"))("StorageFull", {
  store: Schema.String,
  reason: Schema.String,
  cause: Schema.optional(Schema.Defect)
}) {
  override get message() {
    return `The store ${this.store} is full: ${this.reason}`
  }
}

/**
 * The backend refuses to write: permissions, or a read-only medium.
 *
 * @since 0.1.0
 * @category errors
 */
export class StorageWriteDenied extends Schema.TaggedError<StorageWriteDenied>(id("StorageWriteDenied"))(
  "StorageWriteDenied",
  { store: Schema.String, cause: Schema.Defect }
) {
  override get message() {
    return `The store ${this.store} may not be written`
  }
}

/**
 * The backend refuses to delete this image; it is still there.
 *
 * @since 0.1.0
 * @category errors
 */
export class StorageDeleteDenied extends Schema.TaggedError<StorageDeleteDenied>(id("StorageDeleteDenied"))(
  "StorageDeleteDenied",
  { uri: Schema.String, cause: Schema.Defect }
) {
  override get message() {
    return `The image ${this.uri} may not be deleted`
  }
}

/**
 * The backend refuses to read this image, or to say whether there is one.
 *
 * @since 0.1.0
 * @category errors
 */
export class StorageReadDenied extends Schema.TaggedError<StorageReadDenied>(id("StorageReadDenied"))(
  "StorageReadDenied",
  { uri: Schema.String, cause: Schema.Defect }
) {
  override get message() {
    return `The image ${this.uri} may not be read`
  }
}

/**
 * The source gave more or fewer bytes than were declared; nothing was stored.
 *
 * `actual` is the total after the chunk that went over, or all that an early end left.
 *
 * @since 0.1.0
 * @category errors
 */
export class SizeMismatch extends Schema.TaggedError<SizeMismatch>(id("SizeMismatch"))("SizeMismatch", {
  expected: Schema.Number,
  actual: Schema.Number
}) {
  override get message() {
    return this.actual > this.expected
      ? `Size exceeds the declared ${this.expected} bytes: ${this.actual} or more`
      : `Size mismatch: ${this.expected} bytes declared, ${this.actual} given`
  }
}

/**
 * The bytes do not have the digest the caller expected; nothing was stored.
 *
 * @since 0.1.0
 * @category errors
 */
export class DigestMismatch extends Schema.TaggedError<DigestMismatch>(id("DigestMismatch"))("DigestMismatch", {
  algorithm: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  override get message() {
    return `The ${this.algorithm} digest is ${this.actual}, expected was ${this.expected}`
  }
}

/**
 * An image ended before its size was reached, or broke off: what was read is not the image.
 *
 * @since 0.1.0
 * @category errors
 */
export class ImageTruncated extends Schema.TaggedError<ImageTruncated>(id("ImageTruncated"))("ImageTruncated", {
  uri: Schema.String,
  expected: Schema.Number,
  actual: Schema.Number,
  /** Why no more came, where that is known. */
  cause: Schema.optional(Schema.Defect)
}) {
  override get message() {
    return `${this.uri} ended after ${this.actual} of ${this.expected} bytes`
  }
}

/**
 * An image that was being read is no longer the one that was opened: replaced or deleted. The bytes
 * that came so far are of the old one.
 *
 * @since 0.1.0
 * @category errors
 */
export class ImageChanged extends Schema.TaggedError<ImageChanged>(id("ImageChanged"))("ImageChanged", {
  uri: Schema.String
}) {
  override get message() {
    return `The image ${this.uri} was replaced or deleted while it was being read`
  }
}

/**
 * The range begins behind the last byte of the image. (One that begins at its end is empty,
 * one that only ends behind it is cut.)
 *
 * @since 0.1.0
 * @category errors
 */
export class RangeBeyondEnd extends Schema.TaggedError<RangeBeyondEnd>(id("RangeBeyondEnd"))("RangeBeyondEnd", {
  uri: Schema.String,
  offset: Schema.Number,
  size: Schema.Number
}) {
  override get message() {
    return `Offset ${this.offset} is beyond the end of ${this.uri}, which has ${this.size} bytes`
  }
}

/**
 * The algorithm cannot make a multihash: its name is unknown (`available` are the names that
 * work here), or it needs a length.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownHashingAlgo extends Schema.TaggedError<UnknownHashingAlgo>(id("UnknownHashingAlgo"))(
  "UnknownHashingAlgo",
  { algo: Schema.String, available: Schema.Array(Schema.String), reason: Schema.optional(Schema.String) }
) {
  override get message() {
    const reason = this.reason === undefined ? "" : ` (${this.reason})`
    return `Unknown hashing algorithm "${this.algo}"${reason}; available are: ${this.available.join(", ")}`
  }
}

/**
 * A hashing thread has died while it had this image; nothing was stored.
 *
 * @since 0.1.0
 * @category errors
 */
export class HashingFailed extends Schema.TaggedError<HashingFailed>(id("HashingFailed"))("HashingFailed", {
  cause: Schema.Defect
}) {
  override get message() {
    return "The digests of the image could not be made"
  }

  /** The next image gets a new thread. */
  get retryable() {
    return true
  }
}

/**
 * An argument is outside what the operation allows; nothing was read or written.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidArgument extends Schema.TaggedError<InvalidArgument>(id("InvalidArgument"))("InvalidArgument", {
  argument: Schema.Literal("imageId", "size", "offset", "length", "expected"),
  received: Schema.String,
  allowed: Schema.String
}) {
  override get message() {
    return `${this.argument} ${this.received} is not allowed: it must be ${this.allowed}`
  }
}

/**
 * Location metadata holds something else than strings, lists and objects.
 *
 * `path` leads to the offending value from the root (`topkey.k3[0]`), `key` is the shorter path
 * that glance_store reports (`k3[0]`). The value itself is not repeated: metadata may hold secrets.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadLocationMetadata extends Schema.TaggedError<BadLocationMetadata>(id("BadLocationMetadata"))(
  "BadLocationMetadata",
  { path: Schema.String, key: Schema.String, actualType: Schema.String, store: Schema.optional(Schema.String) }
) {
  override get message() {
    return `Bad location metadata${this.store === undefined ? "" : ` of the store ${this.store}`}: ${
      this.path === "" ? "the root" : this.path
    } is a ${this.actualType}, allowed are objects, lists and strings`
  }
}

/**
 * The store cannot do this at all, or not for a `range`; nothing was read or written.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotSupported extends Schema.TaggedError<NotSupported>(id("NotSupported"))("NotSupported", {
  store: Schema.String,
  operation: Schema.Literal("add", "get", "getSize", "delete", "setAcls"),
  range: Schema.optional(Schema.Struct({ offset: Schema.Number, length: Schema.optional(Schema.Number) }))
}) {
  override get message() {
    return `The store ${this.store} does not support ${this.operation}${this.range === undefined ? "" : " of a range"}`
  }
}

/**
 * A call to the backend took longer than the store allows. It was not taken back: it may still
 * come to its end in the backend.
 *
 * @since 0.1.0
 * @category errors
 */
export class StoreTimeout extends Schema.TaggedError<StoreTimeout>(id("StoreTimeout"))("StoreTimeout", {
  store: Schema.String,
  operation: Schema.String,
  after: Schema.Duration
}) {
  override get message() {
    return `${this.operation} in the store ${this.store} took longer than ${Duration.format(this.after)}`
  }

  /** The same call may succeed later. */
  get retryable() {
    return true
  }
}

/**
 * The remote service does not know the store's credentials, or they have expired, or its clock is wrong.
 *
 * @since 0.1.0
 * @category errors
 */
export class NotAuthenticated extends Schema.TaggedError<NotAuthenticated>(id("NotAuthenticated"))("NotAuthenticated", {
  store: Schema.String,
  operation: Schema.String,
  cause: Schema.Defect
}) {
  override get message() {
    return `The store ${this.store} was not authenticated for ${this.operation}${because(this.cause)}`
  }
}

/**
 * The remote service cannot be reached, is overloaded or broken, and was so at every try.
 *
 * @since 0.1.0
 * @category errors
 */
export class RemoteServiceUnavailable
  extends Schema.TaggedError<RemoteServiceUnavailable>(id("RemoteServiceUnavailable"))(
    "RemoteServiceUnavailable",
    { store: Schema.String, operation: Schema.String, cause: Schema.Defect }
  )
{
  override get message() {
    return `The service of the store ${this.store} is not available for ${this.operation}${because(this.cause)}`
  }

  /** The same call may succeed later. */
  get retryable() {
    return true
  }
}

/**
 * The backend failed in a way that has no name here; the cause is its own error.
 *
 * @since 0.1.0
 * @category errors
 */
export class BackendException extends Schema.TaggedError<BackendException>(id("BackendException"))(
  "BackendException",
  { store: Schema.String, operation: Schema.String, cause: Schema.Defect }
) {
  override get message() {
    return `${this.operation} failed in the store ${this.store}${because(this.cause)}`
  }
}

/**
 * Whatever an operation on images may fail with, as one Schema for a log or an RPC.
 *
 * @since 0.1.0
 * @category errors
 */
export const StoreError = Schema.Union(
  ImageNotFound,
  DuplicateImage,
  StorageFull,
  StorageWriteDenied,
  StorageDeleteDenied,
  StorageReadDenied,
  SizeMismatch,
  DigestMismatch,
  ImageTruncated,
  ImageChanged,
  RangeBeyondEnd,
  ...LookupError.members,
  UnknownHashingAlgo,
  HashingFailed,
  InvalidArgument,
  BadLocationMetadata,
  NotSupported,
  StoreTimeout,
  NotAuthenticated,
  RemoteServiceUnavailable,
  BackendException
)

/**
 * @since 0.1.0
 * @category errors
 */
export type StoreError = typeof StoreError.Type
