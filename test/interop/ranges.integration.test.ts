/** Parts of an image, in every offset and length: the same bytes from both, and a size that is theirs. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Image from "../internal/file/Image.js"
import { Oracle } from "./Oracle.js"
import * as Pair from "./Pair.js"

const image = Image.text("chunk00000remainder")
const end = image.length

const offsets = [undefined, ...Array.from({ length: end + 1 }, (_, offset) => offset)]
const lengths = [undefined, 0, 1, 2, 9, 10, 11, end - 1, end, end + 1, 1_000_000]

const rangeOf = (offset: number | undefined, length: number | undefined) => ({
  ...(offset === undefined ? {} : { offset }),
  ...(length === undefined ? {} : { length })
})

it.layer(Oracle.layer)("a range", (it) => {
  it.scoped("has the same bytes in both, whatever its offset and length", () =>
    Effect.gen(function*() {
      const { original, ours } = yield* Pair.make({ chunkSize: 10 })
      const { uri } = yield* ours.add("image", image)
      for (const offset of offsets) {
        for (const length of lengths) {
          const range = rangeOf(offset, length)
          const [here, there] = yield* Effect.all([ours.get(uri, range), original.get(uri, range)])
          const name = JSON.stringify(range)
          assert.strictEqual(Buffer.from(here.bytes).toString(), Buffer.from(there.bytes).toString(), name)
          // The original reports the length that was asked for or, without one, the size of the whole image.
          assert.strictEqual(here.size, here.bytes.length, name)
          assert.strictEqual(there.size, length === undefined || length === 0 ? end : length, name)
        }
      }
    }))

  for (const offset of [end + 1, 100]) {
    it.scoped(`from ${offset}, behind the end: empty in the original, an error in ours`, () =>
      Effect.gen(function*() {
        const { original, ours } = yield* Pair.make()
        const { uri } = yield* original.add("image", image)
        assert.strictEqual(yield* Pair.outcome(ours.get(uri, { offset })), "RangeBeyondEnd")
        const { bytes, size } = yield* original.get(uri, { offset })
        assert.deepStrictEqual([bytes.length, size], [0, end])
      }))
  }

  it.scoped("with a negative offset is no range: an OSError of the original, a typed one of ours", () =>
    Effect.gen(function*() {
      const { original, ours } = yield* Pair.make()
      const { uri } = yield* original.add("image", image)
      assert.strictEqual(yield* Pair.outcome(ours.get(uri, { offset: -1 })), "InvalidArgument")
      assert.strictEqual(yield* Pair.outcome(original.get(uri, { offset: -1 })), "OSError")
    }))
})
