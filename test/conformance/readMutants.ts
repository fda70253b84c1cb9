/** Drivers that read, size, delete, share and locate wrongly. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as Driver from "../../src/Driver.js"
import * as Location from "../../src/Location.js"
import * as Range from "../../src/Range.js"
import { StorageWriteDenied } from "../../src/StoreError.js"
import { cut } from "./bytes.js"
import type { Mutant } from "./mutant.js"
import { find, makeShelf, pause, type Shelf } from "./reference.js"

type ReferenceDriver = Driver.Driver<string>

/** The reference, but for some of its members. */
const altered = (alter: (driver: ReferenceDriver, shelf: Shelf) => Partial<ReferenceDriver>): Mutant["alteration"] => ({
  driver: (driver, shelf) => ({ ...driver, ...alter(driver, shelf) })
})

/** The reference, but for the stream that is read. */
const streaming = (
  change: (data: Driver.ImageData["data"], image: Uint8Array, target: Driver.Target<string>) => Driver.ImageData["data"]
): Mutant["alteration"] =>
  altered(({ read }, shelf) => ({
    read: (target, range) =>
      Effect.zipWith(find(shelf, target), read(target, range), (image, { data, size }) => ({
        size,
        data: change(data, image, target)
      }))
  }))

export const readMutants: ReadonlyArray<Mutant> = [
  {
    name: "reads all but the last piece",
    alteration: streaming((data) => Stream.dropRight(data, 1)),
    breaks: ["get: gives the bytes, and says how many if the backend can tell"]
  },
  {
    name: "reads a byte less, and says so",
    alteration: altered(({ read }, shelf) => ({
      read: (target, { offset }) =>
        Effect.flatMap(
          find(shelf, target),
          ({ length }) => read(target, { offset, length: Math.max(0, length - offset - 1) })
        )
    })),
    breaks: [
      "get: gives the bytes, and says how many if the backend can tell",
      "any sequence of operations: finds the images that were added and not deleted, whole, and no others"
    ]
  },
  {
    name: "reads more than it says",
    alteration: streaming((data) => Stream.concat(data, Stream.make(new Uint8Array(1)))),
    breaks: ["get: gives the bytes, and says how many if the backend can tell"]
  },
  {
    name: "finds an empty image where there is none",
    alteration: altered(({ read, stat }) => ({
      read: (target, range) =>
        Effect.catchTag(
          read(target, range),
          "ImageNotFound",
          () => Effect.succeed({ size: Option.some(0), data: Stream.empty })
        ),
      stat: (target) => Effect.catchTag(stat(target), "ImageNotFound", () => Effect.succeedSome(0))
    })),
    breaks: [
      "get: fails with ImageNotFound where there is none, and names the location",
      "getSize: fails with ImageNotFound where there is none, and names the location",
      "add, of a source that fails: fails with the source's own error, wherever it comes, and leaves nothing"
    ]
  },
  {
    name: "moves one cursor for all its readers",
    alteration: altered((_, shelf) => {
      const cursors = new Map<string, number>()
      return {
        read: (target, range) =>
          Effect.gen(function*() {
            const image = yield* find(shelf, target)
            const { length, offset } = yield* Range.clip(range, image.length, target.uri)
            const parts = cut(image.subarray(offset, offset + length), 65_536)
            cursors.set(target.location, 0)
            const next = Effect.suspend(() => {
              const cursor = cursors.get(target.location) ?? 0
              cursors.set(target.location, cursor + 1)
              const part = parts[cursor]
              return Effect.zipRight(
                Effect.yieldNow(),
                part === undefined ? Effect.fail(Option.none()) : Effect.succeed(part)
              )
            })
            return { size: Option.some(length), data: Stream.repeatEffectOption(next) }
          })
      }
    }),
    breaks: ["get: gives the whole image to each of many readers at the same time"]
  },
  {
    name: "gives its own memory to readers",
    alteration: altered(({ read }, shelf) => ({
      read: (target, range) =>
        Effect.gen(function*() {
          const image = yield* find(shelf, target)
          const { size } = yield* read(target, range)
          const { length, offset } = yield* Range.clip(range, image.length, target.uri)
          return { size, data: Stream.make(image.subarray(offset, offset + length)) }
        })
    })),
    breaks: ["get: gives each reader bytes of its own: what it writes on them nobody else reads"]
  },
  {
    name: "gives the same memory to a reader again and again",
    alteration: streaming((data) => {
      const memory = new Uint8Array(65_536)
      return Stream.map(data, (bytes) => {
        memory.set(bytes)
        return memory.subarray(0, bytes.length)
      })
    }),
    breaks: [
      "get: lets a reader keep what it was given while it reads on",
      "get: gives the bytes, and says how many if the backend can tell"
    ]
  },
  {
    name: "closes a reader when it has read everything",
    alteration: altered((_, shelf) => ({
      read: (target, range) =>
        Effect.gen(function*() {
          const image = yield* find(shelf, target)
          const { length, offset } = yield* Range.clip(range, image.length, target.uri)
          const reader = { imageId: target.location }
          yield* Effect.sync(() => shelf.readers.add(reader))
          const parts = cut(image.subarray(offset, offset + length), 65_536)
          const data = Stream.rechunk(Stream.fromIterable(parts), 1)
          return {
            size: Option.some(length),
            data: Stream.concat(data, Stream.execute(Effect.sync(() => shelf.readers.delete(reader))))
          }
        })
    })),
    breaks: [
      "get: frees what a reader held that stops early",
      "get: frees what a reader held that fails",
      "get: frees what a reader held that is interrupted",
      "get: frees what a reader held that never read"
    ]
  },
  {
    name: "closes a reader whose scope ends well",
    alteration: altered(({ read }, shelf) => ({
      read: (target, range) =>
        Effect.gen(function*() {
          const held = yield* Effect.acquireRelease(
            Effect.sync(() => {
              const reader = { imageId: target.location }
              shelf.readers.add(reader)
              return reader
            }),
            (reader, exit) => Effect.sync(() => Exit.isSuccess(exit) && shelf.readers.delete(reader))
          )
          return yield* Effect.tapError(read(target, range), () => Effect.sync(() => shelf.readers.delete(held)))
        })
    })),
    breaks: [
      "get: holds an image for the time of its scope, whatever the scope ends with",
      "get: frees what a reader held that fails"
    ]
  },
  {
    name: "ends quietly where the image is gone",
    alteration: altered((_, shelf) => ({
      read: (target) =>
        Effect.map(find(shelf, target), (image) => ({
          size: Option.none(),
          data: Stream.fromIterable(cut(image, 65_536)).pipe(
            Stream.rechunk(1),
            Stream.takeWhile(() => shelf.images.has(target.location))
          )
        }))
    })),
    breaks: [
      "get, of an image that is deleted meanwhile: gives an open reader the whole image or a typed error, and never silently less"
    ]
  },
  {
    name: "ignores ranges",
    alteration: altered(({ read }) => ({ read: (target) => read(target, { offset: 0, length: undefined }) })),
    breaks: [
      "get, of a range: gives the bytes from any offset, of any length, as many as there are",
      "get, of a range: gives parts across the borders of large pieces",
      "get, of a range: gives the image, byte for byte, to who asks for each byte alone, and for all at the same time",
      "get, of a range: gives nothing of no length, and nothing from the very end",
      "get, of a range: fails with RangeBeyondEnd where the range begins behind the end"
    ]
  },
  {
    name: "takes a range behind the end for an empty one",
    alteration: altered(({ read }) => ({
      read: (target, range) =>
        Effect.catchTag(
          read(target, range),
          "RangeBeyondEnd",
          () => Effect.succeed({ size: Option.some(0), data: Stream.empty })
        )
    })),
    breaks: ["get, of a range: fails with RangeBeyondEnd where the range begins behind the end"]
  },
  {
    name: "says a wrong size",
    alteration: altered(({ stat }) => ({ stat: (target) => Effect.map(stat(target), Option.map((size) => size + 1)) })),
    breaks: [
      "getSize: is the number of bytes, or none where the backend cannot tell",
      "any sequence of operations: finds the images that were added and not deleted, whole, and no others"
    ]
  },
  {
    name: "keeps what it deletes",
    alteration: altered((_, shelf) => ({ remove: (target) => Effect.asVoid(find(shelf, target)) })),
    breaks: [
      "delete: takes the image away, and leaves nothing of it",
      "delete: fails with ImageNotFound where there is none, and the second time",
      "delete: frees the id: another image can be added under it",
      "delete: of many at the same time, one at least succeeds, and the others find no image",
      "location, of an image that was added: is written as text and read again as the same, and leads to the image"
    ]
  },
  {
    name: "deletes all that begins with the id",
    alteration: altered((_, shelf) => ({
      remove: (target) =>
        Effect.map(find(shelf, target), () => {
          for (const imageId of shelf.images.keys()) {
            if (imageId.startsWith(target.location)) {
              shelf.images.delete(imageId)
            }
          }
        })
    })),
    breaks: ["delete: takes no other image away"]
  },
  {
    name: "deletes what is not there",
    alteration: altered((_, shelf) => ({ remove: ({ location }) => Effect.sync(() => shelf.images.delete(location)) })),
    breaks: [
      "delete: fails with ImageNotFound where there is none, and the second time",
      "location: is refused or names no image, whatever stands behind one that is right"
    ]
  },
  {
    name: "dies of an image that another has deleted first",
    alteration: altered((_, shelf) => ({
      remove: (target) =>
        find(shelf, target).pipe(
          Effect.zipRight(pause),
          Effect.flatMap(() =>
            shelf.images.delete(target.location) ? Effect.void : Effect.dieMessage("it was there a moment ago")
          )
        )
    })),
    breaks: ["delete: of many at the same time, one at least succeeds, and the others find no image"]
  },
  {
    name: "shares an image once",
    alteration: altered((_, shelf) => {
      const shared = new Set<string>()
      return {
        setAcls: (target) =>
          Effect.flatMap(find(shelf, target), () =>
            shared.has(target.location)
              ? new StorageWriteDenied({ store: "reference", cause: "it has an access list" })
              : Effect.sync(() => shared.add(target.location)))
      }
    }),
    breaks: ["setAcls: is done, and done again with another list, and the image is what it was"]
  },
  {
    name: "shares what is not there",
    alteration: altered(() => ({ setAcls: () => Effect.void })),
    breaks: ["setAcls: fails with ImageNotFound where there is none, and names the location"]
  },
  {
    name: "throws at a location that it does not understand",
    alteration: altered(({ location }) => ({
      location: Schema.transform(Location.LocationFromSelf, Location.LocationFromSelf, {
        strict: true,
        decode: (own) => {
          decodeURIComponent(Location.unsafeUri(own))
          return own
        },
        encode: (own) => own
      }).pipe(Schema.compose(location))
    })),
    breaks: ["location: is refused or names no image, whatever stands behind one that is right"]
  },
  {
    name: "writes ids into its URIs as they are",
    alteration: altered(({ location }) => ({
      location: Schema.transformOrFail(Location.LocationFromSelf, Schema.String, {
        strict: true,
        decode: (own) => Schema.decode(location)(own).pipe(Effect.mapError(({ issue }) => issue)),
        encode: (imageId, _, ast) =>
          ParseResult.mapError(
            Location.fromUri(`s3://${imageId}`),
            ({ reason }) => new ParseResult.Type(ast, imageId, reason)
          )
      })
    })),
    breaks: [
      "location, of an image that was added: leads to the image of an odd id, unless the id is refused",
      "location, of an image that was added: leads to the image of any id, unless the id is refused"
    ]
  },
  {
    name: "keeps its images to itself",
    alteration: { anotherShelf: makeShelf },
    breaks: [
      "location, in another instance of the store: leads to the same image over the same storage, and to none over another"
    ]
  }
]
