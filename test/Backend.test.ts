import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import * as Backend from "../src/Backend.js"
import * as Capabilities from "../src/Capabilities.js"
import type { ImageData } from "../src/Driver.js"
import * as LocationMetadata from "../src/LocationMetadata.js"
import * as MemoryStore from "../src/MemoryStore.js"
import * as Store from "../src/Store.js"
import type * as StoreError from "../src/StoreError.js"
import { BackendException } from "../src/StoreError.js"
import * as StoreRegistry from "../src/StoreRegistry.js"
import { anySecretUri, faces, leaks, logged } from "./secretUri.js"
import { shelf, source } from "./Shelf.js"

const md5 = (text: string) => createHash("md5").update(text).digest("hex")
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")

const textOf = (image: ImageData) => Stream.mkString(Stream.decodeText(image.data))

/** A program's stores: one to write to, one more of its scheme, and a web that is only read. */
const stores = Layer.mergeAll(
  MemoryStore.layer({ schemes: ["file", "filesystem"] }, { id: "fast", weight: 1 }),
  MemoryStore.layer({ schemes: ["file"] }, { id: "cheap" }),
  MemoryStore.layer({ schemes: ["http", "https"], capabilities: Capabilities.make("read") }, { id: "web" })
).pipe(Layer.provideMerge(StoreRegistry.layer({ default: "fast" })))

