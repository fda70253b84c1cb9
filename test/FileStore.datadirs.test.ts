import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as FileStore from "../src/FileStore.js"
import type * as Store from "../src/Store.js"
import * as Directory from "./internal/file/Directory.js"
import * as Faults from "./internal/file/Faults.js"
import { identities } from "./internal/file/identities.js"
import * as Image from "./internal/file/Image.js"
import * as Reader from "./internal/file/Reader.js"
import * as Warnings from "./internal/file/Warnings.js"

const content = Image.text("content")

/** Two directories, and calls of which `statfs` tells what a test wants. */
const two = Effect.gen(function*() {
  const root = yield* Directory.make
  const faults = Faults.make()
  const directories = { a: `${root}/a`, b: `${root}/b` }
  return {
    ...directories,
    root,
    faults,
    /** The free bytes of the directories; those of the others are many. */
    report: (free: { readonly a: number; readonly b: number }) =>
      faults.obey((call) => {
        if (call.name !== "statfs") return call.proceed()
        const bytes = String(call.args[0]).startsWith(directories.a) ? free.a : free.b
        call.succeed({ type: 0, bsize: 1, blocks: 1e12, bfree: 1e12, bavail: bytes, files: 0, ffree: 0 })
      })
  }
})

const where = (added: Store.AddResult) => added.uri.split("/").at(-2)

for (const { identity, name, stamp } of identities) {
  describe(`the data directories of a FileStore ${name}`, () => {
    it.scoped("the greatest priority takes the image", () =>
      Effect.gen(function*() {
        const { a, b } = yield* two
        const image = Image.noise(5 * 1024)
        const store = yield* FileStore.make({ datadir: "", datadirs: [`${a}:100`, `${b}:200`] }, identity)
        const added = yield* store.add("image", Stream.make(image), { hashingAlgo: "sha256", size: image.length })
        assert.deepStrictEqual(added, {
          uri: `file://${b}/image`,
          size: 5 * 1024,
          checksum: Image.md5(image),
          multihash: Image.sha256(image),
          metadata: stamp
        })
        assert.deepStrictEqual((yield* Reader.read(store, added.uri)).bytes, image)
        assert.deepStrictEqual(Directory.list(a), [])
      }))

    it.scoped("one that is named twice with one priority counts once", () =>
      Effect.gen(function*() {
        const { a, b } = yield* two
        const warnings = Warnings.make()
        const store = yield* warnings.listen(
          FileStore.make({ datadirs: [`${a}:100`, `${b}:200`, `${a}:100`] }, identity)
        )
        const added = yield* store.add("image", Stream.make(content))
        assert.strictEqual(where(added), "b")
        assert.deepStrictEqual((yield* Reader.read(store, added.uri)).bytes, content)
        assert.strictEqual(warnings.messages().length, 1)
        assert.include(warnings.messages()[0], a)
      }))

    it.scoped("a full store is StorageFull before a byte is read", () =>
      Effect.gen(function*() {
        const { a, b, faults, report, root } = yield* two
        const store = yield* faults.inject(FileStore.make({ datadirs: [`${a}:100`, `${b}:200`] }, identity))
        report({ a: 0, b: 0 })
        const source = Image.counted(Image.noise(5120), 1024)
        const error = yield* Effect.flip(store.add("image", source.data, { size: 5120 }))
        assert.deepInclude(error, { _tag: "StorageFull", store: identity?.id ?? "file" })
        assert.include(error.message, "5120")
        assert.strictEqual(source.pulled(), 0)
        assert.deepStrictEqual(Directory.list(root), ["a", "b"])
      }))
  })
}

