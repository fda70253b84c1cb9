import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as FileStore from "../src/FileStore.js"
import type * as Store from "../src/Store.js"
import * as Directory from "./internal/file/Directory.js"
import { identities } from "./internal/file/identities.js"
import * as Image from "./internal/file/Image.js"
import * as Warnings from "./internal/file/Warnings.js"

/** A data directory in a directory of the test's own, and a metadata file beside it. */
const place = Effect.map(Directory.make, (root) => {
  const metadataFile = `${root}/metadata.json`
  return {
    root,
    datadir: `${root}/images`,
    metadataFile,
    write: (content: unknown) => fs.writeFileSync(metadataFile, JSON.stringify(content))
  }
})

const add = (store: Store.Store, imageId = "image") => store.add(imageId, Stream.make(Image.text("content")))

for (const { identity, name, stamp } of identities) {
  const metadataOf = (options: FileStore.Options) =>
    Effect.scoped(Effect.flatMap(FileStore.make(options, identity), (store) => add(store))).pipe(
      Effect.map(({ metadata }) => metadata)
    )

  describe(`the metadata file of a FileStore ${name}`, () => {
    it.scoped("has the metadata of images below its mount point", () =>
      Effect.gen(function*() {
        const { root, write, ...options } = yield* place
        const entry = { id: "f0781415-cf81-47cd-8860-b83f9c2a415c", mountpoint: root }
        write([entry, { id: "other", mountpoint: "/elsewhere" }])
        assert.deepStrictEqual(yield* metadataOf(options), { ...entry, ...stamp })
      }))

    it.scoped("may be one object instead of a list", () =>
      Effect.gen(function*() {
        const { root, write, ...options } = yield* place
        const entry = { id: "one", mountpoint: root }
        write(entry)
        assert.deepStrictEqual(yield* metadataOf(options), { ...entry, ...stamp })
      }))

    it.scoped("may have more keys, of strings at any depth", () =>
      Effect.gen(function*() {
        const { root, write, ...options } = yield* place
        const entry = { id: "more", mountpoint: root, hosts: ["a", "b"], deep: { er: [{ still: "text" }] } }
        write([entry])
        assert.deepStrictEqual(yield* metadataOf(options), { ...entry, ...stamp })
      }))

    it.scoped("where no mount point fits leaves the metadata empty", () =>
      Effect.gen(function*() {
        const { datadir, metadataFile, write } = yield* place
        const options = { datadir, metadataFile }
        write([{ id: "one", mountpoint: "/one" }])
        assert.deepStrictEqual(yield* metadataOf(options), stamp)
        fs.rmSync(`${datadir}/image`)
        write([{ id: "one", mountpoint: "/one" }, { id: "two", mountpoint: "/two" }])
        assert.deepStrictEqual(yield* metadataOf(options), stamp)
        fs.rmSync(`${datadir}/image`)
        write([])
        assert.deepStrictEqual(yield* metadataOf(options), stamp)
      }))

    it.scoped("yields to the store's id", () =>
      Effect.gen(function*() {
        const { root, write, ...options } = yield* place
        write({ id: "x", mountpoint: root, store: "of the file" })
        assert.strictEqual((yield* metadataOf(options))["store"], identity?.id ?? "of the file")
      }))
  })
}

