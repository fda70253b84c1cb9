/**
 * The smallest driver that keeps the laws, over a backend that can be looked at from outside: every upload that is
 * not finished and every reader that is not closed shows on the shelf.
 *
 * It stands in for stores that can do less, and is what the mutants are made of.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Capabilities from "../../src/Capabilities.js"
import type * as Driver from "../../src/Driver.js"
import * as Location from "../../src/Location.js"
import * as Range from "../../src/Range.js"
import * as Store from "../../src/Store.js"
import { DuplicateImage, ImageNotFound, InvalidArgument } from "../../src/StoreError.js"
import { concat, cut } from "./bytes.js"
import { type Harness, Storage } from "./harness.js"

/** The backend. */
export interface Shelf {
  readonly images: Map<string, Uint8Array>
  readonly uploads: Set<Upload>
  /** The ids of the images that are being read, once for each reader. */
  readonly readers: Set<{ readonly imageId: string }>
}

export interface Upload {
  readonly imageId: string
  readonly parts: Array<Uint8Array>
}

export const makeShelf = (): Shelf => ({ images: new Map(), uploads: new Set(), readers: new Set() })

/** The scheme of a store that it may stand in for. */
const scheme = "s3"

export const everything = Capabilities.make("readRange", "write", "acls")

/** An upload that is taken from the shelf again, however the scope ends. */
export const begin = (shelf: Shelf, imageId: string) =>
  Effect.acquireRelease(
    Effect.sync((): Upload => {
      const upload = { imageId, parts: [] }
      shelf.uploads.add(upload)
      return upload
    }),
    (upload) => Effect.sync(() => shelf.uploads.delete(upload))
  )

/** Gives the upload its name, for good if the scope ends well. The pause is what a real backend needs to be sure. */
export const publish = (shelf: Shelf, { imageId, parts }: Upload) => {
  const image = concat(parts)
  const put = Effect.suspend(() =>
    shelf.images.has(imageId)
      ? new DuplicateImage({ store: "reference", imageId })
      : Effect.succeed(shelf.images.set(imageId, image))
  )
  return Effect.acquireRelease(
    Effect.zipRight(put, pause),
    (_, exit) => Effect.sync(() => Exit.isFailure(exit) && shelf.images.delete(imageId))
  )
}

export const pause = Effect.repeatN(Effect.yieldNow(), 5)

export const find = (shelf: Shelf, { location, uri }: Driver.Target<string>) =>
  Effect.suspend(() => {
    const image = shelf.images.get(location)
    return image === undefined ? new ImageNotFound({ uri }) : Effect.succeed(image)
  })

/** A reader that shows on the shelf until its scope ends. */
export const open = (shelf: Shelf, imageId: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const reader = { imageId }
      shelf.readers.add(reader)
      return reader
    }),
    (reader) => Effect.sync(() => shelf.readers.delete(reader))
  )

const imageIdFromLocation = Schema.transformOrFail(Location.LocationFromSelf, Schema.NonEmptyString, {
  strict: true,
  decode: (location, _, ast) => {
    const { authority, path } = Location.unsafeParts(location)
    return ParseResult.try({
      try: () => decodeURIComponent(authority + path),
      catch: () => new ParseResult.Type(ast, location, "it is not percent-encoded")
    })
  },
  encode: (imageId, _, ast) =>
    ParseResult.mapError(
      Location.fromUri(uriOf(imageId)),
      ({ reason }) => new ParseResult.Type(ast, imageId, reason)
    )
})

export const uriOf = (imageId: string): string => `${scheme}://${encodeURIComponent(imageId)}`

export const checkId = (imageId: string) =>
  imageId === "" || /\p{Surrogate}/u.test(imageId)
    ? new InvalidArgument({ argument: "imageId", received: JSON.stringify(imageId), allowed: "well-formed text" })
    : Effect.void

export const makeDriver = (shelf: Shelf, capabilities = everything): Driver.Driver<string> => ({
  type: "reference",
  schemes: [scheme],
  capabilities,
  location: imageIdFromLocation,
  write: (imageId, data) =>
    Effect.gen(function*() {
      yield* checkId(imageId)
      const upload = yield* begin(shelf, imageId)
      yield* Stream.runForEach(data, (bytes) => Effect.sync(() => upload.parts.push(new Uint8Array(bytes))))
      yield* publish(shelf, upload)
      return { location: imageId, metadata: {} }
    }),
  read: (target, range) =>
    Effect.gen(function*() {
      const image = yield* find(shelf, target)
      const { length, offset } = yield* Range.clip(range, image.length, target.uri)
      yield* open(shelf, target.location)
      const parts = cut(image.subarray(offset, offset + length), 65_536)
      return { size: Option.some(length), data: Stream.rechunk(Stream.fromIterable(parts), 1) }
    }),
  stat: (target) => Effect.map(find(shelf, target), ({ length }) => Option.some(length)),
  remove: (target) => Effect.map(find(shelf, target), () => shelf.images.delete(target.location)),
  setAcls: (target) => Effect.asVoid(find(shelf, target))
})

/** Where the reference, or something made of it, is other than it should be. */
export interface Alteration {
  readonly capabilities?: Capabilities.Capabilities
  readonly driver?: (driver: Driver.Driver<string>, shelf: Shelf) => Driver.Driver<string>
  readonly store?: (store: Store.Store, shelf: Shelf) => Store.Store
  /** What another instance works on. */
  readonly anotherShelf?: (shelf: Shelf) => Shelf
}

export const harness = (
  { anotherShelf = same, capabilities = everything, driver = same, store = same }: Alteration = {}
): Harness => ({
  schemes: [scheme],
  capabilities,
  tellsSize: true,
  durable: true,
  layer: Layer.effectContext(Effect.suspend(() => {
    const shelf = makeShelf()
    const makeOn = (its: Shelf) =>
      Effect.map(Store.make(driver(makeDriver(its, capabilities), its)), (made) => store(made, its))
    return Effect.map(makeOn(shelf), (made) =>
      Context.make(Store.Store, made).pipe(
        Context.add(Storage, {
          uriOf,
          seed: (imageId, bytes) =>
            Effect.sync(() => (shelf.images.set(imageId, new Uint8Array(bytes)), uriOf(imageId))),
          find: (imageId) => Effect.sync(() => Option.fromNullable(shelf.images.get(imageId))),
          litter: (imageId) => Effect.sync(() => litter(shelf, imageId)),
          another: Effect.suspend(() => makeOn(anotherShelf(shelf)))
        })
      ))
  }))
})

const same = <A>(value: A): A => value

const litter = ({ readers, uploads }: Shelf, imageId: string): ReadonlyArray<string> => [
  ...Array.from(uploads).filter((upload) => upload.imageId === imageId).map(() => "an upload"),
  ...Array.from(readers).filter((reader) => reader.imageId === imageId).map(() => "a reader")
]