describe("Backend: adding", () => {
  it.effect("adds to the default store, with a checksum and no multihash", () =>
    Effect.gen(function*() {
      const result = yield* Backend.addToBackend("image", source("ab", "c"), { size: 3 })
      assert.deepStrictEqual(result, {
        uri: "file://image",
        size: 3,
        checksum: md5("abc"),
        metadata: { store: "fast" }
      })
    }).pipe(Effect.provide(stores)))

  it.effect("and with a multihash, where its algorithm is given", () =>
    Effect.gen(function*() {
      const result = yield* Backend.addToBackendWithMultihash("image", source("abc"), { hashingAlgo: "sha256" })
      assert.deepStrictEqual(result, {
        uri: "file://image",
        size: 3,
        checksum: md5("abc"),
        multihash: sha256("abc"),
        metadata: { store: "fast" }
      })
    }).pipe(Effect.provide(stores)))

  it.effect("adds to the store that is named, or to the one of a scheme", () =>
    Effect.gen(function*() {
      const byId = yield* Backend.addToBackend("image", source("abc"), { store: "cheap" })
      assert.deepStrictEqual(byId.metadata, { store: "cheap" })
      const byScheme = yield* Backend.addToBackend("image", source("abc"), { scheme: "filesystem" })
      assert.deepStrictEqual(byScheme.metadata, { store: "fast" })
      const both = yield* Backend.addToBackend("other", source("abc"), { store: "cheap", scheme: "filesystem" })
      assert.deepStrictEqual(both.metadata, { store: "cheap" })
    }).pipe(Effect.provide(stores)))

  it.effect("adds once, what it is given, to a store that the caller holds", () =>
    Effect.gen(function*() {
      const asked: Array<unknown> = []
      const images = new Map<string, string>()
      const driver = shelf(images, { shelf: ["1", "2"] })
      const store = yield* Store.make({
        ...driver,
        write: (id, data, options) => {
          asked.push([id, options.size])
          return driver.write(id, data, options)
        }
      })
      const plain = yield* Backend.storeAddToBackend(store, "plain", source("abc"), { size: 3 })
      assert.deepStrictEqual(plain, {
        uri: "shelf://plain",
        size: 3,
        checksum: md5("abc"),
        metadata: { shelf: ["1", "2"] }
      })
      const hashed = yield* Backend.storeAddToBackendWithMultihash(store, "hashed", source("d"), {
        hashingAlgo: "sha256"
      })
      assert.deepStrictEqual(hashed, {
        uri: "shelf://hashed",
        size: 1,
        checksum: md5("d"),
        multihash: sha256("d"),
        metadata: { shelf: ["1", "2"] }
      })
      assert.deepStrictEqual(asked, [["plain", Option.some(3)], ["hashed", Option.none()]])
      assert.deepStrictEqual(images, new Map([["plain", "abc"], ["hashed", "d"]]))
    }))

  it.effect("size, verifier and expected digests are kept by all four", () =>
    Effect.gen(function*() {
      const store = yield* Backend.getStoreFromScheme("file")
      const refusing = { verifier: { update: () => Effect.fail("unsigned" as const) } }
      const wrong = { expected: { checksum: md5("another") } }
      const hashingAlgo = "sha256"
      const data = source("abc")
      const outcomes = yield* Effect.forEach([{ size: 2 }, wrong, refusing], (options) =>
        Effect.all([
          Effect.flip(Backend.addToBackend("image", data, options)),
          Effect.flip(Backend.addToBackendWithMultihash("image", data, { ...options, hashingAlgo })),
          Effect.flip(Backend.storeAddToBackend(store, "image", data, options)),
          Effect.flip(Backend.storeAddToBackendWithMultihash(store, "image", data, { ...options, hashingAlgo }))
        ]))
      assert.deepStrictEqual(
        outcomes.map((errors) => new Set(errors.map((error) => error === "unsigned" ? error : error._tag))),
        [new Set(["SizeMismatch"]), new Set(["DigestMismatch"]), new Set(["unsigned"])]
      )
    }).pipe(Effect.provide(stores)))

  it.effect("bad metadata of a driver are an error in both ways to add, and leave nothing", () =>
    Effect.gen(function*() {
      const images = new Map<string, string>()
      const store = yield* Store.make(shelf(images, JSON.parse("{ \"key\": [\"v\", { \"inner\": 1 }] }")))
      const errors = yield* Effect.all([
        Effect.flip(Backend.storeAddToBackend(store, "image", source("abc"))),
        Effect.flip(Backend.storeAddToBackendWithMultihash(store, "image", source("abc"), { hashingAlgo: "sha256" }))
      ])
      for (const error of errors) {
        assert.deepInclude(error, { _tag: "BadLocationMetadata", path: "key[1].inner", key: "inner" })
      }
      assert.isEmpty(images)
    }))

  it.effect("no store is an error that says which was wanted, and no byte is read", () =>
    Effect.gen(function*() {
      const untouchable = Stream.dieMessage("a byte was pulled")
      const id = yield* Effect.flip(Backend.addToBackend("image", untouchable, { store: "slow" }))
      assert.deepInclude(id, { _tag: "UnknownStore", store: "slow" })
      const scheme = yield* Effect.flip(Backend.addToBackend("image", untouchable, { scheme: "rbd" }))
      assert.deepInclude(scheme, { _tag: "UnknownScheme", scheme: "rbd" })
      const algorithm = yield* Effect.flip(
        Backend.addToBackendWithMultihash("image", untouchable, { hashingAlgo: "SHA256" })
      )
      assert.deepInclude(algorithm, { _tag: "UnknownHashingAlgo", algo: "SHA256" })
      const readOnly = yield* Effect.flip(Backend.addToBackend("image", untouchable, { scheme: "https" }))
      assert.deepInclude(readOnly, { _tag: "NotSupported", store: "web", operation: "add" })
    }).pipe(Effect.provide(stores)))

  it.effect("where no default is set, an add that names no store fails", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Backend.addToBackend("image", source("abc")))
      assert.deepInclude(error, { _tag: "DefaultStoreNotFound" })
    }).pipe(Effect.provide(StoreRegistry.layer())))
})

