import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as fs from "node:fs"
import * as FileStore from "../src/FileStore.js"
import * as Directory from "./internal/file/Directory.js"
import * as Faults from "./internal/file/Faults.js"
import * as Image from "./internal/file/Image.js"
import * as Reader from "./internal/file/Reader.js"
import * as Warnings from "./internal/file/Warnings.js"

const content = Image.text("content")

const now = Date.UTC(2026, 0, 2)
const hoursAgo = (hours: number) => new Date(now - hours * 3_600_000)

const stale = ".image.0123456789abcdef.partial"
const young = ".image.fedcba9876543210.partial"

/** A directory with all there may be in one: what is a day old, and what is an hour old. */
const place = Effect.gen(function*() {
  yield* TestClock.setTime(now)
  const datadir = yield* Directory.make
  const put = (name: string, age: number) => {
    fs.writeFileSync(`${datadir}/${name}`, content)
    fs.utimesSync(`${datadir}/${name}`, hoursAgo(age), hoursAgo(age))
  }
  put(stale, 24)
  put("..a.b.0123456789abcdef.partial", 24)
  put(young, 1)
  const others = [
    "image",
    "image.0123456789abcdef.partial",
    ".image.0123456789abcdef.part",
    ".image.0123456789ABCDEF.partial",
    ".image.0123456789abcde.partial",
    ".image.0123456789abcdef0.partial",
    ".0123456789abcdef.partial",
    ".image.0123456789abcdef.partial.old",
    ".hidden"
  ]
  for (const other of others) put(other, 24)
  fs.mkdirSync(`${datadir}/.directory.0123456789abcdef.partial`)
  fs.symlinkSync("image", `${datadir}/.link.0123456789abcdef.partial`)
  fs.utimesSync(`${datadir}/.directory.0123456789abcdef.partial`, hoursAgo(24), hoursAgo(24))
  fs.lutimesSync(`${datadir}/.link.0123456789abcdef.partial`, hoursAgo(24), hoursAgo(24))
  fs.mkdirSync(`${datadir}/below`)
  put(`below/${stale}`, 24)
  const before = Directory.snapshot(datadir)
  return { datadir, before }
})

const swept = ["..a.b.0123456789abcdef.partial", stale]

const without = (snapshot: Readonly<Record<string, string>>, names: ReadonlyArray<string>) =>
  Object.fromEntries(Object.entries(snapshot).filter(([name]) => !names.includes(name)))

describe("the sweep of a FileStore's directories", () => {
  it.scoped("removes old temporaries and nothing else, and says which", () =>
    Effect.gen(function*() {
      const { before, datadir } = yield* place
      const removed = yield* FileStore.sweep({ datadir }, { olderThan: "12 hours" })
      assert.deepStrictEqual(removed.toSorted(), swept.map((name) => `${datadir}/${name}`))
      assert.deepStrictEqual(Directory.snapshot(datadir), without(before, swept))
      assert.deepStrictEqual(yield* FileStore.sweep({ datadir }, { olderThan: "12 hours" }), [])
    }))

  it.scoped("only says which, if it is a dry run", () =>
    Effect.gen(function*() {
      const { before, datadir } = yield* place
      const found = yield* FileStore.sweep({ datadir }, { olderThan: "12 hours", dryRun: true })
      assert.deepStrictEqual(found.toSorted(), swept.map((name) => `${datadir}/${name}`))
      assert.deepStrictEqual(Directory.snapshot(datadir), before)
    }))

  it.scoped("goes by the age that was asked for", () =>
    Effect.gen(function*() {
      const { datadir } = yield* place
      assert.deepStrictEqual(yield* FileStore.sweep({ datadir }, { olderThan: "25 hours" }), [])
      const all = yield* FileStore.sweep({ datadir }, { olderThan: "59 minutes", dryRun: true })
      assert.deepStrictEqual(all.toSorted(), [...swept, young].map((name) => `${datadir}/${name}`))
    }))

  it.scoped("leaves an upload alone that still goes on", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const store = yield* FileStore.make({ datadir })
      yield* TestClock.setTime(Date.now())
      const sweeping = Stream.tap(Image.pieces(content, 1), () =>
        Effect.map(FileStore.sweep({ datadir }, { olderThan: "1 hours" }), (removed) => {
          assert.deepStrictEqual(removed, [])
        }))
      const { uri } = yield* store.add("image", sweeping)
      assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, content)
    }))

  it.scoped("goes through all of the directories", () =>
    Effect.gen(function*() {
      const { datadir } = yield* place
      const other = yield* place
      const removed = yield* FileStore.sweep({ datadirs: [datadir, `${other.datadir}:5`] }, { olderThan: "12 hours" })
      assert.sameMembers(
        removed.slice(),
        [datadir, other.datadir].flatMap((path) => swept.map((name) => `${path}/${name}`))
      )
    }))

  it.scoped("does not mind a temporary that goes away meanwhile", () =>
    Effect.gen(function*() {
      const { datadir } = yield* place
      for (const name of ["lstat", "unlink"] as const) {
        const faults = Faults.make()
        faults.obey(Faults.failing("ENOENT", (call) => call.name === name && call.args[0] === `${datadir}/${stale}`))
        yield* faults.inject(FileStore.sweep({ datadir }, { olderThan: "12 hours" }))
        assert.isTrue(fs.existsSync(`${datadir}/${stale}`))
      }
      assert.isFalse(fs.existsSync(`${datadir}/${swept[0]}`))
    }))

  it.scoped("fails with what the operating system says, or with what is wrong with the options", () =>
    Effect.gen(function*() {
      const { datadir } = yield* place
      const absent = yield* Effect.flip(FileStore.sweep({ datadir: `${datadir}/absent` }, { olderThan: 0 }))
      assert.deepInclude(absent, { _tag: "BackendException", operation: "sweep" })
      const wrong = yield* Effect.flip(FileStore.sweep({ datadir: "" }, { olderThan: 0 }))
      assert.strictEqual(wrong._tag, "BadStoreConfiguration")
      const faults = Faults.make()
      faults.obey(Faults.failing("EACCES", Faults.named("unlink")))
      const denied = yield* Effect.flip(faults.inject(FileStore.sweep({ datadir }, { olderThan: 0 })))
      assert.nestedInclude(denied, { "cause.code": "EACCES" })
    }))

  it.scoped("is made with the store, if that is wanted", () =>
    Effect.gen(function*() {
      const { before, datadir } = yield* place
      yield* FileStore.make({ datadir })
      assert.deepStrictEqual(Directory.snapshot(datadir), before)
      yield* FileStore.make({ datadir, sweepAfterHours: 12 })
      assert.deepStrictEqual(Directory.snapshot(datadir), without(before, swept))
      yield* FileStore.make({ datadir, sweepAfterHours: 0.5 })
      assert.deepStrictEqual(Directory.snapshot(datadir), without(before, [...swept, young]))
    }))

  it.scoped("that fails when the store is made is a warning", () =>
    Effect.gen(function*() {
      const { datadir } = yield* place
      const faults = Faults.make()
      const warnings = Warnings.make()
      faults.obey(Faults.failing("EIO", Faults.named("readdir")))
      const store = yield* FileStore.make({ datadir, sweepAfterHours: 12 }).pipe(faults.inject, warnings.listen)
      assert.strictEqual(warnings.messages().length, 1)
      yield* store.add("usable", Stream.make(content))
    }))
})
