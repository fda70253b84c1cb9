/** Streams a file into a store, reads it back, and deletes it again: `npm run quickstart [PATH]`. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as FileSystem from "@effect/platform/FileSystem"
import { Backend, Digest, FileStore, ImageFile, StoreRegistry } from "effect-glance-store"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as assert from "node:assert"

const quickstart = Effect.gen(function*() {
  const files = yield* FileSystem.FileSystem
  const path = process.argv[2] ?? process.execPath
  const size = Number((yield* files.stat(path)).size)
  yield* Console.log(`Adding ${path}, ${size} bytes`)

  const image = yield* Backend.addToBackendWithMultihash("quickstart", ImageFile.stream(path), {
    size,
    hashingAlgo: "sha512",
    onProgress: process.stderr.isTTY ? drawBar(size) : undefined
  })
  yield* Console.log(image)

  const whole = yield* Backend.getFromBackend(image.uri)
  const digest = yield* Stream.run(whole.data, Digest.sink("sha512"))
  assert.deepStrictEqual(digest, { size, checksum: image.checksum, multihash: image.multihash })
  yield* Console.log("Read back: the same bytes")

  const known = yield* Effect.flatten(Backend.getSizeFromBackend(image.uri))
  const part = yield* Backend.getFromBackend(image.uri, { offset: 0, length: 4 })
  yield* Console.log(`Of its ${known} bytes the first:`, ...(yield* Stream.runCollect(part.data)))

  yield* Effect.zipRight(Backend.deleteFromBackend(image.uri), Console.log("Deleted"))
}).pipe(Effect.scoped)

/** A file store in a temporary directory, which goes when the program ends. */
const stores = Layer.unwrapScoped(Effect.gen(function*() {
  const files = yield* FileSystem.FileSystem
  return FileStore.layer({ datadir: yield* files.makeTempDirectoryScoped({ prefix: "quickstart-" }) })
})).pipe(Layer.provideMerge(StoreRegistry.layer({ default: "file" })), Layer.provideMerge(NodeContext.layer))

/** A bar on a terminal, and of a log no line. */
const drawBar = (size: number) => (done: number) =>
  Effect.sync(() => {
    const bar = "#".repeat(Math.round(40 * done / size)).padEnd(40, ".")
    process.stderr.write(`\r[${bar}] ${done} bytes${done < size ? "" : "\n"}`)
  })

quickstart.pipe(
  Effect.mapError((error) => error.message),
  Effect.provide(stores),
  Effect.tapErrorCause((cause) => Console.error(Cause.pretty(cause))),
  NodeRuntime.runMain({ disableErrorReporting: true })
)
