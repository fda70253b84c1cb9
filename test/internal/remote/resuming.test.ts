import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Fault from "../../../src/internal/remote/fault.js"
import * as Resuming from "../../../src/internal/remote/resuming.js"
import * as Retrying from "../../../src/internal/remote/retrying.js"
import { ImageChanged, RemoteServiceUnavailable } from "../../../src/StoreError.js"
import { assertSame, concat, cut, pattern } from "../../conformance/bytes.js"

const uri = "remote://image"

const unavailable = new RemoteServiceUnavailable({ store: "far", operation: "get", cause: new Error("reset") })

/** How a body goes on after the bytes that it gives. */
type Ending = "end" | "break" | "stall"

interface Answer {
  /** Bytes that it gives, from where it was asked. */
  readonly bytes: number
  readonly ending: Ending
}

/** A far image whose answers are as they are written down, the last one for ever; `log` has what was asked and closed. */
const far = (image: Uint8Array, answers: ReadonlyArray<Answer | Fault.Fault<RemoteServiceUnavailable | ImageChanged>>, {
  chunk = 10,
  length = image.length as number | undefined
} = {}) => {
  const log: Array<string> = []
  let asked = 0

  const body = (from: number) =>
    Effect.gen(function*() {
      const answer = answers[Math.min(asked++, answers.length - 1)] ?? assert.fail("no answer")
      if ("error" in answer) {
        log.push(`refuse ${from}`)
        return yield* Effect.fail(answer)
      }
      yield* Effect.acquireRelease(
        Effect.sync(() => log.push(`open ${from}`)),
        () => Effect.sync(() => log.push("close"))
      )
      const parts = cut(image.slice(from, from + answer.bytes), chunk)
      let index = 0
      const next: Resuming.Body<RemoteServiceUnavailable> = Effect.suspend(
        (): Effect.Effect<Chunk.Chunk<Uint8Array>, Option.Option<Fault.Fault<typeof unavailable>>> => {
          const part = parts[index++]
          return part !== undefined
            ? Effect.succeed(Chunk.of(part))
            : answer.ending === "end"
            ? Effect.fail(Option.none())
            : answer.ending === "break"
            ? Effect.fail(Option.some(Fault.passing(unavailable)))
            : Effect.never
        }
      )
      return next
    })

  const reading: Resuming.Reading<
    number | undefined,
    RemoteServiceUnavailable | ImageChanged,
    RemoteServiceUnavailable | ImageChanged
  > = {
    store: "far",
    uri,
    begin: Effect.map(body(0), (opened) => ({ head: length, body: opened })),
    length: (head) => head,
    resume: (_, received) => body(received)
  }
  return { log, reading }
}

const image = pattern(100)

const never: Resuming.Patience = { retries: Retrying.schedule(policy(0)), idle: Duration.seconds(30) }

function policy(retries: number): Retrying.Policy {
  return { retries, pause: Duration.seconds(1), longest: Duration.seconds(20) }
}

const patience = (retries: number): Resuming.Patience => ({
  retries: Schedule.recurs(retries).pipe(Schedule.whileInput((fault: Fault.Fault<unknown>) => fault.passing)),
  idle: Duration.seconds(30)
})

const readAll = <A, E0, E>(reading: Resuming.Reading<A, E0, E>, how: Resuming.Patience) =>
  Effect.scoped(
    Effect.flatMap(Resuming.open(reading, how), ({ data }) => Effect.map(Stream.runCollect(data), concat))
  )

