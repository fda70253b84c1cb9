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
import * as MetricLabel from "effect/MetricLabel"
import * as Predicate from "effect/Predicate"

/** A counter by its tags. To tag one costs more than to count with it, and there are few: each is tagged once. */
const counter = (name: string, description: string) => {
  const whole = Metric.counter(name, { description, incremental: true })
  const known = new Map<string, typeof whole>()
  return (tags: Readonly<Record<string, string>>) => {
    const key = JSON.stringify(tags)
    const found = known.get(key) ??
      Metric.taggedWithLabels(whole, Object.entries(tags).map(([tag, value]) => MetricLabel.make(tag, value)))
    known.set(key, found)
    return found
  }
}

const operations = counter("glance_store_operations", "Operations on stores, by how they ended")

const bytesAdded = counter("glance_store_bytes_added", "Bytes of images that were stored")

/** @internal */
export const countBytesAdded = (store: string, bytes: number) => Metric.incrementBy(bytesAdded({ store }), bytes)

/** @internal */
export const observed =
  (operation: string, store: string, attributes: Record<string, unknown>) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    self.pipe(
      Effect.onExit((exit) => Metric.increment(operations({ operation, store, outcome: outcome(exit) }))),
      Effect.withSpan(`Store.${operation}`, { attributes: { store, ...attributes }, captureStackTrace: false })
    )

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
