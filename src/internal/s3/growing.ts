/**
 * Memory for an image of unknown size: small to begin with, for most images may be.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { UploadFailed } from "../../Driver.js"
import type { Cutter } from "./cutting.js"

/**
 * Fills up to so many bytes of memory that grows with them; less only where the stream has ended well.
 *
 * @internal
 */
export const fill = (cutter: Cutter, most: number): Effect.Effect<Uint8Array, UploadFailed> => {
  const step = (memory: Buffer, filled: number): Effect.Effect<Uint8Array, UploadFailed> =>
    Effect.flatMap(cutter.fill(memory.subarray(filled)), (count) => {
      const total = filled + count
      if (total < memory.length || total === most) {
        return Effect.succeed(memory.subarray(0, total))
      }
      const larger = Buffer.allocUnsafeSlow(Math.min(most, memory.length * 4))
      larger.set(memory)
      return step(larger, total)
    })
  return Effect.suspend(() => step(Buffer.allocUnsafeSlow(Math.min(most, smallest)), 0))
}

const smallest = 64 * 1024
