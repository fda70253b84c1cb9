import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as FileStore from "../src/FileStore.js"
import type * as Store from "../src/Store.js"
import * as Directory from "./internal/file/Directory.js"
import * as Faults from "./internal/file/Faults.js"
import * as Image from "./internal/file/Image.js"
import * as Reader from "./internal/file/Reader.js"
import * as Warnings from "./internal/file/Warnings.js"

const image = Image.noise(100)
const pieces = Image.pieces(image, 10)

const fresh = (options: FileStore.Options, identity?: Store.Identity) =>
  Effect.gen(function*() {
    const datadir = yield* Directory.make
    const faults = Faults.make()
    const store = yield* faults.inject(FileStore.make({ datadir, chunkSize: 10, ...options }, identity))
    return { datadir, faults, store, uri: (yield* store.add("there", pieces)).uri }
  })

/** Holds these calls of the store, and waits until the operation has begun the first of them. */
const held = <A, E>(faults: ReturnType<typeof Faults.make>, operation: Effect.Effect<A, E>, matches: Faults.Matches) =>
  Effect.gen(function*() {
    const hold = Faults.holding(matches)
    faults.obey(hold.rule)
    const fiber = yield* Effect.fork(operation)
    yield* hold.begun
    return { ...hold, fiber }
  })

