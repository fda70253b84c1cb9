import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as HashingAlgorithm from "../src/HashingAlgorithm.js"
import type { UnknownHashingAlgo } from "../src/StoreError.js"

/** hashlib's name, and the length of its digest in bytes. */
const fixed = [
  ["md5", 16],
  ["sha1", 20],
  ["sha224", 28],
  ["sha256", 32],
  ["sha384", 48],
  ["sha512", 64],
  ["blake2b", 64],
  ["blake2s", 32],
  ["sha3_224", 28],
  ["sha3_256", 32],
  ["sha3_384", 48],
  ["sha3_512", 64],
  ["sha512_224", 28],
  ["sha512_256", 32],
  ["ripemd160", 20],
  ["sm3", 32],
  ["md5-sha1", 36]
] as const

const shakes = ["shake_128", "shake_256"] as const

/** Names that Node or OpenSSL would take, or that a request may bring. */
const strangers = [
  "",
  " ",
  "nope",
  "SHA256",
  "Sha256",
  "sha-256",
  "sha 256",
  " sha256",
  "sha256 ",
  "sha256\n",
  "sha256\0",
  "SHA2-256",
  "sha3-256",
  "sha512-256",
  "SHA512/256",
  "blake2b512",
  "blake2s256",
  "shake128",
  "rmd160",
  "RSA-SHA256",
  "sha256WithRSAEncryption",
  "ssl3-md5",
  "md4",
  "whirlpool",
  "constructor",
  "toString",
  "__proto__",
  "hasOwnProperty"
]

describe("HashingAlgorithm", () => {
  it.effect.each(fixed)("%s passes the gate and makes a digest of %i bytes", ([name, bytes]) =>
    Effect.gen(function*() {
      const resolved = yield* HashingAlgorithm.resolve(name)
      assert.strictEqual(resolved.name, name)
      assert.strictEqual(HashingAlgorithm.unsafeHash(resolved).digest().length, bytes)
    }))

  it("the names that work here are those of hashlib, each once", () => {
    assert.sameMembers([...HashingAlgorithm.available()], [...fixed.map(([name]) => name), ...shakes])
  })

  it.effect.each(strangers)("%j is not known, and the error says what is", (algo) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(HashingAlgorithm.resolve(algo))
      assert.strictEqual(error._tag, "UnknownHashingAlgo")
      assert.strictEqual(error.algo, algo)
      assert.deepStrictEqual(error.available, HashingAlgorithm.available())
    }))

  it.effect.prop(
    "no other text passes",
    { algo: FastCheck.string().filter((text) => !HashingAlgorithm.available().includes(text)) },
    ({ algo }) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(HashingAlgorithm.resolve(algo))
        assert.strictEqual(error.algo, algo)
      })
  )

  it.effect.each(shakes)("%s needs a length, and the error says so", (algo) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(HashingAlgorithm.resolve(algo))
      assert.include(error.message, "needs an explicit length")
    }))

  it.effect.prop(
    "SHAKE makes a digest as long as it was asked for",
    { algo: FastCheck.constantFrom(...shakes), length: FastCheck.integer({ min: 1, max: 0xffff }) },
    ({ algo, length }) =>
      Effect.gen(function*() {
        const resolved = yield* HashingAlgorithm.resolve({ algo, length })
        assert.strictEqual(HashingAlgorithm.unsafeHash(resolved).digest().length, length)
      })
  )

  it.effect.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 0x1_0000, 2 ** 53])(
    "SHAKE has no digest of length %d",
    (length) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(HashingAlgorithm.resolve({ algo: "shake_256", length }))
        assert.include(error.message, `length ${length} is not possible`)
      })
  )

  it.effect("a length for an algorithm of fixed length is refused, not ignored", () =>
    Effect.gen(function*() {
      const fromRequest = JSON.parse("{ \"algo\": \"sha256\", \"length\": 16 }")
      const error = yield* Effect.flip(HashingAlgorithm.resolve(fromRequest))
      assert.strictEqual(error.algo, "sha256")
    }))

  it("two hashes of one algorithm know nothing of each other", () => {
    const first = HashingAlgorithm.unsafeHash(HashingAlgorithm.md5).update("abc")
    const second = HashingAlgorithm.unsafeHash(HashingAlgorithm.md5)
    assert.strictEqual(second.digest("hex"), "d41d8cd98f00b204e9800998ecf8427e")
    assert.strictEqual(first.digest("hex"), "900150983cd24fb0d6963f7d28e17f72")
  })

  it.each([...fixed.map(([name]) => name), ...shakes])("%s is the spelling of itself, in any case", (name) => {
    assert.deepStrictEqual(HashingAlgorithm.normalize(name), Option.some(name))
    assert.deepStrictEqual(HashingAlgorithm.normalize(name.toUpperCase()), Option.some(name))
  })

  it.each([
    ["SHA256", "sha256"],
    ["sha-256", "sha256"],
    ["sha3-256", "sha3_256"],
    ["SHA3-256", "sha3_256"],
    ["SHA512/256", "sha512_256"],
    ["sha512-224", "sha512_224"],
    ["blake2b512", "blake2b"],
    ["BLAKE2s256", "blake2s"],
    ["shake128", "shake_128"],
    ["SHAKE-256", "shake_256"],
    ["MD5-SHA1", "md5-sha1"]
  ])("%s is a spelling of %s", (spelling, name) => {
    assert.deepStrictEqual(HashingAlgorithm.normalize(spelling), Option.some(name))
  })

  it.each(["", "nope", "md4", "rmd160", "SHA2-256", "RSA-SHA256", "__proto__"])("%j is no spelling", (spelling) => {
    assert.deepStrictEqual(HashingAlgorithm.normalize(spelling), Option.none())
  })

  it.prop(
    "a spelling stands for a name that works here, or for none",
    { spelling: FastCheck.oneof(FastCheck.string(), FastCheck.constantFrom(...strangers)) },
    ({ spelling }) => {
      const name = Option.getOrUndefined(HashingAlgorithm.normalize(spelling))
      assert.include([undefined, ...HashingAlgorithm.available()], name)
    }
  )

  it("fails with nothing but UnknownHashingAlgo, and SHAKE is typed with its length", () => {
    expectTypeOf(HashingAlgorithm.resolve).returns.toEqualTypeOf<
      Effect.Effect<HashingAlgorithm.Resolved, UnknownHashingAlgo>
    >()
    expectTypeOf<{ algo: "shake_128"; length: 32 }>().toExtend<HashingAlgorithm.HashingAlgorithm>()
    expectTypeOf<{ algo: "shake_128" }>().not.toExtend<HashingAlgorithm.HashingAlgorithm>()
    expectTypeOf<{ algo: "sha256"; length: 32 }>().not.toExtend<HashingAlgorithm.HashingAlgorithm>()
    expectTypeOf<(typeof fixed)[number][0]>().toEqualTypeOf<HashingAlgorithm.Name>()
  })
})
