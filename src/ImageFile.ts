/**
 * Files of this machine, as images to add and as places to save them to.
 *
 * `stream` is what a program gives to an add instead of a `FileSystem.stream`: an ordinary stream to
 * everyone else, but an add reads it straight into the memory it hashes and writes from. `save` does
 * the same the other way.
 *
 * @since 0.1.0
 */
import type { PlatformError, SystemErrorReason } from "@effect/platform/Error"
import { BadArgument, SystemError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Stream from "effect/Stream"
import { constants } from "node:fs"
import * as Disk from "./internal/disk/disk.js"
import * as FileSource from "./internal/disk/fileSource.js"
import * as Pulled from "./internal/pulled.js"
import * as Source from "./internal/source.js"
import * as Range from "./Range.js"
import type { StoreTimeout } from "./StoreError.js"

/**
 * The bytes of a file, or a part of it. It is opened when the stream is run, and its end is where it
 * is found then. A range that no file can have is a `BadArgument`.
 *
 * @since 0.1.0
 * @category streams
 */
export const stream = (path: string, range: Range.Range = {}): Stream.Stream<Uint8Array, PlatformError> =>
  Source.toStream({
    chunkSize,
    open: Effect.gen(function*() {
      const { length = Infinity, offset } = yield* Effect.mapError(
        Range.check(range),
        ({ message }) => new BadArgument({ module: "FileSystem", method: "stream", description: message })
      )
      const disk = yield* unlimited
      const file = yield* opened(disk, path, constants.O_RDONLY)
      const seekable = yield* isSeekable(disk, file, path)
      if (!seekable && Range.isPartial(range)) {
        return yield* new BadArgument({
          module: "FileSystem",
          method: "stream",
          description: `${path} is no regular file: it has no parts`
        })
      }
      const { fill, isIdle } = FileSource.open(
        disk,
        file,
        seekable ? { offset, end: offset + length } : { offset: FileSource.current, end: Infinity }
      )
      return { fill: (memory) => Effect.mapError(fill(memory), failed("stream", path)), isIdle }
    })
  })

/**
 * Writes the bytes to a file, over what it held before, and gives their number. Where that fails or
 * is interrupted, a file that was not there before is removed again.
 *
 * @since 0.1.0
 * @category sinks
 */
export const save = <E, R>(
  data: Stream.Stream<Uint8Array, E, R>,
  path: string
): Effect.Effect<number, E | PlatformError, R> =>
  Effect.gen(function*() {
    const disk = yield* unlimited
    const file = yield* created(disk, path)
    const seekable = yield* isSeekable(disk, file, path)
    let saved = 0
    const put = (bytes: Uint8Array) => {
      const at = seekable ? saved : FileSource.current
      saved += bytes.length
      return Effect.mapError(disk.write(file, bytes, at), failed("save", path))
    }
    const source = Source.find(data)
    const bytes = source === undefined
      ? Pulled.open(data)
      : Source.pull(source, Source.pair(chunkSize), { ahead: true })
    yield* Pulled.forEachChunk(bytes, (chunk) => Effect.forEach(chunk, put, { discard: true }))
    // Some file systems say only now that bytes have no place, or were lost.
    yield* Effect.mapError(disk.close(file), failed("save", path))
    return saved
  }).pipe(Effect.scoped)

// -----------------------------------------------------------------------------

/** Of chunks that are a reader's own, and of each of the two pieces of memory that an image is copied through. */
const chunkSize = 1024 * 1024

const unlimited = Disk.make({ store: "file", limits: { timeout: 0, poolSize: 1, threshold: 100 } })

const opened = (disk: Disk.Disk, path: string, flags: number) =>
  Effect.acquireRelease(
    Effect.mapError(disk.open(path, flags, 0o666), failed("open", path)),
    (file) => Effect.ignore(disk.close(file))
  )

const isSeekable = (disk: Disk.Disk, file: Disk.OpenFile, path: string) =>
  Effect.mapBoth(disk.fstat(file), { onFailure: failed("stat", path), onSuccess: (stats) => stats.isFile() })

const { O_CREAT, O_EXCL, O_TRUNC, O_WRONLY } = constants

/** The file, new or emptied; a new one goes if the scope's exit is a failure. */
const created = (disk: Disk.Disk, path: string) =>
  Effect.acquireRelease(
    Effect.mapError(disk.open(path, O_CREAT | O_EXCL | O_WRONLY, 0o666), failed("open", path)),
    (file, exit) =>
      Effect.ignore(Effect.zipRight(disk.close(file), Exit.isFailure(exit) ? disk.unlink(path) : Effect.void))
  ).pipe(
    Effect.catchIf(
      (error) => error._tag === "SystemError" && error.reason === "AlreadyExists",
      () => opened(disk, path, O_TRUNC | O_WRONLY)
    )
  )

const reasons: ReadonlyMap<string, SystemErrorReason> = new Map([
  ["ENOENT", "NotFound"],
  ["EACCES", "PermissionDenied"],
  ["EPERM", "PermissionDenied"],
  ["EEXIST", "AlreadyExists"],
  ["EISDIR", "BadResource"],
  ["ENOTDIR", "BadResource"],
  ["ELOOP", "BadResource"],
  ["EBUSY", "Busy"]
])

/** As `FileSystem` reports it, so that a program handles both alike. */
const failed = (method: string, path: string) => (error: Disk.DiskError | StoreTimeout): PlatformError =>
  new SystemError({
    module: "FileSystem",
    method,
    reason: error._tag === "DiskError" ? reasons.get(error.code) ?? "Unknown" : "TimedOut",
    pathOrDescriptor: path,
    description: error.message,
    cause: error._tag === "DiskError" ? error.cause : error
  })
