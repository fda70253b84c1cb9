/**
 * The file that an image is written to before it has its name, beside its target so that a link is
 * all it takes to publish it: `.<image id>.<16 hex digits>.partial`.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import { constants } from "node:fs"
import * as path from "node:path"
import type { StoreTimeout } from "../../StoreError.js"
import { acquireRelease } from "../acquired.js"
import type { Disk, DiskError, OpenFile } from "../disk/disk.js"

const suffix = ".partial"

/** The characters that a temporary's name has more than the image id. */
export const overhead = 2 + 16 + suffix.length

/** @internal */
export const isTemporary = (fileName: string): boolean => /^\..*\.[0-9a-f]{16}\.partial$/su.test(fileName)

/** @internal */
export const temporaryName = (imageId: string): string => {
  // Its first and its last eight digits are random, and Node has many of them made in advance.
  const uuid = randomUUID()
  return `.${imageId}.${uuid.slice(0, 8)}${uuid.slice(-8)}${suffix}`
}

/** @internal */
export interface Temporary {
  readonly path: string
  readonly file: OpenFile
  /** Closes it and takes its name away; the scope's end does so if nobody did before. */
  readonly discard: Effect.Effect<void, DiskError | StoreTimeout>
}

/**
 * Readable by its owner only until it is complete, and never one that was there before.
 *
 * @internal
 */
export const open = (
  disk: Disk,
  directory: string,
  imageId: string
): Effect.Effect<Temporary, DiskError | StoreTimeout, Scope.Scope> =>
  acquireRelease(
    Effect.suspend(() => {
      const temporary = path.join(directory, temporaryName(imageId))
      const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants
      return Effect.map(disk.open(temporary, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o600), (file): Temporary => {
        let gone = false
        return {
          path: temporary,
          file,
          discard: Effect.suspend(() => {
            if (gone) {
              return Effect.void
            }
            gone = true
            return disk.discard(temporary).pipe(
              // It was renamed to its target.
              Effect.catchIf((error) => error._tag === "DiskError" && error.code === "ENOENT", () => Effect.void),
              Effect.ensuring(Effect.ignore(disk.close(file)))
            )
          })
        }
      })
    }),
    (temporary) =>
      Effect.catchAll(
        temporary.discard,
        (cause) => Effect.logWarning(`The temporary file ${temporary.path} could not be removed`, cause)
      )
  )
