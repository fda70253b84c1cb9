/** The simplest driver there can be, with its images in sight, and what it takes to use it. */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Capabilities from "../src/Capabilities.js"
import type * as Driver from "../src/Driver.js"
import * as Location from "../src/Location.js"
import type { LocationMetadata } from "../src/LocationMetadata.js"
import { ImageNotFound } from "../src/StoreError.js"

export const everything = Capabilities.make("readRange", "write", "acls")

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

export const source = (...chunks: ReadonlyArray<string>): Stream.Stream<Uint8Array> =>
  Stream.fromIterable(chunks.map(bytes))

export const at = (uri: string): Location.Location => Either.getOrThrow(Location.fromUri(uri))

const imageId = (location: Location.Location) => Location.unsafeParts(location).authority

/** Images are texts, under `shelf://` and their id. */
export const shelf = (
  images: Map<string, string>,
  metadata: LocationMetadata = {}
): Driver.Driver<Location.Location> => ({
  type: "shelf",
  schemes: ["shelf"],
  capabilities: everything,
  location: Location.LocationFromSelf,
  write: (id, data) =>
    Effect.gen(function*() {
      const text = yield* Stream.mkString(Stream.decodeText(data))
      yield* Effect.acquireRelease(
        Effect.sync(() => images.set(id, text)),
        (_, exit) => Effect.sync(() => Exit.isFailure(exit) && images.delete(id))
      )
      return { location: at(`shelf://${id}`), metadata }
    }),
  read: ({ location, uri }, { length, offset }) =>
    Effect.suspend(() => {
      const part = images.get(imageId(location))?.slice(offset, length === undefined ? undefined : offset + length)
      return part === undefined
        ? new ImageNotFound({ uri })
        : Effect.succeed({ size: Option.some(part.length), data: source(part) })
    }),
  stat: ({ location, uri }) =>
    Effect.suspend(() => {
      const text = images.get(imageId(location))
      return text === undefined ? new ImageNotFound({ uri }) : Effect.succeedSome(text.length)
    }),
  remove: ({ location, uri }) =>
    Effect.suspend(() => images.delete(imageId(location)) ? Effect.void : new ImageNotFound({ uri })),
  setAcls: () => Effect.void
})
