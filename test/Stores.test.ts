import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Backend from "../src/Backend.js"
import * as Capabilities from "../src/Capabilities.js"
import * as FileStore from "../src/FileStore.js"
import * as MemoryStore from "../src/MemoryStore.js"
import { BadStoreConfiguration } from "../src/StoreError.js"
import * as StoreKind from "../src/StoreKind.js"
import * as StoreOption from "../src/StoreOption.js"
import type * as StoreRegistry from "../src/StoreRegistry.js"
import * as Stores from "../src/Stores.js"
import * as Directory from "./internal/file/Directory.js"
import { source } from "./Shelf.js"

const broken = StoreKind.configured(
  "tape",
  {},
  (_, { id = "" }) => new BadStoreConfiguration({ store: id, reason: "no tape is in it" })
)

const summary = Effect.map(
  Backend.getStoresInfo,
  ({ stores }) => stores.map((store) => [store.id, store.type, store.weight, store.default] as const)
)

/** A layer's error, or what `summary` says of its stores. */
const outcome = <E>(stores: Layer.Layer<StoreRegistry.StoreRegistry, E>) =>
  Effect.merge(Effect.scoped(Effect.provide(summary, stores)))

describe("Stores.layer", () => {
  it.effect("has each store under its id, in their order, and the default among them", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* summary, [["fast", "memory", 0, true], ["deep", "memory", 5, false]])
      const { metadata } = yield* Backend.addToBackend("a", source("abc"))
      assert.deepStrictEqual(metadata, { store: "fast" })
    }).pipe(Effect.provide(Stores.layer({
      default: "fast",
      stores: { fast: MemoryStore.config(), deep: MemoryStore.config({}, { weight: 5, description: "a shelf" }) }
    }))))

  it.effect("fails with the cause of every store that cannot be made", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(
        Layer.build(Stores.layer({
          stores: { one: broken, fast: MemoryStore.config(), two: broken }
        })).pipe(Effect.scoped)
      )
      assert(error._tag === "StoresNotCreated")
      assert.deepStrictEqual(error.failures.map(({ store }) => store), ["one", "two"])
      assert.include(error.message, "no tape is in it")
    }))

  it.effect("goes on without them where that is the policy, and tells", () =>
    Effect.gen(function*() {
      const { failures } = yield* Backend.getStoresInfo
      assert.deepStrictEqual(failures.map(({ store }) => store), ["one"])
      assert.deepStrictEqual(yield* summary, [["fast", "memory", 0, false]])
      assert.include((yield* Effect.flip(Backend.getStoreFromStoreIdentifier("one"))).reason, "no tape")
      assert.strictEqual((yield* Effect.flip(Backend.verifyDefaultStore)).store, "one")
    }).pipe(Effect.provide(Stores.layer({
      default: "one",
      stores: { one: broken, fast: MemoryStore.config() },
      policy: "degrade"
    }))))

  it.effect("refuses a default that nothing can be added to", () =>
    Effect.gen(function*() {
      const stores = { web: MemoryStore.config({ capabilities: Capabilities.make("read") }) }
      const error = yield* Effect.flip(Effect.scoped(Layer.build(Stores.layer({ default: "web", stores }))))
      assert(error._tag === "StoresNotCreated")
      assert.include(error.message, "nothing can be added")
      assert.deepStrictEqual(
        yield* outcome(Stores.layer({ default: "web", stores, policy: "degrade" })),
        [["web", "memory", 0, true]]
      )
    }))

  it.effect("refuses a default that is none of a plan's", () =>
    Effect.gen(function*() {
      const plan = { default: "zz", stores: [MemoryStore.config({}, { id: "fast" })] }
      const error = yield* Effect.flip(Effect.scoped(Layer.build(Stores.layerPlan(plan))))
      assert.deepInclude(error, { _tag: "DefaultStoreNotFound", store: "zz", known: ["fast"] })
    }))

  it.effect("releases what every store holds with the layer, once, whether or not all could be made", () =>
    Effect.gen(function*() {
      const released: Array<string> = []
      const holding = StoreKind.configured("memory", {}, (_, identity) =>
        Effect.zipRight(
          Effect.addFinalizer(() => Effect.sync(() => released.push(identity.id ?? ""))),
          MemoryStore.make({}, identity)
        ))
      yield* outcome(Stores.layer({ stores: { one: holding, two: holding } }))
      assert.sameMembers(released, ["one", "two"])
      yield* outcome(Stores.layer({ stores: { one: holding, bad: broken } }))
      assert.sameMembers(released, ["one", "two", "one"])
    }))

  it("needs what its stores need, and no scope; and takes no default but one of them", () => {
    class Tapes extends Context.Tag("effect-glance-store/test/Tapes")<Tapes, object>() {}
    class Discs extends Context.Tag("effect-glance-store/test/Discs")<Discs, object>() {}
    const tape = StoreKind.configured("tape", {}, () => Effect.zipRight(Tapes, MemoryStore.make()))
    const disc = StoreKind.configured(
      "disc",
      {},
      () => Effect.zipRight(Effect.zipRight(Discs, Effect.scope), MemoryStore.make())
    )
    const both = Stores.layer({ default: "a", stores: { a: tape, b: disc, c: MemoryStore.config() } })
    expectTypeOf(both).toEqualTypeOf<
      Layer.Layer<StoreRegistry.StoreRegistry, Stores.NotCreated, Tapes | Discs>
    >()
    // @ts-expect-error -- there is no store b
    Stores.layer({ default: "b", stores: { a: MemoryStore.config() } })
  })
})

