import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as Backend from "../src/Backend.js"
import * as Indexable from "../src/Indexable.js"
import * as StoreError from "../src/StoreError.js"
import * as StoreRegistry from "../src/StoreRegistry.js"

/** Every error of the library, and not only those of `StoreError`. */
const AnyError = Schema.Union(
  StoreError.StoreError,
  StoreRegistry.StoreConflict,
  Backend.StoresNotCreated,
  Indexable.OutOfWindow
)
type AnyError = typeof AnyError.Type

const classes = [
  ...StoreError.StoreError.members,
  StoreRegistry.StoreConflict,
  Backend.StoresNotCreated,
  Indexable.OutOfWindow
]

const cause = new TypeError("no such device")

/** One of each class at least, and what its message must say: what was wrong, and what is allowed. */
const specimens: ReadonlyArray<readonly [error: AnyError, says: ReadonlyArray<string>]> = [
  [new StoreError.ImageNotFound({ uri: "file:///images/123" }), ["No image", "file:///images/123"]],
  [new StoreError.ImageNotFound({ uri: "file:///a", tried: ["fast", "cheap"] }), ["file:///a", "fast, cheap"]],
  [new StoreError.DuplicateImage({ store: "fast", imageId: "123" }), ["123", "already exists", "fast"]],
  [new StoreError.StorageFull({ store: "fast", reason: "the disk is full" }), ["fast", "full", "the disk is full"]],
  [new StoreError.StorageFull({ store: "fast", reason: "the quota is used up", cause }), ["the quota is used up"]],
  [new StoreError.StorageWriteDenied({ store: "fast", cause }), ["fast", "may not be written"]],
  [new StoreError.StorageDeleteDenied({ uri: "file:///images/123", cause }), [
    "file:///images/123",
    "may not be deleted"
  ]],
  [new StoreError.StorageReadDenied({ uri: "s3://h/b/k", cause }), ["s3://h/b/k", "may not be read"]],
  [new StoreError.SizeMismatch({ expected: 5, actual: 6 }), ["Size exceeds", "5 bytes", "6 or more"]],
  [new StoreError.SizeMismatch({ expected: 5, actual: 4 }), ["Size mismatch", "5 bytes declared", "4 given"]],
  [new StoreError.DigestMismatch({ algorithm: "md5", expected: "aa", actual: "bb" }), ["md5", "is bb", "was aa"]],
  [new StoreError.ImageTruncated({ uri: "s3://b/k", expected: 9, actual: 7 }), ["s3://b/k", "7 of 9 bytes"]],
  [new StoreError.ImageTruncated({ uri: "s3://b/k", expected: 9, actual: 7, cause }), ["7 of 9 bytes"]],
  [new StoreError.ImageChanged({ uri: "s3://b/k" }), ["s3://b/k", "replaced or deleted"]],
  [new StoreError.RangeBeyondEnd({ uri: "s3://b/k", offset: 100, size: 9 }), ["100", "s3://b/k", "has 9 bytes"]],
  [new StoreError.UnknownScheme({ scheme: "rbd", known: ["file", "s3"] }), ["\"rbd\"", "known are: file, s3"]],
  [new StoreError.UnknownScheme({ scheme: "rbd", known: [] }), ["\"rbd\"", "known are: none"]],
  [new StoreError.UnknownStore({ store: "slow", known: ["fast"] }), ["\"slow\"", "known are: fast"]],
  [new StoreError.UnknownStore({ store: "slow", known: [], reason: "no datadir" }), ["\"slow\" (no datadir)"]],
  [new StoreError.AmbiguousStore({ uri: "file:///a", stores: ["fast", "cheap"] }), ["fast, cheap", "file:///a"]],
  [new StoreError.DefaultStoreNotFound({ store: "zz", known: ["fast"] }), ["\"zz\"", "not registered", "fast"]],
  [new StoreError.DefaultStoreNotFound({ known: ["fast"] }), ["No default store is set", "known are: fast"]],
  [new StoreError.BadStoreUri({ uri: "fake://test", reason: "it has to begin with file://" }), [
    "fake://test",
    "file://"
  ]],
  [new StoreError.BadStoreUri({ uri: "http://h/1", reason: "it answered with the status 403", status: 403 }), ["403"]],
  [new StoreError.BadStoreUri({ uri: "http://h/1", reason: "it answered with the status 503", status: 503 }), ["503"]],
  [new StoreError.BadStoreUri({ uri: "http://h/1", reason: "there was no answer", cause }), ["no answer"]],
  [new StoreError.MaxRedirectsExceeded({ uri: "http://h/1", redirects: 4 }), ["4 redirects", "http://h/1"]],
  [new StoreError.BadStoreConfiguration({ store: "fast", reason: "datadir is missing" }), [
    "fast",
    "datadir is missing"
  ]],
  [new StoreError.BadStoreConfiguration({ store: "fast", reason: "no MD5", cause }), ["fast", "no MD5"]],
  [new StoreError.UnknownHashingAlgo({ algo: "nope", available: ["md5", "sha1"] }), ["\"nope\"", "md5, sha1"]],
  [new StoreError.UnknownHashingAlgo({ algo: "shake_128", available: ["md5"], reason: "it needs a length" }), [
    "shake_128",
    "it needs a length",
    "md5"
  ]],
  [new StoreError.HashingFailed({ cause }), ["digests of the image"]],
  [new StoreError.InvalidArgument({ argument: "size", received: "-1", allowed: "a whole number" }), [
    "size",
    "-1",
    "a whole number"
  ]],
  [new StoreError.BadLocationMetadata({ path: "topkey.k3[0]", key: "k3[0]", actualType: "number", store: "fast" }), [
    "fast",
    "topkey.k3[0]",
    "number",
    "objects, lists and strings"
  ]],
  [new StoreError.BadLocationMetadata({ path: "", key: "", actualType: "list" }), ["the root", "list", "objects"]],
  [new StoreError.NotSupported({ store: "web", operation: "add" }), ["web", "does not support add"]],
  [new StoreError.NotSupported({ store: "web", operation: "get", range: { offset: 1 } }), ["get of a range"]],
  [new StoreError.NotSupported({ store: "web", operation: "get", range: { offset: 1, length: 2 } }), [
    "get of a range"
  ]],
  [new StoreError.StoreTimeout({ store: "fast", operation: "unlink", after: Duration.seconds(5) }), [
    "unlink",
    "fast",
    "longer than 5s"
  ]],
  [new StoreError.NotAuthenticated({ store: "fast", operation: "get", cause }), [
    "fast",
    "not authenticated for get",
    "no such device"
  ]],
  [new StoreError.RemoteServiceUnavailable({ store: "fast", operation: "get", cause }), [
    "fast",
    "not available for get",
    "no such device"
  ]],
  [new StoreError.BackendException({ store: "fast", operation: "write", cause }), [
    "write failed",
    "fast",
    "no such device"
  ]],
  [new StoreError.BackendException({ store: "fast", operation: "write", cause: "odd" }), ["write failed", "fast"]],
  [new StoreRegistry.StoreConflict({ claim: "scheme", value: "file", stores: ["fast", "file"] }), [
    "scheme \"file\"",
    "fast, file",
    "an id of its own"
  ]],
  [new StoreError.DriverLoadFailure({ driver: "tape", known: ["file", "http"] }), [
    "\"tape\"",
    "known are: file, http"
  ]],
  [
    new Backend.StoresNotCreated({
      failures: [
        { store: "tape", error: new StoreError.DriverLoadFailure({ driver: "tape", known: ["file"] }) },
        { store: "file", error: new StoreError.BadStoreConfiguration({ store: "file", reason: "no datadir" }) }
      ]
    }),
    ["tape", "no datadir"]
  ],
  [new Indexable.OutOfWindow({ start: 3, windowStart: 4 }), ["3", "begins at 4"]]
]

