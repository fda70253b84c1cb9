/** The file store on real file systems that are full, read-only or somebody else's. Root mounts them. */
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as FileStore from "../src/FileStore.js"
import type * as Giant from "./crash/giant.js"
import * as Program from "./crash/Program.js"
import * as Writer from "./crash/writer.js"
import * as Directory from "./internal/file/Directory.js"
import * as Image from "./internal/file/Image.js"
import * as Mount from "./internal/file/Mount.js"
import * as Reader from "./internal/file/Reader.js"
import * as Warnings from "./internal/file/Warnings.js"

const MiB = 1024 * 1024

const scope = Effect.runSync(Scope.make())
const writer = Effect.runSync(Effect.cached(Scope.extend(Program.make("writer"), scope)))
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

const large = Image.noise(2 * MiB)
const small = Image.noise(1000, 2)
const pieces = Image.pieces(large, 64 * 1024)

describe("a FileStore on a disk that is full", () => {
  it.scoped("is StorageFull in the middle of an image, and has its room back", () =>
    Effect.gen(function*() {
      const datadir = yield* Mount.make("size=1m")
      for (const options of [{}, { thinProvisioning: true }, { chunkSize: 10_000 }, { timeout: 60 }]) {
        const store = yield* FileStore.make({ datadir, ...options })
        const free = fs.statfsSync(datadir).bavail
        const error = yield* Effect.flip(store.add("large", pieces))
        assert.deepInclude(error, { _tag: "StorageFull", store: "file" })
        assert.nestedInclude(error, { "cause.code": "ENOSPC" })
        assert.deepStrictEqual(Directory.list(datadir), [])
        assert.deepStrictEqual(Directory.openFiles(datadir), [])
        assert.strictEqual(fs.statfsSync(datadir).bavail, free)
        const { uri } = yield* store.add("small", Stream.make(small))
        assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, small)
        yield* Reader.remove(store, uri)
      }
    }))

  it.scoped("knows before a byte is read, where it may look", () =>
    Effect.gen(function*() {
      const datadir = yield* Mount.make("size=1m")
      const store = yield* FileStore.make({ datadir, reserveBytes: 1 })
      const source = Image.counted(large, 1000)
      const error = yield* Effect.flip(store.add("large", source.data, { size: large.length }))
      assert.strictEqual(error._tag, "StorageFull")
      assert.strictEqual(source.pulled(), 0)
    }))

  it.scoped("takes an image of zeros that is larger than the disk, if it is thin", () =>
    Effect.gen(function*() {
      const datadir = yield* Mount.make("size=1m")
      const store = yield* FileStore.make({ datadir, thinProvisioning: true })
      const zeros = new Uint8Array(MiB)
      const { size, uri } = yield* store.add(
        "sparse",
        Stream.rechunk(Stream.repeatValue(zeros).pipe(Stream.take(8)), 1)
      )
      assert.strictEqual(size, 8 * MiB)
      assert.strictEqual(yield* Reader.getSize(store, uri), 8 * MiB)
      assert.strictEqual(fs.statSync(`${datadir}/sparse`).blocks, 0)
      const error = yield* Effect.flip(store.add("dense", pieces))
      assert.strictEqual(error._tag, "StorageFull")
      assert.deepStrictEqual(Directory.list(datadir), ["sparse"])
    }))

  it.scoped("is StorageFull when there are no more names to be had, too", () =>
    Effect.gen(function*() {
      const datadir = yield* Mount.make("size=1m,nr_inodes=4")
      const store = yield* FileStore.make({ datadir })
      const results = yield* Effect.forEach(["a", "b", "c", "d", "e"], (imageId) =>
        Effect.either(store.add(imageId, Stream.make(small))))
      const tags = results.flatMap((result) =>
        result._tag === "Left" ? [result.left._tag] : []
      )
      assert.isNotEmpty(tags)
      for (const tag of tags) assert.strictEqual(tag, "StorageFull")
      assert.strictEqual(Directory.list(datadir).length, results.length - tags.length)
    }))

  it.scoped("sends the image to another that has room", () =>
    Effect.gen(function*() {
      const full = yield* Mount.make("size=1m")
      const roomy = yield* Mount.make("size=8m")
      const store = yield* FileStore.make({ datadirs: [`${full}:2`, `${roomy}:1`] })
      const there = yield* store.add("large", pieces, { size: large.length })
      assert.strictEqual(there.uri, `file://${roomy}/large`)
      assert.strictEqual(Image.md5((yield* Reader.read(store, there.uri)).bytes), Image.md5(large))
      assert.strictEqual((yield* store.add("small", Stream.make(small), { size: 1000 })).uri, `file://${full}/small`)
      // Of an image of unknown size nobody knows that it will not fit.
      assert.strictEqual((yield* Effect.flip(store.add("unknown", pieces)))._tag, "StorageFull")
      const all = yield* Effect.flip(store.add("too large", pieces, { size: 64 * MiB }))
      assert.strictEqual(all._tag, "StorageFull")
      assert.deepStrictEqual([Directory.list(full), Directory.list(roomy)], [["small"], ["large"]])
    }))
})

