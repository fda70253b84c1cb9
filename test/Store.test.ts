import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Capabilities from "../src/Capabilities.js"
import type * as Driver from "../src/Driver.js"
import * as Location from "../src/Location.js"
import type { Range } from "../src/Range.js"
import * as Store from "../src/Store.js"
import type * as StoreError from "../src/StoreError.js"
import { BackendException } from "../src/StoreError.js"
import { at, everything, shelf, source } from "./Shelf.js"

/** Fails the test that reads a byte of it. */
const untouchable = Stream.dieMessage("a byte was pulled")

const acls = { public: true, readTenants: ["a"], writeTenants: [] }

/** A driver that nothing may be asked of. */
const idle = (capabilities: Capabilities.Capabilities): Driver.Driver<Location.Location> => {
  const unasked = () => Effect.dieMessage("the driver was asked")
  return {
    ...shelf(new Map()),
    capabilities,
    write: unasked,
    read: unasked,
    stat: unasked,
    remove: unasked,
    setAcls: unasked
  }
}

const read = (image: Driver.ImageData) => Stream.mkString(Stream.decodeText(image.data))

describe("Store.make", () => {
  it.effect.each<[what: string, driver: Partial<Driver.Driver<Location.Location>>, identity: Store.Identity]>([
    ["no scheme", { schemes: [] }, {}],
    ["an empty scheme", { schemes: [""] }, {}],
    ["a scheme in capitals", { schemes: ["shelf", "SHELF"] }, {}],
    ["a URI for a scheme", { schemes: ["shelf://"] }, {}],
    ["an empty id", {}, { id: "" }],
    ["an id with a blank", {}, { id: "a b" }],
    ["an id with a colon", {}, { id: "a:b" }],
    ["an id with a comma", {}, { id: "a,b" }],
    ["an id with a slash", {}, { id: "a/b" }],
    ["half a weight", {}, { weight: 0.5 }],
    ["a weight that is no number", {}, { weight: Number.NaN }]
  ])("%s is a bad configuration", ([, driver, identity]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Store.make({ ...shelf(new Map()), ...driver }, identity))
      assert.strictEqual(error._tag, "BadStoreConfiguration")
      assert.strictEqual(error.store, identity.id ?? "shelf")
      assert.isNotEmpty(error.reason)
    }))

  it.effect("access lists that are promised must be there", () =>
    Effect.gen(function*() {
      const { setAcls: _, ...driver } = shelf(new Map())
      const error = yield* Effect.flip(Store.make(driver))
      assert.include(error.message, "no setAcls")
      const modest = yield* Store.make({ ...driver, capabilities: Capabilities.revoke(everything, "acls") })
      assert.isFalse(modest.capabilities.acls)
    }))

  it.effect("a store shows what its driver and its operator say of it", () =>
    Effect.gen(function*() {
      const plain = yield* Store.make(shelf(new Map()))
      assert.deepStrictEqual([plain.type, plain.id, plain.weight, plain.description, plain.schemes], [
        "shelf",
        Option.none(),
        0,
        Option.none(),
        ["shelf"]
      ])
      assert.isTrue(Equal.equals(plain.capabilities, everything))
      const named = yield* Store.make(shelf(new Map()), { id: "fast", weight: -7, description: "SSDs" })
      assert.deepStrictEqual([named.type, named.id, named.weight, named.description], [
        "shelf",
        Option.some("fast"),
        -7,
        Option.some("SSDs")
      ])
    }))

  it.effect("what a store cannot do fails before a byte moves and before the driver is asked", () =>
    Effect.gen(function*() {
      const location = at("shelf://image")
      const store = yield* Store.make(idle(Capabilities.none), { id: "mute" })
      const errors = yield* Effect.all({
        add: Effect.flip(store.add("image", untouchable)),
        get: Effect.flip(Effect.scoped(store.get(location))),
        getSize: Effect.flip(store.getSize(location)),
        delete: Effect.flip(store.delete(location)),
        setAcls: Effect.flip(store.setAcls(location, acls))
      })
      const refused = Object.values(errors).map((error) =>
        error._tag === "NotSupported" ? `${error.store}: ${error.operation}` : error._tag
      )
      assert.deepStrictEqual(refused, ["mute: add", "mute: get", "mute: getSize", "mute: delete", "mute: setAcls"])
    }))

  it.effect("each operation needs its own capability and no other", () =>
    Effect.gen(function*() {
      const location = at("shelf://image")
      const outcomes = yield* Effect.forEach(["read", "write", "acls"] as const, (capability) =>
        Effect.gen(function*() {
          const store = yield* Store.make({ ...idle(everything), capabilities: Capabilities.make(capability) })
          const able = (operation: Effect.Effect<unknown, unknown>) =>
            Effect.map(Effect.exit(operation), (exit) => Exit.isFailure(exit) && Cause.isDieType(exit.cause))
          return yield* Effect.all({
            add: able(store.add("image", source("abc"))),
            get: able(Effect.scoped(store.get(location))),
            getSize: able(store.getSize(location)),
            delete: able(store.delete(location)),
            setAcls: able(store.setAcls(location, acls))
          })
        }))
      const nothing = { add: false, get: false, getSize: false, delete: false, setAcls: false }
      assert.deepStrictEqual(outcomes, [
        { ...nothing, get: true, getSize: true },
        { ...nothing, add: true, delete: true },
        { ...nothing, setAcls: true }
      ])
    }))
})

