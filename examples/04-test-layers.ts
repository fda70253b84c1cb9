/** One program over two kinds of stores: files where it works, memory where it is tested. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as FileSystem from "@effect/platform/FileSystem"
import { Backend, FileStore, MemoryStore, StoreRegistry } from "effect-glance-store"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

/** The program: replaces an image by its first bytes. It names no store. */
const shorten = (uri: string, imageId: string, length: number) =>
  Effect.gen(function*() {
    const { data } = yield* Backend.getFromBackend(uri, { length })
    const short = yield* Backend.addToBackend(imageId, data, { size: length })
    yield* Backend.deleteFromBackend(uri)
    return short
  }).pipe(Effect.scoped)

/** What is expected of it, whatever store there is. */
const scenario = Effect.gen(function*() {
  const long = yield* Backend.addToBackend("long", Stream.make(new TextEncoder().encode("an image")))
  const short = yield* shorten(long.uri, "short", 2)
  const { message } = yield* Effect.flip(Backend.getSizeFromBackend(long.uri))
  return `${short.size} bytes at ${short.uri}; ${message}`
})

const files = FileSystem.FileSystem.pipe(
  Effect.flatMap((fileSystem) => fileSystem.makeTempDirectoryScoped({ prefix: "test-layers-" })),
  Effect.map((datadir) => FileStore.layer({ datadir })),
  Layer.unwrapScoped
)

/** Memory that takes the place of the file store: the same scheme, the same laws. */
const memory = MemoryStore.layer({ schemes: ["file"] })

/** A test makes the disk full, which is hard with a real one. */
const full = MemoryStore.layer({ schemes: ["file"], capacity: 9 })

const run = <E, R>(name: string, stores: Layer.Layer<never, E, R>) =>
  scenario.pipe(
    Effect.catchTag("StorageFull", (error) => Effect.succeed(error.message)),
    Effect.provide(Layer.provideMerge(stores, StoreRegistry.layer({ default: "file" }))),
    Effect.flatMap((outcome) => Console.log(`${name}: ${outcome}`))
  )

Effect.all([run("files", files), run("memory", memory), run("full", full)]).pipe(
  Effect.provide(NodeContext.layer),
  NodeRuntime.runMain
)
