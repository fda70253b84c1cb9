/**
 * From the disk to the stream.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { StoreTimeout } from "../../StoreError.js"
import type { Disk, DiskError, OpenFile } from "./disk.js"

/**
 * `length` bytes from `offset`, or fewer where the file has become shorter. Every chunk is memory of
 * its own, which the reader may keep.
 *
 * @internal
 */
export const read = (
  disk: Disk,
  file: OpenFile,
  { chunkSize, length, offset }: { readonly chunkSize: number; readonly offset: number; readonly length: number }
): Stream.Stream<Uint8Array, DiskError | StoreTimeout> =>
  Stream.suspend(() => {
    const end = offset + length
    let position = offset
    return Stream.repeatEffectChunkOption(Effect.suspend(() => {
      if (position >= end) {
        return Effect.fail(Option.none())
      }
      const buffer = Buffer.allocUnsafeSlow(Math.min(chunkSize, end - position))
      return disk.read(file, buffer, position).pipe(
        Effect.mapError(Option.some),
        Effect.flatMap((count) => {
          if (count === 0) {
            return Effect.fail(Option.none())
          }
          position += count
          return Effect.succeed(Chunk.of(new Uint8Array(buffer.buffer, 0, count)))
        })
      )
    }))
  })
