/** An add that is interrupted: it has ended, and left nothing, when the interruption returns. */
import { assert } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import * as Store from "../../src/Store.js"
import { assertSame, pattern } from "./bytes.js"
import { assertInterrupted } from "./failure.js"
import { isNowhere, isStored, Storage } from "./harness.js"
import { type Chapter, forAll, freshId, law } from "./law.js"
import { interruptingAfter } from "./scheduler.js"
import * as Source from "./source.js"

const bytes = pattern(10_000)

/** Adds the image and interrupts the add once `reached` is there; gives how it ended. */
const interruptedAt = (
  imageId: string,
  reached: Deferred.Deferred<void>,
  data: Stream.Stream<Uint8Array>,
  complete: Effect.Effect<void> = Effect.void
) =>
  Effect.gen(function*() {
    const store = yield* Store.Store
    const verifier = { update: () => Effect.void, complete }
    const adding = yield* Effect.fork(store.add(imageId, data, { verifier }))
    yield* Deferred.await(reached)
    return yield* Fiber.interrupt(adding)
  })

/** The steps of an add are many: in one run of the tests every eleventh is tried, in another one others. */
const stride = 11

/** One turn of the event loop, in which input and output go on; a yield only lets other fibers run. */
const turn = Effect.async<void>((resume) => {
  const handle = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(handle))
})

interface Moment {
  /** Pieces that are taken before the counting begins; 5 is behind the last byte. */
  readonly pieces: number
  readonly turns: number
  readonly yields: number
}

/** More often than not behind the last byte, where the image becomes visible. */
const pieces = FastCheck.constantFrom(0, 1, 2, 3, 4, 5, 5, 5, 5, 5)

/** None for a store that is done within one, some for one that waits for input and output. */
const turns = FastCheck.oneof(FastCheck.constant(0), FastCheck.nat(60))

const moments = FastCheck.record({ pieces, turns, yields: FastCheck.nat(20) })

/** Interrupts an add at that moment; if it was too late for that, the image must be there. */
const interruptedIn = ({ pieces: before, turns: waited, yields }: Moment) =>
  Effect.gen(function*() {
    const store = yield* Store.Store
    const id = yield* freshId
    const reached = yield* Deferred.make<void>()
    let taken = 0
    const count = Effect.suspend(() =>
      taken++ === before ? Effect.asVoid(Deferred.succeed(reached, undefined)) : Effect.void
    )
    const data = Stream.tap(Source.yielding(bytes, 2000), () => count)
    const verifier = { update: () => Effect.void, complete: count }
    const adding = yield* Effect.fork(store.add(id, data, { verifier }))
    yield* Deferred.await(reached)
    yield* Effect.replicateEffect(turn, waited, { discard: true })
    yield* Effect.replicateEffect(Effect.yieldNow(), yields, { discard: true })
    return { id, exit: yield* Fiber.interrupt(adding) }
  })

