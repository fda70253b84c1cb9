/** Several writers of one id: one of them wins, and the others do no harm. */
import { assert } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Store from "../../src/Store.js"
import { hex, pattern } from "./bytes.js"
import { failsWith, failureOf } from "./failure.js"
import { isNowhere, isStored, stored } from "./harness.js"
import { type Chapter, freshId, law } from "./law.js"
import { haltingAfter } from "./scheduler.js"
import * as Source from "./source.js"

/** Two adds of one id, which wait for each other behind the last byte, and again after so many steps. */
const haltedTogether = (id: string, steps: number) =>
  Effect.gen(function*() {
    const store = yield* Store.Store
    const { count, scheduler } = haltingAfter(steps)
    const both = yield* Effect.makeLatch()
    const goOn = yield* Effect.makeLatch()
    let arrived = 0
    const arrive = Effect.suspend(() => ++arrived === 2 ? both.open : Effect.void)
    const verifier = { update: () => Effect.void, complete: Effect.zipRight(arrive, goOn.await) }
    const add = (writer: number) =>
      store.add(id, Source.make(pattern(100, writer)).data, { verifier }).pipe(
        // Where an id is given to the first that begins, the second does not come as far.
        Effect.tapError(() => arrive),
        Effect.either
      )
    const adding = yield* Effect.all([add(1), add(2)], { concurrency: "unbounded" }).pipe(
      Effect.withScheduler(scheduler),
      Effect.fork
    )
    yield* both.await
    count()
    yield* goOn.open
    return yield* Fiber.join(adding)
  })

export const races: Chapter = {
  name: "add, of one id by several writers",
  needs: ["write"],
  laws: [
    law(
      "lets one of fifty writers win; the image is the winner's, and the others are told",
      () =>
        Effect.gen(function*() {
          const store = yield* Store.Store
          const id = yield* freshId
          const results = yield* Effect.forEach(
            Array.from({ length: 50 }, (_, seed) => seed),
            (seed) => Effect.either(store.add(id, Source.yielding(pattern(3000 + seed, seed), 500))),
            {
              concurrency: "unbounded"
            }
          )
          const winners = results.filter(Either.isRight)
          const errors = results.filter(Either.isLeft).map(({ left }) => left._tag)
          assert.strictEqual(winners.length, 1)
          assert.deepStrictEqual(errors, Array<"DuplicateImage">(49).fill("DuplicateImage"))
          const image = yield* stored(id)
          assert.strictEqual(hex("md5", image), winners[0]?.right.checksum)
          yield* isStored(id, image)
        })
    ),

    law(
      "lets one of two writers win, behind whichever step after the last byte both are halted",
      () =>
        Effect.gen(function*() {
          for (let steps = 0; steps < 120; steps++) {
            const id = yield* freshId
            const winners = (yield* haltedTogether(id, steps)).filter(Either.isRight)
            assert.strictEqual(winners.length, 1, `winners, halted after ${steps} steps`)
            assert.strictEqual(hex("md5", yield* stored(id)), winners[0]?.right.checksum)
          }
        })
    ),

    law("lets one of two win where the second begins and ends during the first", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const begun = yield* Deferred.make<void>()
        const goOn = yield* Deferred.make<void>()
        const slow = pattern(4000, 1)
        const paused = Source.make(slow.subarray(0, 2000)).data.pipe(
          Stream.concat(Stream.execute(Deferred.succeed(begun, undefined))),
          Stream.concat(Stream.execute(Deferred.await(goOn))),
          Stream.concat(Source.make(slow.subarray(2000)).data)
        )
        const first = yield* Effect.fork(Effect.either(store.add(id, paused)))
        yield* Deferred.await(begun)
        const quick = pattern(4000, 2)
        const second = yield* Effect.either(store.add(id, Source.make(quick).data))
        yield* Deferred.succeed(goOn, undefined)
        const loser = Either.isRight(second) ? yield* Fiber.join(first) : second
        yield* failsWith(loser, "DuplicateImage")
        if (Either.isLeft(second)) {
          yield* Effect.flatten(Fiber.join(first))
        }
        // A backend may give the id to the one that begins first, or to the one that ends first.
        yield* isStored(id, Either.isRight(second) ? quick : slow)
      })),

    law("lets no writer that fails harm one that does not", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const begun = yield* Deferred.make<void>()
        const goOn = yield* Deferred.make<void>()
        const bytes = pattern(4000, 3)
        const stuck = Source.followedBy(
          bytes.subarray(0, 2000),
          Deferred.succeed(begun, undefined).pipe(
            Effect.zipRight(Deferred.await(goOn)),
            Effect.zipRight(Effect.fail("lost"))
          )
        )
        const failing = yield* Effect.fork(failureOf(store.add(id, stuck)))
        yield* Deferred.await(begun)
        const other = yield* Effect.either(store.add(id, Source.make(bytes).data))
        yield* Deferred.succeed(goOn, undefined)
        assert.strictEqual(yield* Fiber.join(failing), "lost")
        if (Either.isLeft(other)) {
          yield* failsWith(other, "DuplicateImage")
          yield* isNowhere(id)
          yield* store.add(id, Source.make(bytes).data)
        }
        yield* isStored(id, bytes)
      }))
  ],
  // That nothing at all is added is a law of `add`.
  otherwise: []
}
