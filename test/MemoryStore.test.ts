import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Capabilities from "../src/Capabilities.js"
import * as Location from "../src/Location.js"
import * as MemoryStore from "../src/MemoryStore.js"
import type * as Store from "../src/Store.js"
import * as StoreRegistry from "../src/StoreRegistry.js"
import { assertSame, concat, pattern } from "./conformance/bytes.js"
import { failsWith, failureOf } from "./conformance/failure.js"
import * as Memory from "./conformance/memory.js"
import * as Source from "./conformance/source.js"
import { suite } from "./conformance/suite.js"

suite("A memory store", Memory.harness())

suite("A memory store with an id", Memory.harness({ id: "fast" }))

suite(
  "A memory store in the place of S3, without ranges and access lists",
  Memory.harness({ schemes: ["s3", "s3+http", "s3+https"], capabilities: Capabilities.make("read", "write") })
)

const add = (store: Store.Store, imageId: string, length: number) =>
  store.add(imageId, Source.make(pattern(length)).data)

const remove = (store: Store.Store, imageId: string) =>
  Effect.flatMap(Location.fromUri(`memory://${imageId}`), store.delete)

describe("MemoryStore", () => {
  it.effect("is full at its capacity, and keeps nothing of what does not fit", () =>
    Effect.gen(function*() {
      const store = yield* MemoryStore.make({ capacity: 1000 })
      yield* add(store, "first", 600)
      const error = yield* failsWith(add(store, "second", 401), "StorageFull")
      assert.strictEqual(error.store, "memory")
      yield* failsWith(remove(store, "second"), "ImageNotFound")
      yield* add(store, "second", 400)
      yield* add(store, "empty", 0)
      yield* failsWith(add(store, "third", 1), "StorageFull")
    }))

  it.effect("takes no more than fits of a source that has no end", () =>
    Effect.gen(function*() {
      const store = yield* MemoryStore.make({ capacity: 1000 })
      yield* add(store, "first", 300)
      const source = Source.endless(100)
      yield* failsWith(store.add("second", source.data), "StorageFull")
      assert.strictEqual(source.given(), 800)
    }))

  it.effect("has the room again that a deleted image had, or an add that failed", () =>
    Effect.gen(function*() {
      const store = yield* MemoryStore.make({ capacity: 1000 })
      yield* add(store, "image", 1000)
      yield* remove(store, "image")
      yield* failureOf(store.add("image", Source.followedBy(pattern(900), Effect.fail("lost"))))
      yield* failsWith(store.add("image", Stream.make(pattern(900)), { size: 800 }), "SizeMismatch")
      yield* add(store, "image", 1000)
      yield* failsWith(add(store, "image", 1), "DuplicateImage")
      yield* remove(store, "image")
      yield* add(store, "other", 1000)
    }))

  it.effect("gives the last room to one of two that want it at the same time", () =>
    Effect.gen(function*() {
      const store = yield* MemoryStore.make({ capacity: 1000 })
      const adds = ["first", "second"].map((id) => Effect.either(store.add(id, Source.yielding(pattern(700), 100))))
      const results = yield* Effect.all(adds, { concurrency: "unbounded" })
      assert.deepStrictEqual(results.map(Either.isRight).toSorted(), [false, true])
    }))

  it.effect.prop(
    "refuses an image exactly if it does not fit",
    { capacity: FastCheck.nat(3000), lengths: FastCheck.array(FastCheck.nat(1500), { maxLength: 8 }) },
    ({ capacity, lengths }) =>
      Effect.gen(function*() {
        const store = yield* MemoryStore.make({ capacity })
        let used = 0
        for (const [index, length] of lengths.entries()) {
          const result = yield* Effect.either(add(store, `image${index}`, length))
          assert.strictEqual(Either.isRight(result), used + length <= capacity)
          used += Either.isRight(result) ? length : 0
        }
      }),
    { fastCheck: { numRuns: 50 } }
  )

  it.effect("gives its metadata with every image, and each time a copy", () =>
    Effect.gen(function*() {
      const metadata = { place: { rack: ["4", "5"] } }
      const store = yield* MemoryStore.make({ metadata }, { id: "fast" })
      const first = yield* add(store, "first", 1)
      const second = yield* add(store, "second", 1)
      assert.deepStrictEqual(first.metadata, { ...metadata, store: "fast" })
      assert.deepStrictEqual(second.metadata, first.metadata)
      assert.notStrictEqual(second.metadata["place"], first.metadata["place"])
    }))

  it.effect("keeps no image whose metadata nobody could store", () =>
    Effect.gen(function*() {
      const store = yield* MemoryStore.make({ capacity: 10, metadata: JSON.parse(`{ "rack": 4 }`) })
      for (const id of ["first", "second"]) {
        const error = yield* failsWith(add(store, id, 10), "BadLocationMetadata")
        assert.deepInclude(error, { path: "rack", actualType: "number" })
        yield* failsWith(remove(store, id), "ImageNotFound")
      }
    }))

  it.effect("lets a reader finish the image that it has opened, though it is deleted", () =>
    Effect.gen(function*() {
      const store = yield* MemoryStore.make()
      const bytes = pattern(10_000)
      yield* store.add("image", Source.make(bytes).data)
      const { data, size } = yield* store.get(yield* Location.fromUri("memory://image"))
      yield* remove(store, "image")
      assert.deepStrictEqual(size, Option.some(10_000))
      assertSame(concat(yield* Stream.runCollect(data)), bytes)
    }).pipe(Effect.scoped))

  it.effect("is in the registry under its schemes, as long as the layer lives", () =>
    Effect.gen(function*() {
      const registry = yield* StoreRegistry.StoreRegistry
      const found = yield* Effect.provide(
        registry.fromScheme("s3+https"),
        MemoryStore.layer({ schemes: ["s3", "s3+https"] })
      )
      assert.strictEqual(found.type, "memory")
      assert.deepStrictEqual(yield* registry.schemes, [])
    }).pipe(Effect.provide(StoreRegistry.layer())))
})
