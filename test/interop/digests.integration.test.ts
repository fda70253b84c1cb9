/** Checksums and multihashes of both, for every algorithm that both have, and which has which. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as HashingAlgorithm from "../../src/HashingAlgorithm.js"
import * as Image from "../internal/file/Image.js"
import { Oracle } from "./Oracle.js"
import * as Pair from "./Pair.js"

/** The original lets them pass, stores the whole image, fails for want of a length and leaves the image behind. */
const shakes = ["shake_128", "shake_256"]

const inputs = [new Uint8Array(0), Image.text("abc"), Image.noise(200_000)]

it.layer(Oracle.layer)("a multihash", (it) => {
  it.effect("is possible with every algorithm of the original's hashlib, and with no other", () =>
    Effect.gen(function*() {
      const oracle = yield* Oracle
      // Legacy algorithms, which some builds of OpenSSL have: not in glance_store's documentation, and broken.
      const legacy = new Set(["md4", "mdc2", "whirlpool"])
      const theirs = (yield* oracle.algorithms).filter((name) => !legacy.has(name))
      assert.deepStrictEqual(HashingAlgorithm.available().toSorted(), theirs)
    }))

  it.scoped("is the same in both, and so is the checksum", () =>
    Effect.gen(function*() {
      const oracle = yield* Oracle
      const { original, ours } = yield* Pair.make()
      const theirs = new Set(yield* oracle.algorithms)
      const shared = HashingAlgorithm.available().filter((name) => theirs.has(name) && !shakes.includes(name))
      assert.includeMembers(shared, ["md5", "sha1", "sha256", "sha512", "sha3_256", "blake2b", "blake2s"])
      for (const algorithm of shared) {
        for (const bytes of inputs) {
          const here = yield* ours.add(`ours-${algorithm}-${bytes.length}`, bytes, { algorithm })
          const there = yield* original.add(`original-${algorithm}-${bytes.length}`, bytes, { algorithm })
          assert.strictEqual(here.multihash, there.multihash, algorithm)
          assert.strictEqual(here.checksum, there.checksum)
        }
      }
    }))

  for (const algorithm of ["nope", "", "SHA256", "sha-256", "sha3-256", "sha512-256", "blake2b512", "rmd160"]) {
    it.scoped(`by ${JSON.stringify(algorithm)} is refused by both, and nothing is stored`, () =>
      Effect.gen(function*() {
        const { original, ours } = yield* Pair.make()
        const bytes = Image.text("abc")
        const error = yield* Pair.failAlike(
          ours.add("image", bytes, { algorithm }),
          original.add("image", bytes, { algorithm })
        )
        assert.strictEqual(error, "UnknownHashingAlgo")
        // The id is free in both.
        yield* ours.add("image", bytes, { algorithm: "sha256" })
      }))
  }

  for (const algorithm of shakes) {
    it.scoped(`by ${algorithm} without a length: ours refuses it before a byte is stored`, () =>
      Effect.gen(function*() {
        const { original, ours } = yield* Pair.make()
        const bytes = Image.text("abc")
        assert.strictEqual(yield* Pair.outcome(ours.add("image", bytes, { algorithm })), "UnknownHashingAlgo")
        assert.strictEqual(yield* Pair.outcome(original.add("image", bytes, { algorithm })), "TypeError")
        assert.strictEqual(yield* Pair.outcome(ours.add("image", bytes)), "DuplicateImage")
      }))
  }
})
