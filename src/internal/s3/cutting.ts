/**
 * A stream cut into memory that is brought along. A byte is copied once, and no chunk outlives its turn.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { UploadFailed } from "../../Driver.js"
import * as Pulled from "../pulled.js"

/** @internal */
export interface Cutter {
  /** Fills the memory from its beginning; less than all of it only where the stream has ended well. */
  readonly fill: (memory: Uint8Array) => Effect.Effect<number, UploadFailed>
  /** Whether there is another byte: asks the stream if need be. */
  readonly more: Effect.Effect<boolean, UploadFailed>
}

/** @internal */
export const make = (
  data: Stream.Stream<Uint8Array, UploadFailed>
): Effect.Effect<Cutter, never, Scope.Scope> =>
  Effect.map(Pulled.open(data), (pull) => {
    let waiting: ReadonlyArray<Uint8Array> = []
    let ended = false

    const more: Effect.Effect<boolean, UploadFailed> = Effect.suspend(() =>
      waiting.length > 0
        ? Effect.succeed(true)
        : ended
        ? Effect.succeed(false)
        : Effect.matchEffect(pull, {
          onSuccess: (chunk) => {
            waiting = Array.from(chunk).filter(({ length }) => length > 0)
            return more
          },
          onFailure: Option.match({
            onNone: () => {
              ended = true
              return Effect.succeed(false)
            },
            onSome: Effect.fail
          })
        })
    )

    const fill = (memory: Uint8Array): Effect.Effect<number, UploadFailed> => {
      let filled = 0
      const loop: Effect.Effect<number, UploadFailed> = Effect.suspend(() => {
        while (waiting.length > 0 && filled < memory.length) {
          const [bytes = nothing, ...others] = waiting
          const taken = bytes.subarray(0, memory.length - filled)
          memory.set(taken, filled)
          filled += taken.length
          waiting = taken.length < bytes.length ? [bytes.subarray(taken.length), ...others] : others
        }
        return filled === memory.length
          ? Effect.succeed(filled)
          : Effect.flatMap(more, (another) => another ? loop : Effect.succeed(filled))
      })
      return loop
    }
    return { fill, more }
  })

const nothing = new Uint8Array()
