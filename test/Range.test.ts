import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Range from "../src/Range.js"
import type { InvalidArgument, RangeBeyondEnd } from "../src/StoreError.js"

const impossible = [-1, -0.5, 0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53]

const byteCounts = FastCheck.nat({ max: Number.MAX_SAFE_INTEGER })

describe("Range", () => {
  it.effect.each([0, 1, 4096, 2 ** 31, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER])(
    "%d is a number of bytes",
    (value) =>
      Effect.gen(function*() {
        assert.strictEqual(yield* Range.checkByteCount("size", value), value)
      })
  )

  it.effect.each(impossible)("%d is no number of bytes, and the error says what is", (value) =>
    Effect.gen(function*() {
      for (const argument of ["size", "offset", "length"] as const) {
        const error = yield* Effect.flip(Range.checkByteCount(argument, value))
        assert.strictEqual(error._tag, "InvalidArgument")
        assert.strictEqual(error.argument, argument)
        assert.strictEqual(error.received, String(value))
        assert.include(error.message, "a whole number of bytes between 0 and 9007199254740991")
      }
    }))

  it.effect("a range without a beginning begins at 0, and one without a length has none", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* Range.check({}), { offset: 0, length: undefined })
      assert.deepStrictEqual(yield* Range.check({ offset: undefined, length: undefined }), {
        offset: 0,
        length: undefined
      })
      assert.deepStrictEqual(yield* Range.check({ offset: 3 }), { offset: 3, length: undefined })
      assert.deepStrictEqual(yield* Range.check({ length: 0 }), { offset: 0, length: 0 })
      assert.deepStrictEqual(yield* Range.check({ offset: 3, length: 4 }), { offset: 3, length: 4 })
    }))

  it.effect.each(impossible)("%d is neither an offset nor a length", (value) =>
    Effect.gen(function*() {
      const offset = yield* Effect.flip(Range.check({ offset: value, length: 1 }))
      assert.strictEqual(offset.argument, "offset")
      const length = yield* Effect.flip(Range.check({ offset: 1, length: value }))
      assert.strictEqual(length.argument, "length")
    }))

  it.each<[asksFor: string, range: Range.Range, partial: boolean]>([
    ["nothing in particular", {}, false],
    ["the beginning", { offset: 0 }, false],
    ["no length", { length: 0 }, false],
    ["neither", { offset: 0, length: 0 }, false],
    ["all but a byte", { offset: 1 }, true],
    ["one byte", { length: 1 }, true],
    ["one byte of the beginning", { offset: 0, length: 1 }, true],
    ["a part", { offset: 2, length: 3 }, true]
  ])("a range that asks for %s: %j is a part: %j", (_, range, partial) => {
    assert.strictEqual(Range.isPartial(range), partial)
  })

  it.effect.prop(
    "cut to an image it is where a slice of the image would be",
    { size: FastCheck.nat(300), offset: FastCheck.nat(300), length: FastCheck.option(FastCheck.nat(400)) },
    ({ length, offset, size }) =>
      Effect.gen(function*() {
        const checked = yield* Range.check({ offset, length: length ?? undefined })
        const image = Array.from({ length: size }, (_, index) => index)
        const slice = image.slice(offset, length === null ? undefined : offset + length)
        const outcome = yield* Effect.either(Range.clip(checked, size, "memory://image"))
        if (offset > size) {
          assert.deepInclude(outcome, { _tag: "Left" })
        } else {
          assert.deepInclude(outcome, { _tag: "Right", right: { offset, length: slice.length } })
        }
      })
  )

  it.effect.prop(
    "however great the numbers, no byte is asked for that is not there",
    { size: byteCounts, offset: byteCounts, length: FastCheck.option(byteCounts) },
    ({ length, offset, size }) =>
      Range.clip({ offset: Math.min(offset, size), length: length ?? undefined }, size, "memory://image").pipe(
        Effect.map((clipped) => {
          assert.isAtLeast(clipped.length, 0)
          assert.isAtMost(clipped.offset + clipped.length, size)
        })
      )
  )

  it.effect("one that begins at the end is empty", () =>
    Effect.gen(function*() {
      const clipped = yield* Range.clip({ offset: 9, length: undefined }, 9, "memory://image")
      assert.deepStrictEqual(clipped, { offset: 9, length: 0 })
    }))

  it.effect("one that begins behind the end is refused, with both numbers", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Range.clip({ offset: 100, length: 0 }, 9, "memory://image"))
      assert.strictEqual(error._tag, "RangeBeyondEnd")
      assert.deepStrictEqual({ uri: error.uri, offset: error.offset, size: error.size }, {
        uri: "memory://image",
        offset: 100,
        size: 9
      })
    }))

  it("each fails with one error alone", () => {
    expectTypeOf(Range.check).returns.toEqualTypeOf<Effect.Effect<Range.Checked, InvalidArgument>>()
    expectTypeOf<Effect.Effect.Error<ReturnType<typeof Range.clip>>>().toEqualTypeOf<RangeBeyondEnd>()
  })
})
