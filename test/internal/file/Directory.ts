/** Directories of a test's own, and what is in them. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

/** Empty, and gone with the scope. Its path has no symbolic link in it, so that it can be compared with URIs. */
export const make: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "file-store-")))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)

/** Everything below the directory: names, and for files their content, so that any change shows. */
export const snapshot = (directory: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    fs.readdirSync(directory, { recursive: true, withFileTypes: true }).map((entry) => {
      const file = path.join(entry.parentPath, entry.name)
      const content = entry.isFile()
        ? fs.readFileSync(file, "base64")
        : entry.isSymbolicLink()
        ? `-> ${fs.readlinkSync(file)}`
        : "directory"
      return [path.relative(directory, file), content]
    })
  )

/** Names of all that is below the directory, sorted. */
export const list = (directory: string): ReadonlyArray<string> =>
  fs.readdirSync(directory, { recursive: true, encoding: "utf8" }).toSorted()

/** The files in the directory that this process holds open (on Linux; there is no other way to see them). */
export const openFiles = (directory: string): ReadonlyArray<string> =>
  fs.readdirSync("/proc/self/fd").flatMap((descriptor) => {
    try {
      return [fs.readlinkSync(`/proc/self/fd/${descriptor}`)]
    } catch {
      // Closed since it was listed; the one that lists always is.
      return []
    }
  }).filter((file) => file.startsWith(`${directory}/`))
