/**
 * The system calls of the file store, as Node has them: the one place where it meets the operating
 * system, and where a test puts a call that fails or hangs.
 *
 * They are Node's and not `@effect/platform`'s FileSystem, which has no `O_NOFOLLOW`, `statfs`,
 * `lstat`, `fchmod`, or reads and writes at a position.
 *
 * @internal
 */
import * as Context from "effect/Context"
import * as fs from "node:fs"

type Done = (error: NodeJS.ErrnoException | null) => void
type Callback<A> = (error: NodeJS.ErrnoException | null, result: A) => void

/** @internal */
export interface Calls {
  readonly open: (path: string, flags: number, mode: number, callback: Callback<number>) => void
  readonly close: (fd: number, callback: Done) => void
  readonly read: (
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
    callback: Callback<number>
  ) => void
  readonly write: (
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: number,
    callback: Callback<number>
  ) => void
  readonly fstat: (fd: number, callback: Callback<fs.Stats>) => void
  readonly fsync: (fd: number, callback: Done) => void
  readonly fchmod: (fd: number, mode: number, callback: Done) => void
  readonly ftruncate: (fd: number, length: number, callback: Done) => void
  readonly stat: (path: string, callback: Callback<fs.Stats>) => void
  readonly lstat: (path: string, callback: Callback<fs.Stats>) => void
  readonly statfs: (path: string, callback: Callback<fs.StatsFs>) => void
  readonly link: (from: string, to: string, callback: Done) => void
  readonly rename: (from: string, to: string, callback: Done) => void
  readonly unlink: (path: string, callback: Done) => void
  readonly chmod: (path: string, mode: number, callback: Done) => void
  readonly mkdir: (path: string, callback: Done) => void
  readonly readdir: (path: string, callback: Callback<Array<string>>) => void
  readonly readFile: (path: string, callback: Callback<string>) => void
  readonly realpath: (path: string, callback: Callback<string>) => void
}

/** @internal */
export const node: Calls = {
  open: fs.open,
  close: fs.close,
  read: fs.read,
  write: fs.write,
  fstat: fs.fstat,
  fsync: fs.fsync,
  fchmod: fs.fchmod,
  ftruncate: fs.ftruncate,
  stat: fs.stat,
  lstat: fs.lstat,
  statfs: fs.statfs,
  link: fs.link,
  rename: fs.rename,
  unlink: fs.unlink,
  chmod: fs.chmod,
  mkdir: (path, callback) => fs.mkdir(path, { recursive: true }, callback),
  readdir: fs.readdir,
  readFile: (path, callback) => fs.readFile(path, "utf8", callback),
  realpath: fs.realpath.native
}

/** @internal */
export class Syscalls extends Context.Reference<Syscalls>()("effect-glance-store/internal/disk/Syscalls", {
  defaultValue: () => node
}) {}
