/**
 * The memory of the parts that are under way: so much and no more, and the same again and again.
 *
 * @internal
 */
import * as Effect from "effect/Effect"

/** @internal */
export interface Lent {
  readonly memory: Uint8Array
  readonly release: Effect.Effect<void>
}

/** For one who takes and many who give back. */
export interface Buffers {
  /** Waits until there is room for it. */
  readonly take: (size: number) => Effect.Effect<Lent>
  /** Memory from elsewhere, as if it had been taken. */
  readonly adopt: (memory: Uint8Array) => Lent
  /** All were given back. */
  readonly idle: Effect.Effect<void>
}

/**
 * `limit` is how many of a size there may be at one time.
 *
 * @internal
 */
export const make = (limit: (size: number) => number): Effect.Effect<Buffers> =>
  Effect.sync(() => {
    let free: Array<Uint8Array> = []
    let lent = 0
    let wake = () => {}

    const until = (ready: () => boolean): Effect.Effect<void> =>
      Effect.suspend(() =>
        ready() ? Effect.void : Effect.flatMap(
          Effect.async<void>((resume) => {
            wake = () => resume(Effect.void)
          }),
          () => until(ready)
        )
      )

    const lend = (memory: Uint8Array, size: number): Lent => {
      lent++
      return {
        memory: memory.subarray(0, size),
        release: Effect.sync(() => {
          lent--
          free.push(memory)
          wake()
        })
      }
    }

    return {
      take: (size) =>
        Effect.map(until(() => lent < limit(size)), () => {
          // Parts only grow: what is too small now is never asked for again.
          free = free.filter(({ length }) => length >= size)
          return lend(free.pop() ?? Buffer.allocUnsafeSlow(size), size)
        }),
      adopt: (memory) => lend(memory, memory.length),
      idle: until(() => lent === 0)
    }
  })