describe("the time limit of a FileStore", () => {
  it.scoped("is none by default: a call may take as long as it likes", () =>
    Effect.gen(function*() {
      const { faults, store, uri } = yield* fresh({})
      const { fiber, release } = yield* held(faults, Reader.getSize(store, uri), Faults.named("lstat"))
      yield* TestClock.adjust("1 day")
      release()
      assert.strictEqual(yield* Fiber.join(fiber), 100)
    }))

  it.scoped("lets pass what is in time", () =>
    Effect.gen(function*() {
      const { datadir, faults, store, uri } = yield* fresh({ timeout: 30 })
      assert.strictEqual(yield* Reader.getSize(store, uri), 100)
      assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, image)
      const { fiber, release } = yield* held(faults, Reader.remove(store, uri), Faults.named("unlink"))
      yield* TestClock.adjust("29 seconds")
      release()
      yield* Fiber.join(fiber)
      assert.strictEqual((yield* Effect.flip(Reader.read(store, uri)))._tag, "ImageNotFound")
      assert.deepStrictEqual(Directory.list(datadir), [])
    }))

  const slow: ReadonlyArray<
    readonly [
      operation: string,
      call: Faults.Call["name"],
      run: (store: Store.Store, uri: string) => Effect.Effect<unknown, unknown>
    ]
  > = [
    ["a delete whose unlink", "unlink", Reader.remove],
    ["a getSize whose lstat", "lstat", Reader.getSize],
    ["a get whose open", "open", (store, uri) => Reader.read(store, uri)],
    ["a get whose fstat", "fstat", (store, uri) => Reader.read(store, uri)],
    ["a get whose read", "read", (store, uri) => Reader.read(store, uri)],
    ["an add whose lstat", "lstat", (store) => store.add("new", pieces)],
    ["an add whose open", "open", (store) => store.add("new", pieces)],
    ["an add whose write", "write", (store) => store.add("new", pieces)],
    ["an add whose fchmod", "fchmod", (store) => store.add("new", pieces)],
    ["an add whose fsync", "fsync", (store) => store.add("new", pieces)],
    ["an add whose link", "link", (store) => store.add("new", pieces)]
  ]
  for (const [operation, call, run] of slow) {
    for (const threadPoolSize of [10, 1]) {
      it.scoped(`ends ${operation} hangs, and nothing is left when it comes back, in a pool of ${threadPoolSize}`, () =>
        Effect.gen(function*() {
          const { datadir, faults, store, uri } = yield* fresh({ timeout: 1, threadPoolSize }, { id: "file1" })
          const before = Directory.snapshot(datadir)
          const strikes = Faults.nth(0)
          const matches: Faults.Matches = ({ name }) => name === call && strikes()
          const { fiber, release } = yield* held(faults, Effect.flip(run(store, uri)), matches)
          yield* TestClock.adjust("999 millis")
          assert.isNull(fiber.unsafePoll())
          // A second for the call itself, and one for each call of the clean-up that may have to wait for it.
          yield* TestClock.adjust("1 millis")
          yield* TestClock.adjust("1 seconds")
          yield* TestClock.adjust("1 seconds")
          const error = yield* Fiber.join(fiber)
          assert.deepInclude(error, {
            _tag: "StoreTimeout",
            store: "file1",
            after: Duration.seconds(1),
            retryable: true
          })
          // The number of a file that is closed may be another file's a moment later, and the call comes yet.
          const usesFile = ["fstat", "read", "write", "fchmod", "fsync"].includes(call)
          if (usesFile) assert.deepStrictEqual(faults.seen().filter(Faults.named("close")), [])
          release()
          yield* faults.quiet
          assert.deepStrictEqual(Directory.openFiles(datadir), [])
          // A delete cannot be taken back.
          assert.deepStrictEqual(Directory.snapshot(datadir), call === "unlink" ? {} : before)
        }))
    }
  }

  it.scoped("holds for the look at the free space", () =>
    Effect.gen(function*() {
      const root = yield* Directory.make
      const faults = Faults.make()
      const options = { datadirs: [`${root}/a`, `${root}/b`], timeout: 1 }
      const store = yield* faults.inject(FileStore.make(options))
      const { fiber } = yield* held(faults, Effect.flip(store.add("new", pieces)), Faults.named("statfs"))
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual((yield* Fiber.join(fiber))._tag, "StoreTimeout")
      assert.deepStrictEqual(Directory.list(root), ["a", "b"])
    }))

  it.scoped("holds for each call, not for the whole of a long add", () =>
    Effect.gen(function*() {
      const { faults, store } = yield* fresh({ timeout: 1 })
      faults.obey((call) => call.proceed())
      const slowSource = Stream.tap(pieces, () => TestClock.adjust("10 seconds"))
      assert.strictEqual((yield* store.add("long", slowSource)).size, 100)
    }))

  it.scoped("may be a fraction of a second", () =>
    Effect.gen(function*() {
      const { faults, store, uri } = yield* fresh({ timeout: 0.1, threadPoolSize: 1 })
      const { fiber } = yield* held(faults, Effect.flip(Reader.getSize(store, uri)), Faults.named("lstat"))
      yield* TestClock.adjust("100 millis")
      const error = yield* Fiber.join(fiber)
      assert.deepInclude(error, { _tag: "StoreTimeout", after: Duration.millis(100) })
    }))

  it.scoped("lets an add end in time though its clean-up hangs", () =>
    Effect.gen(function*() {
      const { faults, store } = yield* fresh({ timeout: 1 })
      const failing = Stream.concat(pieces, Stream.fail("of the source"))
      const { fiber, release } = yield* held(faults, Effect.flip(store.add("new", failing)), Faults.named("unlink"))
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* Fiber.join(fiber), "of the source")
      release()
      yield* faults.quiet
    }))

  it.scoped("is one for the operating system's ETIMEDOUT neither", () =>
    Effect.gen(function*() {
      const { faults, store, uri } = yield* fresh({ timeout: 30 })
      faults.obey(Faults.failing("ETIMEDOUT", Faults.named("lstat")))
      assert.strictEqual((yield* Effect.flip(Reader.getSize(store, uri)))._tag, "BackendException")
    }))

  it.scoped("of one store is not another's", () =>
    Effect.gen(function*() {
      const first = yield* fresh({ timeout: 1, threadPoolSize: 1 }, { id: "file1" })
      const second = yield* fresh({ timeout: 60, threadPoolSize: 10, threadpoolThreshold: 90 }, { id: "file2" })
      const third = yield* fresh({ timeout: 0 }, { id: "file3" })
      const deleting = yield* held(
        first.faults,
        Effect.flip(Reader.remove(first.store, first.uri)),
        Faults.named("unlink")
      )
      const sizing = yield* held(
        second.faults,
        Effect.flip(Reader.getSize(second.store, second.uri)),
        Faults.named("lstat")
      )
      const unbounded = yield* held(third.faults, Reader.getSize(third.store, third.uri), Faults.named("lstat"))
      // The first hangs, and the others do not mind.
      assert.deepStrictEqual((yield* Reader.read(second.store, second.uri)).bytes, image)
      yield* TestClock.adjust("1 seconds")
      assert.deepInclude(yield* Fiber.join(deleting.fiber), { _tag: "StoreTimeout", store: "file1" })
      assert.isNull(sizing.fiber.unsafePoll())
      yield* TestClock.adjust("59 seconds")
      assert.deepInclude(yield* Fiber.join(sizing.fiber), { _tag: "StoreTimeout", store: "file2" })
      yield* TestClock.adjust("1 day")
      unbounded.release()
      assert.strictEqual(yield* Fiber.join(unbounded.fiber), 100)
    }))
})

