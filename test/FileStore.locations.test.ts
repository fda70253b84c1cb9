import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as path from "node:path"
import * as FileStore from "../src/FileStore.js"
import * as Location from "../src/Location.js"
import * as Directory from "./internal/file/Directory.js"
import * as Image from "./internal/file/Image.js"
import * as Reader from "./internal/file/Reader.js"

const content = Image.text("content")
const secret = Image.text("not an image")

/** `root/images` is the data directory, `root/secret` a file beside it. */
const place = Effect.gen(function*() {
  const root = yield* Directory.make
  const datadir = `${root}/images`
  fs.writeFileSync(`${root}/secret`, secret)
  const store = yield* FileStore.make({ datadir })
  return { root, datadir, store }
})

const all = (tag: string) => [tag, tag, tag]

describe("the ids of a FileStore's images", () => {
  const odd = [
    "a b",
    "ünïcödé ☃ 𝄞",
    "a%20b",
    "a;b",
    "a+b&c=d",
    "a:b",
    "a\\b",
    "'\"`$(x)",
    "-rf",
    "...",
    "..a",
    ".hidden",
    ".partial",
    "x.partial",
    "a.0123456789abcdef.partial",
    ".a.0123456789ABCDEF.partial",
    "con",
    "~",
    "*",
    "[1]",
    "@",
    "user@host",
    "é",
    "e\u0301",
    "x".repeat(229),
    "ü".repeat(114)
  ]
  for (const imageId of odd) {
    it.scoped(`${JSON.stringify(imageId.slice(0, 30))} is one, and its location leads back to it`, () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* place
        const { uri } = yield* store.add(imageId, Stream.make(content))
        assert.strictEqual(uri, `file://${datadir}/${imageId}`)
        assert.deepStrictEqual(Directory.list(datadir), [imageId])
        assert.strictEqual(Location.unsafeUri(Reader.location(uri)), uri)
        assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, content)
        assert.strictEqual((yield* Effect.flip(store.add(imageId, Stream.make(content))))._tag, "DuplicateImage")
        yield* Reader.remove(store, uri)
        assert.deepStrictEqual(Directory.list(datadir), [])
      }))
  }

  const bad = [
    "",
    ".",
    "..",
    "/",
    "/abs",
    "../x",
    "a/b",
    "a/../b",
    "a/",
    "a\u0000",
    "\u0000",
    "a\nb",
    "a\tb",
    "a\u001Fb",
    "a\u007Fb",
    "a?b",
    "a#b",
    " a",
    "a ",
    "\u00A0a",
    "\uD800",
    "a\uDC00b",
    "x".repeat(230),
    "x".repeat(300),
    "ü".repeat(115),
    ".a.0123456789abcdef.partial",
    "..0123456789abcdef.partial"
  ]
  for (const imageId of bad) {
    it.scoped(`${JSON.stringify(imageId.slice(0, 30))} is none`, () =>
      Effect.gen(function*() {
        const { root, store } = yield* place
        const before = Directory.snapshot(root)
        const source = Image.counted(content, 1)
        const error = yield* Effect.flip(store.add(imageId, source.data))
        assert.deepInclude(error, { _tag: "InvalidArgument", argument: "imageId", received: JSON.stringify(imageId) })
        assert.strictEqual(source.pulled(), 0)
        assert.deepStrictEqual(Directory.snapshot(root), before)
      }))
  }

  it.scoped.prop(
    "any text is either a file right below the data directory or refused",
    { imageId: FastCheck.string({ unit: "binary", maxLength: 12 }) },
    ({ imageId }) =>
      Effect.gen(function*() {
        const { datadir, root, store } = yield* place
        const before = Directory.snapshot(root)
        const result = yield* Effect.either(store.add(imageId, Stream.make(content)))
        if (result._tag === "Left") {
          assert.deepInclude(result.left, { _tag: "InvalidArgument", argument: "imageId" })
          assert.deepStrictEqual(Directory.snapshot(root), before)
        } else {
          assert.deepStrictEqual(fs.readdirSync(datadir), [imageId])
          assert.strictEqual(result.right.uri, `file://${datadir}/${imageId}`)
          assert.deepStrictEqual((yield* Reader.read(store, result.right.uri)).bytes, content)
        }
      }),
    { fastCheck: { numRuns: 200 } }
  )

  it.scoped("a link of that name, even to nothing, is an image of that id", () =>
    Effect.gen(function*() {
      const { datadir, root, store } = yield* place
      fs.symlinkSync(`${root}/created`, `${datadir}/dangling`)
      fs.symlinkSync(`${root}/secret`, `${datadir}/leading out`)
      fs.mkdirSync(`${datadir}/directory`)
      const before = Directory.snapshot(root)
      for (const imageId of ["dangling", "leading out", "directory"]) {
        const source = Image.counted(content, 1)
        const error = yield* Effect.flip(store.add(imageId, source.data))
        assert.deepInclude(error, { _tag: "DuplicateImage", imageId })
        assert.strictEqual(source.pulled(), 0)
      }
      assert.deepStrictEqual(Directory.snapshot(root), before)
    }))

  it.scoped("a temporary is never taken for an image", () =>
    Effect.gen(function*() {
      const { datadir, store } = yield* place
      const name = ".image.0123456789abcdef.partial"
      fs.writeFileSync(`${datadir}/${name}`, content)
      for (const tag of yield* Reader.refusals(store, `file://${datadir}/${name}`)) {
        assert.include(["ImageNotFound", "BadStoreUri"], tag)
      }
      assert.deepStrictEqual(Directory.list(datadir), [name])
    }))
})

