/**
 * Streams that can also fill memory which is lent to them.
 *
 * To everyone else they are streams whose chunks are memory of their own. An add, or a copy to a
 * file, lends its buffers instead, and the bytes are read where they will be hashed and written
 * from: nothing is allocated and nothing copied. The stream itself is known by, and not marked, so
 * whatever is made from it (`Stream.map` and the like) is an ordinary stream.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as Pulled from "./pulled.js"

/** Fills the memory from its beginning, not always to its end; gives the number of bytes, 0 at the end. */
export type Fill<E> = (memory: Uint8Array) => Effect.Effect<number, E>

/** @internal */
export interface Source<E> {
  readonly open: Effect.Effect<Fill<E>, E, Scope.Scope>
  /** Bytes of a chunk where no memory is lent. */
  readonly chunkSize: number
}

const sources = new WeakMap<object, Source<unknown>>()

/** @internal */
export const toStream = <E>(source: Source<E>): Stream.Stream<Uint8Array, E> => {
  const stream = Pulled.toStream(pull(source, Effect.sync(() => Buffer.allocUnsafeSlow(source.chunkSize))))
  sources.set(stream, source)
  return stream
}

/** @internal */
export const find = <E, R>(stream: Stream.Stream<Uint8Array, E, R>): Source<E> | undefined =>
  // What is kept for a stream was put there by `toStream`, together with a stream of that same `E`.
  sources.get(stream) as Source<E> | undefined

/**
 * Fills whatever memory is given next. Each chunk is a view of it.
 *
 * @internal
 */
export const pull = <E, E2>(
  source: Source<E>,
  memory: Effect.Effect<Uint8Array, E2>
): Pulled.Open<E | E2, never> =>
  Effect.match(source.open, {
    onFailure: (error): Pulled.Pull<E | E2, never> => Effect.fail(Option.some(error)),
    onSuccess: (fill) =>
      memory.pipe(
        Effect.flatMap((lent) =>
          Effect.map(fill(lent), (length) => new Uint8Array(lent.buffer, lent.byteOffset, length))
        ),
        Effect.mapError(Option.some),
        Effect.flatMap((bytes) => bytes.length === 0 ? Effect.fail(Option.none()) : Effect.succeed(Chunk.of(bytes)))
      )
  })
