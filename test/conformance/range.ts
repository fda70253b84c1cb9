/** Reading parts of images. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type * as Range from "../../src/Range.js"
import * as Store from "../../src/Store.js"
import { assertSame, concat, pattern, text } from "./bytes.js"
import { failsWith } from "./failure.js"
import { read, seeded } from "./harness.js"
import { type Chapter, forAll, freshId, law } from "./law.js"

/** That reading the range gives these bytes, and says so. */
const gives = (location: Parameters<Store.Store["get"]>[0], range: Range.Range, expected: Uint8Array) =>
  Effect.gen(function*() {
    const store = yield* Store.Store
    const { data, size } = yield* store.get(location, range)
    // A backend that cannot tell the size of an image may well know that of a part.
    assert.strictEqual(Option.getOrElse(size, () => expected.length), expected.length, "size")
    assertSame(concat(yield* Stream.runCollect(data)), expected)
  }).pipe(Effect.scoped)

export const range: Chapter = {
  name: "get, of a range",
  needs: ["readRange"],
  laws: [
    law("gives the bytes from any offset, of any length, as many as there are", () =>
      Effect.gen(function*() {
        const bytes = pattern(5000)
        const location = yield* seeded(yield* freshId, bytes)
        const bounded = FastCheck.record({ offset: FastCheck.nat(5000), length: FastCheck.nat(6000) })
        const open = FastCheck.record({ offset: FastCheck.nat(5000) })
        const fromStart = FastCheck.record({ length: FastCheck.nat(6000) })
        yield* forAll(FastCheck.oneof(bounded, open, fromStart), (asked: Range.Range) => {
          const offset = asked.offset ?? 0
          return gives(location, asked, bytes.subarray(offset, offset + (asked.length ?? bytes.length)))
        }, 100)
      })),

    law("gives parts across the borders of large pieces", () =>
      Effect.gen(function*() {
        const mebibyte = 1024 * 1024
        const bytes = pattern(4 * mebibyte + 5)
        const location = yield* seeded(yield* freshId, bytes)
        for (
          const [offset, length] of [
            [mebibyte - 1, 2],
            [mebibyte, mebibyte],
            [65_535, 2 * mebibyte],
            [3 * mebibyte + 1, 2 * mebibyte]
          ] as const
        ) {
          yield* gives(location, { offset, length }, bytes.subarray(offset, offset + length))
        }
      })),

    law(
      "gives the image, byte for byte, to who asks for each byte alone, and for all at the same time",
      () =>
        Effect.gen(function*() {
          const bytes = text("chunk00000remainder")
          const location = yield* seeded(yield* freshId, bytes)
          const parts = yield* Effect.forEach(bytes, (_, offset) => read(location, { offset, length: 1 }), {
            concurrency: "unbounded"
          })
          assertSame(concat(parts), bytes)
        })
    ),

    law("gives nothing of no length, and nothing from the very end", () =>
      Effect.gen(function*() {
        const nothing = new Uint8Array()
        const location = yield* seeded(yield* freshId, text("abc"))
        yield* gives(location, { length: 0 }, nothing)
        yield* gives(location, { offset: 1, length: 0 }, nothing)
        yield* gives(location, { offset: 3 }, nothing)
        yield* gives(location, { offset: 3, length: 5 }, nothing)
        const empty = yield* seeded(yield* freshId, nothing)
        yield* gives(empty, { offset: 0, length: 5 }, nothing)
      })),

    law("fails with RangeBeyondEnd where the range begins behind the end", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const location = yield* seeded(yield* freshId, text("abc"))
        for (const asked of [{ offset: 4 }, { offset: 100, length: 1 }, { offset: Number.MAX_SAFE_INTEGER }]) {
          const error = yield* failsWith(store.get(location, asked), "RangeBeyondEnd")
          assert.deepInclude(error, { uri: location.toString(), offset: asked.offset, size: 3 })
        }
      })),

    law("refuses an offset or a length that is no number of bytes", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const location = yield* seeded(yield* freshId, text("abc"))
        for (const value of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
          const offset = yield* failsWith(store.get(location, { offset: value }), "InvalidArgument")
          assert.deepInclude(offset, { argument: "offset", received: String(value) })
          const length = yield* failsWith(store.get(location, { offset: 1, length: value }), "InvalidArgument")
          assert.deepInclude(length, { argument: "length", received: String(value) })
        }
      }))
  ],
  otherwise: [
    law("fails with NotSupported, and says which range was asked for", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const location = yield* seeded(yield* freshId, text("abc"))
        for (const asked of [{ offset: 1 }, { offset: 0, length: 2 }, { offset: 1, length: 1 }]) {
          const error = yield* failsWith(store.get(location, asked), "NotSupported")
          assert.strictEqual(error.operation, "get")
          if (store.capabilities.read) {
            assert.deepInclude(error.range, asked)
          }
        }
      })),

    law("takes an offset of 0 and a length of 0 for no range", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const location = yield* seeded(yield* freshId, text("abc"))
        if (!store.capabilities.read) {
          return yield* Effect.asVoid(failsWith(store.get(location, { offset: 0 }), "NotSupported"))
        }
        yield* gives(location, { offset: 0 }, text("abc"))
        yield* gives(location, { offset: 0, length: 0 }, new Uint8Array())
      }))
  ]
}
