import type { PlatformError } from "@effect/platform/Error"
import { SystemError } from "@effect/platform/Error"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as path from "node:path"
import * as FileStore from "../src/FileStore.js"
import * as Hashing from "../src/Hashing.js"
import * as ImageFile from "../src/ImageFile.js"
import * as MemoryStore from "../src/MemoryStore.js"
import * as Image from "./hashing/Image.js"
import * as Directory from "./internal/file/Directory.js"
import * as Faults from "./internal/file/Faults.js"
import * as Reader from "./internal/file/Reader.js"

const chunk = 1024 * 1024

const large = Image.noise(3 * chunk + 7)

/** Of several times what is read at once into the memory of the hashing threads. */
const huge = Image.noise(3 * Image.slot + 7)

/** A file of a test's own, in a directory of its own. */
const fresh = (bytes: Uint8Array) =>
  Effect.map(Directory.make, (directory) => {
    const file = path.join(directory, "source")
    fs.writeFileSync(file, bytes)
    return { directory, file }
  })

const collected = <E>(data: Stream.Stream<Uint8Array, E>) =>
  Effect.map(Stream.runCollect(data), (chunks) => new Uint8Array(Buffer.concat(Chunk.toReadonlyArray(chunks))))

/** What a failure says of a path, as `FileSystem` would. */
const assertSays = (error: unknown, reason: SystemError["reason"], file: string) => {
  assert.instanceOf(error, SystemError)
  assert.deepInclude(error, { _tag: "SystemError", module: "FileSystem", reason, pathOrDescriptor: file })
}

/** Stores to add to. */
const stores = Effect.gen(function*() {
  return { memory: yield* MemoryStore.make(), file: yield* FileStore.make({ datadir: yield* Directory.make }) }
})

