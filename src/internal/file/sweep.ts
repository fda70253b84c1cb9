/**
 * What killed processes have left in the data directories.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as path from "node:path"
import type { StoreTimeout } from "../../StoreError.js"
import type { Disk, DiskError } from "../disk/disk.js"
import { isTemporary } from "./temporary.js"

/**
 * The temporaries that nobody has written to for that long; removed, unless it is a dry run. One that
 * goes away meanwhile is nobody's concern.
 *
 * @internal
 */
export const sweep = (
  disk: Disk,
  directories: ReadonlyArray<string>,
  { dryRun, olderThan }: { readonly olderThan: Duration.Duration; readonly dryRun: boolean }
): Effect.Effect<ReadonlyArray<string>, DiskError | StoreTimeout> =>
  Effect.gen(function*() {
    const before = (yield* Clock.currentTimeMillis) - Duration.toMillis(olderThan)
    const isStale = (file: string) =>
      Effect.map(disk.lstat(file), (stats) => stats.isFile() && stats.mtimeMs <= before).pipe(
        Effect.catchIf(isGone, () => Effect.succeed(false))
      )
    const stale: Array<string> = []
    for (const directory of directories) {
      for (const name of yield* disk.readDirectory(directory)) {
        const file = path.join(directory, name)
        if (isTemporary(name) && (yield* isStale(file))) {
          yield* dryRun ? Effect.void : Effect.catchIf(disk.unlink(file), isGone, () => Effect.void)
          stale.push(file)
        }
      }
    }
    return stale
  })

const isGone = (error: DiskError | StoreTimeout) => error._tag === "DiskError" && error.code === "ENOENT"
