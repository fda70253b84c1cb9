/**
 * A store that keeps images in the memory of the process, as long as the store lives.
 *
 * It keeps all the laws of a real one: an image is visible once its add has succeeded and not
 * before, of two writers of one id one wins, a reader keeps what it opened. Give it another store's
 * schemes, or take capabilities from it, and it stands in for that store in a test.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Capabilities from "./Capabilities.js"
import type * as Driver from "./Driver.js"
import { acquireRelease } from "./internal/acquired.js"
import * as Pulled from "./internal/pulled.js"
import * as Location from "./Location.js"
import type { LocationMetadata } from "./LocationMetadata.js"
import * as Range from "./Range.js"
import * as Store from "./Store.js"
import type { BadStoreConfiguration } from "./StoreError.js"
import { DuplicateImage, ImageNotFound, InvalidArgument, StorageFull } from "./StoreError.js"
import * as StoreKind from "./StoreKind.js"
import * as StoreOption from "./StoreOption.js"
import * as StoreRegistry from "./StoreRegistry.js"

/**
 * @since 0.1.0
 * @category config
 */
export interface Options {
  /** Whose locations it takes; the first one is written. Default: `memory`. */
  readonly schemes?: readonly [string, ...ReadonlyArray<string>] | undefined
  /** Default: all, `acls` included. */
  readonly capabilities?: Capabilities.Capabilities | undefined
  /** Bytes it holds before it is full. Default: no limit. */
  readonly capacity?: number | undefined
  /** What every add returns as metadata. Default: nothing. */
  readonly metadata?: LocationMetadata | undefined
}

/**
 * What a configuration can say of a memory store; a program can say more.
 *
 * @since 0.1.0
 * @category config
 */
export const Config = Schema.Struct({
  schemes: StoreOption.unset(Schema.NonEmptyArray(Schema.String), {
    name: "memory_store_schemes",
    type: "list of strings",
    default: ["memory"],
    help: "Whose locations it takes; the first one is written."
  }),
  capacity: StoreOption.unset(Schema.NonNegativeInt, {
    name: "memory_store_capacity",
    type: "integer",
    help: "Bytes it holds before it is full. Default: no limit."
  })
})

/**
 * Those of the options that a configuration can hold: for `Backend.registerOpts`.
 *
 * @since 0.1.0
 * @category config
 */
export const storeOptions: ReadonlyArray<StoreOption.StoreOption> = StoreOption.fromFields(Config.fields)

/**
 * A memory store, empty, not registered anywhere.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {},
  identity?: Store.Identity
): Effect.Effect<Store.Store, BadStoreConfiguration> =>
  Effect.suspend(() => {
    const images = new Map<string, Image>()
    const { capabilities = everything, capacity = Infinity, metadata = {}, schemes = ["memory"] } = options
    const store = identity?.id ?? "memory"
    const acls = new Map<string, Driver.Acls>()
    let used = 0

    const find = ({ location, uri }: Driver.Target<ImageId>) =>
      Effect.suspend(() => {
        const image = images.get(location.imageId)
        return image === undefined ? new ImageNotFound({ uri }) : Effect.succeed(image)
      })

    /** Why the image cannot be had now: its id is taken, or so many bytes do not fit. */
    const obstacle = (imageId: string, size: number): DuplicateImage | StorageFull | undefined =>
      images.has(imageId)
        ? new DuplicateImage({ store, imageId })
        : used + size > capacity
        ? new StorageFull({ store, reason: `it holds ${used} of ${capacity} bytes` })
        : undefined

    const check = (imageId: string, size: number): Effect.Effect<void, DuplicateImage | StorageFull> =>
      Effect.suspend((): Effect.Effect<void, DuplicateImage | StorageFull> => obstacle(imageId, size) ?? Effect.void)

    const forget = (imageId: string) => {
      used -= images.get(imageId)?.size ?? 0
      acls.delete(imageId)
      return images.delete(imageId)
    }

    /** One step, so that nobody comes in between. */
    const publish = (imageId: string, image: Image) =>
      Effect.suspend((): Effect.Effect<void, DuplicateImage | StorageFull> => {
        const found = obstacle(imageId, image.size)
        if (found !== undefined) {
          return found
        }
        used += image.size
        images.set(imageId, image)
        return Effect.void
      })

    return Store.make({
      type: "memory",
      schemes,
      capabilities,
      location: imageIdFromLocation(schemes[0]),

      write: (imageId, data) =>
        Effect.gen(function*() {
          yield* checkImageId(imageId)
          yield* check(imageId, 0)
          const image = { size: 0, chunks: new Array<Uint8Array>() }
          const keep = (bytes: Uint8Array) =>
            Effect.suspend(() => {
              image.size += bytes.length
              // The source may use its memory again for the next chunk.
              image.chunks.push(copy(bytes))
              return check(imageId, image.size)
            })
          yield* Pulled.forEachChunk(Pulled.open(data), (chunk) => Effect.forEach(chunk, keep, { discard: true }))
          yield* acquireRelease(
            publish(imageId, image),
            (_, exit) => Effect.sync(() => Exit.isFailure(exit) && images.get(imageId) === image && forget(imageId))
          )
          return { location: { imageId }, metadata }
        }),

      read: (target, range) =>
        Effect.gen(function*() {
          const image = yield* find(target)
          const { length, offset } = yield* Range.clip(range, image.size, target.uri)
          return { size: Option.some(length), data: slices(image, offset, length) }
        }),

      stat: (target) => Effect.map(find(target), ({ size }) => Option.some(size)),

      remove: ({ location, uri }) =>
        Effect.suspend(() => forget(location.imageId) ? Effect.void : new ImageNotFound({ uri })),

      setAcls: (target, wanted) => Effect.map(find(target), () => acls.set(target.location.imageId, wanted))
    }, identity)
  })

