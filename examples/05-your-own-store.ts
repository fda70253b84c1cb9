/** A store of your own, of compressed images: the driver says where bytes go, `Store.make` does the rest. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Backend, Capabilities, type Driver, Location, Store, StoreError, StoreRegistry } from "effect-glance-store"
import type * as Chunk from "effect/Chunk"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { gunzipSync, gzipSync } from "node:zlib"

const Id = Schema.String.pipe(Schema.pattern(/^[\w.-]+$/))

/** `gzip://id`, read and written; whatever does not fit is a `BadStoreUri`. */
const IdFromLocation = Schema.transform(Location.LocationFromSelf, Id, {
  decode: (location) => Location.unsafeUri(location).slice("gzip://".length),
  encode: (id) => Either.getOrThrow(Location.fromParts({ scheme: "gzip", authority: id, path: "" }))
})

const gzipStore = Effect.suspend(() => {
  const images = new Map<string, Chunk.Chunk<Uint8Array>>()
  const find = ({ location, uri }: Driver.Target<string>) =>
    Effect.mapError(Effect.fromNullable(images.get(location)), () => new StoreError.ImageNotFound({ uri }))
  return Store.make({
    type: "gzip",
    schemes: ["gzip"],
    capabilities: Capabilities.make("read", "write"), // Without "readRange": to get a part is NotSupported.
    location: IdFromLocation,
    write: Effect.fnUntraced(function*(id, data) {
      const invalid = { argument: "imageId", received: id, allowed: "letters, digits, dots and dashes" } as const
      yield* Effect.mapError(Schema.validate(Id)(id), () => new StoreError.InvalidArgument(invalid))
      // This stream ends well only if size and digests are as declared; else nothing is published.
      const packed = yield* Stream.runCollect(Stream.map(data, (bytes) => gzipSync(bytes)))
      const duplicate = new StoreError.DuplicateImage({ store: "gzip", imageId: id })
      const publish = Effect.suspend(() => images.has(id) ? duplicate : Effect.succeed(images.set(id, packed)))
      // Should the add still fail or be interrupted, its scope closes with that exit, and the image goes.
      yield* Effect.acquireRelease(publish, (_, exit) => Effect.sync(() => Exit.isFailure(exit) && images.delete(id)))
      return { location: id, metadata: { encoding: "gzip" } }
    }),
    read: (target) => Effect.map(find(target), (packed) => ({ size: Option.none(), data: unpacked(packed) })),
    stat: (target) => Effect.as(find(target), Option.none()),
    remove: (target) => Effect.map(find(target), () => images.delete(target.location))
  })
})

const unpacked = (packed: Chunk.Chunk<Uint8Array>) => Stream.map(Stream.fromChunk(packed), (bytes) => gunzipSync(bytes))

const stores = Layer.provideMerge(StoreRegistry.register(gzipStore), StoreRegistry.layer({ default: "gzip" }))

Effect.gen(function*() {
  const { uri } = yield* Backend.addToBackend("disk-1", Stream.make(new Uint8Array(1_000_000)))
  const { data } = yield* Backend.getFromBackend(uri)
  yield* Console.log(uri, yield* Stream.runFold(data, 0, (size, bytes) => size + bytes.length), "bytes")
}).pipe(Effect.scoped, Effect.provide(stores), NodeRuntime.runMain)
