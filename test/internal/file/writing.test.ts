import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Stream from "effect/Stream"
import { execFileSync } from "node:child_process"
import * as fs from "node:fs"
import * as FileStore from "../../../src/FileStore.js"
import * as Syscalls from "../../../src/internal/disk/Syscalls.js"
import * as Directory from "./Directory.js"
import * as Faults from "./Faults.js"
import * as Image from "./Image.js"
import * as Reader from "./Reader.js"

describe("the writing of an image file", () => {
  it.scoped("gathers what is small, and writes what is large as it is", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const faults = Faults.make()
      const store = yield* faults.inject(FileStore.make({ datadir, chunkSize: 64 * 1024 }))
      const writes = () => faults.seen().filter(Faults.named("write")).map(({ args }) => args[3])

      faults.obey((call) => call.proceed())
      yield* store.add("small", Stream.rechunk(Image.pieces(Image.noise(200_000), 10), 1))
      assert.deepStrictEqual(writes(), [65536, 65536, 65536, 200_000 - 3 * 65536])

      faults.obey((call) => call.proceed())
      yield* store.add("large", Image.pieces(Image.noise(300_000), 100_000))
      assert.deepStrictEqual(writes(), [100_000, 100_000, 100_000])

      faults.obey((call) => call.proceed())
      yield* store.add("empty", Stream.make(new Uint8Array(), new Uint8Array()))
      assert.deepStrictEqual(writes(), [])
    }))

  it.scoped("is right whatever the sizes of chunks, writes and reads", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const image = Image.noise(1000)
      for (const chunkSize of [1, 7, 100, 999, 1000, 1001, 1 << 20]) {
        const store = yield* FileStore.make({ datadir, chunkSize })
        for (const piece of [1, 3, 99, 100, 101, 500, 1000]) {
          const { checksum, uri } = yield* store.add(`${chunkSize} ${piece}`, Image.pieces(image, piece))
          assert.strictEqual(checksum, Image.md5(image))
          assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, image)
        }
      }
    }))

  const anyCuts = FastCheck.array(FastCheck.integer({ min: 0, max: 50 }), { maxLength: 30 })

  it.scoped.prop("is right whatever the cuts", {
    cuts: anyCuts,
    chunkSize: FastCheck.integer({ min: 1, max: 60 }),
    thinProvisioning: FastCheck.boolean()
  }, ({ chunkSize, cuts, thinProvisioning }) =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const store = yield* FileStore.make({ datadir, chunkSize, thinProvisioning })
      const parts = cuts.map((size, seed) => Image.noise(size, seed + 1))
      const image = Image.concat(...parts)
      const { size, uri } = yield* store.add("image", Stream.fromIterable(parts))
      assert.strictEqual(size, image.length)
      assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, image)
    }), { fastCheck: { numRuns: 60 } })

  it.scoped("has done with a chunk when the next one is asked for", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      for (const [thinProvisioning, chunkSize] of [[false, 64], [false, 10], [true, 64], [true, 7]] as const) {
        const store = yield* FileStore.make({ datadir, thinProvisioning, chunkSize })
        const memory = new Uint8Array(10)
        const image = Image.noise(100)
        const reusing = Stream.map(Image.pieces(image, 10), (piece) => {
          memory.set(piece)
          return memory
        })
        const { uri } = yield* store.add(`${thinProvisioning} ${chunkSize}`, reusing)
        assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, image)
      }
    }))

  it.scoped("goes on where the operating system has written only a part", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const store = yield* Effect.provideService(FileStore.make({ datadir, chunkSize: 64 }), Syscalls.Syscalls, {
        ...Syscalls.node,
        write: (fd, buffer, offset, length, position, callback) =>
          fs.write(fd, buffer, offset, Math.min(length, 3), position, callback),
        read: (fd, buffer, offset, length, position, callback) =>
          fs.read(fd, buffer, offset, Math.min(length, 5), position, callback)
      })
      const image = Image.noise(1000)
      const { uri } = yield* store.add("image", Image.pieces(image, 100))
      assert.deepStrictEqual(new Uint8Array(fs.readFileSync(`${datadir}/image`)), image)
      assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, image)
    }))
})

describe("the reading of an image file", () => {
  it.scoped("gives memory that is the reader's", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const store = yield* FileStore.make({ datadir, chunkSize: 10 })
      const image = Image.noise(100)
      const { uri } = yield* store.add("image", Stream.make(image))
      const { pieces } = yield* Reader.read(store, uri)
      assert.deepStrictEqual(Image.concat(...pieces), image)
      for (const piece of pieces) piece.fill(0)
      assert.strictEqual(new Set(pieces.map(({ buffer }) => buffer)).size, pieces.length)
      assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, image)
    }))

  it.scoped("does not wait for a pipe that somebody put among the images", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const store = yield* FileStore.make({ datadir })
      yield* Effect.sync(() => execFileSync("mkfifo", [`${datadir}/pipe`]))
      const refusals = yield* Reader.refusals(store, `file://${datadir}/pipe`)
      assert.deepStrictEqual(refusals, ["ImageNotFound", "ImageNotFound", "ImageNotFound"])
      assert.strictEqual((yield* Effect.flip(store.add("pipe", Stream.empty)))._tag, "DuplicateImage")
    }))
})