describe("the priorities of a FileStore's data directories", () => {
  const orders: ReadonlyArray<readonly [a: string, b: string, taken: string]> = [
    [":1", ":2", "b"],
    [":2", ":1", "a"],
    [":-5", ": 3 ", "b"],
    [":-5", ":-6", "a"],
    [":+5", ":4", "a"],
    ["", ":-1", "a"],
    [":", ":-1", "a"],
    [":", ":1", "b"],
    [" : 10", ":9", "a"]
  ]
  for (const [a, b, taken] of orders) {
    it.scoped(`of "/a${a}" and "/b${b}" takes ${taken}`, () =>
      Effect.gen(function*() {
        const directories = yield* two
        const store = yield* FileStore.make({ datadirs: [`${directories.a}${a}`, `${directories.b}${b}`] })
        assert.strictEqual(where(yield* store.add("image", Stream.make(content))), taken)
      }))
  }

  it.scoped("a path may have colons, if a priority follows", () =>
    Effect.gen(function*() {
      const { root } = yield* two
      const store = yield* FileStore.make({ datadirs: [`${root}/with:colon:7`] })
      assert.strictEqual((yield* store.add("image", Stream.make(content))).uri, `file://${root}/with:colon/image`)
    }))

  it.scoped("has to be a whole number, and the refusal shows what was given", () =>
    Effect.gen(function*() {
      const { a, root } = yield* two
      for (const priority of ["x", "1.5", "1_000", "0x10", "1e3", "--1", "high priority"]) {
        const error = yield* Effect.flip(FileStore.make({ datadirs: [`${a}:${priority}`] }))
        assert.strictEqual(error._tag, "BadStoreConfiguration")
        assert.include(error.message, priority)
      }
      for (const pathless of [":5", " :5", ":", ""]) {
        const error = yield* Effect.flip(FileStore.make({ datadirs: [pathless] }))
        assert.strictEqual(error._tag, "BadStoreConfiguration")
      }
      assert.deepStrictEqual(Directory.list(root), [])
    }))

  it.scoped("two of one directory are refused, however it is written", () =>
    Effect.gen(function*() {
      const { a, b, root } = yield* two
      fs.mkdirSync(a)
      fs.symlinkSync(a, `${root}/link`)
      for (const twin of [a, `${a}/`, `${root}/./a`, `${b}/../a`, `${root}/link`]) {
        for (const { identity } of identities) {
          const options = { datadirs: [`${a}:100`, `${b}:200`, `${twin}:300`] }
          const error = yield* Effect.flip(FileStore.make(options, identity))
          assert.strictEqual(error._tag, "BadStoreConfiguration")
          assert.include(error.message, "multiple times")
        }
      }
    }))
})