describe("the metadata file of a FileStore", () => {
  it.scoped("compares mount points by whole names, and the longest that fits wins", () =>
    Effect.gen(function*() {
      const { metadataFile, root, write } = yield* place
      write([
        { id: "root", mountpoint: root },
        { id: "a", mountpoint: `${root}/a` },
        { id: "slash", mountpoint: `${root}/slash/` }
      ])
      const idOf = (datadir: string) =>
        Effect.scoped(Effect.flatMap(FileStore.make({ datadir, metadataFile }), (store) => add(store))).pipe(
          Effect.map(({ metadata }) => metadata["id"])
        )
      assert.strictEqual(yield* idOf(`${root}/a`), "a")
      assert.strictEqual(yield* idOf(`${root}/a/b`), "a")
      assert.strictEqual(yield* idOf(`${root}/ab`), "root")
      assert.strictEqual(yield* idOf(`${root}/slash`), "slash")
      assert.strictEqual(yield* idOf(`${root}/slashed`), "root")

      write({ id: "a", mountpoint: `${root}/a` })
      assert.strictEqual(yield* idOf(`${root}/abc`), undefined)
      write({ id: "everything", mountpoint: "/" })
      assert.strictEqual(yield* idOf(`${root}/abcd`), "everything")
    }))

  it.scoped("is read when the store is made: what becomes of it later changes nothing", () =>
    Effect.gen(function*() {
      const { root, write, ...options } = yield* place
      write({ id: "early", mountpoint: root })
      const store = yield* FileStore.make(options)
      write({ id: "late", mountpoint: root })
      assert.strictEqual((yield* add(store, "one")).metadata["id"], "early")
      fs.rmSync(options.metadataFile)
      assert.strictEqual((yield* add(store, "two")).metadata["id"], "early")
    }))

  it.scoped("is no shared object: who changes the metadata of one image changes no other's", () =>
    Effect.gen(function*() {
      const { root, write, ...options } = yield* place
      write({ id: "shared", mountpoint: root, hosts: ["a"] })
      const store = yield* FileStore.make(options, { id: "file1" })
      const first = (yield* add(store, "one")).metadata
      // The type says readonly; what it does not say is that a caller in JavaScript keeps to it.
      const open = first as { id: unknown; hosts: Array<string> }
      open.id = "changed"
      open.hosts.push("b")
      const second = (yield* add(store, "two")).metadata
      assert.notStrictEqual(second, first)
      assert.deepStrictEqual(second, { id: "shared", mountpoint: root, hosts: ["a"], store: "file1" })
    }))

  it.scoped("is named in a log where none of its mount points fits", () =>
    Effect.gen(function*() {
      const warnings = Warnings.make()
      const { datadir, metadataFile, write } = yield* place
      write([{ id: "one", mountpoint: "/one" }])
      yield* warnings.listen(Effect.flatMap(FileStore.make({ datadir, metadataFile }), (store) => add(store)))
      assert.strictEqual(warnings.messages().length, 1)
      assert.include(warnings.messages()[0], datadir)
    }))

  const entry = { id: "asdf1234", mountpoint: "/tmp" }
  const invalid: ReadonlyArray<readonly [name: string, content: string]> = [
    ["a number in an extra key", JSON.stringify({ ...entry, dangerous: 10 })],
    ["null in an extra key", JSON.stringify({ ...entry, dangerous: null })],
    ["true deep in an extra key", JSON.stringify({ ...entry, dangerous: { list: ["text", true] } })],
    ["no id", JSON.stringify({ mountpoint: "/tmp" })],
    ["no mount point", JSON.stringify({ id: "asdf1234" })],
    ["an id that is a number", JSON.stringify({ ...entry, id: 1234 })],
    ["a mount point that is a number", JSON.stringify({ ...entry, mountpoint: 1234 })],
    ["a list whose second has no id", JSON.stringify([entry, { mountpoint: "/tmp" }])],
    ["a list whose first has no mount point", JSON.stringify([{ id: "asdf1234" }, entry])],
    ["a list whose second has a numeric id", JSON.stringify([entry, { ...entry, id: 1234 }])],
    ["a list whose first has a numeric mount point", JSON.stringify([{ ...entry, mountpoint: 1234 }, entry])],
    ["a list with more than objects in it", JSON.stringify([entry, "text"])],
    ["a list in a list", JSON.stringify([[entry]])],
    ["a number", "5"],
    ["null", "null"],
    ["a text", "\"x\""],
    ["nothing", ""],
    ["broken JSON", "{"]
  ]
  for (const [[what, content], { identity, name }] of Arr.cartesian(invalid, identities)) {
    it.scoped(`with ${what} is not valid, ${name}`, () =>
      Effect.gen(function*() {
        const { datadir, metadataFile } = yield* place
        fs.writeFileSync(metadataFile, content)
        const error = yield* Effect.flip(FileStore.make({ datadir, metadataFile }, identity))
        assert.strictEqual(error._tag, "BadStoreConfiguration")
        assert.include(error.message, metadataFile)
        assert.include(error.message, "not valid")
      }))
  }

  it.scoped("that is missing or no file could not be accessed", () =>
    Effect.gen(function*() {
      const { datadir, metadataFile, root } = yield* place
      for (const [file, why] of [[metadataFile, "ENOENT"], [root, "EISDIR"], [`${root}\u0000`, ""]] as const) {
        const error = yield* Effect.flip(FileStore.make({ datadir, metadataFile: file }))
        assert.strictEqual(error._tag, "BadStoreConfiguration")
        assert.include(error.message, "accessed")
        assert.include(error.message, why)
      }
    }))
})