/** Causes travel as name and message, for a stack or a system's own fields are nobody else's business. */
const comparable = (error: AnyError) =>
  Object.fromEntries(
    Object.entries(error)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, value instanceof Error ? `${value.name}: ${value.message}` : value])
  )

describe("StoreError", () => {
  it("there is a specimen of each class here", () => {
    const missing = classes.filter((Class) => !specimens.some(([error]) => error instanceof Class))
    assert.deepStrictEqual(missing.map((Class) => Class._tag), [])
  })

  it("each is named by one word: its class, its tag and the end of its identifier", () => {
    for (const Class of classes) {
      assert.strictEqual(Class.name, Class._tag)
      assert.match(Class.identifier, new RegExp(`^effect-glance-store/[A-Za-z]+/${Class._tag}$`, "u"))
    }
    assert.strictEqual(new Set(classes.map((Class) => Class._tag)).size, classes.length)
  })

  it("no field hides what every Error has", () => {
    const fields = classes.flatMap((Class) => Object.keys(Class.fields))
    assert.deepStrictEqual(fields.filter((field) => ["name", "message", "stack"].includes(field)), [])
    for (const [error] of specimens) assert.strictEqual(error.name, error._tag)
  })

  it.effect.each(specimens)("travels as JSON and comes back as it was: %s", ([error]) =>
    Effect.gen(function*() {
      const json = yield* Schema.encode(Schema.parseJson(AnyError))(error)
      const back = yield* Schema.decode(Schema.parseJson(AnyError))(json)
      assert.strictEqual(back.constructor, error.constructor)
      assert.strictEqual(back.message, error.message)
      assert.deepStrictEqual(comparable(back), comparable(error))
    }))

  it.effect.prop(
    "whatever its fields hold, it travels unchanged",
    { error: Arbitrary.make(AnyError) },
    ({ error }) =>
      Effect.gen(function*() {
        const encoded = yield* Schema.encode(AnyError)(error)
        const back = yield* Schema.decode(AnyError)(encoded)
        assert.strictEqual(back.constructor, error.constructor)
        assert.deepStrictEqual(yield* Schema.encode(AnyError)(back), encoded)
      })
  )

  it.each(specimens)("says what was wrong and what is allowed: %s", (error, says) => {
    for (const words of says) assert.include(error.message, words)
    assert.include(Cause.pretty(Cause.fail(error)), error.message)
  })

  it.effect("a stack and a system's own fields stay at home", () =>
    Effect.gen(function*() {
      const foreign = Object.assign(new Error("ENOENT"), { syscall: "open", path: "/secret/place" })
      const error = new StoreError.BackendException({ store: "fast", operation: "read", cause: foreign })
      const json = yield* Schema.encode(Schema.parseJson(AnyError))(error)
      assert.notInclude(json, "/secret/place")
      assert.notInclude(json, "StoreError.test")
    }))

  it("those that may pass say that a second try may help", () => {
    const retryable = specimens.flatMap(([error]) => "retryable" in error && error.retryable ? [error._tag] : [])
    assert.deepStrictEqual(
      retryable,
      ["BadStoreUri", "BadStoreUri", "HashingFailed", "StoreTimeout", "RemoteServiceUnavailable"]
    )
  })

  it.effect("a generator fails with it, and catchTag finds it", () =>
    Effect.gen(function*() {
      const uri = yield* new StoreError.ImageNotFound({ uri: "file:///images/123" }).pipe(
        Effect.catchTag("ImageNotFound", (error) => Effect.succeed(error.uri))
      )
      assert.strictEqual(uri, "file:///images/123")
    }))

  it.prop(
    "an unknown argument is refused where an error is decoded",
    { argument: FastCheck.string().filter((name) => !/^(?:imageId|size|offset|length|expected)$/u.test(name)) },
    ({ argument }) => {
      const encoded = { _tag: "InvalidArgument", argument, received: "1", allowed: "2" }
      assert.isFalse(Schema.is(Schema.encodedSchema(StoreError.InvalidArgument))(encoded))
    }
  )

  it("fields are required, so that no message shows a placeholder", () => {
    expectTypeOf<ConstructorParameters<typeof StoreError.ImageNotFound>[0]>().toEqualTypeOf<
      { readonly uri: string; readonly tried?: ReadonlyArray<string> | undefined }
    >()
    expectTypeOf<ConstructorParameters<typeof StoreError.BackendException>[0]>().toEqualTypeOf<
      { readonly store: string; readonly operation: string; readonly cause: unknown }
    >()
    expectTypeOf<StoreError.StoreError["_tag"]>().toEqualTypeOf<
      (typeof StoreError.StoreError.members)[number]["_tag"]
    >()
    assert.throws(() => Schema.decodeUnknownSync(StoreError.ImageNotFound)({ _tag: "ImageNotFound" }))
  })
})
