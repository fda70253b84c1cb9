import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Indexable from "../src/Indexable.js"

const bytes = (text: string) => new TextEncoder().encode(text)

const image = (...chunks: ReadonlyArray<string>) => ({
  size: Option.some(chunks.join("").length),
  data: Stream.fromIterable(chunks.map(bytes))
})

describe("Indexable", () => {
  it.scoped("gives a chunk, its tail again, the next chunk, and no bytes at the end", () =>
    Effect.gen(function*() {
      const { at, size } = yield* Indexable.make(image("abcde", "fgh"))
      assert.strictEqual(size, 8)
      assert.deepStrictEqual(yield* at(0), bytes("abcde"))
      assert.deepStrictEqual(yield* at(0), bytes("abcde"))
      assert.deepStrictEqual(yield* at(3), bytes("de"))
      assert.deepStrictEqual(yield* at(5), bytes("fgh"))
      assert.deepStrictEqual(yield* at(7), bytes("h"))
      assert.deepStrictEqual(yield* at(8), new Uint8Array(0))
      assert.deepStrictEqual(yield* at(100), new Uint8Array(0))
      assert.deepStrictEqual(yield* at(5), bytes("fgh"))
    }))

  it.scoped("bytes that have passed are refused, not taken from the wrong place", () =>
    Effect.gen(function*() {
      const { at } = yield* Indexable.make(image("abcde", "fgh"))
      yield* at(0)
      yield* at(5)
      const error = yield* Effect.flip(at(4))
      assert.strictEqual(error._tag, "OutOfWindow")
      assert.deepStrictEqual([error.start, error.windowStart], [4, 5])
      const negative = yield* Effect.flip(at(-1))
      assert.deepStrictEqual([negative.start, negative.windowStart], [-1, 5])
    }))

  it.scoped("does not seek: a position further on gives the next chunk", () =>
    Effect.gen(function*() {
      const { at } = yield* Indexable.make(image("abcde", "fgh"))
      assert.deepStrictEqual(yield* at(1000), bytes("abcde"))
    }))

  it.scoped("1024 bytes in chunks of 256 are four chunks and no more", () =>
    Effect.gen(function*() {
      const chunks = Array.from({ length: 4 }, (_, index) => new Uint8Array(256).fill(index))
      const { at } = yield* Indexable.make({ size: Option.some(1024), data: Stream.fromIterable(chunks) })
      const read: Array<Uint8Array> = []
      for (let cursor = 0; cursor <= 1024; cursor += 256) read.push(yield* at(cursor))
      assert.deepStrictEqual(read, [...chunks, new Uint8Array(0)])
    }))

  it.scoped("an empty image, or one of unknown size, has size 0 and ends in bytes", () =>
    Effect.gen(function*() {
      const empty = yield* Indexable.make({ size: Option.some(0), data: Stream.empty })
      assert.strictEqual(empty.size, 0)
      assert.deepStrictEqual(yield* empty.at(0), new Uint8Array(0))
      assert.deepStrictEqual(yield* empty.at(0), new Uint8Array(0))
      const unknown = yield* Indexable.make({ size: Option.none(), data: Stream.make(bytes("abc")) })
      assert.strictEqual(unknown.size, 0)
      assert.deepStrictEqual(yield* unknown.at(0), bytes("abc"))
    }))

  it.scoped("empty chunks are no end", () =>
    Effect.gen(function*() {
      const { at } = yield* Indexable.make(image("", "abc", "", "", "de", ""))
      assert.deepStrictEqual(yield* at(0), bytes("abc"))
      assert.deepStrictEqual(yield* at(3), bytes("de"))
      assert.deepStrictEqual(yield* at(5), new Uint8Array(0))
    }))

  it.effect.prop(
    "read by its own cursor, it gives the image",
    { chunks: FastCheck.array(FastCheck.uint8Array({ maxLength: 50 })), together: FastCheck.boolean() },
    ({ chunks, together }) =>
      Effect.gen(function*() {
        const whole = Buffer.concat(chunks)
        const data = together ? Stream.fromIterable(chunks) : Stream.fromIterable(chunks).pipe(Stream.rechunk(1))
        const { at } = yield* Indexable.make({ size: Option.some(whole.length), data })
        let read = Buffer.alloc(0)
        for (let part = yield* at(0); part.length > 0; part = yield* at(read.length)) {
          read = Buffer.concat([read, part])
        }
        assert.isTrue(read.equals(whole))
      }).pipe(Effect.scoped)
  )

  it.scoped("reads no further than it is asked", () =>
    Effect.gen(function*() {
      let pulled = 0
      const data = Stream.fromIterable(["abc", "def", "ghi"]).pipe(
        Stream.rechunk(1),
        Stream.map((text) => {
          pulled++
          return bytes(text)
        })
      )
      const { at } = yield* Indexable.make({ size: Option.some(9), data })
      assert.strictEqual(pulled, 0)
      yield* at(0)
      yield* at(1)
      assert.strictEqual(pulled, 1)
    }))

  it.effect("what the stream holds is freed with the scope, though it was not read to its end", () =>
    Effect.gen(function*() {
      let open = 0
      const data = Stream.acquireRelease(
        Effect.sync(() => open++),
        () => Effect.sync(() => open--)
      ).pipe(Stream.flatMap(() => Stream.make(bytes("abc"), bytes("def"))))
      yield* Effect.scoped(Effect.gen(function*() {
        const { at } = yield* Indexable.make({ size: Option.some(6), data })
        yield* at(0)
        assert.strictEqual(open, 1)
      }))
      assert.strictEqual(open, 0)
    }))

  it.scoped("the stream's own error comes out of the read that met it, and what was read stays", () =>
    Effect.gen(function*() {
      const data = Stream.concat(Stream.make(bytes("abc")), Stream.fail("broken" as const))
      const { at } = yield* Indexable.make({ size: Option.some(6), data })
      yield* at(0)
      assert.strictEqual(yield* Effect.flip(at(3)), "broken")
      assert.deepStrictEqual(yield* at(1), bytes("bc"))
      expectTypeOf(at(3)).toEqualTypeOf<Effect.Effect<Uint8Array, "broken" | Indexable.OutOfWindow>>()
    }))
})
