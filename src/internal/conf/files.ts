/**
 * The files of a configuration, read from the disk.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import type { Problem, Source } from "../../GlanceConf.js"
import * as IniFile from "./iniFile.js"

/**
 * All that can be read, and a problem for each file and directory that cannot.
 *
 * @internal
 */
export const read = ({ directory, files = [] }: Source) =>
  Effect.gen(function*() {
    const listed = directory === undefined ? Either.right([]) : yield* Effect.either(list(directory))
    const names = [...files, ...Either.getOrElse(listed, () => [])]
    const [unread, texts] = yield* Effect.partition(names, parse)
    return { files: texts, problems: Either.isLeft(listed) ? [...unread, listed.left] : unread }
  })

// -----------------------------------------------------------------------------

/** As a shell's `*.conf`: hidden files are none of them. */
const list = (directory: string) =>
  Effect.tryPromise({
    try: () => fs.readdir(directory),
    catch: (error) => unreadable(directory, error)
  }).pipe(
    Effect.map((names) =>
      names.filter((name) => name.endsWith(".conf") && !name.startsWith(".")).toSorted().map((name) =>
        path.join(directory, name)
      )
    )
  )

const parse = (file: string) =>
  Effect.tryPromise({
    try: () => fs.readFile(file),
    catch: (error) => unreadable(file, error)
  }).pipe(
    Effect.flatMap((bytes) =>
      Effect.try({
        try: () => IniFile.parse(file, new TextDecoder("utf-8", { fatal: true }).decode(bytes)),
        catch: (): Problem => ({ file, reason: "it is no text in UTF-8" })
      })
    )
  )

const reasons: Readonly<Record<string, string>> = {
  EACCES: "it may not be read",
  EISDIR: "it is a directory",
  ENOENT: "it is not there",
  ENOTDIR: "it is not a directory"
}

const unreadable = (file: string, error: unknown): Problem => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  return { file, reason: reasons[code] ?? `it cannot be read (${code})` }
}
