import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import * as Fault from "../../../src/internal/remote/fault.js"
import * as RetryAfter from "../../../src/internal/remote/retryAfter.js"
import * as Retrying from "../../../src/internal/remote/retrying.js"

const schedule = Retrying.schedule({ retries: 5, pause: Duration.seconds(1), longest: Duration.seconds(6) })

/** When each try was made, in milliseconds, of an effect that fails so every time. */
const tries = (fault: Fault.Fault<string>) =>
  Effect.gen(function*() {
    const at: Array<number> = []
    const failing = Effect.flatMap(Effect.clock, (clock) => {
      at.push(clock.unsafeCurrentTimeMillis())
      return Effect.fail(fault)
    })
    const fiber = yield* Effect.fork(Effect.flip(Retrying.retrying(schedule)(failing)))
    while (Option.isNone(yield* fiber.poll)) {
      yield* Effect.flatMap(TestClock.sleeps(), (times) => TestClock.setTime(Math.max(0, ...times)))
    }
    return { error: yield* Fiber.join(fiber), at }
  })

const pauses = (at: ReadonlyArray<number>) => at.slice(1).map((time, index) => time - (at[index] ?? 0))

describe("retrying", () => {
  it.effect("pauses longer each time, by chance between half and all, up to the longest", () =>
    Effect.gen(function*() {
      const { at, error } = yield* tries(Fault.passing("busy"))
      assert.strictEqual(error, "busy")
      const bounds = [1000, 2000, 4000, 6000, 6000]
      const actual = pauses(at)
      assert.strictEqual(actual.length, bounds.length)
      for (const [index, pause] of actual.entries()) {
        assert.isAtLeast(pause, (bounds[index] ?? 0) / 2)
        assert.isAtMost(Math.round(pause), bounds[index] ?? 0)
      }
    }))

  it.effect("waits as long as the service asks for, but never longer than the longest", () =>
    Effect.gen(function*() {
      const asked = yield* tries(Fault.passing("busy", Duration.seconds(5)))
      assert.isAtLeast(Math.round(Math.min(...pauses(asked.at).slice(0, 3))), 5000)
      const long = yield* tries(Fault.passing("busy", Duration.hours(5)))
      assert.isAtMost(Math.round(Math.max(...pauses(long.at))), 6000)
    }))

  it.effect("does not try again what would fail again", () =>
    Effect.gen(function*() {
      const { at, error } = yield* tries(Fault.final("wrong"))
      assert.strictEqual(error, "wrong")
      assert.strictEqual(at.length, 1)
    }))
})

describe("Retry-After", () => {
  const now = Date.UTC(2026, 0, 1, 12, 0, 0)
  it.each([
    ["120", 120_000],
    [" 1 ", 1000],
    ["0", undefined],
    ["Thu, 01 Jan 2026 12:00:30 GMT", 30_000],
    ["Thu, 01 Jan 2026 11:00:00 GMT", undefined],
    ["soon", undefined],
    ["", undefined],
    [undefined, undefined]
  ])("%o is %o", (header, millis) => {
    const parsed = RetryAfter.parse(header, now)
    assert.strictEqual(parsed === undefined ? undefined : Duration.toMillis(parsed), millis)
  })
})
