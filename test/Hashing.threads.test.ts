/** The threads themselves: when they start and end, and who shares them. These tests have the process to themselves. */
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { availableParallelism } from "node:os"
import * as Backend from "../src/Backend.js"
import * as Hashing from "../src/Hashing.js"
import * as MemoryStore from "../src/MemoryStore.js"
import * as StoreRegistry from "../src/StoreRegistry.js"
import * as Image from "./hashing/Image.js"
import * as Threads from "./hashing/Threads.js"

const { lent, streamed, threshold } = Image

const large = Image.noise(threshold)

describe.sequential("Hashing.layerWorkers", () => {
  it.scoped("starts no thread for images below the threshold, however they come", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { provide } = yield* Threads.layer({ threads: 2 })
      const store = yield* MemoryStore.make()
      const small = Image.noise(threshold - 1)
      const adds = Arr.makeBy(4, (n) => [
        store.add(`streamed ${n}`, streamed(small), { hashingAlgo: "sha256" }),
        store.add(`declared ${n}`, streamed(small), { hashingAlgo: "sha256", size: small.length }),
        store.add(`lent ${n}`, lent(small), { hashingAlgo: "sha256" })
      ]).flat()
      for (const result of yield* provide(Effect.all(adds, { concurrency: "unbounded" }))) {
        yield* Image.assertStored(store, small, result, "sha256")
      }
      yield* provide(store.add("empty", Stream.empty))
      assert.lengthOf(yield* threads, 0)
    }))

  it.scoped("starts as many as the first image has digests, and uses them again", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { provide } = yield* Threads.layer({ threads: 4 })
      const store = yield* MemoryStore.make()
      yield* provide(store.add("checksum", streamed(large)))
      assert.lengthOf(yield* threads, 1)
      for (let n = 0; n < 3; n++) {
        const result = yield* provide(store.add(`both ${n}`, streamed(large), { hashingAlgo: "sha256" }))
        yield* Image.assertStored(store, large, result, "sha256")
        assert.lengthOf(yield* threads, 2)
      }
      yield* provide(store.add("again", streamed(large), { hashingAlgo: "md5" }))
      assert.lengthOf(yield* threads, 2)
    }))

  it.scoped("has no more than it is allowed, and shares them: sixty-four adds at once are all done and right", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { provide } = yield* Threads.layer({ threads: 2 })
      const store = yield* MemoryStore.make()
      yield* provide(Effect.forEach(
        Arr.makeBy(64, (n) => n),
        (n) =>
          Effect.gen(function*() {
            const bytes = Image.noise(threshold + n * 7919, n)
            const data = n % 2 === 0 ? streamed(bytes) : lent(bytes)
            const result = yield* store.add(`image ${n}`, data, { hashingAlgo: "sha256" })
            yield* Image.assertStored(store, bytes, result, "sha256")
          }),
        { concurrency: "unbounded", discard: true }
      ))
      assert.lengthOf(yield* threads, 2)
    }))

  it.scoped("ends them all with the layer", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { end, provide } = yield* Threads.layer({ threads: 3 })
      const store = yield* MemoryStore.make()
      yield* provide(Effect.forEach(
        ["one", "two", "three"],
        (imageId) => store.add(imageId, lent(large), { hashingAlgo: "sha256" }),
        { concurrency: "unbounded" }
      ))
      assert.lengthOf(yield* threads, 3)
      assert.deepStrictEqual((yield* threads).map(Threads.isGone), [false, false, false])
      yield* end
      assert.deepStrictEqual((yield* threads).map(Threads.isGone), [true, true, true])
    }))

  it.scoped("ends only its own", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const one = yield* Threads.layer({ threads: 2 })
      const other = yield* Threads.layer({ threads: 2 })
      const store = yield* MemoryStore.make()
      yield* one.provide(store.add("one", streamed(large)))
      const half = yield* Deferred.make<void>()
      const rest = yield* Deferred.make<void>()
      const bytes = Image.noise(3 * threshold)
      const source = lent(bytes, (at) =>
        at < threshold ? Effect.void : Deferred.succeed(half, undefined).pipe(
          Effect.zipRight(Deferred.await(rest))
        ))
      const adding = yield* Effect.fork(other.provide(store.add("other", source, { hashingAlgo: "sha256" })))
      yield* Deferred.await(half)
      assert.lengthOf(yield* threads, 3)
      yield* one.end
      assert.deepStrictEqual((yield* threads).map(Threads.isGone), [true, false, false])
      yield* Deferred.succeed(rest, undefined)
      yield* Image.assertStored(store, bytes, yield* Fiber.join(adding), "sha256")
    }))

  it.scoped("comes with a registry, where there is more than one core", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const stores = Layer.provideMerge(MemoryStore.layer(), StoreRegistry.layer({ default: "memory" }))
      yield* Effect.provide(
        Backend.addToBackendWithMultihash("image", streamed(large), { hashingAlgo: "sha256" }),
        stores
      )
      assert.lengthOf(yield* threads, availableParallelism() > 1 ? 2 : 0)
      yield* Effect.provide(
        Backend.addToBackendWithMultihash("image", streamed(large), { hashingAlgo: "sha256" }),
        Layer.provideMerge(Hashing.layerInThread, stores)
      )
      assert.lengthOf(yield* threads, availableParallelism() > 1 ? 2 : 0)
    }))
})
