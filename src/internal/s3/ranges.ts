/**
 * Ranges that are read beside each other and given out in order, so many at a time and no more.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import * as Pulled from "../pulled.js"

type Data<E> = Stream.Stream<Uint8Array, E>

/** @internal */
export interface Ranges<E> {
  /** Read as it comes: whoever reads only the beginning waits for nothing else. */
  readonly first: Data<E>
  readonly count: number
  /** Ranges under way at one time, the one that is being read among them. */
  readonly parallel: number
  readonly open: (index: number) => Effect.Effect<Data<E>, E, Scope.Scope>
}

/** @internal */
export const inOrder = <E>({ count, first, open, parallel }: Ranges<E>): Data<E> =>
  Pulled.toStream(Effect.gen(function*() {
    const scope = yield* Effect.scope
    let pull = yield* Pulled.open(first)
    const coming: Array<Deferred.Deferred<Chunk.Chunk<Uint8Array>, E>> = []
    let asked = 1

    const ask = Effect.gen(function*() {
      while (asked < count && coming.length < parallel - 1) {
        const range = yield* Deferred.make<Chunk.Chunk<Uint8Array>, E>()
        coming.push(range)
        yield* Effect.forkIn(Deferred.complete(range, Effect.scoped(Effect.flatMap(open(asked++), collect))), scope)
      }
    })

    const next: Pulled.Pull<E, never> = Effect.suspend(() =>
      Effect.catchAll(pull, (end) => {
        const range = coming.shift()
        if (Option.isSome(end) || range === undefined) {
          return Effect.fail(end)
        }
        pull = ended
        return Effect.zipLeft(Effect.mapError(Deferred.await(range), Option.some), ask)
      })
    )
    yield* ask
    return next
  }))

const collect = <E>(data: Data<E>): Effect.Effect<Chunk.Chunk<Uint8Array>, E> => {
  const all: Array<Uint8Array> = []
  return Effect.map(
    Pulled.forEachChunk(Pulled.open(data), (chunk) =>
      Effect.sync(() => {
        all.push(...chunk)
      })),
    () => Chunk.unsafeFromArray(all)
  )
}

const ended = Effect.fail(Option.none())

/** A body of no bytes. */
export const nothing: Pulled.Pull<never, never> = ended

/** An image of no bytes. */
export const none: Data<never> = Pulled.toStream(Effect.succeed(ended))