describe("the locations of a FileStore", () => {
  /** What stands for a path, from a data directory's own. */
  const table: ReadonlyArray<readonly [uri: (datadir: string) => string, outcome: string]> = [
    [(datadir) => `file://${datadir}/a`, "read"],
    [(datadir) => `filesystem://${datadir}/a`, "read"],
    [(datadir) => `FILE://${datadir}/a`, "read"],
    [(datadir) => `FileSystem://${datadir}/a`, "read"],
    [(datadir) => `file:///${datadir}/a`, "read"],
    [(datadir) => `file://${datadir}//a`, "read"],
    [(datadir) => `file://${datadir}/./a`, "read"],
    [(datadir) => `file://${datadir}/a `, "read"],
    [(datadir) => `file://${datadir}/a?query#fragment`, "read"],
    [(datadir) => `file://${datadir}/%61`, "ImageNotFound"],
    [(datadir) => `file://${datadir}/a;b`, "ImageNotFound"],
    [(datadir) => `file://${datadir}/a/`, "ImageNotFound"],
    [(datadir) => `file://${datadir}/a/b`, "ImageNotFound"],
    [(datadir) => `file://${datadir}/b`, "ImageNotFound"],
    [(datadir) => `file://${datadir}/${"x".repeat(300)}`, "ImageNotFound"],
    [(datadir) => `file://${datadir}/../images/a`, "BadStoreUri"],
    [(datadir) => `file://${datadir}/../secret`, "BadStoreUri"],
    [(datadir) => `file://${path.dirname(datadir)}/secret`, "BadStoreUri"],
    [(datadir) => `file://${datadir}x/a`, "BadStoreUri"],
    [(datadir) => `file:///${datadir}/../../../../../../../../etc/passwd`, "BadStoreUri"],
    [() => "file:///etc/passwd", "BadStoreUri"],
    [() => "file:///absent/directory/of/nothing", "BadStoreUri"],
    [() => "file:///", "BadStoreUri"],
    [() => "file:///..", "BadStoreUri"],
    [() => "file://", "BadStoreUri"],
    [() => "file:// ", "BadStoreUri"],
    [() => "file://test", "BadStoreUri"],
    [() => "file://host/path", "BadStoreUri"],
    [(datadir) => `file://localhost${datadir}/a`, "BadStoreUri"],
    [(datadir) => `fake://${datadir}/a`, "BadStoreUri"]
  ]
  for (const [uri, outcome] of table) {
    it.scoped(`${uri("/images").slice(0, 60)} is ${outcome}`, () =>
      Effect.gen(function*() {
        const { datadir, root, store } = yield* place
        fs.writeFileSync(`${datadir}/a`, content)
        const before = Directory.snapshot(root)
        if (outcome === "read") {
          assert.deepStrictEqual((yield* Reader.read(store, uri(datadir))).bytes, content)
          assert.strictEqual(yield* Reader.getSize(store, uri(datadir)), content.length)
          yield* Reader.remove(store, uri(datadir))
          assert.deepStrictEqual(Directory.list(datadir), [])
        } else {
          assert.deepStrictEqual(yield* Reader.refusals(store, uri(datadir)), all(outcome))
          assert.deepStrictEqual(Directory.snapshot(root), before)
        }
      }))
  }

  it.scoped("a name with %, ? or # is what glance_store takes it for: characters, and where the path ends", () =>
    Effect.gen(function*() {
      const { datadir, store } = yield* place
      fs.writeFileSync(`${datadir}/a%20b`, "percent")
      fs.writeFileSync(`${datadir}/a?b`, "question")
      fs.writeFileSync(`${datadir}/a#b`, "hash")
      assert.deepStrictEqual((yield* Reader.read(store, `file://${datadir}/a%20b`)).bytes, Image.text("percent"))
      assert.deepStrictEqual(yield* Reader.refusals(store, `file://${datadir}/a b`), all("ImageNotFound"))
      assert.deepStrictEqual(yield* Reader.refusals(store, `file://${datadir}/a?b`), all("ImageNotFound"))
      assert.deepStrictEqual(yield* Reader.refusals(store, `file://${datadir}/a#b`), all("ImageNotFound"))
    }))

  it.scoped("a link that leads out of the data directories is followed by nobody", () =>
    Effect.gen(function*() {
      const { datadir, root, store } = yield* place
      fs.symlinkSync(`${root}/secret`, `${datadir}/link`)
      fs.symlinkSync(root, `${datadir}/directory`)
      fs.symlinkSync("/etc", `${datadir}/etc`)
      fs.symlinkSync("loop", `${datadir}/loop`)
      const before = Directory.snapshot(root)
      for (const name of ["link", "loop"]) {
        const uri = `file://${datadir}/${name}`
        assert.strictEqual((yield* Effect.flip(Reader.read(store, uri)))._tag, "ImageNotFound")
        assert.strictEqual((yield* Effect.flip(Reader.getSize(store, uri)))._tag, "ImageNotFound")
      }
      for (const name of ["directory/secret", "directory/images/../secret", "etc/passwd", "directory/absent"]) {
        for (const tag of yield* Reader.refusals(store, `file://${datadir}/${name}`)) {
          assert.include(["ImageNotFound", "BadStoreUri"], tag, name)
        }
      }
      assert.deepStrictEqual(Directory.snapshot(root), before)

      // Deleting a link is no more than taking its name away.
      yield* Effect.either(Reader.remove(store, `file://${datadir}/link`))
      assert.strictEqual(fs.readFileSync(`${root}/secret`, "utf8"), "not an image")
    }))

  it.scoped("a link inside the data directories may be a directory's, and is no image", () =>
    Effect.gen(function*() {
      const { datadir, root, store } = yield* place
      fs.mkdirSync(`${datadir}/shelf`)
      fs.writeFileSync(`${datadir}/shelf/image`, content)
      fs.symlinkSync("shelf", `${datadir}/alias`)
      assert.deepStrictEqual((yield* Reader.read(store, `file://${datadir}/shelf/image`)).bytes, content)
      assert.deepStrictEqual((yield* Reader.read(store, `file://${datadir}/alias/image`)).bytes, content)
      assert.deepStrictEqual(Directory.snapshot(root)["images/alias"], "-> shelf")
    }))

  it.scoped("without confinement name any file, relative ones too", () =>
    Effect.gen(function*() {
      const { datadir, root } = yield* place
      const store = yield* FileStore.make({ datadir, confine: false })
      const outside = `file://${root}/secret`
      assert.deepStrictEqual((yield* Reader.read(store, outside)).bytes, secret)
      assert.strictEqual(yield* Reader.getSize(store, outside), secret.length)
      const relative = `file://${path.relative(process.cwd(), `${root}/secret`)}`
      assert.deepStrictEqual((yield* Reader.read(store, relative)).bytes, secret)
      assert.deepStrictEqual((yield* Reader.read(store, `file://${datadir}/../secret`)).bytes, secret)
      assert.deepStrictEqual(yield* Reader.refusals(store, `file://${root}/absent`), all("ImageNotFound"))
      assert.deepStrictEqual(yield* Reader.refusals(store, `file://${root}`), all("ImageNotFound"))
      assert.deepStrictEqual(yield* Reader.refusals(store, "file://"), all("BadStoreUri"))
      yield* Reader.remove(store, outside)
      assert.deepStrictEqual(Directory.list(root), ["images"])
      // What is written stays confined.
      assert.strictEqual((yield* Effect.flip(store.add("../x", Stream.make(content))))._tag, "InvalidArgument")
    }))

  it.scoped("of all the data directories are the store's", () =>
    Effect.gen(function*() {
      const { datadir, root } = yield* place
      const store = yield* FileStore.make({ datadirs: [datadir, `${root}/more`] })
      fs.writeFileSync(`${root}/more/image`, content)
      assert.deepStrictEqual((yield* Reader.read(store, `file://${root}/more/image`)).bytes, content)
      assert.deepStrictEqual(yield* Reader.refusals(store, `file://${root}/secret`), all("BadStoreUri"))
    }))
})