describe("Store.get", () => {
  const withImage = (capabilities: Capabilities.Capabilities) =>
    Store.make({ ...shelf(new Map([["image", "0123456789"]])), capabilities })

  it.scoped("a store that cannot read ranges reads what asks for no range", () =>
    Effect.gen(function*() {
      const store = yield* withImage(Capabilities.make("read"))
      for (const range of [undefined, {}, { offset: 0 }, { offset: 0, length: undefined }]) {
        assert.strictEqual(yield* read(yield* store.get(at("shelf://image"), range)), "0123456789")
      }
    }))

  it.scoped.each<[asked: Range, range: StoreError.NotSupported["range"]]>([
    [{ offset: 1 }, { offset: 1, length: undefined }],
    [{ length: 1 }, { offset: 0, length: 1 }],
    [{ offset: 2, length: 3 }, { offset: 2, length: 3 }]
  ])("and refuses %j, with both numbers", ([asked, range]) =>
    Effect.gen(function*() {
      const store = yield* withImage(Capabilities.make("read"))
      const error = yield* Effect.flip(store.get(at("shelf://image"), asked))
      assert.deepInclude(error, { _tag: "NotSupported", operation: "get", range })
    }))

  it.scoped("no bytes asked for are no bytes given, and a driver without ranges is asked for none", () =>
    Effect.gen(function*() {
      const driver = shelf(new Map([["image", "0123456789"]]))
      const asked: Array<unknown> = []
      for (const capability of ["read", "readRange"] as const) {
        const store = yield* Store.make({
          ...driver,
          capabilities: Capabilities.make(capability),
          read: (target, range) => {
            asked.push(range)
            return driver.read(target, range)
          }
        })
        const image = yield* store.get(at("shelf://image"), { length: 0 })
        assert.deepStrictEqual(image.size, Option.some(0))
        assert.strictEqual(yield* read(image), "")
      }
      assert.deepStrictEqual(asked, [{ offset: 0, length: undefined }, { offset: 0, length: 0 }])
    }))

  it.scoped("a range reaches the driver as it was asked for", () =>
    Effect.gen(function*() {
      const store = yield* withImage(Capabilities.make("readRange"))
      assert.strictEqual(yield* read(yield* store.get(at("shelf://image"), { offset: 2, length: 3 })), "234")
      assert.strictEqual(yield* read(yield* store.get(at("shelf://image"), { offset: 7 })), "789")
    }))

  it.scoped.each([{ offset: -1 }, { offset: 0.5 }, { length: -1 }, { length: Number.NaN }, { offset: 2 ** 53 }])(
    "%j is no range, and the driver is not asked",
    (range) =>
      Effect.gen(function*() {
        const store = yield* Store.make(idle(everything))
        const error = yield* Effect.flip(store.get(at("shelf://image"), range))
        assert.strictEqual(error._tag, "InvalidArgument")
      })
  )

  it.scoped("an image that ends before its size does not end well", () =>
    Effect.gen(function*() {
      const store = yield* Store.make({
        ...shelf(new Map()),
        read: () => Effect.succeed({ size: Option.some(10), data: source("0123", "456") })
      })
      const { data } = yield* store.get(at("shelf://image"))
      const error = yield* Effect.flip(Stream.runDrain(data))
      assert.deepInclude(error, { _tag: "ImageTruncated", uri: "shelf://image", expected: 10, actual: 7 })
      // And again: each reading counts for itself.
      assert.deepInclude(yield* Effect.flip(Stream.runDrain(data)), { actual: 7 })
      assert.strictEqual(yield* Stream.mkString(Stream.decodeText(Stream.take(data, 2))), "0123456")
    }))

  it.scoped("an image of unknown size ends where it ends", () =>
    Effect.gen(function*() {
      const store = yield* Store.make({
        ...shelf(new Map()),
        read: () => Effect.succeed({ size: Option.none(), data: source("0123", "456") })
      })
      const image = yield* store.get(at("shelf://image"))
      assert.deepStrictEqual(image.size, Option.none())
      assert.strictEqual(yield* read(image), "0123456")
    }))

  it.effect("what a driver acquires for a reading is that reading's own, and freed with its scope", () =>
    Effect.gen(function*() {
      const open = new Set<number>()
      let opened = 0
      const store = yield* Store.make({
        ...shelf(new Map()),
        read: () =>
          Effect.acquireRelease(
            Effect.sync(() => {
              open.add(++opened)
              return opened
            }),
            (handle) => Effect.sync(() => open.delete(handle))
          ).pipe(Effect.map((handle) => ({ size: Option.none(), data: source(`handle ${handle}`) })))
      })
      const outer = yield* Effect.scoped(Effect.gen(function*() {
        const first = yield* read(yield* store.get(at("shelf://image")))
        const second = yield* Effect.scoped(Effect.flatMap(store.get(at("shelf://image")), read))
        return { first, second, open: Array.from(open) }
      }))
      assert.deepStrictEqual(outer, { first: "handle 1", second: "handle 2", open: [1] })
      assert.isEmpty(open)
    }))
})

