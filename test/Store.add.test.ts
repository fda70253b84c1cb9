import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import { UploadFailed } from "../src/Driver.js"
import type { LocationMetadata } from "../src/LocationMetadata.js"
import * as Store from "../src/Store.js"
import { DuplicateImage, StorageFull } from "../src/StoreError.js"
import { at, bytes, shelf, source } from "./Shelf.js"

const md5 = (text: string) => createHash("md5").update(text).digest("hex")
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex")

/** Counts the chunks that are taken from it. */
const counted = Effect.fnUntraced(function*(...chunks: ReadonlyArray<string>) {
  const pulled = yield* Ref.make(0)
  const data = source(...chunks).pipe(Stream.rechunk(1), Stream.tap(() => Ref.update(pulled, (n) => n + 1)))
  return { data, pulled: Ref.get(pulled) }
})

// What a driver in JavaScript may say: the type would not let it through.
const untyped = (metadata: unknown) => metadata as LocationMetadata

describe("Store.add", () => {
  it.effect("says where the image lies, how large it is and what its checksum is", () =>
    Effect.gen(function*() {
      const images = new Map<string, string>()
      const store = yield* Store.make(shelf(images))
      const result = yield* store.add("image", source("ab", "", "c"))
      assert.deepStrictEqual(result, { uri: "shelf://image", size: 3, checksum: md5("abc"), metadata: {} })
      assert.deepStrictEqual(images, new Map([["image", "abc"]]))
    }))

  it.effect("and its multihash, where that was asked for", () =>
    Effect.gen(function*() {
      const store = yield* Store.make(shelf(new Map()))
      const result = yield* store.add("image", source("abc"), { hashingAlgo: "sha256", size: 3 })
      assert.deepStrictEqual(result, {
        uri: "shelf://image",
        size: 3,
        checksum: md5("abc"),
        multihash: sha256("abc"),
        metadata: {}
      })
      const again = yield* store.add("again", source("abc"), { hashingAlgo: "md5" })
      assert.strictEqual(again.multihash, again.checksum)
      const shaken = yield* store.add("shaken", source("abc"), { hashingAlgo: { algo: "shake_256", length: 32 } })
      assert.match(shaken.multihash, /^483366601360a877[\da-f]{48}$/u)
    }))

  it.effect("asks the driver once, with the id, the bytes and the size", () =>
    Effect.gen(function*() {
      const asked: Array<unknown> = []
      const driver = shelf(new Map())
      const store = yield* Store.make({
        ...driver,
        write: (id, data, options) => {
          asked.push([id, options.size])
          return driver.write(id, data, options)
        }
      })
      yield* store.add("sized", source("abc"), { size: 3 })
      yield* store.add("empty", source(), { size: 0 })
      yield* store.add("unsized", source("abc"))
      assert.deepStrictEqual(asked, [["sized", Option.some(3)], ["empty", Option.some(0)], ["unsized", Option.none()]])
    }))

  it.effect.each<LocationMetadata>([
    {},
    { key: "v" },
    { key: ["v", "2"] },
    { key: { inner: "v" } },
    { a: { b: "c" }, d: ["e"], f: "g" },
    { a: { b: { c: ["d", { e: "f" }] } } }
  ])("hands on the driver's metadata: %j", (metadata) =>
    Effect.gen(function*() {
      const store = yield* Store.make(shelf(new Map(), metadata))
      assert.deepStrictEqual((yield* store.add("plain", source("abc"))).metadata, metadata)
      const hashed = yield* store.add("hashed", source("abc"), { hashingAlgo: "sha256" })
      assert.deepStrictEqual(hashed.metadata, metadata)
    }))

  it.effect("a store with an id says so in the metadata, whatever stood there, and changes nothing of the driver's", () =>
    Effect.gen(function*() {
      const metadata = { store: "another", share: "nfs" }
      const store = yield* Store.make(shelf(new Map(), metadata), { id: "fast" })
      const result = yield* store.add("image", source("abc"))
      assert.deepStrictEqual(result.metadata, { store: "fast", share: "nfs" })
      assert.deepStrictEqual(metadata, { store: "another", share: "nfs" })
    }))

  it.effect.each<[metadata: unknown, path: string, actualType: string]>([
    [{ key: bytes("secret") }, "key", "bytes"],
    [{ a: { b: ["c", ["d", 1]] } }, "a.b[1][1]", "number"],
    [{ a: [new Map([["secret", "secret"]])] }, "a[0]", "Map"],
    [["secret"], "", "list"],
    ["secret", "", "string"],
    [null, "", "null"]
  ])(
    "bad metadata of the driver is an error, and the image is taken back: %j",
    ([metadata, path, actualType]) =>
      Effect.gen(function*() {
        const images = new Map<string, string>()
        const store = yield* Store.make(shelf(images, untyped(metadata)), { id: "fast" })
        for (const options of [{}, { hashingAlgo: "sha256" }]) {
          const error = yield* Effect.flip(store.add("image", source("abc"), options))
          assert.deepInclude(error, { _tag: "BadLocationMetadata", store: "fast", path, actualType })
          assert.notInclude(String(error), "secret")
          assert.isEmpty(images)
        }
      })
  )

  it.effect("the source's own error comes out as it was, even one that looks like a store's", () =>
    Effect.gen(function*() {
      const images = new Map<string, string>()
      const store = yield* Store.make(shelf(images))
      const lookalikes = [
        "a string",
        undefined,
        new Error("no _tag at all"),
        Object.assign(new Error("no space left"), { code: "ENOSPC" }),
        new UploadFailed(),
        new DuplicateImage({ store: "shelf", imageId: "image" }),
        new StorageFull({ store: "other", reason: "the disk is full" })
      ]
      for (const error of lookalikes) {
        const data = Stream.concat(source("abc"), Stream.fail(error))
        assert.strictEqual(yield* Effect.flip(store.add("image", data)), error)
        assert.isEmpty(images)
      }
    }))

  it.effect("a defect of the source stays a defect, and nothing is left", () =>
    Effect.gen(function*() {
      const images = new Map<string, string>()
      const store = yield* Store.make(shelf(images))
      const exit = yield* Effect.exit(store.add("image", Stream.concat(source("abc"), Stream.dieMessage("bug"))))
      assert.deepStrictEqual(
        Exit.causeOption(exit).pipe(Option.flatMap(Cause.dieOption), Option.map(String)),
        Option.some("RuntimeException: bug")
      )
      assert.isEmpty(images)
    }))

  it.effect("the driver's own error comes out as it was", () =>
    Effect.gen(function*() {
      const full = new StorageFull({ store: "shelf", reason: "no room for books" })
      const store = yield* Store.make({ ...shelf(new Map()), write: () => full })
      const error = yield* Effect.flip(store.add("image", source("abc")))
      assert.isTrue(Equal.equals(error, full))
    }))

  it.effect("a driver that did not read its input to the end has a bug, and stores nothing", () =>
    Effect.gen(function*() {
      const images = new Map<string, string>()
      const driver = shelf(images)
      const store = yield* Store.make({
        ...driver,
        write: (id, data, options) => driver.write(id, Stream.take(data, 1), options)
      })
      const exit = yield* Effect.exit(store.add("image", source("a", "b").pipe(Stream.rechunk(1))))
      const defect = Exit.causeOption(exit).pipe(Option.flatMap(Cause.dieOption), Option.getOrThrow)
      assert.include(String(defect), "without reading its input to the end")
      assert.isEmpty(images)
    }))

  it.effect.each(["SHA256", "nope", "sha-256", "sha3-256", "shake_256"])(
    "the algorithm %s is refused before a byte is read",
    (hashingAlgo) =>
      Effect.gen(function*() {
        const { data, pulled } = yield* counted("abc")
        const store = yield* Store.make(shelf(new Map()))
        const error = yield* Effect.flip(store.add("image", data, { hashingAlgo }))
        assert.deepInclude(error, { _tag: "UnknownHashingAlgo", algo: hashingAlgo })
        assert.strictEqual(yield* pulled, 0)
      })
  )

  it.effect.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    "the size %d is refused before a byte is read",
    (size) =>
      Effect.gen(function*() {
        const { data, pulled } = yield* counted("abc")
        const store = yield* Store.make(shelf(new Map()))
        const error = yield* Effect.flip(store.add("image", data, { size }))
        assert.deepInclude(error, { _tag: "InvalidArgument", argument: "size" })
        assert.strictEqual(yield* pulled, 0)
      })
  )

  it.effect.each<[size: number, chunks: ReadonlyArray<string>, actual: number, says: string]>([
    [5, ["abc", "def"], 6, "Size exceeds"],
    [5, ["abcdefgh", "ij"], 8, "Size exceeds"],
    [0, ["a"], 1, "Size exceeds"],
    [5, ["abc", "d"], 4, "Size mismatch"],
    [5, [], 0, "Size mismatch"]
  ])(
    "declared %i bytes, given %j: %i counted, and nothing stored",
    ([size, chunks, actual, says]) =>
      Effect.gen(function*() {
        const images = new Map<string, string>()
        const store = yield* Store.make(shelf(images))
        const error = yield* Effect.flip(store.add("image", source(...chunks).pipe(Stream.rechunk(1)), { size }))
        assert.deepInclude(error, { _tag: "SizeMismatch", expected: size, actual })
        assert.include(error.message, says)
        assert.isEmpty(images)
      })
  )

  it.effect("a source that is too long is not read on", () =>
    Effect.gen(function*() {
      const { data, pulled } = yield* counted("abc", "def", "ghi", "jkl")
      const store = yield* Store.make(shelf(new Map()))
      yield* Effect.flip(store.add("image", data, { size: 5 }))
      assert.strictEqual(yield* pulled, 2)
    }))

  it.effect("an empty image is an image, of size 0 or of unknown size", () =>
    Effect.gen(function*() {
      const images = new Map<string, string>()
      const store = yield* Store.make(shelf(images))
      for (const [id, size] of [["known", 0], ["unknown", undefined]] as const) {
        const result = yield* store.add(id, source("", ""), { size })
        assert.deepStrictEqual([result.size, result.checksum], [0, "d41d8cd98f00b204e9800998ecf8427e"])
        assert.strictEqual(images.get(id), "")
      }
    }))

  it.effect("bytes with another digest than expected are not stored", () =>
    Effect.gen(function*() {
      const images = new Map<string, string>()
      const store = yield* Store.make(shelf(images))
      const options = { hashingAlgo: "sha256", expected: { checksum: md5("abc"), multihash: sha256("abc") } }
      const checksum = yield* Effect.flip(store.add("image", source("abd"), options))
      assert.deepInclude(checksum, { _tag: "DigestMismatch", algorithm: "md5", actual: md5("abd") })
      const multihash = yield* Effect.flip(
        store.add("image", source("abc"), { ...options, expected: { multihash: sha256("abd").toUpperCase() } })
      )
      assert.deepInclude(multihash, { _tag: "DigestMismatch", algorithm: "sha256", expected: sha256("abd") })
      assert.isEmpty(images)
      const { multihash: made } = yield* store.add("image", source("abc"), options)
      assert.strictEqual(made, sha256("abc"))
    }))

  it.effect.prop(
    "a verifier sees exactly the bytes that are accepted, in order, and then that they are all",
    { chunks: FastCheck.array(FastCheck.string({ unit: "binary-ascii" })) },
    ({ chunks }) =>
      Effect.gen(function*() {
        const images = new Map<string, string>()
        const store = yield* Store.make(shelf(images))
        const seen: Array<string> = []
        const verifier = {
          update: (part: Uint8Array) => Effect.sync(() => void seen.push(new TextDecoder().decode(part))),
          complete: Effect.sync(() => void seen.push("|"))
        }
        yield* store.add("image", source(...chunks), { verifier })
        assert.strictEqual(seen.join(""), `${chunks.join("")}|`)
        assert.notInclude(seen, "")
      })
  )

  it.effect("a verifier does not see the chunk that is too much, nor is it asked for a verdict", () =>
    Effect.gen(function*() {
      const store = yield* Store.make(shelf(new Map()))
      const seen: Array<string> = []
      const verifier = {
        update: (part: Uint8Array) => Effect.sync(() => void seen.push(new TextDecoder().decode(part))),
        complete: Effect.dieMessage("there is nothing to be judged")
      }
      const data = source("abc", "def").pipe(Stream.rechunk(1))
      const error = yield* Effect.flip(store.add("image", data, { size: 5, verifier }))
      assert.strictEqual(error._tag, "SizeMismatch")
      assert.deepStrictEqual(seen, ["abc"])
    }))

  it.effect("a verifier that refuses a chunk or the whole refuses the image, in its own words", () =>
    Effect.gen(function*() {
      const images = new Map<string, string>()
      const store = yield* Store.make(shelf(images))
      class Unsigned extends Data.TaggedError("Unsigned") {}
      const chunk = { update: () => new Unsigned() }
      const whole = { update: () => Effect.void, complete: new Unsigned() }
      for (const verifier of [chunk, whole]) {
        const error = yield* Effect.flip(store.add("image", source("abc"), { verifier }))
        assert.instanceOf(error, Unsigned)
        assert.isEmpty(images)
      }
    }))

  it.effect("source and verifier use the caller's services", () =>
    Effect.gen(function*() {
      class Text extends Context.Tag("effect-glance-store/test/Text")<Text, string>() {}
      class Log extends Context.Tag("effect-glance-store/test/Log")<Log, Array<string>>() {}
      const images = new Map<string, string>()
      const store = yield* Store.make(shelf(images))
      const log: Array<string> = []
      const adding = store.add("image", Stream.map(Stream.fromEffect(Text), bytes), {
        verifier: { update: (part) => Effect.map(Log, (lines) => void lines.push(new TextDecoder().decode(part))) }
      })
      expectTypeOf<Effect.Effect.Context<typeof adding>>().toEqualTypeOf<Text | Log>()
      yield* adding.pipe(Effect.provideService(Text, "abc"), Effect.provideService(Log, log))
      assert.deepStrictEqual([images.get("image"), log], ["abc", ["abc"]])
    }))

  it.effect("interrupted in the middle it leaves nothing, and the id can be added again", () =>
    Effect.gen(function*() {
      const images = new Map<string, string>()
      const store = yield* Store.make(shelf(images))
      const begun = yield* Deferred.make<void>()
      const stalled = Stream.fromEffect(Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never))
      const adding = yield* Effect.fork(store.add("image", Stream.concat(source("abc"), stalled)))
      yield* Deferred.await(begun)
      const exit = yield* Fiber.interrupt(adding)
      assert.isTrue(Exit.isInterrupted(exit))
      assert.isEmpty(images)
      yield* store.add("image", source("abc"))
      assert.isTrue(images.has("image"))
    }))

  it.effect("interrupted when all was written but not yet said, it takes the image back", () =>
    Effect.gen(function*() {
      const images = new Map<string, string>()
      const driver = shelf(images)
      const published = yield* Deferred.make<void>()
      const store = yield* Store.make({
        ...driver,
        write: (id, data, options) =>
          driver.write(id, data, options).pipe(
            Effect.zipLeft(Deferred.succeed(published, undefined)),
            Effect.zipLeft(Effect.never)
          )
      })
      const adding = yield* Effect.fork(store.add("image", source("abc")))
      yield* Deferred.await(published)
      assert.isTrue(images.has("image"))
      yield* Fiber.interrupt(adding)
      assert.isEmpty(images)
    }))

  it.effect("has in its type the source's errors, the verifier's, and the multihash that was asked for", () =>
    Effect.gen(function*() {
      const store = yield* Store.make(shelf(new Map()))
      const broken = store.add("image", Stream.fail("broken" as const))
      expectTypeOf(broken).toEqualTypeOf<Effect.Effect<Store.AddResult, Store.AddError | "broken">>()
      const hashed = store.add("image", Stream.fail("broken" as const), {
        hashingAlgo: "sha256",
        verifier: { update: () => Effect.fail("unsigned" as const) }
      })
      expectTypeOf(hashed).toEqualTypeOf<
        Effect.Effect<Store.AddResultWithMultihash, Store.AddError | "broken" | "unsigned">
      >()
      expectTypeOf<Store.AddResultWithMultihash["multihash"]>().toEqualTypeOf<string>()
      expectTypeOf<Store.AddResult["multihash"]>().toEqualTypeOf<string | undefined>()
      const both = Effect.all([broken, hashed], { concurrency: 2 })
      expectTypeOf<Effect.Effect.Error<typeof both>>().toEqualTypeOf<Store.AddError | "broken" | "unsigned">()
      // @ts-expect-error -- an id is needed
      const unnamed = () => store.add(undefined, source("abc"))
      // @ts-expect-error -- an option that is not there
      const misspelt = () => store.add("image", source("abc"), { sise: 3 })
      assert.isFunction(unnamed)
      assert.strictEqual((yield* misspelt()).uri, at("shelf://image").toString())
    }))
})
