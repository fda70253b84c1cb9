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
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as Pulled from "./pulled.js"

/** @internal */
export interface Opened<out E> {
  /** Fills the memory from its beginning, not always to its end; gives the number of bytes, 0 at the end. */
  readonly fill: (memory: Uint8Array) => Effect.Effect<number, E>
  /** Whether nothing writes to the memory any more, where a `fill` has failed or was interrupted. */
  readonly isIdle: () => boolean
}

/** @internal */
export interface Source<out E> {
  readonly open: Effect.Effect<Opened<E>, E, Scope.Scope>
  /** Bytes of a chunk where no memory is lent. */
  readonly chunkSize: number
}

const sources = new WeakMap<object, Source<unknown>>()

/**
 * Whose memory is filled.
 *
 * @internal
 */
export interface Lender<out E> {
  readonly lease: Effect.Effect<Uint8Array, E>
  /** Whoever read what the memory was filled with has done so: it may be leased again. */
  readonly release: (memory: Uint8Array) => void
}

/** @internal */
export const toStream = <E>(source: Source<E>): Stream.Stream<Uint8Array, E> => {
  // To hand a read to another fiber costs more than what it overlaps with: the system itself reads a file ahead.
  const stream = Pulled.toStream(pull(source, fresh(source.chunkSize), { ahead: false }))
  sources.set(stream, source)
  return stream
}

/** @internal */
export const find = <E, R>(stream: Stream.Stream<Uint8Array, E, R>): Source<E> | undefined =>
  // What is kept for a stream was put there by `toStream`, together with a stream of that same `E`.
  sources.get(stream) as Source<E> | undefined

/**
 * Memory that nobody had before, and that is not taken back.
 *
 * @internal
 */
export const fresh = (size: number): Lender<never> => ({
  lease: Effect.sync(() => Buffer.allocUnsafeSlow(size)),
  release: () => {}
})

/**
 * One piece of memory is read from while the next is filled; there is no third. What is leased and never released is
 * lost to it, so it serves one reader, once.
 *
 * @internal
 */
export const pair = (size: number): Lender<never> => {
  const free: Array<Uint8Array> = []
  return {
    lease: Effect.sync(() => free.pop() ?? Buffer.allocUnsafeSlow(size)),
    release: (memory) => {
      free.push(memory)
    }
  }
}

/**
 * Fills whatever memory is leased next, one piece ahead of the reader where that is wanted. Each chunk is a view of it.
 *
 * A piece that was not filled to its end is likely the last, or its source gives no more at once; nothing
 * is read ahead after it.
 *
 * @internal
 */
export const pull = <E, E2>(
  source: Source<E>,
  lender: Lender<E2>,
  { ahead }: { readonly ahead: boolean }
): Pulled.Open<E | E2, never> =>
  Effect.matchEffect(source.open, {
    onFailure: (error) => Effect.succeed(Effect.fail(Option.some(error))),
    onSuccess: (opened) => reading(opened, lender, ahead)
  })

// -----------------------------------------------------------------------------

const reading = <E, E2>(
  { fill, isIdle }: Opened<E>,
  lender: Lender<E2>,
  readsAhead: boolean
): Pulled.Open<E | E2, never> => {
  let ahead: Fiber.Fiber<number, E | E2> | undefined
  let filling: Uint8Array | undefined
  let read: Uint8Array | undefined

  const endReading = () => {
    if (read !== undefined) {
      lender.release(read)
      read = undefined
    }
  }

  const end = Effect.suspend(() => ahead === undefined ? Effect.void : Fiber.interrupt(ahead)).pipe(
    Effect.map(() => {
      endReading()
      if (filling !== undefined && isIdle()) {
        lender.release(filling)
      }
    })
  )

  // The memory is in no closure: what a fiber has done stays reachable for a while, and a buffer that does is
  // collected with the whole heap only.
  const next = Effect.flatMap(lender.lease, (memory) => {
    filling = memory
    return fill(memory)
  })

  const begin = Effect.uninterruptible(
    Effect.map(Effect.forkDaemon(Effect.interruptible(next)), (fiber) => {
      ahead = fiber
    })
  )

  const show = (length: number): Effect.Effect<Chunk.Chunk<Uint8Array>, Option.Option<E | E2>> => {
    ahead = undefined
    read = filling
    filling = undefined
    if (read === undefined || length === 0) {
      endReading()
      return Effect.fail(Option.none())
    }
    const chunk = Chunk.of(new Uint8Array(read.buffer, read.byteOffset, length))
    return readsAhead && length === read.length ? Effect.as(begin, chunk) : Effect.succeed(chunk)
  }

  const shown = Effect.suspend(() => {
    endReading()
    return ahead === undefined ? next : Fiber.join(ahead)
  }).pipe(
    Effect.mapError(Option.some),
    Effect.flatMap(show)
  )

  // What the source holds open is freed after this, for it was opened before.
  return Effect.as(Effect.addFinalizer(() => end), shown)
}
