import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
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

const image = Image.noise(100)
const pieces = Image.pieces(image, 10)

const fresh = (options: FileStore.Options = {}, identity?: Store.Identity) =>
  Effect.gen(function*() {
    const datadir = yield* Directory.make
    const faults = Faults.make()
    const store = yield* faults.inject(FileStore.make({ datadir, chunkSize: 10, ...options }, identity))
    return { datadir, faults, store }
  })

/** What the operating system's refusals are called, where an image is written. */
const ofWriting = {
  ENOSPC: "StorageFull",
  EDQUOT: "StorageFull",
  EFBIG: "StorageFull",
  EACCES: "StorageWriteDenied",
  EPERM: "StorageWriteDenied",
  EROFS: "StorageWriteDenied",
  EIO: "BackendException",
  ENOTDIR: "BackendException",
  ENOENT: "BackendException",
  EISDIR: "BackendException",
  EMFILE: "BackendException",
  ENFILE: "BackendException",
  ESTALE: "BackendException",
  ETIMEDOUT: "BackendException",
  EBUSY: "BackendException"
} as const

describe("an add that the operating system refuses", () => {
  for (const { identity, name: kind } of identities) {
    for (const [code, tag] of Object.entries(ofWriting)) {
      it.scoped(`with ${code} is ${tag} of a store ${kind}`, () =>
        Effect.gen(function*() {
          const { datadir, faults, store } = yield* fresh({}, identity)
          for (const name of ["open", "write", "fsync"] as const) {
            faults.obey(Faults.failing(code, Faults.named(name)))
            const error = yield* Effect.flip(store.add("image", pieces))
            assert.strictEqual(error._tag, tag, name)
            assert.nestedPropertyVal(error, "store", identity?.id ?? "file")
            assert.nestedInclude(error, { "cause.code": code, "cause.syscall": name })
            assert.deepStrictEqual(Directory.list(datadir), [], name)
            assert.deepStrictEqual(Directory.openFiles(datadir), [], name)
          }
          faults.relent()
          yield* store.add("image", pieces)
        }))
    }
  }

  it.scoped("for a name that is too long is an argument's fault", () =>
    Effect.gen(function*() {
      const { faults, store } = yield* fresh()
      faults.obey(Faults.failing("ENAMETOOLONG", Faults.named("open")))
      const error = yield* Effect.flip(store.add("image", pieces))
      assert.include(["InvalidArgument", "BackendException"], error._tag)
    }))

  it.scoped("is not what a source's error of the same code is", () =>
    Effect.gen(function*() {
      const { datadir, store } = yield* fresh()
      for (const code of Object.keys(ofWriting)) {
        const error = Object.assign(new Error(code), { code, syscall: "read" })
        const failing = Stream.concat(pieces, Stream.fail(error))
        assert.strictEqual(yield* Effect.flip(store.add("image", failing)), error)
        assert.deepStrictEqual(Directory.list(datadir), [])
      }
    }))
})

const options: ReadonlyArray<readonly [name: string, options: FileStore.Options]> = [
  ["plainly", {}],
  ["thinly", { thinProvisioning: true }],
  ["with a mode", { filePerm: 640 }],
  ["under a time limit", { timeout: 60 }]
]

for (const [name, wanted] of options) {
  describe(`a single failing call, adding ${name},`, () => {
    const withoutLinks = (call: Faults.Call) => call.name === "link"

    for (const links of [true, false]) {
      it.scoped(`leaves no image, no litter and no open file${links ? "" : ", where there are no links"}`, () =>
        Effect.gen(function*() {
          const { datadir, faults, store } = yield* fresh(wanted)
          const base: Faults.Rule = links ? (call) => call.proceed() : Faults.failing("EPERM", withoutLinks)
          yield* store.add("bystander", pieces)
          faults.obey(base)
          const { uri } = yield* store.add("rehearsal", pieces)
          const calls = faults.seen().map((call) => call.name)
          yield* Reader.remove(store, uri)
          assert.includeMembers(calls, [
            "open",
            "write",
            "fchmod",
            "fsync",
            links ? "link" : "rename",
            "unlink",
            "close"
          ])
          const before = Directory.snapshot(datadir)

          for (const [index, failed] of calls.entries()) {
            for (const code of ["EIO", "ENOSPC"]) {
              const strikes = Faults.nth(index)
              faults.obey((call) => strikes() ? call.fail(code) : base(call))
              const where = `${code} of call ${index}, ${failed}, of ${calls.join(" ")}`
              const result = yield* Effect.either(store.add("image", pieces))
              yield* faults.quiet
              faults.relent()
              assert.deepStrictEqual(Directory.openFiles(datadir), [], where)
              if (result._tag === "Right") {
                assert.deepStrictEqual((yield* Reader.read(store, result.right.uri)).bytes, image, where)
                yield* Reader.remove(store, result.right.uri)
              } else {
                assert.strictEqual(result.left._tag, code === "EIO" ? "BackendException" : "StorageFull", where)
              }
              const after = Directory.snapshot(datadir)
              if (failed === "unlink") {
                // It is the clean-up itself that failed; what may be left is a temporary.
                for (const litter of Object.keys(after).filter((file) => !(file in before))) {
                  assert.match(litter, /^\.image\.[0-9a-f]{16}\.partial$/, where)
                  fs.rmSync(`${datadir}/${litter}`)
                }
              } else {
                assert.deepStrictEqual(after, before, where)
              }
            }
          }
        }))
    }
  })
}