const Vault = Schema.Struct({
  key: StoreOption.required(Schema.RedactedFromSelf(Schema.NonEmptyString), {
    name: "vault_key",
    type: "string",
    secret: true,
    help: "Opens it."
  }),
  doors: StoreOption.withDefault(Schema.Int.pipe(Schema.positive()), {
    name: "vault_doors",
    type: "integer",
    default: 1,
    help: "How many."
  }),
  walls: StoreOption.unset(Schema.Record({ key: Schema.String, value: Schema.String }), {
    name: "vault_walls",
    type: "map of strings",
    help: "What each is made of."
  })
})

/** Says in its metadata what it was made of. */
const vault = StoreKind.make({
  type: "vault",
  config: Vault,
  make: ({ doors = 1, key, walls = {} }, identity) =>
    MemoryStore.make({ metadata: { doors: String(doors), key: Redacted.value(key), walls } }, identity)
})

const configured = (entries: Record<string, unknown>) =>
  Stores.layerConfig([MemoryStore.kind, FileStore.kind, vault]).pipe(
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromJson(entries)))
  )

describe("Stores.layerConfig", () => {
  it.scoped("reads environment variables", () =>
    Effect.gen(function*() {
      const root = yield* Directory.make
      const environment = new Map([
        ["ENABLED_BACKENDS", "fast:file, safe:vault"],
        ["DEFAULT_BACKEND", "safe"],
        ["FAST_DATADIRS", `${root}/a:1,${root}/b:2`],
        ["FAST_FILE_PERM", "0640"],
        ["FAST_WEIGHT", "7"],
        ["FAST_DESCRIPTION", "SSD"],
        ["SAFE_KEY", "sesame"],
        ["SAFE_DOORS", "3"],
        ["SAFE_WALLS", "north:stone, south:a:b"],
        ["BACKEND_DEFAULTS_DOORS", "2"]
      ])
      const provider = ConfigProvider.fromMap(environment, { pathDelim: "_", seqDelim: "," }).pipe(
        ConfigProvider.constantCase
      )
      const stores = Stores.layerConfig([MemoryStore.kind, FileStore.kind, vault]).pipe(
        Layer.provide(Layer.setConfigProvider(provider))
      )
      yield* Effect.gen(function*() {
        assert.deepStrictEqual(yield* summary, [["fast", "file", 7, false], ["safe", "memory", 0, true]])
        const fast = yield* Backend.addToBackend("a", source("abc"), { store: "fast" })
        assert.strictEqual(fast.uri, `file://${root}/b/a`)
        const { metadata } = yield* Backend.addToBackend("a", source("abc"))
        assert.deepStrictEqual(metadata, {
          doors: "3",
          key: "sesame",
          walls: { north: "stone", south: "a:b" },
          store: "safe"
        })
        const { description } = yield* Backend.getStoreFromStoreIdentifier("fast")
        assert.deepStrictEqual(description, Option.some("SSD"))
      }).pipe(Effect.provide(stores))
    }))

  it.effect("takes what a store does not say from the shared options, and what none says from the defaults", () =>
    Effect.gen(function*() {
      const doors = Effect.fnUntraced(function*(store: string) {
        return (yield* Backend.addToBackend("a", source("abc"), { store })).metadata["doors"]
      })
      yield* Effect.gen(function*() {
        assert.deepStrictEqual(yield* Effect.all([doors("one"), doors("two")]), ["4", "2"])
      }).pipe(Effect.provide(configured({
        enabledBackends: "one:vault,two:vault",
        backendDefaults: { doors: 2, key: "k" },
        one: { doors: 4 }
      })))
      yield* Effect.gen(function*() {
        assert.strictEqual(yield* doors("one"), "1")
      }).pipe(Effect.provide(configured({ enabledBackends: "one:vault", one: { key: "k" } })))
    }))

  it.effect("tells everything that is wrong at once, and no secret", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Effect.scoped(Layer.build(configured({
        enabledBackends: "fast:file,tape,a:nope,one:vault,two:vault",
        defaultBackend: "zz",
        fast: { threadPoolSize: "many", weight: "x" },
        one: { key: "", doors: 0 },
        two: { key: "opens-it", walls: "stone" }
      }))))
      assert.isTrue(ConfigError.isConfigError(error))
      const said = String(error)
      for (
        const words of [
          "tape",
          "nope",
          "known are: memory, file, vault",
          "zz",
          "fast.threadPoolSize",
          "fast.weight",
          "one.key",
          "one.doors",
          "two.walls"
        ]
      ) {
        assert.include(said, words)
      }
      assert.notInclude(said, "opens-it")
    }))

  it.effect("no text is no store, and no variable is missing data", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* outcome(configured({ enabledBackends: "" })), [])
      const missing = yield* outcome(configured({}))
      assert.include(String(missing), "enabledBackends")
    }))
})
