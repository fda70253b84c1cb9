/**
 * The file driver: how an image id becomes a file, and a location is found again.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { constants } from "node:fs"
import type * as fs from "node:fs"
import * as path from "node:path"
import * as Capabilities from "../../Capabilities.js"
import type * as Driver from "../../Driver.js"
import * as Range from "../../Range.js"
import type { BadStoreConfiguration, BadStoreUri, StoreTimeout } from "../../StoreError.js"
import { DuplicateImage, ImageNotFound } from "../../StoreError.js"
import { acquireRelease } from "../acquired.js"
import * as Disk from "../disk/disk.js"
import * as FileSource from "../disk/fileSource.js"
import * as Pulled from "../pulled.js"
import * as Source from "../source.js"
import * as Datadirs from "./datadirs.js"
import * as failures from "./failures.js"
import * as FileLocation from "./fileLocation.js"
import * as MetadataFile from "./metadataFile.js"
import { prepare, resolve } from "./prepare.js"
import { publish } from "./publishing.js"
import type { Settings } from "./settings.js"
import { sweep } from "./sweep.js"
import * as Temporary from "./temporary.js"
import * as Writing from "./writing.js"

/** @internal */
export const make = (
  settings: Settings
): Effect.Effect<Driver.Driver<FileLocation.FileLocation>, BadStoreConfiguration> =>
  Effect.gen(function*() {
    const { confine, store } = settings
    const disk = yield* Disk.make(settings)
    const writable = yield* makeWritable(disk, settings)
    const datadirs = yield* resolve(disk, settings)
    const directories = datadirs.map((datadir) => datadir.path)
    const metadata = settings.metadataFile === undefined
      ? []
      : yield* MetadataFile.read(disk, store, settings.metadataFile)
    if (writable && settings.sweepAfterHours !== undefined) {
      yield* sweep(disk, directories, { olderThan: Duration.hours(settings.sweepAfterHours), dryRun: false }).pipe(
        Effect.catchAll((error) => Effect.logWarning(`Temporary files could not be removed: ${error.message}`))
      )
    }
    // Asked once: Node can only read the umask by setting it to zero for a moment, for all threads of the process.
    const mode = settings.mode ?? 0o666 & ~process.umask()
    // Two images of one id could win in two directories: one of several is published at a time.
    const turn = yield* Effect.makeSemaphore(datadirs.length === 1 ? Number.MAX_SAFE_INTEGER : 1)

    /** Whatever has the name, a dangling link too, makes it a taken one. */
    const checkAbsent = (imageId: string, places: ReadonlyArray<string>) =>
      Effect.forEach(places, (directory) =>
        Effect.flatMap(
          disk.exists(path.join(directory, imageId)),
          (exists) => exists ? new DuplicateImage({ store, imageId }) : Effect.void
        ), { discard: true })

    const find = (
      { location, uri }: Driver.Target<FileLocation.FileLocation>
    ): Effect.Effect<void, ImageNotFound | BadStoreUri | Disk.DiskError | StoreTimeout> =>
      Temporary.isTemporary(path.basename(location.path))
        ? new ImageNotFound({ uri })
        : confine
        ? Datadirs.confine(disk, datadirs, location.path, uri)
        : Effect.void

    const regular = (stats: fs.Stats, uri: string) =>
      stats.isFile() ? Effect.succeed(stats.size) : new ImageNotFound({ uri })

    /** A copy, for the caller may write on it. */
    const describe = (file: string) => {
      const entry = MetadataFile.forPath(metadata, file)
      return entry === undefined && metadata.length > 0
        ? Effect.as(Effect.logError(`The metadata file of the store ${store} has no mountpoint for ${file}`), {})
        : Effect.succeed({ ...entry })
    }

    /** Its size, without following a link that may lead out of the store. */
    const measure = (target: Driver.Target<FileLocation.FileLocation>) =>
      Effect.zipRight(find(target), Effect.suspend(() => (confine ? disk.lstat : disk.stat)(target.location.path)))
        .pipe(
          Effect.flatMap((stats) => regular(stats, target.uri))
        )

    return {
      type: "file",
      schemes: ["file", "filesystem"],
      capabilities: writable ? Capabilities.make("readRange", "write") : Capabilities.make("readRange"),
      location: FileLocation.schema(!confine),

      write: (imageId, data, { size }) =>
        Effect.gen(function*() {
          yield* FileLocation.checkImageId(imageId)
          const { path: directory } = yield* Datadirs.choose(
            disk,
            store,
            datadirs,
            Option.getOrElse(size, () => 0),
            settings.reserveBytes
          )
          yield* checkAbsent(imageId, directories)
          const temporary = yield* Temporary.open(disk, directory, imageId)
          const writing = Writing.make(disk, temporary.file, settings)
          yield* Pulled.forEachChunk(Pulled.open(data), (chunk) =>
            Effect.forEach(chunk, writing.write, { discard: true }))
          yield* writing.finish
          yield* disk.fchmod(temporary.file, mode)
          yield* settings.fsync ? disk.fsync(temporary.file) : Effect.void
          const target = path.join(directory, imageId)
          yield* checkAbsent(
            imageId,
            directories.filter((other) =>
              other !== directory
            )
          ).pipe(
            Effect.zipRight(publish(disk, temporary, target, settings)),
            turn.withPermits(1),
            // A fiber that is interrupted just when it gets the permit would never give it back.
            Effect.uninterruptible
          )
          return { location: { path: target }, metadata: yield* describe(target) }
        }).pipe(
          Effect.mapError(failures.ofAdd(store, imageId))
        ),

      read: (target, range) =>
        Effect.gen(function*() {
          yield* find(target)
          const file = yield* acquireRelease(
            disk.open(target.location.path, confine ? readOnly | constants.O_NOFOLLOW : readOnly),
            (opened) => Effect.ignore(disk.close(opened))
          )
          const size = yield* Effect.flatMap(disk.fstat(file), (stats) => regular(stats, target.uri))
          const { length, offset } = yield* Range.clip(range, size, target.uri)
          return {
            size: Option.some(length),
            data: Source.toStream({
              chunkSize: Math.min(settings.chunkSize, Math.max(length, 1)),
              open: Effect.sync(() => {
                const { fill, isIdle } = FileSource.open(disk, file, { offset, end: offset + length })
                return { fill: (memory) => Effect.mapError(fill(memory), failures.ofCall(store, "get")), isIdle }
              })
            })
          }
        }).pipe(Effect.mapError(failures.ofGet(store, "get", target.uri))),

      stat: (target) =>
        measure(target).pipe(
          Effect.asSome,
          Effect.mapError(failures.ofGet(store, "getSize", target.uri))
        ),

      remove: (target) =>
        measure(target).pipe(
          Effect.zipRight(Effect.suspend(() => disk.unlink(target.location.path))),
          Effect.mapError(failures.ofDelete(store, target.uri))
        )
    }
  })

/** Non-blocking, for a pipe somebody put among the images must not be waited for. */
const readOnly = constants.O_RDONLY | constants.O_NONBLOCK

/**
 * Makes the directories ready for writing; whether they are. What cannot be used is an error, or a
 * warning in a store that may do with less.
 */
const makeWritable = (disk: Disk.Disk, settings: Settings): Effect.Effect<boolean, BadStoreConfiguration> => {
  const ready = Effect.as(prepare(disk, settings), true)
  return settings.degrade
    ? Effect.catchAll(
      ready,
      (error) => Effect.as(Effect.logWarning(`${error.message}; adding and deleting images is disabled`), false)
    )
    : ready
}