export const interruptions: Chapter = {
  name: "add, interrupted",
  needs: ["write"],
  laws: [
    law("leaves nothing where it waits for the first byte", () =>
      Effect.gen(function*() {
        const id = yield* freshId
        const reached = yield* Deferred.make<void>()
        const stuck = Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never)
        assertInterrupted(yield* interruptedAt(id, reached, Stream.fromEffect(stuck)))
        yield* isNowhere(id)
      })),

    law("leaves nothing in the middle", () =>
      Effect.forEach([1, 1000, 5500], (after) =>
        Effect.gen(function*() {
          const id = yield* freshId
          const reached = yield* Deferred.make<void>()
          const stuck = Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never)
          assertInterrupted(yield* interruptedAt(id, reached, Source.followedBy(bytes.subarray(0, after), stuck)))
          yield* isNowhere(id)
        }), { discard: true })),

    law("leaves nothing after the last byte, before the source has ended", () =>
      Effect.gen(function*() {
        const id = yield* freshId
        const reached = yield* Deferred.make<void>()
        const stuck = Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never)
        assertInterrupted(yield* interruptedAt(id, reached, Source.followedBy(bytes, stuck)))
        yield* isNowhere(id)
      })),

    law("leaves nothing while the verdict on all of the bytes is pending", () =>
      Effect.gen(function*() {
        const id = yield* freshId
        const reached = yield* Deferred.make<void>()
        const stuck = Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never)
        assertInterrupted(yield* interruptedAt(id, reached, Source.make(bytes).data, stuck))
        yield* isNowhere(id)
      })),

    law(
      "leaves nothing wherever it is interrupted, or the whole image where that came too late",
      () =>
        forAll(moments, (moment) =>
          Effect.gen(function*() {
            const { exit, id } = yield* interruptedIn(moment)
            if (Exit.isSuccess(exit)) {
              return yield* isStored(id, bytes)
            }
            assertInterrupted(exit)
            yield* isNowhere(id)
          }))
    ),

    law("takes an image back that has only just become visible, or has ended well", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const { find } = yield* Storage
        const id = yield* freshId
        const adding = yield* Effect.fork(store.add(id, Source.make(bytes).data))
        yield* Effect.repeat(Effect.zipRight(turn, find(id)), {
          until: (image) => Option.isSome(image) || adding.unsafePoll() !== null
        })
        const exit = yield* Fiber.interrupt(adding)
        if (Exit.isSuccess(exit)) {
          return yield* isStored(id, bytes)
        }
        assertInterrupted(exit)
        yield* isNowhere(id)
      }).pipe(Effect.repeatN(9))),

    law("leaves no part of an image, after whichever of its steps it is interrupted", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const { find, litter } = yield* Storage
        let exit: Exit.Exit<unknown, unknown> = Exit.void
        for (
          let steps = yield* Random.nextIntBetween(0, stride);
          Exit.isFailure(exit) || steps < stride;
          steps += stride
        ) {
          const id = yield* freshId
          const adding = yield* store.add(id, Source.make(bytes, 2500).data).pipe(
            Effect.withScheduler(interruptingAfter(steps)),
            Effect.fork
          )
          exit = yield* Fiber.await(adding)
          if (Exit.isSuccess(exit)) {
            yield* isStored(id, bytes)
          } else {
            assertInterrupted(exit)
            // In the very last steps, when the image is there for good, an interruption can no longer be heeded. But
            // what is there is whole then.
            const image = yield* find(id)
            if (Option.isSome(image)) {
              assertSame(image.value, bytes)
            }
            assert.deepStrictEqual(yield* litter(id), [])
          }
        }
      })),

    law("leaves the id free: the image can be added then", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const reached = yield* Deferred.make<void>()
        const stuck = Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never)
        yield* interruptedAt(id, reached, Source.followedBy(bytes.subarray(0, 5000), stuck))
        yield* store.add(id, Source.make(bytes).data)
        yield* isStored(id, bytes)
      })),

    law("harms no image that was there before", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const { seed } = yield* Storage
        const id = yield* freshId
        yield* seed(id, bytes)
        const adding = yield* Effect.fork(store.add(id, Source.yielding(pattern(10_000, 9))))
        yield* Effect.yieldNow()
        yield* Fiber.interrupt(adding)
        yield* isStored(id, bytes)
      })),

    law("has closed the source when the interruption returns", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const source = Source.make(bytes)
        const reached = yield* Deferred.make<void>()
        const stuck = Stream.fromEffect(Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never))
        let closed = false
        const data = Stream.concat(source.data, stuck).pipe(Stream.ensuring(Effect.sync(() => (closed = true))))
        const adding = yield* Effect.fork(store.add(yield* freshId, data))
        yield* Deferred.await(reached)
        yield* Fiber.interrupt(adding)
        assert.isTrue(closed)
      }))
  ],
  // That nothing at all is added is a law of `add`.
  otherwise: []
}
