/**
 * The system calls as effects, each bounded by the store's time limit.
 *
 * A call that has begun cannot be taken back, so none is interrupted: an add that is cancelled
 * closes its file after the write in flight. With a time limit the caller goes on without the call,
 * and the call keeps its place in the pool until it has really ended, so that a hung mount shows as
 * a full pool; what it still creates then is taken away again. A file is closed when no call uses it any more, for its number may be another file's
 * a moment later.
 *
 * @internal
 */
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as fs from "node:fs"
import { StoreTimeout } from "../../StoreError.js"
import { Syscalls } from "./Syscalls.js"

/**
 * A system call has failed.
 *
 * @internal
 */
export class DiskError extends Data.TaggedError("DiskError")<{
  readonly syscall: string
  readonly code: string
  readonly cause: Error
}> {
  override get message() {
    return this.cause.message
  }
}

/** @internal */
export type Call<A> = Effect.Effect<A, DiskError | StoreTimeout>

/** @internal */
export interface Limits {
  /** Seconds; 0 means none. */
  readonly timeout: number
  /** Calls at one time. */
  readonly poolSize: number
  /** Percent of the pool in use at which a warning is logged. */
  readonly threshold: number
}

/**
 * An open file, and the calls under way on it.
 *
 * @internal
 */
export interface OpenFile {
  readonly fd: number
  users: number
  /** Set by a `close` that has to wait for the users. */
  onIdle: (() => void) | undefined
  /** Its number may be another file's by now. */
  isClosed: boolean
}

/** @internal */
export interface Disk {
  readonly open: (path: string, flags: number, mode?: number) => Call<OpenFile>
  /** Once: nothing happens the next time, and every other call on the file fails from now on. */
  readonly close: (file: OpenFile) => Call<void>
  /** Gives the number of bytes read, 0 at the end of the file. */
  readonly read: (file: OpenFile, buffer: Uint8Array, position: number) => Call<number>
  /** Writes all of it. A position below 0 is where the file stands, here and in `read`. */
  readonly write: (file: OpenFile, buffer: Uint8Array, position: number) => Call<void>
  readonly fstat: (file: OpenFile) => Call<fs.Stats>
  readonly fsync: (file: OpenFile) => Call<void>
  readonly fchmod: (file: OpenFile, mode: number) => Call<void>
  readonly ftruncate: (file: OpenFile, length: number) => Call<void>
  readonly stat: (path: string) => Call<fs.Stats>
  readonly lstat: (path: string) => Call<fs.Stats>
  /** Whether anything has the name, a link that leads nowhere too. */
  readonly exists: (path: string) => Call<boolean>
  /** Bytes that an unprivileged process may still use. */
  readonly freeSpace: (path: string) => Call<number>
  readonly link: (from: string, to: string) => Call<void>
  readonly rename: (from: string, to: string) => Call<void>
  readonly unlink: (path: string) => Call<void>
  /** An unlink that cleans up: it is made even if its turn comes after the caller's time. */
  readonly discard: (path: string) => Call<void>
  readonly chmod: (path: string, mode: number) => Call<void>
  /** With all directories above it that are missing. */
  readonly makeDirectory: (path: string) => Call<void>
  readonly readDirectory: (path: string) => Call<ReadonlyArray<string>>
  readonly readText: (path: string) => Call<string>
  readonly realPath: (path: string) => Call<string>
}

/**
 * Bytes of one call. Where one is of a MiB or more, Linux caches it in pages of 2 MiB; on a virtual machine that gives
 * free memory back to its host, each of them is first to be had from there, and the write takes several times as long.
 */
const writeLimit = 512 * 1024

type Callback<A> = (error: NodeJS.ErrnoException | null, result: A) => void

/** What becomes of a call that nobody waits for any more. */
interface Manner<in A> {
  /** Takes back what it did after all. */
  readonly undo?: (result: A) => void
  /** It is made even if it had not begun: it frees something. */
  readonly insist?: boolean
}

