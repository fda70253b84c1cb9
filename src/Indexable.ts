/**
 * An image as glance_store's `Indexable` showed it to clients that ask for bytes by position: a
 * window that only moves forward, over a stream that cannot seek.
 *
 * @since 0.1.0
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/**
 * The bytes asked for have passed: only what the last `at` gave can be had again.
 *
 * @since 0.1.0
 * @category errors
 */
export class OutOfWindow extends Schema.TaggedError<OutOfWindow>("effect-glance-store/Indexable/OutOfWindow")(
  "OutOfWindow",
  { start: Schema.Number, windowStart: Schema.Number }
) {
  override get message() {
    return `Byte ${this.start} has passed; the window begins at ${this.windowStart}`
  }
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Indexable<out E> {
  /** In bytes, 0 if unknown. */
  readonly size: number
  /**
   * From `start` to the end of the chunk it lies in; the next chunk, if `start` is where that
   * begins or anywhere behind it (there is no seeking); no bytes at the end.
   */
  readonly at: (start: number) => Effect.Effect<Uint8Array, E | OutOfWindow>
}

/**
 * Reads the stream as far as `at` asks, in the scope it was made in. For one fiber at a time.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <E, R>(image: {
  readonly size: Option.Option<number>
  readonly data: Stream.Stream<Uint8Array, E, R>
}): Effect.Effect<Indexable<E>, never, Scope.Scope | R> =>
  Effect.gen(function*() {
    const context = yield* Effect.context<R>()
    const pull = yield* Stream.toPull(image.data.pipe(Stream.filter((bytes) => bytes.length > 0), Stream.rechunk(1)))
    let cursor = 0
    let window: Uint8Array = empty

    const next: Effect.Effect<Uint8Array, E> = pull.pipe(
      Effect.provide(context),
      Effect.map(Chunk.unsafeHead),
      Effect.catchAll(Option.match({ onNone: () => Effect.succeed(empty), onSome: Effect.fail })),
      Effect.tap((bytes) =>
        Effect.sync(() => {
          cursor += bytes.length
          window = bytes.length === 0 ? window : bytes
        })
      )
    )

    return {
      size: Option.getOrElse(image.size, () => 0),
      at: (start) =>
        Effect.suspend((): Effect.Effect<Uint8Array, E | OutOfWindow> => {
          const windowStart = cursor - window.length
          return start >= cursor
            ? next
            : start < windowStart
            ? new OutOfWindow({ start, windowStart })
            : Effect.succeed(window.subarray(start - windowStart))
        })
    }
  })

const empty = new Uint8Array(0)
