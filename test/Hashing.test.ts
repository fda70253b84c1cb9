import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Number from "effect/Number"
import * as Stream from "effect/Stream"
import * as Digest from "../src/Digest.js"
import * as Hashing from "../src/Hashing.js"
import * as HashingAlgorithm from "../src/HashingAlgorithm.js"
import * as Image from "./hashing/Image.js"

const { threshold } = Image

/** Where something may go over from one way to another, and the bytes beside it. */
const edges = [0, 1, 2, 3, 4].flatMap((slots) => [-1, 0, 1].map((by) => slots * Image.slot + by)).filter((n) => n >= 0)

/** The ways in which a hasher may be given the next bytes. */
type Way = "copied" | "lent" | "lent in halves" | "leased for nothing, then copied"

interface Step {
  readonly way: Way
  readonly length: number
}

/** Gives it all the bytes, by these steps over and over. */
const feed = (hasher: Hashing.Hasher, bytes: Uint8Array, steps: Arr.NonEmptyReadonlyArray<Step>) =>
  Effect.gen(function*() {
    const copy = (part: Uint8Array) => {
      const memory = part.slice()
      return Effect.map(hasher.update(memory), () => {
        memory.fill(0xff)
        return part.length
      })
    }
    let at = 0
    for (let index = 0; at < bytes.length; index++) {
      const { length, way } = steps[index % steps.length] ?? steps[0]
      const part = bytes.subarray(at, at + length)
      if (way === "copied") {
        at += yield* copy(part)
        continue
      }
      const memory = yield* hasher.lease
      memory.subarray(0, length).fill(0xff)
      if (way === "leased for nothing, then copied") {
        at += yield* copy(part)
        hasher.release(memory)
        continue
      }
      const lent = part.subarray(0, memory.length)
      memory.set(lent)
      const half = way === "lent" ? lent.length : Math.floor(lent.length / 2)
      yield* hasher.update(memory.subarray(0, half))
      if (half < lent.length) {
        yield* hasher.update(memory.subarray(half, lent.length))
      }
      hasher.release(memory)
      at += lent.length
    }
    return yield* hasher.digests
  })

const hashed = (
  algorithms: ReadonlyArray<HashingAlgorithm.Resolved>,
  size: number | undefined,
  bytes: Uint8Array,
  steps: Arr.NonEmptyReadonlyArray<Step>
) =>
  Hashing.Hashing.pipe(
    Effect.flatMap((hashing) => hashing.open(algorithms, size)),
    Effect.flatMap((hasher) => feed(hasher, bytes, steps)),
    Effect.scoped
  )

const ways = FastCheck.constantFrom<Way>("copied", "lent", "lent in halves", "leased for nothing, then copied")

const lengths = FastCheck.oneof(
  FastCheck.integer({ min: 1, max: 3000 }).map((length) => length * 300),
  FastCheck.constantFrom(1000, ...edges.filter((length) => length > 0))
)

const cuttings = FastCheck.array(FastCheck.record({ way: ways, length: lengths }), { minLength: 1, maxLength: 6 })
  .filter(Arr.isNonEmptyArray)

const sizes = FastCheck.oneof(FastCheck.constantFrom(...edges), FastCheck.nat({ max: 5 * Image.slot }))

/** How often the steps are gone through at the most. */
const rounds = 5000

const md5 = HashingAlgorithm.md5

/** With a length of its own for SHAKE. */
const resolved = (name: string) =>
  HashingAlgorithm.resolve(
    name === "shake_128" || name === "shake_256" ? { algo: name, length: 45 } : name
  )

describe("Hashing in the thread that adds", () => {
  it.effect("is what there is where no layer says otherwise", () =>
    Effect.gen(function*() {
      const { open } = yield* Hashing.Hashing
      const { open: inThread } = yield* Effect.provide(Hashing.Hashing, Hashing.layerInThread)
      assert.strictEqual(open, inThread)
    }))

  it.effect("is what a single thread comes to", () =>
    Effect.gen(function*() {
      const { open } = yield* Hashing.Hashing
      const { open: single } = yield* Effect.provide(Hashing.Hashing, Hashing.layerWorkers({ threads: 1 }))
      assert.strictEqual(open, single)
    }))
})