/** @internal */
export const make = (options: { readonly store: string; readonly limits: Limits }): Effect.Effect<Disk> =>
  Effect.gen(function*() {
    const syscalls = yield* Syscalls
    const bounded = yield* makeBound(options.store, options.limits)

    const attempt = <A>(syscall: string, run: (callback: Callback<A>) => void, manner: Manner<A> = {}): Call<A> =>
      bounded(
        syscall,
        Effect.async<A, DiskError>((resume) => {
          const fail = (cause: NodeJS.ErrnoException) =>
            resume(new DiskError({ syscall, code: cause.code ?? "", cause }))
          try {
            run((cause, result) => isMissing(cause) ? resume(Effect.succeed(result)) : fail(cause))
          } catch (cause) {
            // Node refuses some arguments, a path with a NUL for one, before it asks the system.
            fail(cause instanceof Error ? cause : new TypeError(String(cause)))
          }
        }),
        manner
      )

    const attemptOn = <A>(file: OpenFile, syscall: string, run: (fd: number, callback: Callback<A>) => void): Call<A> =>
      attempt(syscall, (callback) => {
        if (file.isClosed) {
          throw Object.assign(new Error(`EBADF: the file is closed, ${syscall}`), { code: "EBADF", syscall })
        }
        file.users++
        run(file.fd, (error, result) => {
          file.users--
          callback(error, result)
          if (file.users === 0) {
            file.onIdle?.()
          }
        })
      })

    const write = (file: OpenFile, buffer: Uint8Array, position: number): Call<void> =>
      Effect.flatMap(
        attemptOn<number>(file, "write", (fd, callback) =>
          syscalls.write(fd, buffer, 0, Math.min(buffer.length, writeLimit), position, callback)),
        (written) =>
          written === buffer.length
            ? Effect.void
            : write(file, buffer.subarray(written), position < 0 ? position : position + written)
      )

    return {
      open: (path, flags, mode = 0) =>
        Effect.map(
          attempt<number>("open", (callback) => syscalls.open(path, flags, mode, callback), {
            undo: (fd) => {
              syscalls.close(fd, ignore)
              if ((flags & fs.constants.O_EXCL) !== 0) {
                syscalls.unlink(path, ignore)
              }
            }
          }),
          (fd) => ({ fd, users: 0, onIdle: undefined, isClosed: false })
        ),
      close: (file) =>
        attempt("close", (callback) => {
          if (file.isClosed) {
            callback(null, undefined)
            return
          }
          file.isClosed = true
          const close = () => syscalls.close(file.fd, withoutResult(callback))
          if (file.users === 0) {
            close()
          } else {
            file.onIdle = close
          }
        }, { insist: true }),
      read: (file, buffer, position) => {
        // What a fiber has done stays reachable for a while, and a buffer that does is collected with the whole heap only.
        let wanted: Uint8Array | undefined = buffer
        return attemptOn(file, "read", (fd, callback) => {
          const memory = wanted ?? new Uint8Array()
          wanted = undefined
          syscalls.read(fd, memory, 0, memory.length, position, callback)
        })
      },
      write,
      fstat: (file) => attemptOn(file, "fstat", syscalls.fstat),
      fsync: (file) => attemptOn(file, "fsync", (fd, callback) => syscalls.fsync(fd, withoutResult(callback))),
      fchmod: (file, mode) =>
        attemptOn(file, "fchmod", (fd, callback) => syscalls.fchmod(fd, mode, withoutResult(callback))),
      ftruncate: (file, length) =>
        attemptOn(file, "ftruncate", (fd, callback) => syscalls.ftruncate(fd, length, withoutResult(callback))),
      stat: (path) => attempt("stat", (callback) => syscalls.stat(path, callback)),
      lstat: (path) => attempt("lstat", (callback) => syscalls.lstat(path, callback)),
      exists: (path) =>
        attempt(
          "lstat",
          (callback) =>
            syscalls.lstat(path, (error) => error?.code === "ENOENT" ? callback(null, false) : callback(error, true))
        ),
      freeSpace: (path) =>
        Effect.map(attempt<fs.StatsFs>("statfs", (callback) => syscalls.statfs(path, callback)), bytesAvailable),
      link: (from, to) =>
        attempt(
          "link",
          (callback) => syscalls.link(from, to, withoutResult(callback)),
          { undo: () => syscalls.unlink(to, ignore) }
        ),
      rename: (from, to) =>
        attempt(
          "rename",
          (callback) => syscalls.rename(from, to, withoutResult(callback)),
          { undo: () => syscalls.unlink(to, ignore) }
        ),
      unlink: (path) => attempt("unlink", (callback) => syscalls.unlink(path, withoutResult(callback))),
      discard: (path) =>
        attempt("unlink", (callback) => syscalls.unlink(path, withoutResult(callback)), { insist: true }),
      chmod: (path, mode) => attempt("chmod", (callback) => syscalls.chmod(path, mode, withoutResult(callback))),
      makeDirectory: (path) => attempt("mkdir", (callback) => syscalls.mkdir(path, withoutResult(callback))),
      readDirectory: (path) => attempt("readdir", (callback) => syscalls.readdir(path, callback)),
      readText: (path) => attempt("readFile", (callback) => syscalls.readFile(path, callback)),
      realPath: (path) => attempt("realpath", (callback) => syscalls.realpath(path, callback))
    }
  })

