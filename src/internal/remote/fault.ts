/**
 * What went wrong with one request to a remote service, and whether another one may fare better.
 *
 * A driver says so where it names the errors of its backend; nobody guesses it from the error.
 *
 * @internal
 */
import type * as Duration from "effect/Duration"

/** @internal */
export interface Fault<out E> {
  /** What the operation fails with if no further try is made. */
  readonly error: E
  /** Whether the same request may succeed later. */
  readonly passing: boolean
  /** How long the service asks to be left alone. */
  readonly retryAfter: Duration.Duration | undefined
}

/**
 * The same request may succeed later: a lost connection, a busy service.
 *
 * @internal
 */
export const passing = <E>(error: E, retryAfter?: Duration.Duration): Fault<E> => ({ error, passing: true, retryAfter })

/**
 * The same request would fail again.
 *
 * @internal
 */
export const final = <E>(error: E): Fault<E> => ({ error, passing: false, retryAfter: undefined })