describe("a disk that dies", () => {
  it.scoped("in the middle of an add fails it, and nothing is to be seen of the image", () =>
    Effect.gen(function*() {
      const { datadir, faults, store } = yield* fresh()
      const warnings = Warnings.make()
      faults.obey((call) => call.proceed())
      const { uri } = yield* store.add("rehearsal", pieces)
      const calls = faults.seen().map((call) => call.name)
      yield* Reader.remove(store, uri)
      for (let last = 0; last <= calls.indexOf("link"); last++) {
        let next = 0
        faults.obey((call) => next++ < last || call.name === "close" ? call.proceed() : call.fail("EIO"))
        const error = yield* Effect.flip(warnings.listen(store.add("image", pieces)))
        assert.strictEqual(error._tag, "BackendException")
        assert.notInclude(Directory.list(datadir), "image")
        faults.relent()
      }
      // What could not be cleaned up was said.
      assert.isNotEmpty(warnings.messages())
      for (const left of Directory.list(datadir)) assert.match(left, /^\.image\.[0-9a-f]{16}\.partial$/)
      assert.deepStrictEqual(Directory.openFiles(datadir), [])
      yield* store.add("image", pieces)
    }))

  it.scoped("under an image that is being read is an error there and then", () =>
    Effect.gen(function*() {
      const { datadir, faults, store } = yield* fresh()
      const { uri } = yield* store.add("image", pieces)
      const strikes = Faults.nth(5)
      faults.obey(Faults.failing("EIO", (call) => call.name === "read" && strikes()))
      const read: Array<Uint8Array> = []
      const error = yield* store.get(Reader.location(uri)).pipe(
        Effect.flatMap(({ data }) => Stream.runForEach(data, (piece) => Effect.sync(() => read.push(piece)))),
        Effect.scoped,
        Effect.flip
      )
      assert.deepInclude(error, { _tag: "BackendException", operation: "get" })
      assert.nestedInclude(error, { "cause.code": "EIO" })
      assert.deepStrictEqual(Image.concat(...read), image.slice(0, 50))
      assert.deepStrictEqual(Directory.openFiles(datadir), [])
    }))
})

describe("a read or a delete that the operating system refuses", () => {
  const absent = ["ENOENT", "ENOTDIR", "EISDIR"]
  const denied = ["EACCES", "EPERM", "EROFS"]
  const others = ["EIO", "EBUSY", "EMFILE", "ESTALE", "ETIMEDOUT"]

  for (const [code, { identity, name }] of Arr.cartesian([...absent, ...denied, ...others], identities)) {
    it.scoped(`with ${code} is named for what it means, ${name}`, () =>
      Effect.gen(function*() {
        const { datadir, faults, store } = yield* fresh({}, identity)
        const { uri } = yield* store.add("image", pieces)
        const isAbsent = absent.includes(code)

        faults.obey(Faults.failing(code, Faults.named("open", "lstat", "stat", "fstat")))
        const read = yield* Effect.flip(Reader.read(store, uri))
        assert.deepInclude(read, isAbsent ? { _tag: "ImageNotFound", uri } : { _tag: "BackendException" })
        const sized = yield* Effect.flip(Reader.getSize(store, uri))
        assert.deepInclude(sized, isAbsent ? { _tag: "ImageNotFound", uri } : { _tag: "BackendException" })

        faults.obey(Faults.failing(code, Faults.named("unlink")))
        const deleted = yield* Effect.flip(Reader.remove(store, uri))
        const tag = isAbsent ? "ImageNotFound" : denied.includes(code) ? "StorageDeleteDenied" : "BackendException"
        assert.strictEqual(deleted._tag, tag)
        if (tag !== "ImageNotFound") assert.nestedInclude(deleted, { "cause.code": code })

        faults.relent()
        assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, image)
        assert.deepStrictEqual(Directory.openFiles(datadir), [])
      }))
  }
})