describe("Backend: reading and deleting", () => {
  it.scoped("finds the image by its URI, and by its store where that is named", () =>
    Effect.gen(function*() {
      const { uri } = yield* Backend.addToBackend("image", source("0123456789"))
      yield* Backend.addToBackend("image", source("another"), { store: "cheap" })
      const image = yield* Backend.getFromBackend(uri)
      assert.deepStrictEqual(image.size, Option.some(10))
      assert.strictEqual(yield* textOf(image), "0123456789")
      assert.strictEqual(yield* textOf(yield* Backend.getFromBackend(uri, { offset: 2, length: 3 })), "234")
      assert.strictEqual(yield* textOf(yield* Backend.getFromBackend(uri, { store: "cheap" })), "another")
      assert.deepStrictEqual(yield* Backend.getSizeFromBackend(uri), Option.some(10))
      assert.deepStrictEqual(yield* Backend.getSizeFromBackend(uri, { store: "cheap" }), Option.some(7))
      yield* Backend.deleteFromBackend(uri, { store: "cheap" })
      yield* Backend.deleteFromBackend(uri)
      assert.strictEqual((yield* Effect.flip(Backend.getFromBackend(uri)))._tag, "ImageNotFound")
      assert.strictEqual((yield* Effect.flip(Backend.deleteFromBackend(uri)))._tag, "ImageNotFound")
      const size = yield* Effect.flip(Backend.getSizeFromBackend(uri, { store: "cheap" }))
      assert.deepInclude(size, { _tag: "ImageNotFound", uri })
    }).pipe(Effect.provide(stores)))

  it.scoped("a scheme counts in any case", () =>
    Effect.gen(function*() {
      yield* Backend.addToBackend("x", source("abc"))
      assert.strictEqual(yield* textOf(yield* Backend.getFromBackend("FILE://x")), "abc")
      assert.strictEqual(yield* Backend.getStoreFromLocation("FILE://x"), "file")
    }).pipe(Effect.provide(stores)))

  it.scoped.each<[uri: string, options: Backend.Choice, tag: string]>([
    ["rbd://pool/image", {}, "UnknownScheme"],
    ["", {}, "BadStoreUri"],
    ["//x", {}, "BadStoreUri"],
    ["file:/x", {}, "BadStoreUri"],
    ["http://[::1/x", {}, "BadStoreUri"],
    ["http://[::1/x", { store: "slow" }, "BadStoreUri"],
    ["file://x", { store: "slow" }, "UnknownStore"],
    ["file://x", { store: "web" }, "BadStoreUri"],
    ["file://x", {}, "ImageNotFound"]
  ])("%s, %j: every operation fails with %s", ([uri, options, tag]) =>
    Effect.gen(function*() {
      const errors = yield* Effect.all([
        Effect.flip(Backend.getFromBackend(uri, options)),
        Effect.flip(Backend.getSizeFromBackend(uri, options)),
        Effect.flip(Backend.deleteFromBackend(uri, options)).pipe(
          // The web is only read, whatever the URI.
          Effect.map((error) => error._tag === "NotSupported" && options.store === "web" ? { _tag: tag } : error)
        )
      ])
      assert.deepStrictEqual(errors.map((error) => error._tag), [tag, tag, tag])
    }).pipe(Effect.provide(stores)))

  it.effect.prop(
    "no error shows a secret of the URI that it is about",
    { secret: anySecretUri },
    ({ secret }) =>
      Effect.gen(function*() {
        const { uri } = secret
        const exits = yield* Effect.all([
          Effect.exit(Effect.scoped(Backend.getFromBackend(uri))),
          Effect.exit(Backend.getSizeFromBackend(uri)),
          Effect.exit(Backend.deleteFromBackend(uri, { store: "fast" })),
          Effect.exit(Backend.setAcls(uri, { store: "slow" })),
          Effect.exit(Backend.getStoreFromLocation(uri)),
          Effect.exit(Effect.filterOrFail(Backend.getStoreFromUri(uri), (store) => store.type === ""))
        ])
        assert.isTrue(exits.slice(0, 4).every((exit) => exit._tag === "Failure"))
        assert.deepStrictEqual(leaks(secret, faces(exits) + (yield* logged(exits))), [])
      }).pipe(Effect.provide(stores))
  )
})

