/** Threads that die, adds that are given up, and what is left of both: nothing. */
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"
import * as TestClock from "effect/TestClock"
import * as FileStore from "../src/FileStore.js"
import * as HashingAlgorithm from "../src/HashingAlgorithm.js"
import * as MemoryStore from "../src/MemoryStore.js"
import type * as Store from "../src/Store.js"
import * as Garbage from "./hashing/Garbage.js"
import * as Image from "./hashing/Image.js"
import * as Threads from "./hashing/Threads.js"
import * as Directory from "./internal/file/Directory.js"
import * as Faults from "./internal/file/Faults.js"
import * as Reader from "./internal/file/Reader.js"

const { lent, slot, streamed, threshold } = Image

const large = Image.noise(12 * slot + 5)

/** More than is read of it before an add is given up. */
const unending = Image.noise(11 * slot)

const both = { hashingAlgo: "sha256" } as const

/** A store of either kind, with the way to its images and to what else there is of it. */
const stores = {
  memory: Effect.map(MemoryStore.make(), (store) => ({
    store,
    uriOf: (imageId: string) => `memory://${imageId}`,
    litter: (): ReadonlyArray<string> => []
  })),
  file: Effect.gen(function*() {
    const datadir = yield* Directory.make
    return {
      store: yield* FileStore.make({ datadir }),
      uriOf: (imageId: string) => `file://${datadir}/${imageId}`,
      litter: () => [...Directory.list(datadir), ...Directory.openFiles(datadir)]
    }
  })
}

/** An add that has come so far, and goes on when it is told to. */
const halted = (store: Store.Store, imageId: string, options: { readonly isLent: boolean; readonly at: number }) =>
  Effect.gen(function*() {
    const arrived = yield* Deferred.make<void>()
    const goOn = yield* Deferred.make<void>()
    const halt = Effect.zipRight(Deferred.succeed(arrived, undefined), Deferred.await(goOn))
    const before = (at: number) => at < options.at ? Effect.void : halt
    const data = options.isLent ? lent(large, before) : streamed(large, before)
    const add = yield* Effect.fork(store.add(imageId, data, both))
    yield* Deferred.await(arrived)
    return { add, goOn: Deferred.succeed(goOn, undefined) }
  })

describe.sequential("A hashing thread that dies", () => {
  for (const [kind, make] of Object.entries(stores)) {
    it.scoped(`fails the adds that it serves, which leave nothing in a ${kind} store, and is replaced`, () =>
      Effect.gen(function*() {
        const threads = yield* Threads.started
        const { provide } = yield* Threads.layer({ threads: 2 })
        const { litter, store, uriOf } = yield* provide(make)
        const adds = yield* Effect.forEach(
          [true, false],
          (isLent) => halted(store, "image", { isLent, at: 3 * slot })
        )
        const [victim, survivor] = yield* threads
        assert.isDefined(victim)
        yield* Threads.kill(victim)
        for (const { add, goOn } of adds) {
          yield* goOn
          const error = yield* Effect.flip(Fiber.join(add))
          assert.strictEqual(error._tag, "HashingFailed")
          assert.match(String(error.cause), /thread/u)
        }
        assert.strictEqual((yield* Effect.flip(Reader.read(store, uriOf("image"))))._tag, "ImageNotFound")
        assert.deepStrictEqual(litter(), [])
        const result = yield* store.add("image", lent(large), both)
        yield* Image.assertStored(store, large, result, "sha256")
        assert.deepStrictEqual((yield* threads).map(Threads.isGone), [true, false, false])
        assert.strictEqual((yield* threads)[1], survivor)
      }))
  }

  it.scoped("fails an add that waits for its digests", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { hashing, provide } = yield* Threads.layer({ threads: 2 })
      const store = yield* provide(MemoryStore.make())
      yield* store.add("first", lent(large), both)
      yield* Effect.forEach(yield* threads, Threads.occupy)
      const bytes = Image.noise(threshold)
      const add = yield* Effect.fork(store.add("image", lent(bytes), both))
      const hasher = yield* hashing.open([HashingAlgorithm.md5], threshold)
      yield* hasher.update(bytes)
      const digests = yield* Effect.fork(hasher.digests)
      yield* Threads.turns(20)
      yield* Effect.forEach(yield* threads, Threads.kill)
      assert.strictEqual((yield* Effect.flip(Fiber.join(add)))._tag, "HashingFailed")
      assert.strictEqual((yield* Effect.flip(Fiber.join(digests)))._tag, "HashingFailed")
      assert.strictEqual((yield* Effect.flip(Reader.read(store, "memory://image")))._tag, "ImageNotFound")
      yield* Image.assertStored(store, bytes, yield* store.add("image", lent(bytes), both), "sha256")
    }))

  it.scoped("does not matter to the adds of others", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { provide } = yield* Threads.layer({ threads: 2 })
      const store = yield* provide(MemoryStore.make())
      const goOn = yield* Deferred.make<void>()
      const add = (imageId: string) =>
        Effect.gen(function*() {
          const arrived = yield* Deferred.make<void>()
          const halt = Effect.zipRight(Deferred.succeed(arrived, undefined), Deferred.await(goOn))
          const before = (at: number) => at < 4 * slot ? Effect.void : halt
          const fiber = yield* Effect.fork(store.add(imageId, lent(large, before)))
          yield* Deferred.await(arrived)
          return fiber
        })
      // Of one digest each, and therefore in a thread each.
      const served = yield* add("served")
      const other = yield* add("other")
      const [victim] = yield* threads
      assert.isDefined(victim)
      yield* Threads.kill(victim)
      yield* Deferred.succeed(goOn, undefined)
      assert.strictEqual((yield* Effect.flip(Fiber.join(served)))._tag, "HashingFailed")
      yield* Image.assertStored(store, large, yield* Fiber.join(other))
    }))

  it.scoped("while it has nothing to do is not missed", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { provide } = yield* Threads.layer({ threads: 2 })
      const store = yield* provide(MemoryStore.make())
      yield* store.add("before", lent(large), both)
      yield* Effect.forEach(yield* threads, Threads.kill)
      yield* Image.assertStored(store, large, yield* store.add("after", lent(large), both), "sha256")
      assert.lengthOf(yield* threads, 4)
    }))
})

