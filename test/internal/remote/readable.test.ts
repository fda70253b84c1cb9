import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import { PassThrough } from "node:stream"
import * as Readable from "../../../src/internal/remote/readable.js"
import { assertSame, concat, text } from "../../conformance/bytes.js"

const broken = (cause: unknown) => ({ cause })

describe("a Node stream read by pulling", () => {
  it.live("gives what was there, waits for what comes, and ends with the stream", () =>
    Effect.scoped(Effect.gen(function*() {
      const stream = new PassThrough()
      stream.write(text("there"))
      const next = yield* Readable.pull(stream, broken)
      assertSame(concat(yield* next), text("there"))
      const waiting = yield* Effect.fork(next)
      yield* Effect.yieldNow()
      stream.end(text("later"))
      assertSame(concat(yield* Fiber.join(waiting)), text("later"))
      assert.isTrue(Option.isNone(yield* Effect.flip(next)))
      assert.isTrue(Option.isNone(yield* Effect.flip(next)))
    })))

  it.live("gives the bytes that came before it broke, then what broke it, however often it is asked", () =>
    Effect.scoped(Effect.gen(function*() {
      const stream = new PassThrough()
      const next = yield* Readable.pull(stream, broken)
      stream.write(text("abc"))
      assertSame(concat(yield* next), text("abc"))
      const cause = new Error("ECONNRESET")
      stream.destroy(cause)
      for (let time = 0; time < 2; time++) {
        assert.deepStrictEqual(yield* Effect.flip(next), Option.some({ cause }))
      }
    })))

  it.live("takes a stream that closes before its end for broken", () =>
    Effect.scoped(Effect.gen(function*() {
      const stream = new PassThrough()
      const next = yield* Readable.pull(stream, broken)
      const waiting = yield* Effect.fork(Effect.flip(next))
      yield* Effect.yieldNow()
      stream.destroy()
      const failure = yield* Fiber.join(waiting)
      assert.include(String(Option.getOrThrow(failure).cause), "closed before the end")
    })))

  it.live("lets go of the stream at once where a wait is interrupted, and closes it with the scope", () =>
    Effect.gen(function*() {
      const stream = new PassThrough()
      const waiting = yield* Deferred.make<void>()
      const fiber = yield* Effect.scoped(Effect.gen(function*() {
        const next = yield* Readable.pull(stream, broken)
        yield* Deferred.succeed(waiting, undefined)
        return yield* next
      })).pipe(Effect.fork)
      yield* Deferred.await(waiting)
      yield* Effect.yieldNow()
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      assert.isTrue(stream.destroyed)
      // An error that comes late goes nowhere, and kills nothing.
      stream.emit("error", new Error("late"))
    }))

  it.live("reads on after an interruption as if there had been none", () =>
    Effect.scoped(Effect.gen(function*() {
      const stream = new PassThrough()
      const next = yield* Readable.pull(stream, broken)
      const waiting = yield* Effect.fork(next)
      yield* Effect.yieldNow()
      yield* Fiber.interrupt(waiting)
      stream.write(text("abc"))
      assert.strictEqual(Chunk.size(yield* next), 1)
    })))

  it.live("leaves alone the connection of an answer that has come whole", () =>
    Effect.gen(function*() {
      const stream = Object.assign(new PassThrough(), { complete: true })
      stream.write(text("abc"))
      yield* Effect.scoped(Effect.flatMap(Readable.pull(stream, broken), (next) => next))
      assert.isFalse(stream.destroyed)
    }))
})
