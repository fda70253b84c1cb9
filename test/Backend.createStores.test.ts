import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Backend from "../src/Backend.js"
import * as MemoryStore from "../src/MemoryStore.js"
import * as Store from "../src/Store.js"
import { BadStoreConfiguration } from "../src/StoreError.js"
import type { StoreOption } from "../src/StoreOption.js"
import * as StoreRegistry from "../src/StoreRegistry.js"
import { shelf } from "./Shelf.js"

const { StoreRegistry: Registry } = StoreRegistry

/** Drivers of the types that are named, as memory. */
const drivers = new Map<string, Effect.Effect<Store.Store, BadStoreConfiguration>>([
  ["file", Store.make({ ...shelf(new Map()), type: "file", schemes: ["file", "filesystem"] })],
  ["http", MemoryStore.make({ schemes: ["http", "https"] })],
  ["broken", new BadStoreConfiguration({ store: "broken", reason: "no directory is given" })],
  ["mute", Store.make({ ...shelf(new Map()), type: "mute", schemes: [] })],
  ["web", Store.make({ ...shelf(new Map()), type: "web", schemes: ["https"] })]
])

const withRegistry = <A, E>(
  use: (registry: StoreRegistry.Service) => Effect.Effect<A, E, StoreRegistry.StoreRegistry | Scope.Scope>
) =>
  Effect.gen(function*() {
    const registry = yield* StoreRegistry.make()
    return yield* use(registry).pipe(Effect.provideService(Registry, registry), Effect.scoped)
  })

describe("Backend.createStores", () => {
  it.effect("creates and registers the stores that are named, and counts them", () =>
    withRegistry((registry) =>
      Effect.gen(function*() {
        const { count, failures } = yield* Backend.createStores(["file", "http"], drivers)
        assert.deepStrictEqual({ count, failures }, { count: 2, failures: [] })
        assert.deepStrictEqual(yield* registry.schemes, ["file", "filesystem", "http", "https"])
        assert.strictEqual((yield* registry.fromScheme("filesystem")).type, "file")
      })
    ))

  it.effect("a name that occurs twice counts once, and none is none", () =>
    withRegistry((registry) =>
      Effect.gen(function*() {
        assert.strictEqual((yield* Backend.createStores(["file", "file"], drivers)).count, 1)
        assert.strictEqual((yield* Backend.createStores([], drivers)).count, 0)
        assert.deepStrictEqual(yield* registry.schemes, ["file", "filesystem"])
      })
    ))

  it.effect("leaving the scope takes them out again", () =>
    Effect.gen(function*() {
      const registry = yield* StoreRegistry.make()
      yield* Backend.createStores(["file"], drivers).pipe(Effect.provideService(Registry, registry), Effect.scoped)
      assert.deepStrictEqual(yield* registry.schemes, [])
    }))

  it.effect("strict, the first failure does not hide the others: each is there with its cause", () =>
    withRegistry(() =>
      Effect.gen(function*() {
        const names = ["tape", "file", "broken", "mute", "http", "web"]
        const error = yield* Effect.flip(Backend.createStores(names, drivers))
        assert.strictEqual(error._tag, "StoresNotCreated")
        assert.deepStrictEqual(error.failures.map(({ error: { _tag }, store }) => [store, _tag]), [
          ["tape", "DriverLoadFailure"],
          ["broken", "BadStoreConfiguration"],
          ["mute", "BadStoreConfiguration"],
          ["web", "StoreConflict"]
        ])
        for (const words of ["\"tape\"", "known are: file, http", "no directory is given", "schemes", "\"https\""]) {
          assert.include(error.message, words)
        }
        const sent = yield* Schema.encode(Schema.parseJson(Backend.StoresNotCreated))(error)
        const back = yield* Schema.decode(Schema.parseJson(Backend.StoresNotCreated))(sent)
        assert.strictEqual(back.message, error.message)
      })
    ))

  it.effect("degraded, the others are registered and the failures handed back", () =>
    withRegistry((registry) =>
      Effect.gen(function*() {
        const names = ["tape", "file", "broken", "http", "web"]
        const { count, failures } = yield* Backend.createStores(names, drivers, "degrade")
        assert.strictEqual(count, 2)
        assert.deepStrictEqual(failures.map(({ error, store }) => [store, error._tag]), [
          ["tape", "DriverLoadFailure"],
          ["broken", "BadStoreConfiguration"],
          ["web", "StoreConflict"]
        ])
        assert.deepStrictEqual(yield* registry.schemes, ["file", "filesystem", "http", "https"])
        assert.strictEqual((yield* registry.fromScheme("https")).type, "memory")
      })
    ))

  it.effect("a driver may need a service, and the type says so", () =>
    withRegistry((registry) =>
      Effect.gen(function*() {
        class Shelves extends Context.Tag("effect-glance-store/test/Shelves")<Shelves, Map<string, string>>() {}
        const creating = Backend.createStores(
          ["shelf"],
          new Map([["shelf", Effect.flatMap(Shelves, (images) => Store.make(shelf(images)))]])
        )
        expectTypeOf<Effect.Effect.Context<typeof creating>>().toEqualTypeOf<
          StoreRegistry.StoreRegistry | Scope.Scope | Shelves
        >()
        yield* Effect.provideService(creating, Shelves, new Map())
        assert.deepStrictEqual(yield* registry.schemes, ["shelf"])
      })
    ))
})

describe("Backend.registerOpts", () => {
  const host: StoreOption = { name: "tape_store_host", type: "string", default: "localhost", help: "Where it is." }
  const drives: StoreOption = { name: "tape_store_drives", type: "integer", default: 2, help: "How many at once." }
  const url: StoreOption = { name: "web_store_url", type: "string", help: "Its beginning." }

  it("gives the library's own options and those of the stores, in two groups of one name", () => {
    const [core, stores] = Backend.registerOpts([[host, drives], [url]])
    assert.deepStrictEqual([core.name, stores.name], ["glance_store", "glance_store"])
    assert.deepStrictEqual(core.options.map(({ name, ...option }) => [name, option.default]), [
      ["stores", ["file", "http"]],
      ["default_store", "file"]
    ])
    assert.deepStrictEqual(stores.options, [host, drives, url])
  })

  it("a store without options adds none, and no option is without help", () => {
    const [core, stores] = Backend.registerOpts([[], [url], []])
    assert.deepStrictEqual(stores.options, [url])
    for (const { help, name, type } of core.options) assert.isNotEmpty(help && type, name)
  })
})
