/** The threads themselves: when they start and end, and who shares them. These tests have the process to themselves. */
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Context from "effect/Context"
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

const both = { hashingAlgo: "sha256" } as const

describe.sequential("Hashing.layerWorkers", () => {
  it.scoped("starts no thread for images below the threshold, however they come", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { provide } = yield* Threads.layer({ threads: 2 })
      const store = yield* provide(MemoryStore.make())
      const small = Image.noise(threshold - 1)
      const adds = Arr.makeBy(4, (n) => [
        store.add(`streamed ${n}`, streamed(small), both),
        store.add(`declared ${n}`, streamed(small), { hashingAlgo: "sha256", size: small.length }),
        store.add(`lent ${n}`, lent(small), both)
      ]).flat()
      for (const result of yield* Effect.all(adds, { concurrency: "unbounded" })) {
        yield* Image.assertStored(store, small, result, "sha256")
      }
      yield* store.add("empty", Stream.empty)
      assert.lengthOf(yield* threads, 0)
    }))

  it.scoped("starts as many as the first image has digests, and uses them again", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { provide } = yield* Threads.layer({ threads: 4 })
      const store = yield* provide(MemoryStore.make())
      yield* store.add("checksum", streamed(large))
      assert.lengthOf(yield* threads, 1)
      for (let n = 0; n < 3; n++) {
        const result = yield* store.add(`both ${n}`, streamed(large), both)
        yield* Image.assertStored(store, large, result, "sha256")
        assert.lengthOf(yield* threads, 2)
      }
      yield* store.add("again", streamed(large), { hashingAlgo: "md5" })
      assert.lengthOf(yield* threads, 2)
    }))

  it.scoped("has no more than it is allowed, and shares them: sixty-four adds at once are all done and right", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { provide } = yield* Threads.layer({ threads: 2 })
      const store = yield* provide(MemoryStore.make())
      yield* Effect.forEach(
        Arr.makeBy(64, (n) => n),
        (n) =>
          Effect.gen(function*() {
            const bytes = Image.noise(threshold + n * 7919, n)
            const data = n % 2 === 0 ? streamed(bytes) : lent(bytes)
            const result = yield* store.add(`image ${n}`, data, both)
            yield* Image.assertStored(store, bytes, result, "sha256")
          }),
        { concurrency: "unbounded", discard: true }
      )
      assert.lengthOf(yield* threads, 2)
    }))

  it.scoped("ends them all with the layer", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { end, provide } = yield* Threads.layer({ threads: 3 })
      const store = yield* provide(MemoryStore.make())
      yield* Effect.forEach(
        ["one", "two", "three"],
        (imageId) => store.add(imageId, lent(large), both),
        { concurrency: "unbounded" }
      )
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
      yield* (yield* one.provide(MemoryStore.make())).add("image", streamed(large))
      const store = yield* other.provide(MemoryStore.make())
      const half = yield* Deferred.make<void>()
      const rest = yield* Deferred.make<void>()
      const bytes = Image.noise(3 * threshold)
      const halt = Effect.zipRight(Deferred.succeed(half, undefined), Deferred.await(rest))
      const data = lent(bytes, (at) => at < threshold ? Effect.void : halt)
      const adding = yield* Effect.fork(store.add("image", data, both))
      yield* Deferred.await(half)
      assert.lengthOf(yield* threads, 3)
      yield* one.end
      assert.deepStrictEqual((yield* threads).map(Threads.isGone), [true, false, false])
      yield* Deferred.succeed(rest, undefined)
      yield* Image.assertStored(store, bytes, yield* Fiber.join(adding), "sha256")
    }))

  const add = Backend.addToBackendWithMultihash("image", streamed(large), both)

  it.scoped("comes with a registry, where there is more than one core, for all that use its stores", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const wanted = availableParallelism() > 1 ? 2 : 0
      const stores = Layer.provideMerge(MemoryStore.layer(), StoreRegistry.layer({ default: "memory" }))
      yield* Effect.provide(add, stores)
      assert.lengthOf(yield* threads, wanted)
      // As a service of the user's does, whose callers know nothing of a registry.
      const registry = Context.get(yield* Layer.build(stores), StoreRegistry.StoreRegistry)
      const store = yield* registry.fromDefault
      yield* Image.assertStored(store, large, yield* store.add("image", streamed(large), both), "sha256")
      assert.lengthOf(yield* threads, 2 * wanted)
    }))

  it.scoped("starts none after its end, for a store that outlives it or an add that does", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { end, provide } = yield* Threads.layer({ threads: 2 })
      const store = yield* provide(MemoryStore.make())
      const begun = yield* Deferred.make<void>()
      const rest = yield* Deferred.make<void>()
      const halt = Effect.zipRight(Deferred.succeed(begun, undefined), Deferred.await(rest))
      const data = lent(large, () => halt)
      const adding = yield* Effect.fork(store.add("begun before", data, both))
      yield* Deferred.await(begun)
      yield* end
      yield* Image.assertStored(store, large, yield* store.add("begun after", lent(large), both), "sha256")
      yield* Deferred.succeed(rest, undefined)
      yield* Image.assertStored(store, large, yield* Fiber.join(adding), "sha256")
      assert.lengthOf(yield* threads, 0)
    }))

  it.scoped("is not for a store that is given another Hashing", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const registry = StoreRegistry.layer({ default: "memory" })
      const store = Layer.provide(MemoryStore.layer(), Hashing.layerInThread)
      const { checksum } = yield* Effect.provide(add, Layer.provideMerge(store, registry))
      assert.strictEqual(checksum, Image.hex(large, "md5"))
      assert.lengthOf(yield* threads, 0)
    }))
})
