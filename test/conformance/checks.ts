/** What is held against the bytes while they pass: their number, their digests, a verifier's verdict. */
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Store from "../../src/Store.js"
import { concat, hex, pattern, text } from "./bytes.js"
import { assertVery, failsWith, failureOf } from "./failure.js"
import { isNowhere, isStored, Storage } from "./harness.js"
import { type Chapter, freshId, law } from "./law.js"
import * as Source from "./source.js"

class Forged extends Data.TaggedError("Forged")<{ readonly at: string }> {}

class Key extends Context.Tag("effect-glance-store/test/conformance/Key")<Key, string>() {}

const bytes = pattern(10_000)

export const checks: Chapter = {
  name: "add, while the bytes pass",
  needs: ["write"],
  laws: [
    law("takes bytes of the declared size and the expected digests, in either case", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        yield* store.add(id, Source.make(bytes).data, {
          size: bytes.length,
          hashingAlgo: "sha256",
          expected: { checksum: hex("md5", bytes).toUpperCase(), multihash: hex("sha256", bytes) }
        })
        yield* isStored(id, bytes)
      })),

    law("stops a source that is longer than its size, with the piece that goes over", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const source = Source.endless(10)
        const error = yield* failsWith(store.add(id, source.data, { size: 1015 }), "SizeMismatch")
        assert.deepInclude(error, { expected: 1015, actual: 1020 })
        assert.strictEqual(source.given(), 1020)
        assert.isTrue(source.closed())
        yield* isNowhere(id)
      })),

    law("stops a source that has anything at all where none was declared", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const error = yield* failsWith(store.add(id, Stream.make(text("x")), { size: 0 }), "SizeMismatch")
        assert.deepInclude(error, { expected: 0, actual: 1 })
        yield* isNowhere(id)
      })),

    law("keeps nothing of a source that ends before its size", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        for (const [size, given] of [[10_001, 10_000], [1, 0]] as const) {
          const id = yield* freshId
          const short = Source.make(pattern(given)).data
          const error = yield* failsWith(store.add(id, short, { size }), "SizeMismatch")
          assert.deepInclude(error, { expected: size, actual: given })
          yield* isNowhere(id)
        }
      })),

    law("keeps nothing of bytes that have another checksum than was expected", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const expected = hex("md5", text("something else"))
        const error = yield* failsWith(
          store.add(id, Source.make(bytes).data, { expected: { checksum: expected } }),
          "DigestMismatch"
        )
        assert.deepInclude(error, { algorithm: "md5", expected, actual: hex("md5", bytes) })
        yield* isNowhere(id)
      })),

    law("keeps nothing of bytes that have another multihash than was expected", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const expected = { checksum: hex("md5", bytes), multihash: hex("sha1", text("something else")) }
        const error = yield* failsWith(
          store.add(id, Source.make(bytes).data, { hashingAlgo: "sha1", expected }),
          "DigestMismatch"
        )
        assert.deepInclude(error, { algorithm: "sha1", expected: expected.multihash, actual: hex("sha1", bytes) })
        yield* isNowhere(id)
      })),

    law(
      "shows a verifier no byte beyond the declared size, and asks for no verdict on what does not fit",
      () =>
        Effect.gen(function*() {
          const store = yield* Store.Store
          const id = yield* freshId
          const seen: Array<Uint8Array> = []
          let verdicts = 0
          const verifier = {
            update: (part: Uint8Array) => Effect.sync(() => seen.push(part.slice())),
            complete: Effect.sync(() => verdicts++)
          }
          const data = Source.make(bytes, 1000).data
          yield* failsWith(store.add(id, data, { size: 2500, verifier }), "SizeMismatch")
          assert.strictEqual(hex("md5", concat(seen)), hex("md5", bytes.subarray(0, 2000)))
          yield* failsWith(store.add(id, Source.make(bytes).data, { size: 10_001, verifier }), "SizeMismatch")
          assert.strictEqual(verdicts, 0)
          yield* isNowhere(id)
        })
    ),

    law("fails with the verifier's own error, wherever it comes, and keeps nothing", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        for (const piece of [1, 5, 10]) {
          const id = yield* freshId
          const source = Source.make(bytes, 1000)
          const forged = new Forged({ at: `piece ${piece}` })
          let pieces = 0
          const update = () => Effect.suspend(() => ++pieces === piece ? forged : Effect.void)
          const error = yield* failureOf(store.add(id, source.data, { verifier: { update } }))
          assertVery(error, forged)
          assert.strictEqual(source.given(), piece * 1000, "bytes that were read")
          yield* isNowhere(id)
        }
      })),

    law(
      "fails with the verifier's own error where only its verdict is bad, and keeps nothing",
      () =>
        Effect.gen(function*() {
          const store = yield* Store.Store
          const { find } = yield* Storage
          const id = yield* freshId
          const forged = new Forged({ at: "the end" })
          let visible = false
          const complete = Effect.orDie(find(id)).pipe(
            Effect.tap((image) => Effect.sync(() => (visible = Option.isSome(image)))),
            Effect.zipRight(forged)
          )
          const error = yield* failureOf(
            store.add(id, Source.make(bytes).data, { verifier: { update: () => Effect.void, complete } })
          )
          assertVery(error, forged)
          assert.isFalse(visible, "the image was visible when its signature was not checked")
          yield* isNowhere(id)
        })
    ),

    law("runs the verifier with the caller's services", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const keys: Array<string> = []
        const update = () => Effect.map(Key, (key) => void keys.push(key))
        yield* store.add(id, Stream.make(text("signed")), { verifier: { update, complete: update() } }).pipe(
          Effect.provideService(Key, "secret")
        )
        assert.deepStrictEqual(keys, ["secret", "secret"])
        yield* isStored(id, text("signed"))
      }))
  ],
  // That nothing at all is added is a law of `add`.
  otherwise: []
}
