import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as MemoryStore from "../src/MemoryStore.js"
import * as Store from "../src/Store.js"
import type { BadStoreConfiguration, DefaultStoreNotFound, UnknownScheme, UnknownStore } from "../src/StoreError.js"
import * as StoreRegistry from "../src/StoreRegistry.js"
import { at, shelf, source } from "./Shelf.js"

const { StoreRegistry: Registry } = StoreRegistry

/** A registry of memory stores, each by its id (or none), its weight and its schemes. */
const registryOf = Effect.fnUntraced(function*(
  options: { readonly default?: string },
  ...stores: ReadonlyArray<
    readonly [id: string | undefined, weight: number, ...schemes: readonly [string, ...Array<string>]]
  >
) {
  const registry = yield* StoreRegistry.make(options)
  for (const [id, weight, ...schemes] of stores) {
    yield* registry.register(yield* MemoryStore.make({ schemes }, { id, weight }))
  }
  return registry
})

const idOf = (store: Store.Store) => Option.getOrElse(store.id, () => store.type)

describe("StoreRegistry", () => {
  it.scoped("an empty one knows nothing, and says so", () =>
    Effect.gen(function*() {
      const registry = yield* StoreRegistry.make()
      assert.deepStrictEqual(yield* registry.schemes, [])
      assert.deepStrictEqual(yield* registry.stores, [])
      assert.deepStrictEqual(registry.default, Option.none())
      const scheme = yield* Effect.flip(registry.fromScheme("file"))
      assert.deepStrictEqual([scheme._tag, scheme.scheme, scheme.known], ["UnknownScheme", "file", []])
      const id = yield* Effect.flip(registry.fromId("fast"))
      assert.deepStrictEqual([id._tag, id.store, id.known], ["UnknownStore", "fast", []])
      const fallback = yield* Effect.flip(registry.fromDefault)
      assert.deepStrictEqual([fallback._tag, fallback.store, fallback.known], ["DefaultStoreNotFound", undefined, []])
    }))

  it.scoped("a store without an id is found by its type and by each of its schemes", () =>
    Effect.gen(function*() {
      const registry = yield* registryOf({}, [undefined, 0, "file", "filesystem"])
      const [store] = yield* registry.stores
      assert.strictEqual(yield* registry.fromId("memory"), store)
      assert.strictEqual(yield* registry.fromScheme("file"), store)
      assert.strictEqual(yield* registry.fromScheme("filesystem"), store)
      assert.strictEqual(yield* registry.fromLocation(at("filesystem:///a")), store)
    }))

  it.scoped("a scheme counts in any case", () =>
    Effect.gen(function*() {
      const registry = yield* registryOf({}, [undefined, 0, "file"])
      const store = yield* registry.fromId("memory")
      assert.strictEqual(yield* registry.fromScheme("FILE"), store)
      assert.strictEqual(yield* registry.fromLocation(at("File:///a")), store)
    }))

  it.scoped("an id counts as it is written", () =>
    Effect.gen(function*() {
      const registry = yield* registryOf({}, ["fast", 0, "file"])
      const error = yield* Effect.flip(registry.fromId("Fast"))
      assert.deepStrictEqual([error.store, error.known], ["Fast", ["fast"]])
      // Nor does a store with an id go by its type.
      assert.strictEqual((yield* Effect.flip(registry.fromId("memory"))).store, "memory")
    }))

  it.scoped("schemes are sorted and occur once, stores come in their order", () =>
    Effect.gen(function*() {
      const registry = yield* registryOf({}, ["c", 0, "s3", "file"], ["a", 9, "http"], ["b", 0, "file"])
      assert.deepStrictEqual(yield* registry.schemes, ["file", "http", "s3"])
      assert.deepStrictEqual((yield* registry.stores).map(idOf), ["c", "a", "b"])
    }))

  it.scoped("of stores that share a scheme it takes the heaviest, and of equals the first", () =>
    Effect.gen(function*() {
      const registry = yield* registryOf({}, ["a", -1, "file"], ["b", 7, "file"], ["c", 7, "file"], ["d", 0, "file"])
      assert.strictEqual(idOf(yield* registry.fromScheme("file")), "b")
    }))

  it.scoped("but the default store before the heaviest, where it has the scheme", () =>
    Effect.gen(function*() {
      const stores = [["a", 9, "file"], ["b", 0, "file", "s3"], ["c", 5, "s3"], ["d", 1, "http"]] as const
      const registry = yield* registryOf({ default: "b" }, ...stores)
      assert.strictEqual(idOf(yield* registry.fromScheme("file")), "b")
      assert.strictEqual(idOf(yield* registry.fromScheme("s3")), "b")
      assert.strictEqual(idOf(yield* registry.fromScheme("http")), "d")
      assert.strictEqual(idOf(yield* registry.fromDefault), "b")
    }))

  it.scoped("the default may be a scheme: then it is the store of the scheme", () =>
    Effect.gen(function*() {
      const registry = yield* registryOf({ default: "file" }, ["a", 0, "file"], ["b", 1, "file"], ["c", 2, "s3"])
      assert.strictEqual(idOf(yield* registry.fromDefault), "b")
      assert.deepStrictEqual(registry.default, Option.some("file"))
    }))

  it.scoped("an id goes before a scheme of the same name", () =>
    Effect.gen(function*() {
      const registry = yield* registryOf({ default: "file" }, ["a", 9, "file"], ["file", 0, "s3"])
      assert.strictEqual(idOf(yield* registry.fromDefault), "file")
      assert.strictEqual(idOf(yield* registry.fromScheme("file")), "a")
    }))

  it.scoped("a default that nobody has registered is reported by its name", () =>
    Effect.gen(function*() {
      const registry = yield* registryOf({ default: "zz" }, ["a", 0, "file"])
      const error = yield* Effect.flip(registry.fromDefault)
      assert.deepStrictEqual([error.store, error.known], ["zz", ["a"]])
      yield* registry.register(yield* MemoryStore.make({ schemes: ["zz"] }, { id: "late" }))
      assert.strictEqual(idOf(yield* registry.fromDefault), "late")
    }))

  it.scoped("two of one id are a conflict, and the first stays", () =>
    Effect.gen(function*() {
      const registry = yield* registryOf({}, ["fast", 1, "file"])
      const twin = yield* MemoryStore.make({ schemes: ["s3"] }, { id: "fast", weight: 2 })
      const error = yield* Effect.flip(registry.register(twin))
      assert.deepStrictEqual([error._tag, error.claim, error.value], ["StoreConflict", "id", "fast"])
      assert.strictEqual((yield* registry.fromId("fast")).weight, 1)
      assert.deepStrictEqual(yield* registry.schemes, ["file"])
    }))

  it.scoped.each<[what: string, first: string | undefined, second: string | undefined]>([
    ["neither has an id", undefined, undefined],
    ["the first has none", undefined, "fast"],
    ["the second has none", "fast", undefined]
  ])("two of one scheme are a conflict where %s", ([, first, second]) =>
    Effect.gen(function*() {
      const registry = yield* registryOf({}, [first, 0, "file", "filesystem"])
      const rival = yield* Store.make({ ...shelf(new Map()), schemes: ["s3", "filesystem"] }, { id: second })
      const error = yield* Effect.flip(registry.register(rival))
      assert.deepStrictEqual([error.claim, error.value, error.stores], [
        "scheme",
        "filesystem",
        [first ?? "memory", second ?? "shelf"]
      ])
      assert.deepStrictEqual(yield* registry.schemes, ["file", "filesystem"])
    }))

  it.scoped("a type that is another store's id is a conflict", () =>
    Effect.gen(function*() {
      const registry = yield* registryOf({}, ["shelf", 0, "file"])
      const error = yield* Effect.flip(Effect.flatMap(Store.make(shelf(new Map())), registry.register))
      assert.deepStrictEqual([error._tag, error._tag === "StoreConflict" && error.claim], ["StoreConflict", "id"])
    }))

  it.effect("leaving the scope takes a store out again, and its place is free", () =>
    Effect.gen(function*() {
      const registry = yield* StoreRegistry.make({ default: "fast" })
      const scope = yield* Scope.make()
      const store = yield* MemoryStore.make({ schemes: ["file"] }, { id: "fast" })
      yield* Scope.extend(registry.register(store), scope)
      assert.strictEqual(yield* registry.fromScheme("file"), store)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Effect.flip(registry.fromScheme("file")))._tag, "UnknownScheme")
      assert.strictEqual((yield* Effect.flip(registry.fromDefault))._tag, "DefaultStoreNotFound")
      yield* Effect.scoped(registry.register(store))
      assert.deepStrictEqual(yield* registry.stores, [])
    }))

  it.effect("a store that was refused takes nobody out when its scope ends", () =>
    Effect.gen(function*() {
      const registry = yield* registryOf({}, ["fast", 0, "file"])
      const twin = yield* MemoryStore.make({}, { id: "fast" })
      yield* Effect.exit(Effect.scoped(registry.register(twin)))
      assert.deepStrictEqual((yield* registry.stores).map(idOf), ["fast"])
    }).pipe(Effect.scoped))

  it.scoped("two registries of one process know nothing of each other", () =>
    Effect.gen(function*() {
      const one = yield* registryOf({ default: "a" }, ["a", 0, "file"])
      const other = yield* registryOf({}, ["b", 0, "file"])
      assert.strictEqual(idOf(yield* one.fromScheme("file")), "a")
      assert.strictEqual(idOf(yield* other.fromScheme("file")), "b")
      assert.strictEqual((yield* Effect.flip(one.fromId("b")))._tag, "UnknownStore")
      assert.strictEqual((yield* Effect.flip(other.fromDefault))._tag, "DefaultStoreNotFound")
      const [first, second] = [yield* one.fromId("a"), yield* other.fromId("b")]
      yield* first.add("image", source("abc"))
      yield* second.add("image", source("defg"))
      assert.deepStrictEqual(yield* first.getSize(at("file://image")), Option.some(3))
      assert.deepStrictEqual(yield* second.getSize(at("file://image")), Option.some(4))
    }))
})

