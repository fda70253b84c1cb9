/**
 * A file, or a part of it, as bytes to come.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { StoreTimeout } from "../../StoreError.js"
import type { Opened } from "../source.js"
import type { Disk, DiskError, OpenFile } from "./disk.js"

/**
 * The position of a pipe or a device, which have none but where they are.
 *
 * @internal
 */
export const current = -1

/**
 * From `offset` to `end`, or to where the file ends before that; from `current`, whatever comes.
 *
 * @internal
 */
export const open = (
  disk: Disk,
  file: OpenFile,
  { end, offset }: { readonly offset: number; readonly end: number }
): Opened<DiskError | StoreTimeout> => {
  let position = offset
  const advance = (count: number) => {
    position += position === current ? 0 : count
    return count
  }
  return {
    fill: (memory) => {
      const wanted = memory.subarray(0, Math.min(memory.length, end - position))
      return wanted.length === 0 ? Effect.succeed(0) : Effect.map(disk.read(file, wanted, position), advance)
    },
    isIdle: () => file.users === 0
  }
}