describe("ImageFile.stream", () => {
  it.effect.each([0, 1, chunk - 1, chunk, chunk + 1, 3 * chunk])(
    "is the whole of a file of %i bytes",
    (size) =>
      Effect.scoped(Effect.gen(function*() {
        const bytes = Image.noise(size)
        const { directory, file } = yield* fresh(bytes)
        const data = ImageFile.stream(file)
        Image.assertSame(yield* collected(data), bytes)
        assert.deepStrictEqual(Directory.openFiles(directory), [])
      }))
  )

  it.scoped("gives chunks that are the reader's own, to keep and to write on", () =>
    Effect.gen(function*() {
      const { file } = yield* fresh(large)
      const copies: Array<Uint8Array> = []
      const chunks = yield* ImageFile.stream(file).pipe(
        Stream.tap((bytes) =>
          Effect.sync(() => {
            copies.push(bytes.slice())
            bytes.fill(copies.length)
          })
        ),
        Stream.runCollect
      )
      Image.assertSame(Buffer.concat(copies), large)
      for (const [index, bytes] of Chunk.toReadonlyArray(chunks).entries()) {
        assert.isTrue(bytes.every((byte) => byte === index + 1))
      }
      Image.assertSame(fs.readFileSync(file), large)
    }))

  it.scoped("opens the file when it is run, and each time it is", () =>
    Effect.gen(function*() {
      const { directory, file } = yield* fresh(Image.noise(10))
      const data = ImageFile.stream(file)
      assert.deepStrictEqual(Directory.openFiles(directory), [])
      fs.writeFileSync(file, large)
      Image.assertSame(yield* collected(data), large)
      const small = Image.noise(5, 1)
      fs.writeFileSync(file, small)
      Image.assertSame(yield* collected(data), small)
      const twice = yield* Effect.all([collected(data), collected(data)], { concurrency: 2 })
      for (const bytes of twice) Image.assertSame(bytes, small)
    }))

  it.scoped("ends where the file ends by then, if it grows or shrinks meanwhile", () =>
    Effect.gen(function*() {
      const growing = yield* fresh(large)
      const more = Image.noise(1000, 1)
      let isFirst = true
      const grown = yield* collected(Stream.tap(ImageFile.stream(growing.file), () =>
        Effect.sync(() => {
          if (isFirst) fs.appendFileSync(growing.file, more)
          isFirst = false
        })))
      Image.assertSame(grown, Buffer.concat([large, more]))
      const shrinking = yield* fresh(large)
      const shrunk = yield* collected(
        Stream.tap(
          ImageFile.stream(shrinking.file),
          () => Effect.sync(() => fs.truncateSync(shrinking.file, chunk + 5))
        )
      )
      Image.assertSame(shrunk, large.subarray(0, chunk + 5))
    }))

  it.scoped("fails as FileSystem does, where there is no file to read", () =>
    Effect.gen(function*() {
      const { directory, file } = yield* fresh(large)
      const missing = path.join(directory, "missing")
      assertSays(yield* Effect.flip(collected(ImageFile.stream(missing))), "NotFound", missing)
      assertSays(yield* Effect.flip(collected(ImageFile.stream(directory))), "BadResource", directory)
      const below = path.join(file, "below")
      assertSays(yield* Effect.flip(collected(ImageFile.stream(below))), "BadResource", below)
      const loop = path.join(directory, "loop")
      fs.symlinkSync(loop, loop)
      assertSays(yield* Effect.flip(collected(ImageFile.stream(loop))), "BadResource", loop)
      const nul = `${file}\0`
      assertSays(yield* Effect.flip(collected(ImageFile.stream(nul))), "Unknown", nul)
      assert.deepStrictEqual(Directory.openFiles(directory), [])
    }))

  it.scoped("fails, and closes the file, where it cannot be read any further", () =>
    Effect.gen(function*() {
      const { directory, file } = yield* fresh(large)
      const faults = Faults.make()
      const third = Faults.nth(2)
      faults.obey(Faults.failing("EIO", (call) => call.name === "read" && third()))
      const read: Array<number> = []
      const error = yield* ImageFile.stream(file).pipe(
        Stream.runForEach((bytes) => Effect.sync(() => read.push(bytes.length))),
        faults.inject,
        Effect.flip
      )
      assertSays(error, "Unknown", file)
      assert.deepStrictEqual(read, [chunk, chunk])
      assert.deepStrictEqual(Directory.openFiles(directory), [])
    }))

  it.scoped("closes the file for a reader that stops early, fails or is interrupted", () =>
    Effect.gen(function*() {
      const { directory, file } = yield* fresh(large)
      const data = ImageFile.stream(file)
      const isOpen = Effect.sync(() => assert.deepStrictEqual(Directory.openFiles(directory), [file]))
      yield* Stream.runDrain(Stream.take(Stream.tap(data, () => isOpen), 1))
      assert.deepStrictEqual(Directory.openFiles(directory), [])
      const own = yield* Effect.flip(Stream.runForEach(data, () => Effect.zipRight(isOpen, Effect.fail("own"))))
      assert.strictEqual(own, "own")
      assert.deepStrictEqual(Directory.openFiles(directory), [])
      const begun = yield* Deferred.make<void>()
      const reading = yield* Effect.fork(
        Stream.runForEach(data, () => Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never))
      )
      yield* Deferred.await(begun)
      yield* isOpen
      yield* Fiber.interrupt(reading)
      assert.deepStrictEqual(Directory.openFiles(directory), [])
    }))

  it("fails with what FileSystem's stream fails with", () => {
    expectTypeOf<Stream.Stream.Error<ReturnType<typeof ImageFile.stream>>>().toEqualTypeOf<PlatformError>()
    expectTypeOf<Stream.Stream.Context<ReturnType<typeof ImageFile.stream>>>().toEqualTypeOf<never>()
  })
})

