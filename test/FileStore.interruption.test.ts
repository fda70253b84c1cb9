import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as FileStore from "../src/FileStore.js"
import * as Directory from "./internal/file/Directory.js"
import * as Faults from "./internal/file/Faults.js"
import * as Image from "./internal/file/Image.js"
import * as Reader from "./internal/file/Reader.js"

const image = Image.noise(100)
const pieces = Image.pieces(image, 10)

/** A turn of the event loop, for the calls of the disk take some. */
const turn = Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void)))

const variants: ReadonlyArray<readonly [name: string, options: FileStore.Options, links: boolean]> = [
  ["plain", {}, true],
  ["where there are no links", {}, false],
  ["thin, with a mode", { thinProvisioning: true, filePerm: 640 }, true],
  ["under a time limit", { timeout: 60 }, true],
  ["under a time limit, one call at a time", { timeout: 60, threadPoolSize: 1 }, true],
  ["under a time limit, where there are no links", { timeout: 60 }, false]
]

for (const [name, options, links] of variants) {
  describe(`an interruption of a FileStore, ${name},`, () => {
    const base: Faults.Rule = links ? (call) => call.proceed() : Faults.failing("EPERM", Faults.named("link"))

    const fresh = Effect.gen(function*() {
      const datadir = yield* Directory.make
      const faults = Faults.make()
      const store = yield* faults.inject(FileStore.make({ datadir, chunkSize: 10, ...options }))
      const { uri } = yield* store.add("bystander", pieces)
      faults.obey(base)
      return { datadir, faults, store, bystander: uri }
    })

    /** Interrupts the operation in its call of this place, and lets the call go on when the interruption is there. */
    const interruptIn = <A, E>(
      faults: ReturnType<typeof Faults.make>,
      operation: Effect.Effect<A, E>,
      place: number,
      moment: "before" | "after"
    ) =>
      Effect.gen(function*() {
        const hold = Faults.holding(Faults.nth(place), moment)
        faults.obey((call) => hold.rule({ ...call, proceed: () => base(call) }))
        const fiber = yield* Effect.fork(operation)
        yield* hold.begun
        const interruption = yield* Effect.fork(Fiber.interrupt(fiber))
        yield* Effect.repeatN(turn, 5)
        hold.release()
        return yield* Fiber.join(interruption)
      })

    for (const moment of ["before", "after"] as const) {
      it.scoped(`${moment} any call of an add is made waits for the clean-up and leaves nothing`, () =>
        Effect.gen(function*() {
          const { datadir, faults, store } = yield* fresh
          const before = Directory.snapshot(datadir)
          const rehearsal = yield* store.add("image", pieces)
          const calls = faults.seen().map((call) => call.name)
          yield* Reader.remove(store, rehearsal.uri)

          for (const [place, call] of calls.entries()) {
            const where = `call ${place}, ${call}, of ${calls.join(" ")}`
            const exit = yield* interruptIn(faults, store.add("image", pieces), place, moment)
            // At once: nothing may be left to a later moment.
            assert.isTrue(Exit.isInterrupted(exit), where)
            assert.deepStrictEqual(Directory.snapshot(datadir), before, where)
            assert.deepStrictEqual(Directory.openFiles(datadir), [], where)
          }
          faults.relent()
          yield* store.add("image", pieces)
        }))

      it.scoped(`${moment} any call of a get is made closes its file`, () =>
        Effect.gen(function*() {
          const { bystander, datadir, faults, store } = yield* fresh
          yield* Reader.read(store, bystander)
          const calls = faults.seen().map((call) => call.name)
          assert.includeMembers(calls, ["open", "read", "close"])
          for (const [place, call] of calls.entries()) {
            yield* interruptIn(faults, Reader.read(store, bystander), place, moment)
            assert.deepStrictEqual(Directory.openFiles(datadir), [], `call ${place}, ${call}, of ${calls.join(" ")}`)
          }
        }))
    }

    it.scoped("at any moment leaves the whole image or nothing", () =>
      Effect.gen(function*() {
        const { datadir, faults, store } = yield* fresh
        const before = Directory.snapshot(datadir)
        const exits = yield* Effect.forEach(Array.from({ length: 60 }, (_, round) => round % 30), (turns) =>
          Effect.gen(function*() {
            const fiber = yield* Effect.fork(store.add(
              "image",
              Stream.tap(pieces, () =>
                Effect.yieldNow())
            ))
            yield* Effect.forEach(Array.from({ length: turns }), () => turn)
            const exit = yield* Fiber.interrupt(fiber)
            if (Exit.isSuccess(exit)) {
              assert.deepStrictEqual((yield* Reader.read(store, exit.value.uri)).bytes, image)
              yield* Reader.remove(store, exit.value.uri)
            }
            assert.deepStrictEqual(Directory.snapshot(datadir), before, `after ${turns} turns`)
            return exit
          }))
        yield* faults.quiet
        assert.deepStrictEqual(Directory.openFiles(datadir), [])
        assert.isTrue(exits.some(Exit.isInterrupted))
      }), 120_000)

    it.scoped("of a hundred adds at once leaves nothing of those that did not succeed", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        const fibers = yield* Effect.forEach(
          Array.from({ length: 100 }, (_, index) => `image ${index}`),
          (imageId) => Effect.fork(store.add(imageId, Stream.tap(pieces, () => Effect.yieldNow())))
        )
        yield* Effect.forEach(fibers.slice(0, 1), Fiber.await)
        yield* Fiber.interruptAll(fibers)
        const exits = yield* Effect.forEach(fibers, Fiber.await)
        const stored = exits.flatMap((exit, index) => Exit.isSuccess(exit) ? [`image ${index}`] : [])
        assert.deepStrictEqual(Directory.list(datadir), ["bystander", ...stored].toSorted())
        assert.deepStrictEqual(Directory.openFiles(datadir), [])
      }), 120_000)
  })
}