describe("the free space of a FileStore's data directories", () => {
  it.scoped("equal to the size is enough", () =>
    Effect.gen(function*() {
      const { a, b, faults, report } = yield* two
      const store = yield* faults.inject(FileStore.make({ datadirs: [`${a}:2`, `${b}:1`] }))
      report({ a: 7, b: 1e9 })
      assert.strictEqual(where(yield* store.add("equal", Stream.make(content), { size: 7 })), "a")
      report({ a: 6, b: 1e9 })
      assert.strictEqual(where(yield* store.add("less", Stream.make(content), { size: 7 })), "b")
    }))

  it.scoped("decides among equal priorities, and a tie goes to the first", () =>
    Effect.gen(function*() {
      const { a, b, faults, report } = yield* two
      const store = yield* faults.inject(FileStore.make({ datadirs: [a, b] }))
      report({ a: 1e6, b: 2e6 })
      assert.strictEqual(where(yield* store.add("larger", Stream.make(content), { size: 7 })), "b")
      assert.strictEqual(where(yield* store.add("larger of unknown size", Stream.make(content))), "b")
      report({ a: 1e6, b: 1e6 })
      assert.strictEqual(where(yield* store.add("tie", Stream.make(content), { size: 7 })), "a")
    }))

  it.scoped("of none still takes an image of unknown size, and an empty one", () =>
    Effect.gen(function*() {
      const { a, b, faults, report } = yield* two
      const store = yield* faults.inject(FileStore.make({ datadirs: [`${a}:2`, `${b}:1`] }))
      report({ a: 0, b: 0 })
      assert.strictEqual(where(yield* store.add("unknown", Stream.make(content))), "a")
      assert.strictEqual(where(yield* store.add("empty", Stream.empty, { size: 0 })), "a")
      const error = yield* Effect.flip(store.add("one", Stream.make(content), { size: 7 }))
      assert.strictEqual(error._tag, "StorageFull")
    }))

  it.scoped("none at all keeps no store from being made", () =>
    Effect.gen(function*() {
      const { a, b, faults, report } = yield* two
      report({ a: 0, b: 0 })
      const store = yield* faults.inject(FileStore.make({ datadirs: [`${a}:2`, `${b}:1`] }, { id: "full" }))
      assert.isTrue(store.capabilities.write)
    }))

  it.scoped("is not looked at where there is one directory, unless some is to be kept", () =>
    Effect.gen(function*() {
      const { a, faults, report } = yield* two
      const store = yield* faults.inject(FileStore.make({ datadir: a }))
      report({ a: 0, b: 0 })
      assert.strictEqual(where(yield* store.add("single", Stream.make(content), { size: 7 })), "a")

      const keeping = yield* faults.inject(FileStore.make({ datadir: a, reserveBytes: 100 }))
      report({ a: 107, b: 0 })
      assert.strictEqual(where(yield* keeping.add("just", Stream.make(content), { size: 7 })), "a")
      report({ a: 106, b: 0 })
      const source = Image.counted(content, 1)
      const error = yield* Effect.flip(keeping.add("over", source.data, { size: 7 }))
      assert.strictEqual(error._tag, "StorageFull")
      assert.strictEqual(source.pulled(), 0)
      assert.deepStrictEqual(Directory.list(a), ["just", "single"])
    }))

  it.scoped("is that of this machine, where nobody says otherwise", () =>
    Effect.gen(function*() {
      const { a, b } = yield* two
      const store = yield* FileStore.make({ datadirs: [`${a}:2`, `${b}:1`] })
      const error = yield* Effect.flip(store.add("huge", Stream.make(content), { size: Number.MAX_SAFE_INTEGER }))
      assert.strictEqual(error._tag, "StorageFull")
      assert.strictEqual(where(yield* store.add("small", Stream.make(content), { size: 7 })), "a")
    }))
})

describe("several data directories of a FileStore", () => {
  it.scoped("have one image of an id, wherever it lies", () =>
    Effect.gen(function*() {
      const { a, b } = yield* two
      const before = yield* FileStore.make({ datadir: a })
      const { uri } = yield* before.add("there", Stream.make(content))
      const store = yield* FileStore.make({ datadirs: [`${a}:1`, `${b}:2`] })
      const source = Image.counted(content, 1)
      const error = yield* Effect.flip(store.add("there", source.data))
      assert.deepInclude(error, { _tag: "DuplicateImage", imageId: "there" })
      assert.strictEqual(source.pulled(), 0)
      assert.deepStrictEqual(Directory.list(b), [])
      assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, content)
      yield* Reader.remove(store, uri)
      assert.deepStrictEqual(Directory.list(a), [])
    }))

  it.scoped("a full one hands the image to the next, and ids stay unique", () =>
    Effect.gen(function*() {
      const { a, b, faults, report } = yield* two
      const store = yield* faults.inject(FileStore.make({ datadirs: [`${a}:1`, `${b}:2`] }))
      report({ a: 1e9, b: 0 })
      assert.strictEqual(where(yield* store.add("moved", Stream.make(content), { size: 7 })), "a")
      report({ a: 1e9, b: 1e9 })
      assert.strictEqual((yield* Effect.flip(store.add("moved", Stream.make(content))))._tag, "DuplicateImage")
      assert.strictEqual(where(yield* store.add("next", Stream.make(content), { size: 7 })), "b")
    }))
})
