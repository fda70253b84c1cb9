/**
 * The data directories before the first image: made where they are missing, and known to be writable.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { constants } from "node:fs"
import * as path from "node:path"
import { BadStoreConfiguration, type StoreTimeout } from "../../StoreError.js"
import type { Disk, DiskError } from "../disk/disk.js"
import type { Datadir } from "./datadirs.js"
import { adjustDirectory } from "./permissions.js"
import type { Settings } from "./settings.js"
import { temporaryName } from "./temporary.js"

/** @internal */
export const prepare = (
  disk: Disk,
  { directories, mode, store }: Pick<Settings, "directories" | "mode" | "store">
): Effect.Effect<void, BadStoreConfiguration> =>
  Effect.forEach(directories, ({ path: directory }) =>
    Effect.gen(function*() {
      yield* disk.makeDirectory(directory)
      yield* probe(disk, directory)
      yield* adjustDirectory(disk, directory, mode)
    }).pipe(Effect.mapError(refuse(store, directory))), { discard: true })

/**
 * Their real paths. Two names of one directory are one directory, and must not differ in priority.
 *
 * @internal
 */
export const resolve = (
  disk: Disk,
  { directories, store }: Pick<Settings, "directories" | "store">
): Effect.Effect<ReadonlyArray<Datadir>, BadStoreConfiguration> =>
  Effect.gen(function*() {
    const found = new Map<string, Datadir>()
    for (const directory of directories) {
      // One that a store does without (see `degrade`) need not be there.
      const realPath = yield* Effect.orElseSucceed(disk.realPath(directory.path), () => directory.path)
      const twin = found.get(realPath)
      if (twin !== undefined && twin.priority !== directory.priority) {
        return yield* new BadStoreConfiguration({
          store,
          reason:
            `${twin.path} and ${directory.path} are one directory, specified multiple times with different priorities`
        })
      }
      if (twin === undefined) {
        found.set(realPath, { ...directory, realPath })
      }
    }
    return Array.from(found.values())
  })

// -----------------------------------------------------------------------------

/** Asking for permissions tells nothing about root, quotas or read-only mounts; creating a file does. */
const probe = (disk: Disk, directory: string) =>
  Effect.acquireUseRelease(
    Effect.suspend(() => {
      const file = path.join(directory, temporaryName("probe"))
      return Effect.map(
        disk.open(file, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600),
        (open) => ({ file, open })
      )
    }),
    () => Effect.void,
    ({ file, open }) => Effect.ignore(Effect.zipRight(disk.close(open), disk.discard(file)))
  )

const refuse = (store: string, directory: string) => (error: DiskError | StoreTimeout) =>
  new BadStoreConfiguration({
    store,
    reason: error._tag === "DiskError" && (error.code === "EEXIST" || error.code === "ENOTDIR")
      ? `${directory} is not a directory`
      : `${directory} cannot be used: ${error.message}`,
    cause: error._tag === "DiskError" ? error.cause : error
  })
