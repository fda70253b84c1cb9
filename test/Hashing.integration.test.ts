/** What threads do in the long run. These tests take their time, and have the process to themselves. */
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as path from "node:path"
import * as FileStore from "../src/FileStore.js"
import * as ImageFile from "../src/ImageFile.js"
import * as MemoryStore from "../src/MemoryStore.js"
import * as Store from "../src/Store.js"
import * as Garbage from "./hashing/Garbage.js"
import * as Image from "./hashing/Image.js"
import * as Threads from "./hashing/Threads.js"
import * as Directory from "./internal/file/Directory.js"
import * as Reader from "./internal/file/Reader.js"
import * as Shelf from "./Shelf.js"

const { slot } = Image

const both = { hashingAlgo: "sha256" } as const

const mebi = 1024 * 1024

const memory = Effect.map(Garbage.collect, () => process.memoryUsage())

/** Takes what it is given, and keeps none of it. */
const nowhere = Store.make({
  ...Shelf.shelf(new Map()),
  write: (imageId, data) => Effect.as(Stream.runDrain(data), { location: Shelf.at(`shelf://${imageId}`), metadata: {} })
})

describe.sequential("In the long run", () => {
  it.scoped(
    "ten thousand small images, each through the threads, leave no memory behind",
    () =>
      Effect.gen(function*() {
        const threads = yield* Threads.started
        const { provide } = yield* Threads.layer({ threads: 2, threshold: 0 })
        const store = yield* provide(MemoryStore.make())
        const add = (n: number) =>
          Effect.gen(function*() {
            const bytes = Image.noise(1024, n)
            const data = n % 2 === 0 ? Image.streamed(bytes) : Image.lent(bytes)
            const result = yield* store.add(`image ${n}`, data, both)
            yield* Image.assertStored(store, bytes, result, "sha256")
            yield* Reader.remove(store, result.uri)
          })
        const some = (from: number, to: number) =>
          Effect.forEach(Arr.range(from, to - 1), add, { concurrency: 16, discard: true })
        yield* some(0, 2000)
        const before = yield* memory
        yield* some(2000, 12_000)
        const after = yield* memory
        assert.isBelow(after.arrayBuffers - before.arrayBuffers, 48 * slot)
        assert.isBelow(after.heapUsed - before.heapUsed, 32 * mebi)
        assert.isBelow(after.rss - before.rss, 128 * mebi)
        yield* Threads.atMost(2, threads)
        // Not with every few images do they end and start again.
        assert.isBelow((yield* threads).length, 100)
      }),
    300_000
  )

  it.scoped("an image is hashed in memory that does not grow with it", () =>
    Effect.gen(function*() {
      const { provide } = yield* Threads.layer({ threads: 2 })
      const store = yield* provide(nowhere)
      const file = path.join(yield* Directory.make, "sparse")
      fs.writeFileSync(file, "")
      fs.truncateSync(file, 1024 * mebi)
      const most = yield* Ref.make(0)
      const watch = { update: () => Ref.update(most, (bytes) => Math.max(bytes, process.memoryUsage().rss)) }
      yield* store.add("small", ImageFile.stream(file).pipe(Stream.take(8)), both)
      const before = yield* memory
      const result = yield* store.add("large", ImageFile.stream(file), { ...both, verifier: watch })
      assert.strictEqual(result.size, 1024 * mebi)
      // What `md5sum` and `sha256sum` say of so many zeros.
      assert.strictEqual(result.checksum, "cd573cfaace07e7949bc0c46028904ff")
      assert.strictEqual(result.multihash, "49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14")
      assert.isBelow((yield* Ref.get(most)) - before.rss, 128 * mebi)
    }))

  it.scoped("threads may die at any time: each image is stored right, or not at all", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { provide } = yield* Threads.layer({ threads: 2 })
      const datadir = yield* Directory.make
      const store = yield* provide(FileStore.make({ datadir, fsync: false }))
      const killing = yield* Effect.forkScoped(Effect.forever(Effect.gen(function*() {
        yield* Threads.turns(1 + Math.floor(Math.random() * 200))
        const victims = (yield* threads).filter((thread) => !Threads.isGone(thread))
        yield* Effect.forEach(victims.slice(0, 1 + Math.floor(Math.random() * 2)), Threads.kill)
      })))
      const add = (n: number) =>
        Effect.gen(function*() {
          const bytes = Image.noise(2 * slot + n * 9973, n)
          const data = n % 2 === 0 ? Image.streamed(bytes) : Image.lent(bytes)
          return { bytes, imageId: `image${n}`, outcome: yield* Effect.either(store.add(`image${n}`, data, both)) }
        })
      const adds = yield* Effect.forEach(Arr.range(0, 199), add, { concurrency: 8 })
      yield* Fiber.interrupt(killing)
      const stored = adds.flatMap(({ bytes, imageId, outcome }) =>
        Either.isRight(outcome) ? [{ bytes, imageId, result: outcome.right }] : []
      )
      for (const { outcome } of adds) {
        if (Either.isLeft(outcome)) assert.strictEqual(outcome.left._tag, "HashingFailed")
      }
      assert.isBelow(stored.length, adds.length, "no add has lost its thread")
      assert.deepStrictEqual(Directory.list(datadir), stored.map(({ imageId }) => imageId).toSorted())
      assert.deepStrictEqual(Directory.openFiles(datadir), [])
      for (const { bytes, result } of stored) yield* Image.assertStored(store, bytes, result, "sha256")
      const last = Image.noise(10 * slot)
      yield* Image.assertStored(store, last, yield* store.add("last", Image.lent(last), both), "sha256")
    }))
})
