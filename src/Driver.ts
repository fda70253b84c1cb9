/**
 * What a backend implements to become a store, with `Store.make`.
 *
 * A driver only writes, reads, sizes and removes. It checks no capability, counts and hashes
 * nothing, and never meets the caller's own errors: should the source fail, grow too long, end too
 * early or have the wrong digest, the stream that the driver is writing fails with `UploadFailed`.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { Capabilities } from "./Capabilities.js"
import type { Digest } from "./Digest.js"
import type { Location } from "./Location.js"
import type { LocationMetadata } from "./LocationMetadata.js"
import type * as Range from "./Range.js"
import type {
  BackendException,
  BadStoreUri,
  DuplicateImage,
  ImageChanged,
  ImageNotFound,
  ImageTruncated,
  InvalidArgument,
  MaxRedirectsExceeded,
  NotAuthenticated,
  NotSupported,
  RangeBeyondEnd,
  RemoteServiceUnavailable,
  StorageDeleteDenied,
  StorageFull,
  StorageReadDenied,
  StorageWriteDenied,
  StoreTimeout
} from "./StoreError.js"

/**
 * The bytes will not come, or must not be kept. A driver cleans up and passes it on; `Store.make`
 * knows the reason and gives that to the caller instead.
 *
 * @since 0.1.0
 * @category errors
 */
export class UploadFailed extends Data.TaggedError("UploadFailed") {}

/**
 * What can befall any call to a backend.
 *
 * @since 0.1.0
 * @category errors
 */
export type CallError = StoreTimeout | NotAuthenticated | RemoteServiceUnavailable | BackendException

/**
 * @since 0.1.0
 * @category errors
 */
export type WriteError = InvalidArgument | DuplicateImage | StorageFull | StorageWriteDenied | CallError

/**
 * What may come in the middle of an image that is being read.
 *
 * @since 0.1.0
 * @category errors
 */
export type ReadError = ImageTruncated | ImageChanged | CallError

/**
 * What may keep an image from being opened. `BadStoreUri` is for a location that is well-formed, and
 * not one of this store; `NotSupported` for a range, where only the backend can tell that it has none.
 *
 * @since 0.1.0
 * @category errors
 */
export type OpenError = StatError | RangeBeyondEnd | NotSupported

/**
 * @since 0.1.0
 * @category errors
 */
export type StatError = BadStoreUri | ImageNotFound | StorageReadDenied | MaxRedirectsExceeded | CallError

/**
 * @since 0.1.0
 * @category errors
 */
export type RemoveError = BadStoreUri | ImageNotFound | StorageDeleteDenied | CallError

/**
 * @since 0.1.0
 * @category errors
 */
export type SetAclsError = BadStoreUri | ImageNotFound | StorageWriteDenied | CallError

/**
 * The bytes of an image, or of the range that was asked for.
 *
 * @since 0.1.0
 * @category models
 */
export interface ImageData {
  /** How many bytes `data` will give; none if the backend cannot tell. */
  readonly size: Option.Option<number>
  /** Each chunk is the reader's to keep. What the stream holds open is freed with the scope it was got in. */
  readonly data: Stream.Stream<Uint8Array, ReadError>
}

/**
 * Who may read and write an image, besides its owner.
 *
 * @since 0.1.0
 * @category models
 */
export interface Acls {
  readonly public: boolean
  readonly readTenants: ReadonlyArray<string>
  readonly writeTenants: ReadonlyArray<string>
}

/**
 * The image that an operation is about: its location in the driver's own form, and as it may be
 * shown in errors, without credentials.
 *
 * @since 0.1.0
 * @category models
 */
export interface Target<out L> {
  readonly location: L
  readonly uri: string
}

/**
 * What `write` has published.
 *
 * @since 0.1.0
 * @category models
 */
export interface Written<out L> {
  readonly location: L
  readonly metadata: LocationMetadata
}

/**
 * `L` is the driver's own form of a location, decoded from the URI by its Schema.
 *
 * @since 0.1.0
 * @category models
 */
export interface Driver<L> {
  /** The driver's type: `file`, `s3`. Names the store in errors and spans where it has no id. */
  readonly type: string
  /** In lower case; at least one. */
  readonly schemes: ReadonlyArray<string>
  readonly capabilities: Capabilities
  /** Decoding and encoding must be each other's inverse; its messages must not repeat credentials. */
  readonly location: Schema.Schema<L, Location>
  /**
   * Stores the bytes under the id, and lets nobody see them before the stream has ended well. A chunk
   * is the driver's until it asks for the next: what it keeps longer, it copies.
   *
   * It runs in a scope that is closed with the exit of the whole `add`. What `write` publishes is
   * therefore best acquired in it, with a release that takes it back where the exit is a failure:
   * an interruption that comes while the image is being published then leaves none behind.
   */
  readonly write: (
    imageId: string,
    data: Stream.Stream<Uint8Array, UploadFailed>,
    options: {
      readonly size: Option.Option<number>
      /** Of the bytes, once the stream has ended well; a driver whose backend can compare need not make it again. */
      readonly digest: Effect.Effect<Digest>
    }
  ) => Effect.Effect<Written<L>, WriteError | UploadFailed, Scope.Scope>
  /** Opens the image; a range that begins behind its end is `RangeBeyondEnd` (see `Range.clip`). */
  readonly read: (target: Target<L>, range: Range.Checked) => Effect.Effect<ImageData, OpenError, Scope.Scope>
  /** The number of bytes; none if the backend cannot tell. */
  readonly stat: (target: Target<L>) => Effect.Effect<Option.Option<number>, StatError>
  readonly remove: (target: Target<L>) => Effect.Effect<void, RemoveError>
  /** Only where the capabilities have `acls`. */
  readonly setAcls?: (target: Target<L>, acls: Acls) => Effect.Effect<void, SetAclsError>
}