describe("Backend: access lists", () => {
  /** Also what was logged. */
  const logging = <A, E, R>(self: Effect.Effect<A, E, R>) =>
    Effect.suspend(() => {
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => void lines.push(`${logLevel.label} ${String(message)}`))
      return self.pipe(
        Logger.withMinimumLogLevel(LogLevel.All),
        Effect.provide(Logger.add(logger)),
        Effect.as(lines)
      )
    })

  it.effect("a store without them succeeds, and says so in the debug log only", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* logging(Backend.setAcls("http://host/image", { public: true })), [
        "DEBUG The store web does not support setAcls"
      ])
    }).pipe(Effect.provide(stores)))

  it.effect("reach the store, and what is not said is closed", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const store = Store.make({
        ...shelf(new Map()),
        setAcls: ({ uri }, acls) => Effect.sync(() => void seen.push([uri, acls]))
      })
      const layer = StoreRegistry.register(store).pipe(Layer.provideMerge(StoreRegistry.layer()))
      const lines = yield* logging(
        Backend.setAcls("shelf://1").pipe(
          Effect.zipRight(Backend.setAcls("shelf://2", { public: true, readTenants: ["a"], writeTenants: ["b"] })),
          Effect.provide(layer)
        )
      )
      assert.deepStrictEqual(lines, [])
      assert.deepStrictEqual(seen, [
        ["shelf://1", { public: false, readTenants: [], writeTenants: [] }],
        ["shelf://2", { public: true, readTenants: ["a"], writeTenants: ["b"] }]
      ])
    }))

  it.effect("every other error comes out", () =>
    Effect.gen(function*() {
      const broken = Store.make({
        ...shelf(new Map()),
        setAcls: () => new BackendException({ store: "shelf", operation: "setAcls", cause: new Error("woodworm") })
      })
      const layer = StoreRegistry.register(broken).pipe(Layer.provideMerge(stores))
      const errors = yield* Effect.all([
        Effect.flip(Backend.setAcls("shelf://1")),
        Effect.flip(Backend.setAcls("file://absent")),
        Effect.flip(Backend.setAcls("rbd://pool/image")),
        Effect.flip(Backend.setAcls("file://image", { store: "slow" })),
        Effect.flip(Backend.setAcls("file:image"))
      ]).pipe(Effect.provide(layer))
      assert.deepStrictEqual(errors.map((error) => error._tag), [
        "BackendException",
        "ImageNotFound",
        "UnknownScheme",
        "UnknownStore",
        "BadStoreUri"
      ])
    }))
})

describe("Backend: looking up", () => {
  it.effect("stores are found by scheme and by URI, locations by their scheme's name", () =>
    Effect.gen(function*() {
      const store = yield* Backend.getStoreFromScheme("https")
      assert.deepStrictEqual(store.id, Option.some("web"))
      assert.strictEqual(yield* Backend.getStoreFromUri("HTTPS://host/x"), store)
      assert.strictEqual(yield* Backend.getStoreFromLocation("HTTPS://host/x"), "https")
      assert.deepStrictEqual(yield* Backend.getKnownSchemes, ["file", "filesystem", "http", "https"])
    }).pipe(Effect.provide(stores)))

  it.effect.each<[uri: string, tag: string]>([
    ["rbd://pool/image", "UnknownScheme"],
    ["abc", "BadStoreUri"],
    ["file:x/y", "BadStoreUri"],
    ["/abs", "BadStoreUri"],
    ["", "BadStoreUri"]
  ])("both read a URI with the same eyes: %j is %s", ([uri, tag]) =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(Backend.getStoreFromUri(uri)))._tag, tag)
      assert.strictEqual((yield* Effect.flip(Backend.getStoreFromLocation(uri)))._tag, tag)
    }).pipe(Effect.provide(stores)))

  it.scoped("the default store is verified, unset and unregistered ones are reported", () =>
    Effect.gen(function*() {
      yield* Backend.verifyDefaultStore.pipe(Effect.provide(stores))
      const unset = yield* Effect.flip(Effect.provide(Backend.verifyDefaultStore, StoreRegistry.layer()))
      assert.isUndefined(unset.store)
      const registry = yield* StoreRegistry.make({ default: "zz" })
      yield* registry.register(yield* MemoryStore.make())
      const gone = yield* Effect.flip(
        Effect.provideService(Backend.verifyDefaultStore, StoreRegistry.StoreRegistry, registry)
      )
      assert.deepStrictEqual([gone.store, gone.known], ["zz", ["memory"]])
      assert.include(gone.message, "\"zz\"")
    }))

  it("metadata are checked by the one function there is", () => {
    assert.strictEqual(Backend.checkLocationMetadata, LocationMetadata.checkLocationMetadata)
  })
})

