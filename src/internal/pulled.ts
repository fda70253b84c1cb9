/**
 * Streams that are read by pulling, without an executor of channels between the reader and the bytes.
 *
 * Running a stream costs about as much as hashing and writing a small image. What is made here is a
 * stream to everyone; `open` knows it again and pulls from it directly, and any other stream without a
 * fiber of its own.
 *
 * @internal
 */
import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"

/** Fails with none at the end. */
export type Pull<E, R> = Effect.Effect<Chunk.Chunk<Uint8Array>, Option.Option<E>, R>

/** @internal */
export type Open<E, R> = Effect.Effect<Pull<E, R>, never, Scope.Scope | R>

const opens = new WeakMap<object, Open<unknown, unknown>>()

/** @internal */
export const toStream = <E, R>(open: Open<E, R>): Stream.Stream<Uint8Array, E, R> => {
  const stream: Stream.Stream<Uint8Array, E, R> = Stream.fromPull(open)
  opens.set(stream, open)
  return stream
}

/** @internal */
export const open = <E, R>(stream: Stream.Stream<Uint8Array, E, R>): Open<E, R> =>
  // What is kept for a stream was put there by `toStream`, together with a stream of that `E` and `R`.
  opens.get(stream) as Open<E, R> | undefined ?? Stream.toPull(stream)

/**
 * Pulls to the end, and awaits the effect of each chunk before it asks for the next.
 *
 * @internal
 */
export const forEachChunk = <E, R, E2, R2>(
  opening: Open<E, R>,
  use: (chunk: Chunk.Chunk<Uint8Array>) => Effect.Effect<void, E2, R2>
): Effect.Effect<void, E | E2, R | R2> =>
  Effect.flatMap(opening, (pull) => {
    const loop: Effect.Effect<never, Option.Option<E | E2>, R | R2> = Effect.flatMap(pull, (chunk) =>
      Effect.matchEffect(use(chunk), {
        onFailure: (error) =>
          Effect.fail(Option.some(error)),
        onSuccess: () => loop
      }))
    return Effect.catchAll(
      loop,
      Option.match({
        onNone: () =>
          Effect.void,
        onSome: Effect.fail
      })
    )
  }).pipe(Effect.scoped)
