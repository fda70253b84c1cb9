/**
 * The data directories: which there are, which one takes an image, and which paths lie in them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as path from "node:path"
import { BadStoreConfiguration, BadStoreUri, StorageFull, type StoreTimeout } from "../../StoreError.js"
import type { Disk, DiskError } from "../disk/disk.js"

/**
 * Where images are if nothing else is said.
 *
 * @internal
 */
export const usual = "/var/lib/glance/images"

/** @internal */
export interface Directory {
  /** Absolute, as configured: what locations begin with. */
  readonly path: string
  readonly priority: number
}

/**
 * One that is there.
 *
 * @internal
 */
export interface Datadir extends Directory {
  /** Without symbolic links. */
  readonly realPath: string
}

/**
 * `path`, `path:` or `path:priority`; the last colon counts.
 *
 * @internal
 */
export const parseEntry = (
  entry: string
): { readonly path: string; readonly priority: number } | { readonly reason: string } => {
  const colon = entry.lastIndexOf(":")
  const directory = (colon === -1 ? entry : entry.slice(0, colon)).trim()
  const priority = colon === -1 ? "" : entry.slice(colon + 1).trim()
  return directory === ""
    ? { reason: `"${entry}" has no path` }
    : !/^(?:[+-]?\d+)?$/u.test(priority)
    ? { reason: `"${entry}" has the priority "${priority}", which is not a whole number` }
    : { path: directory, priority: Number(priority) }
}

/**
 * The configured directories, absolute and without those that are named twice, greatest priority
 * first and else in their order. That they exist is not looked at.
 *
 * @internal
 */
export const fromOptions = (
  store: string,
  options: { readonly datadir?: string | undefined; readonly datadirs?: ReadonlyArray<string> | undefined }
): Effect.Effect<ReadonlyArray<Directory>, BadStoreConfiguration> =>
  Effect.gen(function*() {
    const refuse = (reason: string) => new BadStoreConfiguration({ store, reason })
    const several = options.datadirs ?? []
    const single = (options.datadir ?? (several.length === 0 ? usual : "")).trim()
    if (single !== "" && several.length > 0) {
      return yield* refuse(
        "give either datadir (filesystem_store_datadir) or datadirs (filesystem_store_datadirs), not both"
      )
    }
    if (single === "" && several.length === 0) {
      return yield* refuse(
        "give at least one of datadir (filesystem_store_datadir) and datadirs (filesystem_store_datadirs)"
      )
    }
    const entries = single === "" ? several.map(parseEntry) : [{ path: single, priority: 0 }]
    const found = new Map<string, number>()
    for (const entry of entries) {
      if ("reason" in entry) {
        return yield* refuse(entry.reason)
      }
      if (unaddressable.test(entry.path)) {
        return yield* refuse(`the path ${quoted(entry.path)} may not contain ?, # or control characters`)
      }
      const directory = path.resolve(entry.path)
      const before = found.get(directory)
      if (before !== undefined && before !== entry.priority) {
        return yield* refuse(
          `${directory} is specified multiple times, with the priorities ${before} and ${entry.priority}`
        )
      }
      if (before !== undefined) {
        yield* Effect.logWarning(`The data directory ${directory} of the store ${store} is given twice`)
      }
      found.set(directory, entry.priority)
    }
    return Array.from(found, ([directory, priority]) => ({ path: directory, priority }))
      .toSorted((a, b) => b.priority - a.priority)
  })

/**
 * The directory for an image of `size` bytes (0 if unknown): of the first priority that has room, the one
 * with the most of it. A single directory is taken without a look, unless bytes are to be kept free.
 *
 * @internal
 */
export const choose = (
  disk: Disk,
  store: string,
  datadirs: ReadonlyArray<Datadir>,
  size: number,
  reserveBytes: number
): Effect.Effect<Datadir, StorageFull | DiskError | StoreTimeout> =>
  Effect.gen(function*() {
    const [only, ...others] = datadirs
    if (only !== undefined && others.length === 0 && reserveBytes === 0) {
      return only
    }
    let best: { readonly datadir: Datadir; readonly free: number } | undefined
    for (const datadir of datadirs) {
      if (best !== undefined && best.datadir.priority > datadir.priority) {
        break
      }
      const free = (yield* disk.freeSpace(datadir.path)) - reserveBytes
      if (free >= size && (best === undefined || free > best.free)) {
        best = { datadir, free }
      }
    }
    return best === undefined
      ? yield* new StorageFull({ store, reason: `no data directory has room for ${size} bytes` })
      : best.datadir
  })

/**
 * That the path leads to a place inside a data directory, and through no symbolic link out of it. The
 * last name on the path is not followed: opening it without following links is the caller's part.
 *
 * @internal
 */
export const confine = (
  disk: Disk,
  datadirs: ReadonlyArray<Datadir>,
  file: string,
  uri: string
): Effect.Effect<void, BadStoreUri | DiskError | StoreTimeout> => {
  const outside: Effect.Effect<never, BadStoreUri | DiskError | StoreTimeout> = new BadStoreUri({
    uri,
    reason: "it is outside the data directories of the store"
  })
  if (file.split("/").includes("..")) {
    return outside
  }
  const parent = path.posix.dirname(path.posix.normalize(file))
  return datadirs.some((datadir) => datadir.path === parent || datadir.realPath === parent)
    ? Effect.void
    : Effect.matchEffect(disk.realPath(parent), {
      onSuccess: (real) => isBelow(datadirs.map(({ realPath }) => realPath), real) ? Effect.void : outside,
      // What is not there cannot be outside, if its name is inside.
      onFailure: (error) => isBelow(datadirs.map((datadir) => datadir.path), parent) ? error : outside
    })
}

const quoted = (text: string) => JSON.stringify(text)

const isBelow = (directories: ReadonlyArray<string>, candidate: string) =>
  directories.some((directory) => candidate === directory || candidate.startsWith(`${directory}/`))

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unaddressable = /[\u0000-\u001F\u007F?#]|\p{Surrogate}/u