describe("Backend: types", () => {
  type ErrorOf<F extends (...args: never) => Effect.Effect<unknown, unknown, unknown>> = Effect.Effect.Error<
    ReturnType<F>
  >

  it("an add with a multihash has one, and an add without may not be asked for one", () => {
    const withMultihash = Backend.addToBackendWithMultihash("image", source("abc"), { hashingAlgo: "sha256" })
    expectTypeOf<Effect.Effect.Success<typeof withMultihash>["multihash"]>().toEqualTypeOf<string>()
    expectTypeOf<{ hashingAlgo: "sha256" }>().not.toExtend<Parameters<typeof Backend.addToBackend>[2]>()
    expectTypeOf<{ size: 3 }>().not.toExtend<Parameters<typeof Backend.addToBackendWithMultihash>[2]>()
  })

  it("the source's errors and needs are in the add's type", () => {
    const add = Backend.addToBackend("image", Stream.fail("broken" as const))
    expectTypeOf(add).toEqualTypeOf<
      Effect.Effect<
        Store.AddResult,
        | Store.AddError
        | StoreError.UnknownScheme
        | StoreError.UnknownStore
        | StoreError.DefaultStoreNotFound
        | "broken",
        StoreRegistry.StoreRegistry
      >
    >()
    const verified = Backend.addToBackend("image", source("abc"), {
      verifier: { update: () => Effect.fail("unsigned" as const) }
    })
    expectTypeOf<"unsigned">().toExtend<Effect.Effect.Error<typeof verified>>()
    expectTypeOf<"unsigned">().not.toExtend<Effect.Effect.Error<typeof add>>()
  })

  it("an operation fails with what can befall it, and not with what cannot", () => {
    expectTypeOf<ErrorOf<typeof Backend.getSizeFromBackend>>().toEqualTypeOf<
      | StoreError.NotSupported
      | StoreError.BadStoreUri
      | StoreError.ImageNotFound
      | StoreError.StorageReadDenied
      | StoreError.MaxRedirectsExceeded
      | StoreError.StoreTimeout
      | StoreError.NotAuthenticated
      | StoreError.RemoteServiceUnavailable
      | StoreError.BackendException
      | StoreError.UnknownScheme
      | StoreError.UnknownStore
    >()
    expectTypeOf<StoreError.NotSupported>().not.toExtend<ErrorOf<typeof Backend.setAcls>>()
    expectTypeOf<StoreError.DefaultStoreNotFound>().not.toExtend<ErrorOf<typeof Backend.getFromBackend>>()
    expectTypeOf(Backend.getKnownSchemes).toEqualTypeOf<
      Effect.Effect<ReadonlyArray<string>, never, StoreRegistry.StoreRegistry>
    >()
    expectTypeOf<Effect.Effect.Context<ReturnType<typeof Backend.getFromBackend>>>().toEqualTypeOf<
      StoreRegistry.StoreRegistry | Scope.Scope
    >()
  })
})