/**
 * Stores of the type `memory` in a configuration: glance_store has none, so this is for tests and trials.
 *
 * @since 0.1.0
 * @category config
 */
export const kind: StoreKind.StoreKind<typeof Config.Encoded> = StoreKind.make({
  type: "memory",
  config: Config,
  make: (options, identity) => make(options, identity)
})

/**
 * A memory store among those of `Stores.layer`.
 *
 * @since 0.1.0
 * @category config
 */
export const config = (options: Options = {}, identity?: Store.Identity): StoreKind.ConfiguredStore =>
  StoreKind.configured("memory", options, make, identity)

/**
 * Adds an empty memory store to the registry.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options?: Options,
  identity?: Store.Identity
): Layer.Layer<never, BadStoreConfiguration | StoreRegistry.StoreConflict, StoreRegistry.StoreRegistry> =>
  StoreRegistry.register(make(options, identity))

// -----------------------------------------------------------------------------

const everything = Capabilities.make("readRange", "write", "acls")

interface Image {
  readonly size: number
  readonly chunks: ReadonlyArray<Uint8Array>
}

const checkImageId = (imageId: string) =>
  imageId === "" || /\p{Surrogate}/u.test(imageId)
    ? new InvalidArgument({
      argument: "imageId",
      received: JSON.stringify(imageId),
      allowed: "one or more characters of well-formed text"
    })
    : Effect.void

const ImageId = Schema.Struct({ imageId: Schema.NonEmptyString })
type ImageId = typeof ImageId.Type

/** `scheme://id`, the id percent-encoded, so that any id is a location. */
const imageIdFromLocation = (scheme: string) =>
  Schema.transformOrFail(Location.LocationFromSelf, ImageId, {
    strict: true,
    decode: (location, _, ast) => {
      const { authority, path } = Location.unsafeParts(location)
      return ParseResult.try({
        try: () => ({ imageId: decodeURIComponent(authority + path) }),
        catch: () => new ParseResult.Type(ast, location, "its image id is not percent-encoded")
      })
    },
    encode: ({ imageId }, _, ast) =>
      ParseResult.mapError(
        Location.fromParts({ scheme, authority: encodeURIComponent(imageId), path: "" }),
        ({ reason }) => new ParseResult.Type(ast, imageId, reason)
      )
  })

/** Copies, for a reader may write on what it was given. */
const slices = (image: Image, offset: number, length: number): Stream.Stream<Uint8Array> => {
  const end = offset + length
  let at = 0
  const parts: Array<Uint8Array> = []
  for (const bytes of image.chunks) {
    const part = bytes.subarray(Math.max(0, offset - at), Math.max(0, end - at))
    if (part.length > 0) {
      parts.push(part)
    }
    at += bytes.length
  }
  return Stream.fromIterable(parts).pipe(Stream.rechunk(1), Stream.map(copy))
}

/** Not `slice`: that of a Buffer copies nothing. */
const copy = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)
