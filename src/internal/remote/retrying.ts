/**
 * When a request is made again: after longer and longer pauses of random length, and not before the
 * service wants it.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type { Fault } from "./fault.js"

/** @internal */
export interface Policy {
  /** Tries after the first one. */
  readonly retries: number
  /** The pause before the second try; each further one is up to twice as long. */
  readonly pause: Duration.Duration
  /** No pause is longer, whatever the service asks for. */
  readonly longest: Duration.Duration
}

/** @internal */
export type Retries = Schedule.Schedule<unknown, Fault<unknown>>

/**
 * Clients that were turned away together do not come back together: a pause is between half and all
 * of what it could be.
 *
 * @internal
 */
export const schedule = ({ longest, pause, retries }: Policy): Retries =>
  Schedule.exponential(pause).pipe(
    Schedule.modifyDelay((_, delay) => Duration.min(delay, longest)),
    Schedule.jitteredWith({ min: 0.5, max: 1 }),
    Schedule.intersect(Schedule.identity<Fault<unknown>>()),
    Schedule.modifyDelay(([, { retryAfter }], delay) =>
      retryAfter === undefined ? delay : Duration.max(delay, Duration.min(retryAfter, longest))
    ),
    Schedule.intersect(Schedule.recurs(retries)),
    Schedule.whileInput<Fault<unknown>>((fault) => fault.passing)
  )

/**
 * The effect must be one that can be made again from the beginning.
 *
 * @internal
 */
export const retrying = (retries: Retries) => <A, E, R>(self: Effect.Effect<A, Fault<E>, R>): Effect.Effect<A, E, R> =>
  // Most requests succeed, and those should not pay for a schedule.
  Effect.catchAll(self, (fault) => fault.passing ? again(retries, self, fault) : Effect.fail(fault.error))

// -----------------------------------------------------------------------------

const again = <A, E, R>(retries: Retries, self: Effect.Effect<A, Fault<E>, R>, first: Fault<E>) =>
  Effect.flatMap(Schedule.driver(retries), (tries) => {
    const recover = (fault: Fault<E>): Effect.Effect<A, E, R> =>
      Effect.matchEffect(tries.next(fault), {
        onFailure: () => Effect.fail(fault.error),
        onSuccess: () => Effect.catchAll(self, recover)
      })
    return recover(first)
  })