describe.sequential("An add that is interrupted", () => {
  for (const [kind, make] of Object.entries(stores)) {
    it.scoped(`does not wait for a thread that is busy, and leaves nothing in a ${kind} store`, () =>
      Effect.gen(function*() {
        const threads = yield* Threads.started
        const { provide } = yield* Threads.layer({ threads: 2 })
        const { litter, store, uriOf } = yield* provide(make)
        yield* store.add("first", lent(large), both)
        yield* Reader.remove(store, uriOf("first"))
        yield* Effect.forEach(yield* threads, Threads.occupy)
        // The one waits for its digests, the other, which is larger, for memory.
        const adds = yield* Effect.forEach(
          [Image.noise(threshold), large],
          (bytes, n) => Effect.fork(store.add(`image${n}`, lent(bytes), both))
        )
        yield* Threads.turns(100)
        yield* Fiber.interruptAll(adds)
        assert.deepStrictEqual(litter(), [])
        for (const imageId of ["image0", "image1"]) {
          assert.strictEqual((yield* Effect.flip(Reader.read(store, uriOf(imageId))))._tag, "ImageNotFound")
        }
      }))
  }
})

describe.sequential("Two hundred adds that are given up", () => {
  it.scoped("wherever they have come to, give back their memory, and the next one is right", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { provide } = yield* Threads.layer({ threads: 2 })
      const { store: memory } = yield* provide(stores.memory)
      const { litter, store: file } = yield* provide(stores.file)
      const endless = Effect.fnUntraced(function*(imageId: string, n: number) {
        const arrived = yield* Deferred.make<void>()
        const stop = n * 7919 % (6 * slot)
        const before = (at: number) =>
          at < stop ? Effect.void : at < 10 * slot ? Deferred.succeed(arrived, undefined) : Effect.never
        const data = n % 2 === 0 ? streamed(unending, before) : lent(unending, before)
        const add = yield* Effect.fork((n % 5 === 0 ? file : memory).add(imageId, data, both))
        yield* Deferred.await(arrived)
        yield* Threads.turns(1 + n % 4)
        yield* Fiber.interrupt(add)
      })
      yield* Garbage.collect
      const before = process.memoryUsage().arrayBuffers
      for (let n = 0; n < 200; n++) {
        yield* endless("image", n)
      }
      yield* Threads.atMost(2, threads)
      yield* Garbage.collect
      // With all of the memory that is kept for the next image.
      assert.isAtMost(process.memoryUsage().arrayBuffers - before, 20 * slot)
      assert.deepStrictEqual(litter(), [])
      yield* Image.assertStored(memory, large, yield* memory.add("image", lent(large), both), "sha256")
      yield* Image.assertStored(file, large, yield* file.add("image", streamed(large), both), "sha256")
    }))
})

describe.sequential("A fiber", () => {
  it.scoped("may yield between any two of its steps without missing what a thread says meanwhile", () =>
    Effect.gen(function*() {
      const { hashing } = yield* Threads.layer({ threads: 2, threshold: 0 })
      const bytes = Image.noise(slot + 1)
      const scheduler = Scheduler.make((task) => void setTimeout(task, 1), ({ currentOpCount }) =>
        // A yield is some steps itself, which must not be taken for those between two of them.
        currentOpCount > 12 && currentOpCount % 5 === Math.floor(Math.random() * 5) ? 0 : false)
      for (let count = 0; count < 100; count++) {
        const hasher = yield* hashing.open([HashingAlgorithm.md5], undefined)
        yield* hasher.update(bytes)
        assert.deepStrictEqual(yield* Effect.withScheduler(hasher.digests, scheduler), [Image.hex(bytes, "md5")])
      }
    }))
})

describe.sequential("A read that is given up", () => {
  const ways = {
    "with its add": (add: Fiber.Fiber<unknown, unknown>) => Fiber.interrupt(add),
    "after its time": (add: Fiber.Fiber<unknown, unknown>) =>
      Effect.zipRight(TestClock.adjust("31 seconds"), Fiber.await(add))
  }
  for (const [when, giveUp] of Object.entries(ways)) {
    it.scoped(`${when} does not come back into the memory of another image`, () =>
      Effect.gen(function*() {
        const { provide } = yield* Threads.layer({ threads: 2 })
        const faults = Faults.make()
        const datadir = yield* Directory.make
        const from = yield* faults.inject(FileStore.make({ datadir, timeout: 30 }))
        const to = yield* provide(MemoryStore.make())
        const { uri } = yield* from.add("image", streamed(Image.noise(large.length, 1)))
        const hold = Faults.holding(Faults.named("read"))
        faults.obey(hold.rule)
        const { data } = yield* from.get(Reader.location(uri))
        const copy = yield* Effect.fork(to.add("copy", data, { size: large.length }))
        yield* hold.begun
        assert.isTrue(Exit.isFailure(yield* giveUp(copy)))
        const size = large.length
        const result = yield* to.add("image", lent(large), {
          ...both,
          size,
          // Between the reading of bytes and their way into the store.
          verifier: { update: () => Effect.zipRight(Effect.sync(hold.release), faults.quiet) }
        })
        yield* Image.assertStored(to, large, result, "sha256")
      }))
  }
})
