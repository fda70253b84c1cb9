/** File stores as stores: what they have of an image is looked for in their directories, and among the open files. */
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Capabilities from "../src/Capabilities.js"
import * as FileStore from "../src/FileStore.js"
import * as Hashing from "../src/Hashing.js"
import * as Syscalls from "../src/internal/disk/Syscalls.js"
import * as Store from "../src/Store.js"
import { type Backend, type Harness, Storage } from "./conformance/harness.js"
import { suite } from "./conformance/suite.js"
import * as Directory from "./internal/file/Directory.js"

/** Node's system calls, and the paths of the files that are open. */
const watching = () => {
  const paths = new Map<number, string>()
  const calls: Syscalls.Calls = {
    ...Syscalls.node,
    open: (file, flags, mode, callback) =>
      Syscalls.node.open(file, flags, mode, (error, fd) => {
        if (error === null) {
          paths.set(fd, file)
        }
        callback(error, fd)
      }),
    close: (fd, callback) => {
      paths.delete(fd)
      Syscalls.node.close(fd, callback)
    }
  }
  return { calls, open: () => Array.from(paths.values()) }
}

/** A medium that cannot be written, however privileged the process. */
const readOnly = (calls: Syscalls.Calls): Syscalls.Calls => ({
  ...calls,
  open: (file, flags, mode, callback) =>
    (flags & fs.constants.O_CREAT) === 0
      ? calls.open(file, flags, mode, callback)
      : setImmediate(callback, Object.assign(new Error("EROFS: read-only file system, open"), { code: "EROFS" }), -1)
})

/** Through Node alone, and no store. */
const backend = (
  directories: ReadonlyArray<string>,
  openFiles: () => ReadonlyArray<string>
): Omit<Backend, "another"> => {
  const [best = ""] = directories
  return {
    uriOf: (imageId) => `file://${best}/${imageId}`,
    seed: (imageId, bytes) =>
      Effect.sync(() => {
        fs.writeFileSync(path.join(best, imageId), bytes, { flag: "wx" })
        return `file://${best}/${imageId}`
      }),
    find: (imageId) =>
      Effect.sync(() => {
        const files = directories.map((directory) => path.join(directory, imageId)).filter((file) =>
          fs.existsSync(file)
        )
        assert.isAtMost(files.length, 1, "images of one id")
        return Option.map(Option.fromNullable(files[0]), (file) => new Uint8Array(fs.readFileSync(file)))
      }),
    litter: (imageId) =>
      Effect.sync(() => [
        ...directories.flatMap((directory) => fs.readdirSync(directory)).filter((name) =>
          name.startsWith(".") && name.includes(imageId)
        ),
        ...openFiles().filter((file) => path.basename(file).includes(imageId)).map((file) => `${file} is open`)
      ])
  }
}

interface Variant {
  /** Where the images lie, the preferred directory first. */
  readonly directories: 1 | 2
  readonly options?: (directories: ReadonlyArray<string>) => FileStore.Options
  readonly id?: string
  readonly readOnly?: boolean
  /** Whether every image is hashed in threads, however small. */
  readonly threads?: boolean
}

const harness = (variant: Variant): Harness => ({
  schemes: ["file", "filesystem"],
  capabilities: variant.readOnly === true ? Capabilities.make("readRange") : Capabilities.make("readRange", "write"),
  ...(variant.id === undefined ? {} : { id: variant.id }),
  tellsSize: true,
  durable: true,
  layer: Layer.scopedContext(Effect.gen(function*() {
    const directories = yield* Effect.replicateEffect(Directory.make, variant.directories)
    const [datadir = ""] = directories
    const { calls, open } = watching()
    const make = FileStore.make(variant.options?.(directories) ?? { datadir }, { id: variant.id }).pipe(
      Effect.provideService(Syscalls.Syscalls, variant.readOnly === true ? readOnly(calls) : calls)
    )
    // Whatever the laws have looked at, in the end nothing may be left.
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        assert.deepStrictEqual(open(), [])
        const names = directories.flatMap((directory) => fs.readdirSync(directory))
        assert.deepStrictEqual(names.filter((name) => name.endsWith(".partial")), [])
      })
    )
    return Context.make(Store.Store, yield* make).pipe(
      Context.add(Storage, { ...backend(directories, open), another: make })
    )
  })).pipe(
    Layer.provide(variant.threads === true ? Hashing.layerWorkers({ threads: 2, threshold: 0 }) : Hashing.layerInThread)
  )
})

suite("A file store", harness({ directories: 1 }))

suite("A file store that hashes in threads", harness({ directories: 1, threads: true }))

suite(
  "A file store with an id, an access mode, short pieces, and no confinement",
  harness({
    directories: 1,
    id: "fast",
    options: ([datadir = ""]) => ({ datadir, filePerm: 640, chunkSize: 10_000, confine: false })
  })
)

suite(
  "A file store with a time limit and few calls at a time",
  harness({ directories: 1, options: ([datadir = ""]) => ({ datadir, timeout: 60, threadPoolSize: 2 }) })
)

suite(
  "A file store with sparse files",
  harness({ directories: 1, options: ([datadir = ""]) => ({ datadir, thinProvisioning: true, chunkSize: 4096 }) })
)

suite(
  "A file store with two directories",
  harness({
    directories: 2,
    options: (directories) => ({ datadirs: directories.map((directory, index) => `${directory}:${100 - index}`) })
  })
)

suite(
  "A file store on a read-only medium",
  harness({ directories: 1, readOnly: true, options: ([datadir = ""]) => ({ datadir, degrade: true }) })
)
