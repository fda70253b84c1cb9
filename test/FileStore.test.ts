import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as FileStore from "../src/FileStore.js"
import * as Directory from "./internal/file/Directory.js"
import { identities } from "./internal/file/identities.js"
import * as Image from "./internal/file/Image.js"
import * as Reader from "./internal/file/Reader.js"

for (const { identity, name, stamp } of identities) {
  /** A store over one fresh directory, which reads and writes ten bytes at a time. */
  const fresh = Effect.gen(function*() {
    const datadir = yield* Directory.make
    const store = yield* FileStore.make({ datadir, chunkSize: 10 }, identity)
    return { datadir, store }
  })

  const remainder = Image.text("chunk00000remainder")

  describe(`FileStore ${name}`, () => {
    it.scoped("says where the image lies, its size, digests and metadata", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        const bytes = new Uint8Array(5 * 1024).fill("*".charCodeAt(0))
        const added = yield* store.add("stars", Image.pieces(bytes, 1000), { size: 5120, hashingAlgo: "sha256" })
        assert.deepStrictEqual(added, {
          uri: `file://${datadir}/stars`,
          size: 5120,
          checksum: Image.md5(bytes),
          multihash: Image.sha256(bytes),
          metadata: stamp
        })
        assert.deepStrictEqual(Directory.list(datadir), ["stars"])
        const read = yield* Reader.read(store, added.uri)
        assert.strictEqual(read.size, 5120)
        assert.deepStrictEqual(read.bytes, bytes)
      }))

    it.scoped("gives an image back in pieces of the chunk size, and takes a path that begins with two slashes", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        yield* store.add("slashes", Stream.make(remainder))
        const read = yield* Reader.read(store, `file:///${datadir}/slashes`)
        assert.deepStrictEqual(read.pieces.map((piece) => Buffer.from(piece).toString()), ["chunk00000", "remainder"])
        assert.strictEqual(read.size, 19)
        assert.deepStrictEqual((yield* Reader.read(store, `filesystem://${datadir}/slashes`)).bytes, remainder)
        assert.deepStrictEqual((yield* Reader.read(store, `FILE://${datadir}/slashes`)).bytes, remainder)
      }))

    it.scoped("any range is that part of the image", () =>
      Effect.gen(function*() {
        const { store } = yield* fresh
        const { uri } = yield* store.add("ranges", Stream.make(remainder))
        for (let offset = 0; offset <= 19; offset++) {
          for (const length of [undefined, 0, 1, 5, 10, 11, 19, 50]) {
            const read = yield* Reader.read(store, uri, { offset, length })
            const wanted = remainder.slice(offset, length === undefined ? undefined : offset + length)
            assert.deepStrictEqual(read.bytes, wanted, `offset ${offset}, length ${length}`)
            assert.strictEqual(read.size, wanted.length, `offset ${offset}, length ${length}`)
          }
        }
      }))

    it.scoped("the size of a range is what the reader will get", () =>
      Effect.gen(function*() {
        const { store } = yield* fresh
        const { uri } = yield* store.add("abc", Stream.make(Image.text("abc")))
        const read = (offset: number, length?: number) =>
          Effect.map(Reader.read(store, uri, { offset, length }), ({ bytes, size }) => [
            Buffer.from(bytes).toString(),
            size
          ])
        assert.deepStrictEqual(yield* read(1), ["bc", 2])
        assert.deepStrictEqual(yield* read(1, 50), ["bc", 2])
        assert.deepStrictEqual(yield* read(0, 0), ["", 0])
        assert.deepStrictEqual(yield* read(3), ["", 0])
        const beyond = yield* Effect.flip(read(100))
        assert.deepInclude(beyond, { _tag: "RangeBeyondEnd", uri, offset: 100, size: 3 })
        const negative = yield* Effect.flip(read(-1))
        assert.deepInclude(negative, { _tag: "InvalidArgument", argument: "offset", received: "-1" })
        assert.deepInclude(yield* Effect.flip(read(0, -1)), { _tag: "InvalidArgument", argument: "length" })
        assert.deepInclude(yield* Effect.flip(read(0.5)), { _tag: "InvalidArgument", argument: "offset" })
      }))

    it.scoped("an absent image is not found, to read, to size and to delete", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        const uri = `file://${datadir}/absent`
        const missing = { _tag: "ImageNotFound", uri } as const
        assert.deepInclude(yield* Effect.flip(Reader.read(store, uri)), missing)
        assert.deepInclude(yield* Effect.flip(Reader.getSize(store, uri)), missing)
        assert.deepInclude(yield* Effect.flip(Reader.remove(store, uri)), missing)
      }))

    it.scoped("a directory, and what lies below a file, is no image", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        const { uri } = yield* store.add("plain", Stream.make(remainder))
        fs.mkdirSync(`${datadir}/directory`)
        for (const odd of [`file://${datadir}/directory`, `${uri}/below`]) {
          assert.deepStrictEqual(yield* Reader.refusals(store, odd), [
            "ImageNotFound",
            "ImageNotFound",
            "ImageNotFound"
          ])
        }
        for (const odd of [`file://${datadir}`, `file://${datadir}/`]) {
          for (const tag of yield* Reader.refusals(store, odd)) assert.include(["ImageNotFound", "BadStoreUri"], tag)
        }
        assert.deepStrictEqual(Directory.list(datadir), ["directory", "plain"])
      }))

    it.scoped("a source longer than its size is stopped at the first byte too many, and leaves nothing", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        const source = Image.counted(Image.noise(1120), 10)
        const error = yield* Effect.flip(store.add("long", source.data, { size: 1020 }))
        assert.deepInclude(error, { _tag: "SizeMismatch", expected: 1020, actual: 1030 })
        assert.match(error.message, /Size exceeds/)
        assert.strictEqual(source.pulled(), 1030)
        assert.deepStrictEqual(Directory.list(datadir), [])
      }))

    it.scoped("a source shorter than its size is read to its end, and leaves nothing", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        const source = Image.counted(Image.noise(800), 10)
        const error = yield* Effect.flip(store.add("short", source.data, { size: 1000 }))
        assert.deepInclude(error, { _tag: "SizeMismatch", expected: 1000, actual: 800 })
        assert.match(error.message, /Size mismatch/)
        assert.strictEqual(source.pulled(), 800)
        assert.deepStrictEqual(Directory.list(datadir), [])
      }))

    it.scoped("sizes count: unknown is not empty, and empty is an image", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        const empty = yield* store.add("empty", Stream.empty)
        assert.deepInclude(empty, { size: 0, checksum: "d41d8cd98f00b204e9800998ecf8427e" })
        assert.strictEqual((yield* store.add("declared empty", Stream.make(new Uint8Array()), { size: 0 })).size, 0)
        assert.strictEqual(yield* Reader.getSize(store, empty.uri), 0)
        assert.deepStrictEqual((yield* Reader.read(store, empty.uri)).bytes, new Uint8Array())

        const one = yield* Effect.flip(store.add("not empty", Stream.make(Image.text("x")), { size: 0 }))
        assert.deepInclude(one, { _tag: "SizeMismatch", expected: 0, actual: 1 })
        const six = yield* Effect.flip(store.add("six", Image.pieces(Image.text("123456"), 1), { size: 5 }))
        assert.deepInclude(six, { _tag: "SizeMismatch", expected: 5, actual: 6 })
        const four = yield* Effect.flip(store.add("four", Stream.make(Image.text("1234")), { size: 5 }))
        assert.deepInclude(four, { _tag: "SizeMismatch", expected: 5, actual: 4 })
        assert.deepStrictEqual(Directory.list(datadir), ["declared empty", "empty"])
      }))

    it.scoped("a size that is no number of bytes is refused before a byte is read", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        for (const size of [-1, 0.5, NaN, Infinity, 2 ** 53]) {
          const source = Image.counted(remainder, 10)
          const error = yield* Effect.flip(store.add("sized", source.data, { size }))
          assert.deepInclude(error, { _tag: "InvalidArgument", argument: "size" })
          assert.strictEqual(source.pulled(), 0)
        }
        assert.deepStrictEqual(Directory.list(datadir), [])
      }))

    it.scoped("a second image of an id is refused before a byte is read, and the first stays as it was", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        const { uri } = yield* store.add("twice", Stream.make(remainder))
        const before = fs.statSync(`${datadir}/twice`)
        const source = Image.counted(Image.noise(100), 10)
        const error = yield* Effect.flip(store.add("twice", source.data))
        assert.deepInclude(error, { _tag: "DuplicateImage", imageId: "twice", store: identity?.id ?? "file" })
        assert.strictEqual(source.pulled(), 0)
        assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, remainder)
        const after = fs.statSync(`${datadir}/twice`)
        assert.deepStrictEqual([after.ino, after.mtimeMs, after.nlink], [before.ino, before.mtimeMs, 1])
        assert.deepStrictEqual(Directory.list(datadir), ["twice"])
      }))

    it.scoped("the verifier sees the image's bytes", () =>
      Effect.gen(function*() {
        const { store } = yield* fresh
        const bytes = Image.noise(1024)
        const seen: Array<Uint8Array> = []
        yield* store.add("verified", Stream.make(bytes), {
          verifier: { update: (piece) => Effect.sync(() => void seen.push(piece.slice())) }
        })
        assert.deepStrictEqual(Image.concat(...seen), bytes)
      }))

    it.scoped("a source's own error comes back as it was, and leaves nothing", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        const errors: ReadonlyArray<unknown> = [
          "just a text",
          new RangeError("of the source"),
          // What a storage would say: none of it may be taken for the store's.
          Object.assign(new Error("no space left in the source"), { code: "ENOSPC", errno: -28, syscall: "read" }),
          Object.assign(new Error("permission denied in the source"), { code: "EACCES", errno: -13, syscall: "read" }),
          { _tag: "StorageFull" },
          { _tag: "UploadFailed" },
          { _tag: "DuplicateImage" }
        ]
        for (const error of errors) {
          const failing = Stream.concat(Image.pieces(remainder, 10), Stream.fail(error))
          const exit = yield* Effect.exit(store.add("failing", failing))
          assert.deepStrictEqual(exit, Exit.fail(error))
          assert.deepStrictEqual(Directory.list(datadir), [])
        }
      }))

    it.scoped("a deleted image is gone, and its id can be used again", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        const { uri } = yield* store.add("again", Stream.make(remainder))
        yield* Reader.remove(store, uri)
        assert.deepStrictEqual(Directory.list(datadir), [])
        assert.strictEqual((yield* Effect.flip(Reader.read(store, uri)))._tag, "ImageNotFound")
        assert.strictEqual((yield* Effect.flip(Reader.remove(store, uri)))._tag, "ImageNotFound")
        yield* store.add("again", Stream.make(Image.text("second")))
        assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, Image.text("second"))
      }))

    it.scoped("an algorithm that cannot make a multihash is refused before a byte is read", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        for (const hashingAlgo of ["shake_128", "SHA256", "sha-256", "nope"]) {
          const source = Image.counted(remainder, 10)
          const error = yield* Effect.flip(store.add("hashed", source.data, { hashingAlgo }))
          assert.deepInclude(error, { _tag: "UnknownHashingAlgo", algo: hashingAlgo })
          assert.strictEqual(source.pulled(), 0)
        }
        assert.deepStrictEqual(Directory.list(datadir), [])
      }))

    it.scoped("a wrong expected digest leaves nothing", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        const wrong = Image.md5(Image.text("something else"))
        const error = yield* Effect.flip(store.add("wrong", Stream.make(remainder), { expected: { checksum: wrong } }))
        assert.deepInclude(error, { _tag: "DigestMismatch", expected: wrong, actual: Image.md5(remainder) })
        assert.deepStrictEqual(Directory.list(datadir), [])
      }))

    it.scoped("adds, sizes, reads and deletes an image of 32 bytes on a real directory", () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh
        const bytes = Image.noise(32)
        const { size, uri } = yield* store.add("whole way", Stream.make(bytes), { size: 32 })
        assert.strictEqual(size, 32)
        assert.strictEqual(yield* Reader.getSize(store, uri), 32)
        assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, bytes)
        assert.deepStrictEqual(new Uint8Array(fs.readFileSync(`${datadir}/whole way`)), bytes)
        yield* Reader.remove(store, uri)
        assert.deepStrictEqual(Directory.list(datadir), [])
      }))

    it.scoped("has no access lists, and says so", () =>
      Effect.gen(function*() {
        const { store } = yield* fresh
        const { uri } = yield* store.add("acls", Stream.make(remainder))
        const acls = { public: true, readTenants: [], writeTenants: [] }
        const error = yield* Effect.flip(store.setAcls(Reader.location(uri), acls))
        assert.deepInclude(error, { _tag: "NotSupported", operation: "setAcls" })
        assert.deepStrictEqual({ ...store.capabilities }, { read: true, readRange: true, write: true, acls: false })
        assert.deepStrictEqual(store.schemes, ["file", "filesystem"])
      }))
  })
}