describe("the calls that a FileStore with a time limit makes at once", () => {
  it.scoped("are as many as its pool is large", () =>
    Effect.gen(function*() {
      const { faults, store, uri } = yield* fresh({ timeout: 30, threadPoolSize: 5 })
      const hold = Faults.holding(Faults.named("lstat"))
      faults.obey(hold.rule)
      const fibers = yield* Effect.forEach(Array.from({ length: 7 }), () => Effect.fork(Reader.getSize(store, uri)))
      yield* hold.begun
      yield* Effect.repeatN(Effect.yieldNow(), 100)
      assert.strictEqual(hold.held(), 5)
      faults.relent()
      hold.release()
      assert.deepStrictEqual(yield* Fiber.join(Fiber.all(fibers)), Array.from({ length: 7 }, () => 100))
    }))

  it.scoped("are not counted where there is no time limit", () =>
    Effect.gen(function*() {
      const { faults, store, uri } = yield* fresh({ threadPoolSize: 1, threadpoolThreshold: 0 })
      const warnings = Warnings.make()
      const hold = Faults.holding(Faults.named("lstat"))
      faults.obey(hold.rule)
      const getSize = Effect.fork(warnings.listen(Reader.getSize(store, uri)))
      const fibers = yield* Effect.all([getSize, getSize, getSize])
      yield* Effect.repeat(Effect.yieldNow(), { until: () => hold.held() === 3 })
      hold.release()
      assert.deepStrictEqual(yield* Fiber.join(Fiber.all(fibers)), [100, 100, 100])
      assert.deepStrictEqual(warnings.messages(), [])
    }))

  it.scoped("keep their places until they have really ended, and others wait no longer than their own limit", () =>
    Effect.gen(function*() {
      const { datadir, faults, store, uri } = yield* fresh({ timeout: 1, threadPoolSize: 1 })
      const stuck = yield* held(faults, Effect.flip(Reader.getSize(store, uri)), Faults.named("lstat"))
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual((yield* Fiber.join(stuck.fiber))._tag, "StoreTimeout")

      const behind = yield* Effect.fork(Effect.flip(Reader.remove(store, uri)))
      yield* Effect.repeatN(Effect.yieldNow(), 100)
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual((yield* Fiber.join(behind))._tag, "StoreTimeout")
      // The one call that was ever made is the stuck one.
      assert.deepStrictEqual(faults.seen().map(({ name }) => name), ["lstat"])

      faults.relent()
      stuck.release()
      yield* faults.quiet
      // What never had its turn was called off, not put off.
      assert.deepStrictEqual(Directory.list(datadir), ["there"])
      assert.strictEqual(yield* Reader.getSize(store, uri), 100)
    }))

  it.scoped("are warned of once when they reach the threshold", () =>
    Effect.gen(function*() {
      const { faults, store, uri } = yield* fresh({ timeout: 30, threadPoolSize: 3, threadpoolThreshold: 66 })
      const warnings = Warnings.make()
      const hold = Faults.holding(Faults.named("lstat"))
      faults.obey(hold.rule)
      const getSize = Effect.fork(Effect.flip(warnings.listen(Reader.getSize(store, uri))))
      const until = (calls: number) => Effect.repeat(Effect.yieldNow(), { until: () => hold.held() === calls })
      yield* getSize
      yield* until(1)
      assert.deepStrictEqual(warnings.messages(), [])
      yield* getSize
      yield* until(2)
      yield* getSize
      yield* until(3)
      assert.strictEqual(warnings.messages().length, 1)
      assert.include(warnings.messages()[0], "66 %")
      assert.include(warnings.messages()[0], "66.7 %")
    }))

  it.scoped("count as long as they run, timed out or not", () =>
    Effect.gen(function*() {
      const { faults, store, uri } = yield* fresh({ timeout: 1, threadPoolSize: 3, threadpoolThreshold: 66 })
      const warnings = Warnings.make()
      const first = yield* held(faults, Effect.flip(warnings.listen(Reader.remove(store, uri))), Faults.named("unlink"))
      yield* TestClock.adjust("1 seconds")
      assert.strictEqual((yield* Fiber.join(first.fiber))._tag, "StoreTimeout")
      assert.deepStrictEqual(warnings.messages(), [])
      const second = yield* held(
        faults,
        Effect.flip(warnings.listen(Reader.getSize(store, uri))),
        Faults.named("lstat")
      )
      assert.strictEqual(warnings.messages().length, 1)
      first.release()
      second.release()
      assert.strictEqual(second.fiber.unsafePoll(), null)
      yield* Fiber.interrupt(second.fiber)
    }))

  it.scoped("are warned of again when they had become fewer in between", () =>
    Effect.gen(function*() {
      const { faults, store, uri } = yield* fresh({ timeout: 30, threadPoolSize: 1, threadpoolThreshold: 100 })
      const warnings = Warnings.make()
      yield* warnings.listen(Reader.getSize(store, uri))
      const once = warnings.messages().length
      yield* warnings.listen(Reader.getSize(store, uri))
      assert.strictEqual(warnings.messages().length, 2 * once)
      assert.isAtLeast(once, 1)
      yield* faults.quiet
    }))
})