describe("Store: locations", () => {
  const Shelf = Schema.Struct({ shelf: Schema.String })

  const picky: Driver.Driver<typeof Shelf.Type> = {
    ...shelf(new Map()),
    location: Schema.transformOrFail(Location.LocationFromSelf, Shelf, {
      strict: true,
      decode: (location, _, ast) => ParseResult.fail(new ParseResult.Type(ast, location, "there is no such shelf")),
      encode: () => Location.fromUri("shelf://1").pipe(Either.getOrThrow, ParseResult.succeed)
    }),
    write: () => Effect.dieMessage("unasked"),
    read: () => Effect.dieMessage("unasked"),
    stat: () => Effect.dieMessage("unasked"),
    remove: () => Effect.dieMessage("unasked"),
    setAcls: () => Effect.dieMessage("unasked")
  }

  it.scoped.each<[uri: string, shown: string, reason: string]>([
    ["http://user:secret@host/1", "http://***@host/1", "it has to begin with shelf://"],
    ["shelf://user:secret@host/1", "shelf://***@host/1", "there is no such shelf"]
  ])("%s is refused by every operation, without its secret", ([uri, shown, reason]) =>
    Effect.gen(function*() {
      const store = yield* Store.make(picky)
      const errors = yield* Effect.all([
        Effect.flip(store.get(at(uri))),
        Effect.flip(store.getSize(at(uri))),
        Effect.flip(store.delete(at(uri))),
        Effect.flip(store.setAcls(at(uri), acls))
      ])
      for (const error of errors) assert.deepInclude(error, { _tag: "BadStoreUri", uri: shown, reason })
    }))

  it.effect("the driver's errors come out as they are, about the URI as it may be shown", () =>
    Effect.gen(function*() {
      const broken = new BackendException({ store: "shelf", operation: "stat", cause: new Error("woodworm") })
      const store = yield* Store.make({ ...shelf(new Map()), stat: () => broken })
      assert.isTrue(Equal.equals(yield* Effect.flip(store.getSize(at("shelf://1"))), broken))
      const missing = yield* Effect.flip(store.delete(at("shelf://user:secret@host")))
      assert.deepInclude(missing, { _tag: "ImageNotFound", uri: "shelf://***@host" })
    }))

  it.effect("an access list reaches the driver as it was given", () =>
    Effect.gen(function*() {
      const seen: Array<unknown> = []
      const store = yield* Store.make({
        ...shelf(new Map()),
        setAcls: ({ uri }, wanted) => Effect.sync(() => void seen.push(uri, wanted))
      })
      yield* store.setAcls(at("shelf://1"), acls)
      assert.deepStrictEqual(seen, ["shelf://1", acls])
    }))
})

describe("Store: types", () => {
  it("each operation fails with its own errors and no others", () => {
    expectTypeOf<Effect.Effect.Error<ReturnType<Store.Store["getSize"]>>>().toEqualTypeOf<
      | StoreError.NotSupported
      | StoreError.BadStoreUri
      | StoreError.ImageNotFound
      | StoreError.StorageReadDenied
      | StoreError.MaxRedirectsExceeded
      | Driver.CallError
    >()
    expectTypeOf<Driver.CallError>().toEqualTypeOf<
      | StoreError.StoreTimeout
      | StoreError.NotAuthenticated
      | StoreError.RemoteServiceUnavailable
      | StoreError.BackendException
    >()
    expectTypeOf<StoreError.StorageFull>().not.toExtend<Store.GetSizeError | Store.GetError | Store.DeleteError>()
    expectTypeOf<StoreError.ImageNotFound>().not.toExtend<Store.AddError>()
    expectTypeOf<StoreError.SizeMismatch>().not.toExtend<Store.GetError | Store.DeleteError | Store.SetAclsError>()
    expectTypeOf<StoreError.UnknownScheme>().not.toExtend<
      Store.AddError | Store.GetError | Store.GetSizeError | Store.DeleteError | Store.SetAclsError
    >()
    expectTypeOf<Driver.UploadFailed>().not.toExtend<Store.AddError>()
    expectTypeOf<Stream.Stream.Error<Driver.ImageData["data"]>>().toEqualTypeOf<
      StoreError.ImageTruncated | StoreError.ImageChanged | Driver.CallError
    >()
  })

  it("reading holds something open, the rest does not", () => {
    expectTypeOf<Effect.Effect.Context<ReturnType<Store.Store["get"]>>>().toEqualTypeOf<Scope.Scope>()
    expectTypeOf<Effect.Effect.Context<ReturnType<Store.Store["getSize"]>>>().toEqualTypeOf<never>()
    expectTypeOf<Effect.Effect.Context<ReturnType<Store.Store["delete"]>>>().toEqualTypeOf<never>()
    expectTypeOf<Effect.Effect.Context<ReturnType<Store.Store["setAcls"]>>>().toEqualTypeOf<never>()
  })
})