it.layer(Hashing.layerWorkers({ threads: 3, threshold }))("Hashing in threads", (it) => {
  it.effect.prop(
    "gives the digests that hashing in the adding thread gives, whatever the bytes are cut into and whoever owns them",
    {
      size: sizes,
      isSizeKnown: FastCheck.boolean(),
      steps: cuttings,
      names: FastCheck.uniqueArray(FastCheck.constantFrom("sha256", "sha3_512", "blake2b", "shake_128"), {
        maxLength: 2
      })
    },
    ({ isSizeKnown, names, size, steps }) =>
      Effect.gen(function*() {
        // Byte by byte a large image takes minutes.
        const bytes = Image.noise(Math.min(size, rounds * Number.sumAll(steps.map(({ length }) => length))))
        const algorithms = [md5, ...yield* Effect.forEach(names, resolved)]
        const hashing = hashed(algorithms, isSizeKnown ? bytes.length : undefined, bytes, steps)
        const expected = algorithms.map((algorithm) => Image.digest(bytes, algorithm))
        assert.deepStrictEqual(yield* hashing, expected)
        assert.deepStrictEqual(yield* Effect.provide(hashing, Hashing.layerInThread), expected)
      })
  )

  it.effect.each(edges.flatMap((size) => [[size, size], [size, undefined]] as const))(
    "knows where an image of %i bytes ends, declared as %s",
    ([size, declared]) =>
      Effect.gen(function*() {
        const bytes = Image.noise(size, size)
        const sha512 = yield* resolved("sha512")
        const expected = { size, checksum: Image.hex(bytes, "md5"), multihash: Image.hex(bytes, "sha512") }
        const whole = Effect.scoped(Effect.gen(function*() {
          const digester = yield* Digest.make(sha512, declared)
          yield* digester.update(bytes)
          return yield* digester.digest
        }))
        assert.deepStrictEqual(yield* whole, expected)
        assert.deepStrictEqual(yield* Effect.provide(whole, Hashing.layerInThread), expected)
      })
  )

  it.effect.each(HashingAlgorithm.available())(
    "makes the %s that one hash of all the bytes makes",
    (name) =>
      Effect.gen(function*() {
        const bytes = Image.noise(3 * Image.slot + 77)
        const algorithm = yield* resolved(name)
        const pieces = [{ way: "copied", length: 100_000 }, { way: "lent", length: Image.slot }] as const
        for (const size of [bytes.length, undefined]) {
          const digests = yield* hashed([md5, algorithm], size, bytes, pieces)
          assert.deepStrictEqual(digests, [Image.hex(bytes, "md5"), Image.digest(bytes, algorithm)])
        }
      })
  )

  it.effect("makes SHAKE as long as is asked for", () =>
    Effect.gen(function*() {
      const bytes = Image.noise(threshold)
      for (const length of [1, 32, 3000]) {
        const { multihash } = yield* Stream.run(Stream.make(bytes), Digest.sink({ algo: "shake_256", length }))
        assert.strictEqual(multihash?.length, 2 * length)
        const inThread = Effect.provide(
          Stream.run(Stream.make(bytes), Digest.sink({ algo: "shake_256", length })),
          Hashing.layerInThread
        )
        assert.strictEqual(multihash, (yield* inThread).multihash)
      }
    }))

  it.effect("makes one digest, or the same one twice, where that is all there is to make", () =>
    Effect.gen(function*() {
      const bytes = Image.noise(threshold + 1)
      const checksum = Image.hex(bytes, "md5")
      const whole = [{ way: "copied", length: bytes.length }] as const
      assert.deepStrictEqual(yield* hashed([md5], undefined, bytes, whole), [checksum])
      assert.deepStrictEqual(yield* hashed([md5, md5], undefined, bytes, whole), [checksum, checksum])
      const size = bytes.length
      assert.deepStrictEqual(yield* Stream.run(Stream.make(bytes), Digest.sink()), { size, checksum })
      const twice = yield* Stream.run(Stream.make(bytes), Digest.sink("md5"))
      assert.deepStrictEqual(twice, { size, checksum, multihash: checksum })
    }))

  it.effect("tells the streams apart that one sink is run on at once", () =>
    Effect.gen(function*() {
      const sink = Digest.sink("sha1")
      const images = Arr.makeBy(8, (seed) => Image.noise(2 * Image.slot + seed, seed))
      const digests = yield* Effect.forEach(
        images,
        (bytes) => Stream.run(Stream.fromIterable([bytes.subarray(0, 1000), bytes.subarray(1000)]), sink),
        { concurrency: "unbounded" }
      )
      for (const [index, bytes] of images.entries()) {
        assert.strictEqual(digests[index]?.checksum, Image.hex(bytes, "md5"))
        assert.strictEqual(digests[index]?.multihash, Image.hex(bytes, "sha1"))
      }
    }))
})
