/**
 * The modes of image files, and what directories need so that images can be reached.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Disk } from "../disk/disk.js"

/**
 * The option's digits, read as octal: `640` and `"0640"` are the same mode. Zero and less mean that
 * the process's umask decides.
 *
 * @internal
 */
export const parse = (digits: number | string): { readonly mode: number | undefined } | { readonly reason: string } => {
  const text = String(digits).trim()
  if (/^-\d+$|^0+$/u.test(text)) {
    return { mode: undefined }
  }
  if (!/^0*[0-7]{1,3}$/u.test(text)) {
    return { reason: `filePerm ${text} is not an octal mode between 0 and 777` }
  }
  const mode = parseInt(text, 8)
  return (mode & ownerReads) === 0
    ? { reason: `filePerm ${text} does not let the owner read` }
    : { mode }
}

/**
 * Lets those who may use a file of this mode search its directory. No bit is ever taken away, and
 * what cannot be changed is only logged: the directory may be right for its purpose all the same.
 *
 * @internal
 */
export const adjustDirectory = (disk: Disk, directory: string, mode: number | undefined): Effect.Effect<void> =>
  mode === undefined ? Effect.void : Effect.gen(function*() {
    const before = (yield* disk.stat(directory)).mode & 0o7777
    const wanted = before | ((mode & 0o007) === 0 ? 0 : 0o001) | ((mode & 0o070) === 0 ? 0 : 0o010)
    if (wanted !== before) {
      yield* disk.chmod(directory, wanted)
    }
  }).pipe(
    Effect.catchAll((error) =>
      Effect.logWarning(`The permissions of ${directory} could not be adjusted: ${error.message}`)
    )
  )

const ownerReads = 0o400