describe("StoreRegistry: layers", () => {
  const schemes = Effect.flatMap(Registry, (registry) => registry.schemes)

  it.effect("stores add themselves to the registry they are built on", () =>
    Effect.gen(function*() {
      const stores = Layer.mergeAll(
        MemoryStore.layer({ schemes: ["file", "filesystem"] }, { id: "fast" }),
        MemoryStore.layer({ schemes: ["s3"] }, { id: "cheap" })
      ).pipe(Layer.provideMerge(StoreRegistry.layer({ default: "cheap" })))
      yield* Effect.gen(function*() {
        assert.deepStrictEqual(yield* schemes, ["file", "filesystem", "s3"])
        const registry = yield* Registry
        assert.strictEqual(idOf(yield* registry.fromDefault), "cheap")
      }).pipe(Effect.provide(stores))
      expectTypeOf(stores).toEqualTypeOf<
        Layer.Layer<StoreRegistry.StoreRegistry, BadStoreConfiguration | StoreRegistry.StoreConflict>
      >()
    }))

  it.effect("a conflict fails the layer, with an error that can be caught and sent", () =>
    Effect.gen(function*() {
      const stores = MemoryStore.layer({ schemes: ["http"] }).pipe(
        Layer.provideMerge(StoreRegistry.register(Store.make({ ...shelf(new Map()), schemes: ["http"] }))),
        Layer.provideMerge(StoreRegistry.layer())
      )
      const error = yield* Effect.flip(Effect.provide(schemes, stores))
      assert.strictEqual(error._tag, "StoreConflict")
      assert.include(error.message, "\"http\"")
      const sent = yield* Schema.encode(StoreRegistry.StoreConflict)(
        yield* Schema.validate(StoreRegistry.StoreConflict)(error)
      )
      assert.deepStrictEqual(sent, {
        _tag: "StoreConflict",
        claim: "scheme",
        value: "http",
        stores: ["shelf", "memory"]
      })
    }))

  it.effect("so does a store that cannot be made", () =>
    Effect.gen(function*() {
      const stores = MemoryStore.layer({}, { id: "a b" }).pipe(Layer.provideMerge(StoreRegistry.layer()))
      const error = yield* Effect.flip(Effect.provide(schemes, stores))
      assert.strictEqual(error._tag, "BadStoreConfiguration")
    }))

  it.effect("what a store holds is released with the layer, once, and then it is registered no more", () =>
    Effect.gen(function*() {
      const held: Array<string> = []
      const made = Effect.acquireRelease(
        Effect.sync(() => held.push("acquired")),
        () => Effect.sync(() => held.push("released"))
      ).pipe(Effect.zipRight(Store.make(shelf(new Map()))))
      const registry = yield* StoreRegistry.make()
      const layer = StoreRegistry.register(made).pipe(Layer.provide(Layer.succeed(Registry, registry)))
      expectTypeOf<Layer.Layer.Context<typeof layer>>().toEqualTypeOf<never>()
      yield* Effect.scoped(Effect.gen(function*() {
        yield* Layer.build(layer)
        assert.deepStrictEqual([yield* registry.schemes, [...held]], [["shelf"], ["acquired"]])
      }))
      assert.deepStrictEqual([yield* registry.schemes, held], [[], ["acquired", "released"]])
    }))

  it.effect("a program that is interrupted leaves no store behind", () =>
    Effect.gen(function*() {
      const registry = yield* StoreRegistry.make()
      const running = yield* Deferred.make<void>()
      const layer = MemoryStore.layer().pipe(Layer.provide(Layer.succeed(Registry, registry)))
      const program = yield* Effect.fork(
        Effect.provide(Effect.zipRight(Deferred.succeed(running, undefined), Effect.never), layer)
      )
      yield* Deferred.await(running)
      assert.deepStrictEqual(yield* registry.schemes, ["memory"])
      yield* Fiber.interrupt(program)
      assert.deepStrictEqual(yield* registry.schemes, [])
    }))

  it.effect("a program sees the registry it was given, whatever else is built beside it", () =>
    Effect.gen(function*() {
      const one = MemoryStore.layer({ schemes: ["file"] }).pipe(Layer.provideMerge(StoreRegistry.layer()))
      const other = MemoryStore.layer({ schemes: ["s3"] }).pipe(Layer.provideMerge(StoreRegistry.layer()))
      const seen = yield* Effect.all([Effect.provide(schemes, one), Effect.provide(schemes, other)], { concurrency: 2 })
      assert.deepStrictEqual(seen, [["file"], ["s3"]])
    }))

  it("each look-up fails with one error alone", () => {
    expectTypeOf<StoreRegistry.Service["fromId"]>().returns.toEqualTypeOf<Effect.Effect<Store.Store, UnknownStore>>()
    expectTypeOf<StoreRegistry.Service["fromScheme"]>().returns.toEqualTypeOf<
      Effect.Effect<Store.Store, UnknownScheme>
    >()
    expectTypeOf<StoreRegistry.Service["fromDefault"]>().toEqualTypeOf<
      Effect.Effect<Store.Store, DefaultStoreNotFound>
    >()
    expectTypeOf<StoreRegistry.Service["register"]>().returns.toEqualTypeOf<
      Effect.Effect<void, StoreRegistry.StoreConflict, Scope.Scope>
    >()
  })
})
