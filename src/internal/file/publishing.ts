/**
 * The moment in which an image becomes visible, whole and under its name, unless the name is taken.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import { constants } from "node:fs"
import * as path from "node:path"
import type { StoreTimeout } from "../../StoreError.js"
import { acquireRelease } from "../acquired.js"
import type { Disk, DiskError } from "../disk/disk.js"
import type { Temporary } from "./temporary.js"

/**
 * Gives the temporary its name, for good once the scope has closed well: closed with a failure or an
 * interruption, the scope takes the name away again.
 *
 * @internal
 */
export const publish = (
  disk: Disk,
  temporary: Temporary,
  target: string,
  { fsync }: { readonly fsync: boolean }
): Effect.Effect<void, DiskError | StoreTimeout, Scope.Scope> => {
  const settle = fsync
    ? Effect.zipRight(temporary.discard, syncDirectory(disk, path.dirname(target)))
    : temporary.discard
  const retract = disk.discard(target).pipe(
    Effect.catchAll((cause) => Effect.logError(`The image ${target} of a failed add could not be removed`, cause))
  )
  return acquireRelease(
    Effect.zipRight(
      claim(disk, temporary, target),
      Effect.onError(settle, () => retract)
    ),
    (_, exit) => Exit.isFailure(exit) ? retract : Effect.void
  )
}

/** A link is atomic and never replaces; where there are none, an empty file holds the name meanwhile. */
const claim = (disk: Disk, temporary: Temporary, target: string) =>
  disk.link(temporary.path, target).pipe(
    // A network file system may have made the link, lost the answer and tried again: then the name is ours.
    Effect.catchIf(
      (error) => hasCode(error, "EEXIST"),
      (error) => Effect.flatMap(disk.fstat(temporary.file), ({ nlink }) => nlink > 1 ? Effect.void : Effect.fail(error))
    ),
    Effect.catchIf((error) => hasCode(error, ...withoutLinks), () =>
      Effect.flatMap(disk.open(target, exclusive, 0o600), (placeholder) =>
        Effect.zipRight(disk.close(placeholder), disk.rename(temporary.path, target)).pipe(
          Effect.onError(() =>
            Effect.ignore(disk.discard(target))
          )
        )))
  )

const exclusive = constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | constants.O_WRONLY

const withoutLinks = ["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EXDEV", "EMLINK"]

const hasCode = (error: DiskError | StoreTimeout, ...codes: ReadonlyArray<string>) =>
  error._tag === "DiskError" && codes.includes(error.code)

/** A name is only as durable as the directory that holds it. */
export const syncDirectory = (disk: Disk, directory: string): Effect.Effect<void, DiskError | StoreTimeout> =>
  Effect.acquireUseRelease(
    disk.open(directory, constants.O_RDONLY | constants.O_DIRECTORY),
    // Some file systems have directories that cannot be synced, and need not be.
    (opened) => Effect.catchIf(disk.fsync(opened), (error) => hasCode(error, "EINVAL", "ENOTSUP"), () => Effect.void),
    (opened) => Effect.ignore(disk.close(opened))
  )
