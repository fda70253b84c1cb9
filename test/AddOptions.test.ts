import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as AddOptions from "../src/AddOptions.js"
import type { InvalidArgument, UnknownHashingAlgo } from "../src/StoreError.js"

const checksum = "900150983cd24fb0d6963f7d28e17f72"
const sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d"

describe("AddOptions", () => {
  it.effect("nothing need be said", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* AddOptions.check({}), {
        size: undefined,
        algorithm: undefined,
        verifier: undefined,
        onProgress: undefined,
        expected: { checksum: undefined, multihash: undefined }
      })
    }))

  it.effect("a size of 0 is a size", () =>
    Effect.gen(function*() {
      const { size } = yield* AddOptions.check({ size: 0 })
      assert.strictEqual(size, 0)
    }))

  it.effect.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    "%d is no size",
    (size) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(AddOptions.check({ size }))
        assert.deepInclude(error, { _tag: "InvalidArgument", argument: "size", received: String(size) })
      })
  )

  it.effect.each(["SHA256", "nope", "sha-256", "sha3-256", "shake_256"])(
    "%s is no algorithm",
    (hashingAlgo) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(AddOptions.check({ hashingAlgo }))
        assert.deepInclude(error, { _tag: "UnknownHashingAlgo", algo: hashingAlgo })
      })
  )

  it.effect("an algorithm comes out resolved, a verifier as it is", () =>
    Effect.gen(function*() {
      const verifier: AddOptions.Verifier<"unsigned"> = { update: () => Effect.fail("unsigned") }
      const checked = yield* AddOptions.check({ hashingAlgo: { algo: "shake_128", length: 16 }, verifier })
      assert.deepStrictEqual(checked.algorithm, { name: "shake_128", nodeName: "shake128", outputLength: 16 })
      assert.strictEqual(checked.verifier, verifier)
    }))

  it.effect("expected digests count in either case", () =>
    Effect.gen(function*() {
      const { expected } = yield* AddOptions.check({
        hashingAlgo: "sha1",
        expected: { checksum: checksum.toUpperCase(), multihash: sha1.toUpperCase() }
      })
      assert.deepStrictEqual(expected, { checksum, multihash: sha1 })
    }))

  it.effect.each(["", "abc", checksum.slice(1), `${checksum}0`, `${checksum}\n`, `g${checksum.slice(1)}`, sha1])(
    "%j is no checksum, whatever the bytes are",
    (wrong) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(AddOptions.check({ expected: { checksum: wrong } }))
        assert.deepInclude(error, { _tag: "InvalidArgument", argument: "expected", received: JSON.stringify(wrong) })
        assert.include(error.message, "32 hex digits")
      })
  )

  it.effect.each(["", "abc", "xyz", `${sha1}\n`, `0x${sha1}`])("%j is no multihash", (wrong) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(AddOptions.check({ hashingAlgo: "sha1", expected: { multihash: wrong } }))
      assert.deepInclude(error, { _tag: "InvalidArgument", argument: "expected", received: JSON.stringify(wrong) })
    }))

  it.effect.prop(
    "a multihash that nothing would be compared with is refused",
    { multihash: FastCheck.oneof(FastCheck.string(), FastCheck.constantFrom("", sha1)) },
    ({ multihash }) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(AddOptions.check({ expected: { multihash } }))
        assert.strictEqual(error._tag, "InvalidArgument")
        assert.include(error.message, "together with hashingAlgo")
      })
  )

  it("says in its types what is needed, and what can go wrong", () => {
    expectTypeOf(AddOptions.check<"unsigned", "keys">).returns.toEqualTypeOf<
      Effect.Effect<AddOptions.Checked<"unsigned", "keys">, UnknownHashingAlgo | InvalidArgument>
    >()
    expectTypeOf<{ size: 1 }>().not.toExtend<AddOptions.AddOptionsWithMultihash>()
    expectTypeOf<{ hashingAlgo: undefined }>().not.toExtend<AddOptions.AddOptionsWithMultihash>()
    expectTypeOf<{ size: "1" }>().not.toExtend<AddOptions.AddOptions>()
    // @ts-expect-error -- an option that is not there
    const misspelt: AddOptions.AddOptions = { sise: 1 }
    assert.hasAllKeys(misspelt, ["sise"])
  })
})
