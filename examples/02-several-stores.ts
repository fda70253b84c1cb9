/** Several stores in one program, each with an id: which one an image goes to, and how it is found again. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as FileSystem from "@effect/platform/FileSystem"
import { Backend, FileStore, MemoryStore, StoreRegistry } from "effect-glance-store"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

const bytes = Stream.make(new TextEncoder().encode("an image"))

const program = Effect.gen(function*() {
  // Without a choice the image goes to the default store, with `store` to the one of that id,
  // and with `scheme` to the store that serves it.
  const images = yield* Effect.all([
    Backend.addToBackend("image-1", bytes),
    Backend.addToBackend("image-1", bytes, { store: "archive" }),
    Backend.addToBackend("image-1", bytes, { scheme: "memory" })
  ])

  for (const { metadata, size, uri } of images) {
    yield* Console.log(`${String(metadata["store"]).padEnd(8)} ${size} bytes at ${uri}`)
  }

  // Two stores serve file://, so the URI alone does not say which one has the image: both would be asked. The
  // metadata says it: keep it with the URI.
  for (const { metadata: { store }, uri } of images) {
    yield* Backend.deleteFromBackend(uri, typeof store === "string" ? { store } : {})
  }

  yield* Console.log(`Schemes: ${(yield* Backend.getKnownSchemes).join(", ")}`)
  yield* Console.log((yield* Effect.flip(Backend.addToBackend("image-2", bytes, { store: "tape" }))).message)
})

const stores = FileSystem.FileSystem.pipe(
  Effect.flatMap((files) => files.makeTempDirectoryScoped({ prefix: "several-stores-" })),
  Effect.map((directory) =>
    Layer.mergeAll(
      FileStore.layer({ datadir: `${directory}/fast` }, { id: "fast" }),
      FileStore.layer({ datadir: `${directory}/archive` }, { id: "archive" }),
      MemoryStore.layer({}, { id: "scratch" })
    )
  ),
  Layer.unwrapScoped,
  Layer.provideMerge(StoreRegistry.layer({ default: "fast" })),
  Layer.provide(NodeContext.layer)
)

program.pipe(Effect.provide(stores), NodeRuntime.runMain)