const isMissing = (error: Error | null | undefined): error is null | undefined => error === null || error === undefined

const ignore = () => {}

/** For the calls whose callback has no result to give. */
const withoutResult = (callback: Callback<void>) => (error: NodeJS.ErrnoException | null) => callback(error, undefined)

/** Newer Nodes have `frsize`, in which the blocks are counted; the older ones' `bsize` is that on Linux. */
const bytesAvailable = (stats: fs.StatsFs & { readonly frsize?: number }) =>
  Math.max(0, stats.bavail * (stats.frsize ?? stats.bsize))

const makeBound = (store: string, { poolSize, threshold, timeout }: Limits) =>
  Effect.gen(function*() {
    if (timeout === 0) {
      return <A>(_: string, call: Effect.Effect<A, DiskError>, __: Manner<A>): Call<A> => Effect.uninterruptible(call)
    }
    const pool = yield* Effect.makeSemaphore(poolSize)
    const after = Duration.seconds(timeout)
    let busy = 0
    let warned = false

    const begin = Effect.suspend(() => {
      busy++
      const usage = busy / poolSize * 100
      if (warned || usage < threshold) {
        return Effect.void
      }
      warned = true
      return Effect.logWarning(
        `The store ${store} uses ${usage.toFixed(1)} % of its ${poolSize} file system calls at one time, ` +
          `the threshold is ${threshold} %`
      )
    })
    const end = Effect.sync(() => {
      busy--
      // A pool that is used to the brim crosses its threshold with every call: not again before it was idle.
      warned &&= busy > 0
    })

    return <A>(syscall: string, call: Effect.Effect<A, DiskError>, { insist = false, undo }: Manner<A>): Call<A> =>
      Effect.uninterruptibleMask((restore) =>
        Effect.gen(function*() {
          const settled = yield* Deferred.make<A, DiskError | StoreTimeout>()
          const work = Effect.flatMap(Effect.exit(call), (exit) =>
            Effect.map(Deferred.done(settled, exit), (awaited) => {
              if (!awaited && Exit.isSuccess(exit)) {
                undo?.(exit.value)
              }
            })).pipe(Effect.uninterruptible)
          const worker = yield* Effect.acquireUseRelease(begin, () => work, () => end).pipe(
            pool.withPermits(1),
            Effect.interruptible,
            Effect.forkDaemon
          )
          // One that still waits for its turn is called off, unless it cleans up.
          const abandon = (ending: Effect.Effect<boolean>) =>
            insist ? ending : Effect.zipLeft(ending, Fiber.interruptFork(worker))
          // A daemon, and no race: what is raced are children of this fiber, which an interruption reaches even
          // where the fiber itself may not be interrupted, and a link would then be neither awaited nor undone.
          const timer = yield* abandon(
            Deferred.fail(settled, new StoreTimeout({ store, operation: syscall, after }))
          ).pipe(Effect.delay(after), Effect.interruptible, Effect.forkDaemon)
          return yield* restore(Deferred.await(settled)).pipe(
            Effect.onInterrupt(() => abandon(Deferred.interrupt(settled))),
            Effect.ensuring(Fiber.interruptFork(timer))
          )
        })
      )
  })