describe("a FileStore on a disk that may not be written", () => {
  it.scoped("refuses to add and to delete, and still reads", () =>
    Effect.gen(function*() {
      const datadir = yield* Mount.make("size=4m")
      const store = yield* FileStore.make({ datadir })
      const { uri } = yield* store.add("there", Stream.make(small))
      yield* Mount.remount(datadir, "ro")
      const added = yield* Effect.flip(store.add("new", Stream.make(small)))
      assert.strictEqual(added._tag, "StorageWriteDenied")
      assert.nestedInclude(added, { "cause.code": "EROFS" })
      const deleted = yield* Effect.flip(Reader.remove(store, uri))
      assert.deepInclude(deleted, { _tag: "StorageDeleteDenied", uri })
      assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, small)
      assert.deepStrictEqual(Directory.list(datadir), ["there"])
    }))

  it.scoped("cannot be made, or with degrade only reads", () =>
    Effect.gen(function*() {
      const datadir = yield* Mount.make("size=4m")
      fs.writeFileSync(`${datadir}/there`, small)
      yield* Mount.remount(datadir, "ro")
      const error = yield* Effect.flip(FileStore.make({ datadir }))
      assert.strictEqual(error._tag, "BadStoreConfiguration")
      assert.include(error.message, datadir)

      const warnings = Warnings.make()
      const store = yield* warnings.listen(FileStore.make({ datadir, degrade: true, filePerm: 644 }))
      assert.strictEqual(warnings.messages().length, 1)
      assert.include(warnings.messages()[0], datadir)
      const uri = `file://${datadir}/there`
      assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, small)
      assert.strictEqual(yield* Reader.getSize(store, uri), 1000)
      assert.deepInclude(yield* Effect.flip(store.add("new", Stream.make(small))), { _tag: "NotSupported" })
      assert.deepInclude(yield* Effect.flip(Reader.remove(store, uri)), { _tag: "NotSupported" })
    }))

  it.scoped("that went away fails the add that was under way, and leaves nothing where it was", () =>
    Effect.gen(function*() {
      const datadir = yield* Mount.make("size=4m")
      const store = yield* FileStore.make({ datadir })
      let seen = 0
      const unplugging = Stream.tap(pieces, () => seen++ === 5 ? Mount.unmount(datadir) : Effect.void)
      const error = yield* Effect.flip(store.add("image", unplugging))
      assert.strictEqual(error._tag, "BackendException")
      assert.deepStrictEqual(Directory.list(datadir), [])
      assert.deepStrictEqual(Directory.openFiles(datadir), [])
    }))
})

describe("a FileStore of a process with less rights", () => {
  const image = Writer.describe(20_000, 1)
  const nobody = 65_534

  const write = (plan: Writer.Plan, options: Parameters<typeof Program.run>[2] = {}) =>
    Effect.flatMap(writer, (program) => Program.run(program, [JSON.stringify(plan)], options)).pipe(
      // What a writer has made from a Report.
      Effect.map((ending) => Program.reported(ending) as Writer.Report)
    )

  it.scopedLive("is StorageFull where a file may not be so large", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const report = yield* write({ options: { datadir }, image }, { before: ["prlimit", "--fsize=10000"] })
      assert.deepInclude(report, { outcome: "StorageFull", code: "EFBIG" })
      assert.deepStrictEqual(Directory.list(datadir), [])
    }))

  it.scopedLive("cannot be made in a directory that others own", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      fs.chmodSync(datadir, 0o755)
      const plan = { options: { datadir }, image, uid: nobody }
      assert.strictEqual((yield* write(plan)).outcome, "BadStoreConfiguration")
      const deep = { ...plan, options: { datadir: `${datadir}/deep` } }
      assert.strictEqual((yield* write(deep)).outcome, "BadStoreConfiguration")
      const degraded = { ...plan, options: { datadir, degrade: true } }
      assert.strictEqual((yield* write(degraded)).outcome, "NotSupported")
      assert.deepStrictEqual(Directory.list(datadir), [])
    }))

  it.scopedLive("is StorageWriteDenied and StorageDeleteDenied where permissions were taken away", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      fs.writeFileSync(`${datadir}/there`, small)
      fs.chmodSync(datadir, 0o777)
      const report = yield* write(
        { options: { datadir }, image, uid: nobody, remove: `file://${datadir}/there` },
        { whenReady: Effect.sync(() => fs.chmodSync(datadir, 0o755)) }
      )
      assert.deepInclude(report, { outcome: "StorageWriteDenied", code: "EACCES", removal: "StorageDeleteDenied" })
      assert.deepStrictEqual(Directory.list(datadir), ["there"])
    }))

  it.scopedLive("works as well as anybody's where it is allowed to", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      fs.chownSync(datadir, nobody, nobody)
      const uri = `file://${datadir}/${image.imageId}`
      const report = yield* write({ options: { datadir, filePerm: 640 }, image, uid: nobody, remove: uri })
      assert.deepInclude(report, { outcome: Image.md5(Writer.bytesOf(image)), removal: "removed" })
      assert.deepStrictEqual(Directory.list(datadir), [])
    }))
})

describe("the memory that a FileStore needs", () => {
  it.scopedLive("does not grow with the image, not even to an eighth of a gibibyte", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const program = yield* Program.make("giant")
      const ending = yield* Program.run(program, ["1024", datadir])
      // What the program has made from a Growth.
      const growth = Program.reported(ending) as Giant.Growth
      assert.deepInclude(growth, { size: 1024 * MiB, read: 1024 * MiB })
      assert.isBelow(growth.bytes, 128 * MiB)
    }))
})
