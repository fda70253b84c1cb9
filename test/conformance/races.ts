/** Several writers of one id: one of them wins, and the others do no harm. */
import { assert } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as Store from "../../src/Store.js"
import { hex, pattern } from "./bytes.js"
import { failsWith, failureOf } from "./failure.js"
import { isNowhere, isStored, stored } from "./harness.js"
import { hesitant } from "./hesitant.js"
import { type Chapter, forAll, freshId, law } from "./law.js"
import * as Source from "./source.js"

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
      "lets one of several writers win wherever one is made to wait for another",
      () =>
        forAll(FastCheck.integer(), (seed) =>
          Effect.gen(function*() {
            const store = yield* Store.Store
            const id = yield* freshId
            const results = yield* Effect.forEach(
              [1, 2, 3, 4, 5],
              (writer) => Effect.either(store.add(id, Source.make(pattern(1000, writer)).data)),
              {
                concurrency: "unbounded"
              }
            ).pipe(Effect.withScheduler(hesitant(seed)))
            const winners = results.filter(Either.isRight)
            assert.strictEqual(winners.length, 1)
            assert.strictEqual(hex("md5", yield* stored(id)), winners[0]?.right.checksum)
          }), 100)
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
