/**
 * How an operation shows in traces and metrics: a span that names the store, and a counter by how
 * it ended. No URI, id of an image or message is ever a metric's tag.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Predicate from "effect/Predicate"

const operations = Metric.counter("glance_store_operations", {
  description: "Operations on stores, by how they ended",
  incremental: true
})

const bytesAdded = Metric.counter("glance_store_bytes_added", {
  description: "Bytes of images that were stored",
  incremental: true
})

/** @internal */
export const countBytesAdded = (store: string, bytes: number) =>
  Metric.incrementBy(Metric.tagged(bytesAdded, "store", store), bytes)

/** @internal */
export const observed =
  (operation: string, store: string, attributes: Record<string, unknown>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    self.pipe(
      Effect.onExit((exit) => Metric.increment(counterOf(operation, store, outcome(exit)))),
      Effect.withSpan(`Store.${operation}`, { attributes: { store, ...attributes }, captureStackTrace: false })
    )

/** To tag a metric costs more than to count with it, and there are few. */
const counters = new Map<string, typeof operations>()

const counterOf = (operation: string, store: string, ended: string) => {
  const key = JSON.stringify([operation, store, ended])
  const known = counters.get(key)
  if (known !== undefined) {
    return known
  }
  const counter = operations.pipe(
    Metric.tagged("operation", operation),
    Metric.tagged("store", store),
    Metric.tagged("outcome", ended)
  )
  counters.set(key, counter)
  return counter
}

const outcome = (exit: Exit.Exit<unknown, unknown>): string =>
  Exit.match(exit, {
    onSuccess: () => "success",
    onFailure: (cause) => {
      if (Cause.isInterruptedOnly(cause)) {
        return "interrupted"
      }
      const error = Cause.squash(cause)
      return Predicate.hasProperty(error, "_tag") && Predicate.isString(error._tag) ? error._tag : "failure"
    }
  })
