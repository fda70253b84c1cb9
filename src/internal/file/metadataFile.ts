/**
 * The file with what is to be said of images by the mount point they lie under: one object or a list
 * of them, each with an `id`, a `mountpoint`, and whatever else a consumer may want to know.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as LocationMetadata from "../../LocationMetadata.js"
import { BadStoreConfiguration } from "../../StoreError.js"
import type { Disk } from "../disk/disk.js"

const Entry = Schema.Struct(
  { id: Schema.String, mountpoint: Schema.String },
  { key: Schema.String, value: LocationMetadata.Value }
)

/** @internal */
export type Entry = typeof Entry.Type

const Contents = Schema.parseJson(Schema.Union(Schema.Array(Entry), Entry))

/** @internal */
export const read = (
  disk: Disk,
  store: string,
  file: string
): Effect.Effect<ReadonlyArray<Entry>, BadStoreConfiguration> =>
  disk.readText(file).pipe(
    Effect.mapError((error) =>
      new BadStoreConfiguration({
        store,
        reason: `the metadata file ${file} could not be accessed: ${error.message}`,
        cause: error._tag === "DiskError" ? error.cause : error
      })
    ),
    Effect.flatMap((text) => Effect.mapError(Schema.decode(Contents)(text), invalid(store, file))),
    Effect.map((contents) => Array.isArray(contents) ? contents : [contents])
  )

/**
 * The entry whose mount point the path lies under, the longest of several. `/mnt/a` is not a mount
 * point of `/mnt/ab/image`.
 *
 * @internal
 */
export const forPath = (entries: ReadonlyArray<Entry>, path: string): Entry | undefined => {
  const candidates = entries.filter(({ mountpoint }) => {
    const prefix = mountpoint.endsWith("/") ? mountpoint : `${mountpoint}/`
    return path.startsWith(prefix) || path === mountpoint
  })
  return candidates.toSorted((a, b) => b.mountpoint.length - a.mountpoint.length)[0]
}

/** Where it is wrong and how, and not what stands there. */
const invalid = (store: string, file: string) => (error: ParseResult.ParseError) => {
  const issues = ParseResult.ArrayFormatter.formatErrorSync(error)
  const places = Array.from(new Set(issues.map(({ path }) => path.length === 0 ? "the root" : path.join("."))))
  return new BadStoreConfiguration({
    store,
    reason: `the metadata file ${file} is not valid: it has to be JSON, one object or a list of objects with the ` +
      `strings id and mountpoint, and all values strings, lists or objects; wrong is ${places.join(", ")}`
  })
}
