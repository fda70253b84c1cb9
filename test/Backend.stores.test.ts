/** Many stores in one registry: which of them an operation is for, and what is told of them. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as Backend from "../src/Backend.js"
import * as Capabilities from "../src/Capabilities.js"
import * as FileStore from "../src/FileStore.js"
import * as MemoryStore from "../src/MemoryStore.js"
import * as Store from "../src/Store.js"
import { BackendException, BadStoreConfiguration } from "../src/StoreError.js"
import * as StoreRegistry from "../src/StoreRegistry.js"
import * as Stores from "../src/Stores.js"
import * as Directory from "./internal/file/Directory.js"
import { at, shelf, source } from "./Shelf.js"

const memory = (id: string, options: MemoryStore.Options = {}, identity: Store.Identity = {}) =>
  MemoryStore.layer({ schemes: ["tape"], ...options }, { id, ...identity })

const three = Layer.mergeAll(
  memory("light"),
  memory("heavy", {}, { weight: 9 }),
  memory("middle", {}, { weight: 3 }),
  memory("service", {}, { weight: 99, reserved: true }),
  memory("other", { schemes: ["disc"] })
).pipe(Layer.provideMerge(StoreRegistry.layer({ default: "light" })))

const add = (id: string, store: string, ...text: ReadonlyArray<string>) =>
  Backend.addToBackend(id, source(...text), { store })

const textAt = (uri: string, store?: string) =>
  Backend.getFromBackend(uri, { store }).pipe(
    Effect.flatMap(({ data }) => Stream.mkString(Stream.decodeText(data))),
    Effect.scoped
  )

describe("many stores: an image of which only the URI is known", () => {
  it.effect("is found in whichever store has it", () =>
    Effect.gen(function*() {
      const { metadata, uri } = yield* add("a", "light", "abc")
      assert.deepStrictEqual(metadata, { store: "light" })
      assert.strictEqual(yield* textAt(uri), "abc")
      assert.deepStrictEqual(yield* Backend.getSizeFromBackend(uri), Option.some(3))
      yield* Backend.setAcls(uri, { public: true })
      yield* Backend.deleteFromBackend(uri)
      assert.deepInclude(yield* Effect.flip(Backend.deleteFromBackend(uri)), {
        _tag: "ImageNotFound",
        tried: ["heavy", "middle", "light"]
      })
    }).pipe(Effect.provide(three)))

  it.effect("is read from the heaviest of those that have it, and not deleted from any", () =>
    Effect.gen(function*() {
      const { uri } = yield* add("a", "light", "light")
      yield* add("a", "middle", "middle")
      assert.strictEqual(yield* textAt(uri), "middle")
      assert.deepInclude(yield* Effect.flip(Backend.deleteFromBackend(uri)), {
        _tag: "AmbiguousStore",
        stores: ["middle", "light"]
      })
      yield* Backend.deleteFromBackend(uri, { store: "middle" })
      assert.strictEqual(yield* textAt(uri), "light")
    }).pipe(Effect.provide(three)))

  it.effect("is not looked for where a store is reserved, nor where another scheme is", () =>
    Effect.gen(function*() {
      const { uri } = yield* add("a", "service", "abc")
      assert.strictEqual(yield* textAt(uri, "service"), "abc")
      const error = yield* Effect.flip(textAt(uri))
      assert.deepInclude(error, { _tag: "ImageNotFound", tried: ["heavy", "middle", "light"] })
      assert.include(error.message, "heavy, middle, light")
    }).pipe(Effect.provide(three)))

  it.effect("is not there at once where one store serves its scheme, which then says so itself", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(textAt("disc://a"))
      assert.deepInclude(error, { _tag: "ImageNotFound", uri: "disc://a" })
      assert.notProperty(error, "tried")
    }).pipe(Effect.provide(three)))

  it.effect("is looked for no further once a store has failed", () =>
    Effect.gen(function*() {
      const asked = yield* Ref.make<ReadonlyArray<string>>([])
      const store = (id: string, weight: number, fails: boolean) =>
        StoreRegistry.register(Store.make({
          ...shelf(new Map()),
          stat: ({ uri }) =>
            Effect.zipRight(
              Ref.update(asked, (ids) => [...ids, id]),
              fails ? new BackendException({ store: id, operation: "stat", cause: uri }) : Effect.succeedSome(1)
            )
        }, { id, weight }))
      const stores = Layer.mergeAll(store("good", 0, false), store("down", 1, true)).pipe(
        Layer.provideMerge(StoreRegistry.layer())
      )
      yield* Effect.gen(function*() {
        assert.strictEqual((yield* Effect.flip(Backend.getSizeFromBackend("shelf://a")))._tag, "BackendException")
        assert.deepStrictEqual(yield* Ref.get(asked), ["down"])
        // Whether it has the image is not known: then nothing is deleted.
        assert.strictEqual((yield* Effect.flip(Backend.deleteFromBackend("shelf://a")))._tag, "BackendException")
      }).pipe(Effect.provide(stores))
    }))

  it.scoped("belongs to the file store in whose directory it is", () =>
    Effect.gen(function*() {
      const root = yield* Directory.make
      const stores = Layer.mergeAll(
        FileStore.layer({ datadir: `${root}/fast` }, { id: "fast", weight: 1 }),
        FileStore.layer({ datadir: `${root}/cheap` }, { id: "cheap" })
      ).pipe(Layer.provideMerge(StoreRegistry.layer({ default: "fast" })))
      yield* Effect.gen(function*() {
        const { uri } = yield* add("a", "cheap", "abc")
        const mine = yield* add("b", "fast", "abc")
        assert.strictEqual(yield* textAt(uri), "abc")
        assert.strictEqual((yield* Effect.flip(textAt(mine.uri, "cheap")))._tag, "BadStoreUri")
        assert.strictEqual((yield* Effect.flip(textAt(`file://${root}/elsewhere/a`)))._tag, "BadStoreUri")
        assert.deepInclude(yield* Effect.flip(textAt(`file://${root}/cheap/gone`)), {
          _tag: "ImageNotFound",
          tried: ["fast", "cheap"]
        })
        yield* Backend.deleteFromBackend(uri)
        assert.isFalse(fs.existsSync(`${root}/cheap/a`))
        assert.isTrue(fs.existsSync(`${root}/fast/b`))
        assert.strictEqual((yield* Effect.flip(Backend.deleteFromBackend(uri)))._tag, "ImageNotFound")
        // A file store has no access lists: that is a success, as with one store.
        yield* Backend.setAcls(mine.uri)
      }).pipe(Effect.provide(stores))
    }))

  it.scoped("in a directory that two file stores share is deleted by neither", () =>
    Effect.gen(function*() {
      const root = yield* Directory.make
      const shared = FileStore.config({ datadir: root, confine: false })
      const stores = Stores.layer({ stores: { one: shared, two: shared } })
      yield* Effect.gen(function*() {
        const { uri } = yield* add("a", "one", "abc")
        assert.deepInclude(yield* Effect.flip(Backend.deleteFromBackend(uri)), {
          _tag: "AmbiguousStore",
          stores: ["one", "two"]
        })
        assert.isTrue(fs.existsSync(`${root}/a`))
      }).pipe(Effect.provide(stores))
    }))

  it.effect("cannot be deleted where no store of its scheme can", () => {
    const web = { schemes: ["http"], capabilities: Capabilities.make("read") } as const
    const stores = Layer.mergeAll(memory("one", web), memory("two", web)).pipe(
      Layer.provideMerge(StoreRegistry.layer())
    )
    return Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(Backend.deleteFromBackend("http://a")))._tag, "NotSupported")
    }).pipe(Effect.provide(stores))
  })
})

describe("many stores: by id", () => {
  it.effect("an unknown one is UnknownStore in every operation, and one of another scheme BadStoreUri", () =>
    Effect.gen(function*() {
      const { uri } = yield* add("a", "light", "abc")
      const choice = { store: "zz" }
      const errors = yield* Effect.all([
        Effect.flip(Backend.addToBackend("b", source("abc"), choice)),
        Effect.flip(Effect.scoped(Backend.getFromBackend(uri, choice))),
        Effect.flip(Backend.getSizeFromBackend(uri, choice)),
        Effect.flip(Backend.deleteFromBackend(uri, choice)),
        Effect.flip(Backend.setAcls(uri, choice)),
        Effect.flip(Backend.getStoreFromStoreIdentifier("zz")),
        Effect.flip(Backend.getStoreWeight("zz"))
      ])
      for (const error of errors) assert.deepInclude(error, { _tag: "UnknownStore", store: "zz" })
      assert.strictEqual((yield* Effect.flip(Backend.getSizeFromBackend(uri, { store: "other" })))._tag, "BadStoreUri")
    }).pipe(Effect.provide(three)))

  it.effect("stores are compared by weight, and equals keep their order", () =>
    Effect.gen(function*() {
      const registry = yield* StoreRegistry.StoreRegistry
      assert.strictEqual(yield* Backend.getStoreWeight("heavy"), 9)
      assert.strictEqual(yield* Backend.getStoreWeight("light"), 0)
      const sorted = yield* registry.byWeight(["other", "light", "heavy"])
      assert.deepStrictEqual(sorted.map(({ id }) => Option.getOrNull(id)), ["heavy", "light", "other"])
      assert.strictEqual((yield* Effect.flip(registry.byWeight(["heavy", "zz"])))._tag, "UnknownStore")
    }).pipe(Effect.provide(three)))

  it.effect("a type whose name is no scheme is found like any other", () =>
    Effect.gen(function*() {
      const registry = yield* StoreRegistry.make()
      yield* registry.register(
        yield* Store.make({ ...shelf(new Map()), type: "vm", schemes: ["shelf"] }, { id: "cluster", weight: 2 })
      )
      yield* Effect.gen(function*() {
        const { metadata, uri } = yield* add("a", "cluster", "abc")
        assert.deepStrictEqual(metadata, { store: "cluster" })
        assert.strictEqual(yield* textAt(uri, "cluster"), "abc")
        assert.deepStrictEqual(yield* Backend.getSizeFromBackend(uri, { store: "cluster" }), Option.some(3))
        yield* Backend.deleteFromBackend(uri, { store: "cluster" })
        assert.strictEqual((yield* Effect.flip(textAt(uri, "cluster")))._tag, "ImageNotFound")
        assert.strictEqual(yield* Backend.getStoreWeight("cluster"), 2)
        assert.strictEqual((yield* Backend.getStoreFromStoreIdentifier("cluster")).type, "vm")
      }).pipe(Effect.provideService(StoreRegistry.StoreRegistry, registry))
    }).pipe(Effect.scoped))
})

describe("many stores: a driver that needs something for each use", () => {
  it.effect("acquires it for each by itself, at the same time too, and lets go of each when it ends", () =>
    Effect.gen(function*() {
      const held = new Set<number>()
      let made = 0
      const connection = Effect.acquireRelease(
        Effect.sync(() => {
          made += 1
          held.add(made)
          return made
        }),
        (number) => Effect.sync(() => held.delete(number))
      )
      const store = yield* Store.make({
        ...shelf(new Map()),
        read: () => Effect.map(connection, (number) => ({ size: Option.none(), data: source(String(number)) })),
        stat: () => Effect.scoped(Effect.asSome(connection))
      }, { id: "tapes" })
      const opened = Effect.gen(function*() {
        const scope = yield* Scope.make()
        const { data } = yield* Scope.extend(store.get(at("shelf://a")), scope)
        return { text: Stream.mkString(Stream.decodeText(data)), close: Scope.close(scope, Exit.void) }
      })
      const [one, other] = yield* Effect.all([opened, opened], { concurrency: "unbounded" })
      assert.deepStrictEqual(yield* Effect.all([one.text, other.text]), ["1", "2"])
      assert.deepStrictEqual(yield* store.getSize(at("shelf://a")), Option.some(3))
      assert.sameMembers(Array.from(held), [1, 2])
      yield* one.close
      assert.sameMembers(Array.from(held), [2])
      yield* other.close
      assert.isEmpty(held)
    }))
})

describe("many stores: the listing", () => {
  const refused = new BadStoreConfiguration({ store: "gone", reason: "no directory is given" })
  const makers = new Map<string, Effect.Effect<Store.Store, BadStoreConfiguration>>([
    ["fast", MemoryStore.make({}, { id: "fast", weight: 7, description: "SSD" })],
    ["gone", refused],
    ["staging", MemoryStore.make({ capabilities: Capabilities.make("read") }, { id: "staging", reserved: true })]
  ])
  const listed = Effect.gen(function*() {
    yield* Backend.createStores(makers.keys(), makers, "degrade")
    return yield* Backend.getStoresInfo
  })

  it.scoped("tells all there is of each store, and what could not be made", () =>
    Effect.gen(function*() {
      const { failures, stores } = yield* listed
      assert.deepStrictEqual(stores, [
        {
          id: "fast",
          type: "memory",
          schemes: ["memory"],
          description: "SSD",
          weight: 7,
          capabilities: Capabilities.make("readRange", "write", "acls"),
          default: true,
          reserved: false
        },
        {
          id: "staging",
          type: "memory",
          schemes: ["memory"],
          description: undefined,
          weight: 0,
          capabilities: Capabilities.make("read"),
          default: false,
          reserved: true
        }
      ])
      assert.deepStrictEqual(failures, [{ store: "gone", error: refused }])
    }).pipe(Effect.provide(StoreRegistry.layer({ default: "fast" }))))

  it.scoped("an id whose store could not be made is unknown for that reason", () =>
    Effect.gen(function*() {
      yield* listed
      const error = yield* Effect.flip(Backend.getStoreFromStoreIdentifier("gone"))
      assert.include(error.reason, "no directory is given")
      assert.include(error.message, "no directory is given")
      assert.notProperty(yield* Effect.flip(Backend.getStoreFromStoreIdentifier("never")), "reason")
    }).pipe(Effect.provide(StoreRegistry.layer())))

  it.effect("forgets the failures with the scope", () =>
    Effect.gen(function*() {
      yield* Effect.scoped(listed)
      assert.deepStrictEqual(yield* Backend.getStoresInfo, { stores: [], failures: [] })
      assert.isTrue(Either.isLeft(yield* Effect.either(Backend.getStoreFromStoreIdentifier("fast"))))
    }).pipe(Effect.provide(StoreRegistry.layer())))
})
