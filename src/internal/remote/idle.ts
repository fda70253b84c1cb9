/**
 * A limit for the time in which nothing comes, and none for the whole.
 *
 * One fiber looks after all waits of a transfer: to race each of them with a clock would cost more
 * than the bytes do. Time in which nobody waits does not count, so a slow reader is never punished.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"

/** One wait at a time; one that lasts too long is interrupted, and fails with what `onIdle` gives. */
export type Limit = <A, E, E2>(wait: Effect.Effect<A, E>, onIdle: () => E2) => Effect.Effect<A, E | E2>

/** @internal */
export const limit = (idle: Duration.Duration): Effect.Effect<Limit, never, Scope.Scope> =>
  Effect.gen(function*() {
    const patience = Duration.toMillis(idle)
    if (!Number.isFinite(patience)) {
      return (wait) => wait
    }
    const clock = yield* Effect.clock
    let waiting: { readonly since: number; readonly expire: () => void } | undefined

    const watch: Effect.Effect<never> = Effect.suspend(() => {
      const left = waiting === undefined ? patience : waiting.since + patience - clock.unsafeCurrentTimeMillis()
      if (left > 0) {
        return Effect.zipRight(clock.sleep(Duration.millis(left)), watch)
      }
      waiting?.expire()
      return watch
    })
    yield* Effect.forkScoped(Effect.interruptible(watch))

    const interrupting: Limit = <A, E, E2>(wait: Effect.Effect<A, E>, onIdle: () => E2) =>
      Effect.uninterruptibleMask((restore) =>
        Effect.flatMap(Effect.forkDaemon(restore(wait)), (fiber) =>
          restore(Effect.async<A, E | E2>((resume) => {
            const settle = (end: Effect.Effect<A, E | E2>) => {
              waiting = undefined
              fiber.removeObserver(settle)
              resume(end)
            }
            waiting = {
              since: clock.unsafeCurrentTimeMillis(),
              // Not awaited: a wait that cannot be interrupted must not outlive its time.
              expire: () => settle(Effect.zipRight(Fiber.interruptFork(fiber), Effect.failSync(onIdle)))
            }
            fiber.addObserver(settle)
            return Effect.suspend(() => {
              waiting = undefined
              fiber.removeObserver(settle)
              return Fiber.interrupt(fiber)
            })
          })))
      )

    const ending = <A, E, E2>(wait: Effect.Effect<A, E>, onIdle: () => E2, end: () => void): Effect.Effect<A, E | E2> =>
      Effect.suspend(() => {
        let expired = false
        const expire = () => {
          expired = true
          waiting = undefined
          end()
        }
        waiting = { since: clock.unsafeCurrentTimeMillis(), expire }
        return Effect.matchEffect(wait, {
          onFailure: (error) => {
            waiting = undefined
            return Effect.fail(expired ? onIdle() : error)
          },
          onSuccess: (value) => {
            waiting = undefined
            return Effect.succeed(value)
          }
        })
      })

    return (wait, onIdle) => {
      const end = ends.get(wait)
      return end === undefined ? interrupting(wait, onIdle) : ending(wait, onIdle, end)
    }
  })

/**
 * A wait that can be ended from outside: `end` makes it fail, with whatever error. That costs nothing as long as it is
 * not needed, whereas to interrupt a wait it must have a fiber of its own.
 *
 * @internal
 */
export const endable = <A, E>(wait: Effect.Effect<A, E>, end: () => void): Effect.Effect<A, E> => {
  ends.set(wait, end)
  return wait
}

/**
 * As `Effect.mapError`, of a wait that can be ended if the given one can.
 *
 * @internal
 */
export const mapError = <A, E, E2>(wait: Effect.Effect<A, E>, f: (error: E) => E2): Effect.Effect<A, E2> => {
  const end = ends.get(wait)
  const mapped = Effect.mapError(wait, f)
  return end === undefined ? mapped : endable(mapped, end)
}

// -----------------------------------------------------------------------------

const ends = new WeakMap<object, () => void>()