describe("a read that survives", () => {
  it.effect("is one request where nothing breaks", () =>
    Effect.gen(function*() {
      const { log, reading } = far(image, [{ bytes: 100, ending: "end" }])
      assertSame(yield* readAll(reading, never), image)
      assert.deepStrictEqual(log, ["open 0", "close"])
    }))

  it.effect("goes on at the byte it has reached, and has closed the body that broke before", () =>
    Effect.gen(function*() {
      const { log, reading } = far(image, [{ bytes: 35, ending: "break" }, { bytes: 20, ending: "break" }, {
        bytes: 45,
        ending: "end"
      }])
      assertSame(yield* readAll(reading, patience(1)), image)
      assert.deepStrictEqual(log, ["open 0", "close", "open 35", "close", "open 55", "close"])
    }))

  it.effect("goes on where a body ends too early", () =>
    Effect.gen(function*() {
      const { log, reading } = far(image, [{ bytes: 60, ending: "end" }, { bytes: 40, ending: "end" }])
      assertSame(yield* readAll(reading, patience(1)), image)
      assert.deepStrictEqual(log, ["open 0", "close", "open 60", "close"])
    }))

  it.effect("takes no byte behind the end", () =>
    Effect.gen(function*() {
      const { reading } = far(image, [{ bytes: 100, ending: "break" }], { length: 42 })
      assertSame(yield* readAll(reading, never), image.subarray(0, 42))
    }))

  it.effect("ends where the body ends if the length is not known, and goes on where it breaks", () =>
    Effect.gen(function*() {
      const { log, reading } = far(image, [{ bytes: 60, ending: "break" }, { bytes: 40, ending: "end" }], {
        length: undefined
      })
      assertSame(yield* readAll(reading, patience(1)), image)
      assert.deepStrictEqual(log, ["open 0", "close", "open 60", "close"])
    }))

  it.effect("is the image, however its bodies break", () =>
    Effect.promise(() =>
      FastCheck.assert(FastCheck.asyncProperty(
        FastCheck.array(
          FastCheck.record({
            bytes: FastCheck.integer({ min: 0, max: 40 }),
            ending: FastCheck.constantFrom<Array<Ending>>("end", "break")
          }),
          { maxLength: 8 }
        ),
        FastCheck.integer({ min: 1, max: 50 }),
        async (answers, chunk) => {
          const { log, reading } = far(image, [...answers, { bytes: 100, ending: "end" }], { chunk })
          assertSame(await Effect.runPromise(readAll(reading, patience(10))), image)
          assert.strictEqual(log.filter((line) => line === "close").length, log.length / 2)
        }
      ))
    ))

  it.effect("fails with ImageTruncated when no try is left, and says what broke", () =>
    Effect.gen(function*() {
      const { log, reading } = far(image, [{ bytes: 35, ending: "break" }, { bytes: 0, ending: "break" }])
      const error = yield* Effect.flip(readAll(reading, patience(3)))
      assert.deepInclude(error, { _tag: "ImageTruncated", uri, expected: 100, actual: 35 })
      assert.strictEqual(error.cause, unavailable)
      assert.deepStrictEqual(log.filter((line) => line.startsWith("open")), ["open 0", "open 35", "open 35", "open 35"])
    }))

  it.effect("is never silently short", () =>
    Effect.gen(function*() {
      const { reading } = far(image, [{ bytes: 35, ending: "end" }, { bytes: 0, ending: "end" }])
      const error = yield* Effect.flip(readAll(reading, patience(3)))
      assert.deepInclude(error, { _tag: "ImageTruncated", expected: 100, actual: 35 })
    }))

  it.effect("counts its tries anew once bytes flow", () =>
    Effect.gen(function*() {
      const { log, reading } = far(image, [{ bytes: 10, ending: "break" }])
      assertSame(yield* readAll(reading, patience(1)), image)
      assert.strictEqual(log.filter((line) => line === "close").length, 10)
    }))

  it.effect("fails with what the service says in the end where it refuses", () =>
    Effect.gen(function*() {
      const { log, reading } = far(image, [{ bytes: 35, ending: "break" }, Fault.passing(unavailable)])
      assert.strictEqual(yield* Effect.flip(readAll(reading, patience(2))), unavailable)
      assert.deepStrictEqual(log, ["open 0", "close", "refuse 35", "refuse 35"])
    }))

  it.effect("makes no try that cannot succeed", () =>
    Effect.gen(function*() {
      const changed = new ImageChanged({ uri })
      const { log, reading } = far(image, [{ bytes: 35, ending: "break" }, Fault.final(changed)])
      assert.strictEqual(yield* Effect.flip(readAll(reading, patience(5))), changed)
      assert.deepStrictEqual(log, ["open 0", "close", "refuse 35"])
    }))

  it.effect("tries to begin as often as to go on", () =>
    Effect.gen(function*() {
      const refused = far(image, [Fault.passing(unavailable), Fault.passing(unavailable), {
        bytes: 100,
        ending: "end"
      }])
      assertSame(yield* readAll(refused.reading, patience(2)), image)
      assert.deepStrictEqual(refused.log, ["refuse 0", "refuse 0", "open 0", "close"])
      const { reading } = far(image, [Fault.passing(unavailable)])
      assert.strictEqual(yield* Effect.flip(readAll(reading, patience(2))), unavailable)
    }))

  it.effect("waits between its tries, and as long as the service asks for", () =>
    Effect.gen(function*() {
      const { log, reading } = far(image, [
        { bytes: 35, ending: "break" },
        Fault.passing(unavailable, Duration.seconds(7)),
        { bytes: 65, ending: "end" }
      ])
      const fiber = yield* Effect.fork(
        readAll(reading, { retries: Retrying.schedule(policy(5)), idle: Duration.seconds(30) })
      )
      yield* TestClock.adjust("1 seconds")
      assert.deepStrictEqual(log, ["open 0", "close", "refuse 35"])
      // The first pause was half a second at least.
      yield* TestClock.adjust("6400 millis")
      assert.strictEqual(log.length, 3)
      yield* TestClock.adjust("600 millis")
      assertSame(yield* Fiber.join(fiber), image)
    }))

  it.effect("goes on where nothing comes for the idle time, and not before", () =>
    Effect.gen(function*() {
      const { log, reading } = far(image, [{ bytes: 35, ending: "stall" }, { bytes: 65, ending: "end" }])
      const fiber = yield* Effect.fork(readAll(reading, patience(1)))
      yield* TestClock.adjust("29999 millis")
      assert.deepStrictEqual(log, ["open 0"])
      yield* TestClock.adjust("1 millis")
      assertSame(yield* Fiber.join(fiber), image)
      assert.deepStrictEqual(log, ["open 0", "close", "open 35", "close"])
    }))

  it.effect("fails with StoreTimeout where nothing ever comes", () =>
    Effect.gen(function*() {
      const { log, reading } = far(image, [{ bytes: 35, ending: "stall" }, { bytes: 0, ending: "stall" }])
      const fiber = yield* Effect.fork(Effect.flip(readAll(reading, patience(1))))
      yield* TestClock.adjust("60 seconds")
      assert.deepInclude(yield* Fiber.join(fiber), { _tag: "StoreTimeout", store: "far", operation: "get" })
      assert.deepStrictEqual(log, ["open 0", "close", "open 35", "close"])
    }))

  it.effect("fails with StoreTimeout where no answer comes", () =>
    Effect.gen(function*() {
      const { reading } = far(image, [])
      const silent = { ...reading, begin: Effect.never }
      const fiber = yield* Effect.fork(Effect.flip(readAll(silent, patience(1))))
      yield* TestClock.adjust("60 seconds")
      assert.deepInclude(yield* Fiber.join(fiber), { _tag: "StoreTimeout" })
    }))

  it.effect("does not count the time in which the reader is busy", () =>
    Effect.gen(function*() {
      const { log, reading } = far(image, [{ bytes: 100, ending: "end" }])
      const slow = Effect.scoped(Effect.flatMap(Resuming.open(reading, never), ({ data }) =>
        Stream.runFold(
          Stream.mapEffect(data, (bytes) => Effect.as(Effect.sleep("1 minutes"), bytes.length)),
          0,
          (sum, length) => sum + length
        )))
      const fiber = yield* Effect.fork(slow)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* Fiber.join(fiber), 100)
      assert.deepStrictEqual(log, ["open 0", "close"])
    }))

  it.effect("closes its body at once where the reader is interrupted while nothing comes", () =>
    Effect.gen(function*() {
      const { log, reading } = far(image, [{ bytes: 35, ending: "stall" }])
      const reached = yield* Deferred.make<void>()
      let seen = 0
      const fiber = yield* Effect.scoped(
        Effect.flatMap(Resuming.open(reading, never), ({ data }) =>
          Stream.runForEach(data, ({ length }) => {
            seen += length
            return seen === 35 ? Deferred.succeed(reached, undefined) : Effect.void
          }))
      ).pipe(Effect.fork)
      yield* Deferred.await(reached)
      yield* Effect.yieldNow()
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
      assert.deepStrictEqual(log, ["open 0", "close"])
    }))

  it.effect("asks for nothing after an interruption that comes between two tries", () =>
    Effect.gen(function*() {
      const { log, reading } = far(image, [{ bytes: 35, ending: "break" }])
      const fiber = yield* Effect.fork(
        readAll(reading, { retries: Retrying.schedule(policy(5)), idle: Duration.seconds(30) })
      )
      yield* TestClock.adjust("100 millis")
      yield* Fiber.interrupt(fiber)
      yield* TestClock.adjust("1 hours")
      assert.deepStrictEqual(log, ["open 0", "close"])
    }))

  it.effect("closes the body of a reader that stops early, and of one that never reads", () =>
    Effect.gen(function*() {
      const early = far(image, [{ bytes: 100, ending: "end" }])
      yield* Effect.scoped(Effect.flatMap(Resuming.open(early.reading, never), ({ data }) =>
        Effect.gen(function*() {
          assertSame(Option.getOrThrow(yield* Stream.runHead(data)), image.subarray(0, 10))
          assert.deepStrictEqual(early.log, ["open 0", "close"])
        })))
      const unread = far(image, [{ bytes: 100, ending: "end" }])
      yield* Effect.scoped(Resuming.open(unread.reading, never))
      assert.deepStrictEqual(unread.log, ["open 0", "close"])
    }))

  it.effect("can be read a second time, by a request of its own", () =>
    Effect.gen(function*() {
      const { log, reading } = far(image, [{ bytes: 100, ending: "end" }])
      yield* Effect.scoped(Effect.flatMap(Resuming.open(reading, never), ({ data }) =>
        Effect.gen(function*() {
          assertSame(concat(yield* Stream.runCollect(data)), image)
          assertSame(concat(yield* Stream.runCollect(data)), image)
        })))
      assert.deepStrictEqual(log, ["open 0", "close", "open 0", "close"])
    }))

  it.effect("says of a server that cannot go on how far it came", () =>
    Effect.sync(() => {
      const known = Resuming.cannotResume({ store: "far", uri, length: 100, received: 35, reason: "it answers 200" })
      assert.isFalse(known.passing)
      assert.deepInclude(known.error, { _tag: "ImageTruncated", expected: 100, actual: 35 })
      assert.include(String(known.error.cause), "after 35 bytes: it answers 200")
      const unknown = Resuming.cannotResume({ store: "far", uri, length: undefined, received: 35, reason: "no ETag" })
      assert.strictEqual(unknown.error._tag, "BackendException")
    }))
})