it.layer(Hashing.layerWorkers({ threads: 2 }))("An image that is added from an ImageFile.stream", (it) => {
  it.scoped.each([0, 1, 100_000, Image.threshold, large.length])(
    "of %i bytes is stored whole",
    (size) =>
      Effect.gen(function*() {
        const bytes = Image.noise(size)
        const { directory, file } = yield* fresh(bytes)
        const inThread = yield* Effect.provide(stores, Hashing.layerInThread)
        for (const store of [...Object.values(yield* stores), ...Object.values(inThread)]) {
          for (const options of [{}, { size: bytes.length }]) {
            const data = ImageFile.stream(file)
            const result = yield* store.add(`image ${options.size}`, data, { ...options, hashingAlgo: "sha256" })
            yield* Image.assertStored(store, bytes, result, "sha256")
          }
        }
        assert.deepStrictEqual(Directory.openFiles(directory), [])
      })
  )

  it.scoped("through operators of Stream is an ordinary stream's", () =>
    Effect.gen(function*() {
      const { directory, file } = yield* fresh(large)
      const { memory } = yield* stores
      const changed = Stream.map(ImageFile.stream(file), (bytes) => bytes.map((byte) => byte ^ 0xff))
      yield* Image.assertStored(memory, large.map((byte) => byte ^ 0xff), yield* memory.add("changed", changed))
      let seen = 0
      const tapped = Stream.tap(ImageFile.stream(file), (bytes) => Effect.sync(() => seen += bytes.length))
      yield* Image.assertStored(memory, large, yield* memory.add("tapped", tapped))
      assert.strictEqual(seen, large.length)
      const part = Stream.take(ImageFile.stream(file), 2)
      yield* Image.assertStored(memory, large.subarray(0, 2 * chunk), yield* memory.add("part", part))
      assert.deepStrictEqual(Directory.openFiles(directory), [])
    }))

  it.scoped("that is not there, or cannot be read to its end, is not stored, and the error is the file's", () =>
    Effect.gen(function*() {
      const { directory, file } = yield* fresh(huge)
      const faults = Faults.make()
      const third = Faults.nth(2)
      faults.obey(Faults.failing("EIO", (call) => call.name === "read" && third()))
      for (const store of Object.values(yield* stores)) {
        const vanished = ImageFile.stream(file)
        fs.renameSync(file, `${file} elsewhere`)
        assertSays(yield* Effect.flip(store.add("image", vanished, { size: huge.length })), "NotFound", file)
        fs.renameSync(`${file} elsewhere`, file)
      }
      const { memory } = yield* stores
      assertSays(yield* Effect.flip(faults.inject(memory.add("image", ImageFile.stream(file)))), "Unknown", file)
      assert.strictEqual((yield* Effect.flip(Reader.read(memory, "memory://image")))._tag, "ImageNotFound")
      assert.deepStrictEqual(Directory.openFiles(directory), [])
    }))

  it.scoped("that changes while it is added is as large as it was found, or a SizeMismatch", () =>
    Effect.gen(function*() {
      const { file } = yield* fresh(huge)
      const { memory } = yield* stores
      const truncating = { update: () => Effect.sync(() => fs.truncateSync(file, chunk)) }
      const result = yield* memory.add("shrunk", ImageFile.stream(file), { verifier: truncating })
      // What was being read ahead was read, or was not there any more.
      assert.isBelow(result.size, huge.length)
      yield* Image.assertStored(memory, huge.subarray(0, result.size), result)
      const growing = { update: () => Effect.sync(() => fs.appendFileSync(file, "more")) }
      const options = { size: result.size, verifier: growing }
      const error = yield* Effect.flip(memory.add("grown", ImageFile.stream(file), options))
      assert.strictEqual(error._tag, "SizeMismatch")
    }))

  it.scoped("whose add is interrupted leaves no file open", () =>
    Effect.gen(function*() {
      const { directory, file } = yield* fresh(large)
      for (const store of Object.values(yield* stores)) {
        const begun = yield* Deferred.make<void>()
        const halt = { update: () => Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never) }
        const add = yield* Effect.fork(store.add("image", ImageFile.stream(file), { verifier: halt }))
        yield* Deferred.await(begun)
        assert.deepStrictEqual(Directory.openFiles(directory), [file])
        yield* Fiber.interrupt(add)
        assert.deepStrictEqual(Directory.openFiles(directory), [])
      }
    }))
})
