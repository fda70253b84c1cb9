import type { PlatformError } from "@effect/platform/Error"
import { SystemError } from "@effect/platform/Error"
import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Context from "effect/Context"
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
import type * as Store from "../src/Store.js"
import * as Image from "./hashing/Image.js"
import * as Directory from "./internal/file/Directory.js"
import * as Faults from "./internal/file/Faults.js"
import * as Reader from "./internal/file/Reader.js"

const large = Image.noise(3 * 1024 * 1024 + 7)

/** A directory, and the path of a file in it that is not there. */
const fresh = Effect.map(Directory.make, (directory) => ({ directory, target: path.join(directory, "target") }))

/** A file store with one image, and the path where that lies. */
const storing = (bytes: Uint8Array, options: FileStore.Options = {}) =>
  Effect.gen(function*() {
    const datadir = yield* Directory.make
    const store = yield* FileStore.make({ datadir, ...options })
    const { uri } = yield* store.add("image", Image.streamed(bytes))
    return { datadir, store, uri, file: path.join(datadir, "image") }
  })

const open = (store: Store.Store, uri: string) => Effect.map(store.get(Reader.location(uri)), ({ data }) => data)

/** Gives some bytes, and then stalls; to be interrupted once it has begun to. */
const stalling = Effect.map(Deferred.make<void>(), (stalled) => ({
  data: Stream.concat(
    Image.streamed(large),
    Stream.execute(Effect.zipRight(Deferred.succeed(stalled, undefined), Effect.never))
  ),
  stalled: Deferred.await(stalled)
}))

describe("ImageFile.save", () => {
  it.scoped.each([0, 1, 65_536, 1024 * 1024, large.length])(
    "writes all %i bytes, and says how many",
    (size) =>
      Effect.gen(function*() {
        const bytes = Image.noise(size)
        const { directory, target } = yield* fresh
        assert.strictEqual(yield* ImageFile.save(Image.streamed(bytes), target), bytes.length)
        Image.assertSame(fs.readFileSync(target), bytes)
        const { store, uri } = yield* storing(bytes)
        const again = `${target} again`
        assert.strictEqual(yield* ImageFile.save(yield* open(store, uri), again), bytes.length)
        Image.assertSame(fs.readFileSync(again), bytes)
        assert.deepStrictEqual(Directory.openFiles(directory), [])
      })
  )

  it.scoped("writes the part of an image that was asked for", () =>
    Effect.gen(function*() {
      const { target } = yield* fresh
      const { store, uri } = yield* storing(large)
      const { data } = yield* store.get(Reader.location(uri), { offset: 1000, length: 2_000_000 })
      assert.strictEqual(yield* ImageFile.save(data, target), 2_000_000)
      Image.assertSame(fs.readFileSync(target), large.subarray(1000, 2_001_000))
    }))

  it.scoped("writes over what the file held, and leaves its mode", () =>
    Effect.gen(function*() {
      const { target } = yield* fresh
      fs.writeFileSync(target, large, { mode: 0o600 })
      const bytes = Image.noise(10, 1)
      assert.strictEqual(yield* ImageFile.save(Image.streamed(bytes), target), 10)
      Image.assertSame(fs.readFileSync(target), bytes)
      assert.strictEqual(fs.statSync(target).mode & 0o777, 0o600)
    }))

  it.scoped("goes on where the system has written a part only", () =>
    Effect.gen(function*() {
      const { target } = yield* fresh
      const faults = Faults.make()
      faults.obey((call) => {
        const [fd, bytes, , length] = call.args
        if (call.name !== "write" || typeof fd !== "number" || !(bytes instanceof Uint8Array) || Number(length) < 10) {
          return call.proceed()
        }
        const half = bytes.subarray(0, bytes.length / 2)
        return call.succeed(fs.writeSync(fd, half, 0, half.length, Number(call.args[4])))
      })
      assert.strictEqual(yield* faults.inject(ImageFile.save(Image.streamed(large), target)), large.length)
      Image.assertSame(fs.readFileSync(target), large)
    }))

  it.scoped("keeps the stream's own error, and removes what it has made; a file that was there stays", () =>
    Effect.gen(function*() {
      const { directory, target } = yield* fresh
      const data = Stream.concat(Image.streamed(large), Stream.fail({ _tag: "Own" as const }))
      assert.deepStrictEqual(yield* Effect.flip(ImageFile.save(data, target)), { _tag: "Own" })
      assert.deepStrictEqual(Directory.list(directory), [])
      fs.writeFileSync(target, "before")
      assert.deepStrictEqual(yield* Effect.flip(ImageFile.save(data, target)), { _tag: "Own" })
      assert.deepStrictEqual(Directory.list(directory), ["target"])
      assert.deepStrictEqual(Directory.openFiles(directory), [])
    }))

  it.scoped("lets a defect of the stream pass, and removes what it has made", () =>
    Effect.gen(function*() {
      const { directory, target } = yield* fresh
      const data = Stream.concat(Image.streamed(large), Stream.die("a defect"))
      const defect = yield* Effect.catchAllDefect(Effect.flip(ImageFile.save(data, target)), Effect.succeed)
      assert.strictEqual(defect, "a defect")
      assert.deepStrictEqual(Directory.list(directory), [])
    }))

  it.scoped("removes what it has made, if it is interrupted; a file that was there stays", () =>
    Effect.gen(function*() {
      const { directory, target } = yield* fresh
      for (const names of [[], ["target"]]) {
        if (names.length > 0) fs.writeFileSync(target, "before")
        const { data, stalled } = yield* stalling
        const saving = yield* Effect.fork(ImageFile.save(data, target))
        yield* stalled
        assert.deepStrictEqual(Directory.openFiles(directory), [target])
        yield* Fiber.interrupt(saving)
        assert.deepStrictEqual(Directory.list(directory), names)
        assert.deepStrictEqual(Directory.openFiles(directory), [])
      }
    }))

  it.scoped("fails as FileSystem does, where the file cannot be made or written", () =>
    Effect.gen(function*() {
      const { directory, target } = yield* fresh
      const says = (error: unknown, reason: SystemError["reason"], file: string) => {
        assert.instanceOf(error, SystemError)
        assert.deepInclude(error, { _tag: "SystemError", module: "FileSystem", reason, pathOrDescriptor: file })
      }
      const nowhere = path.join(directory, "missing", "target")
      says(yield* Effect.flip(ImageFile.save(Image.streamed(large), nowhere)), "NotFound", nowhere)
      says(yield* Effect.flip(ImageFile.save(Image.streamed(large), directory)), "BadResource", directory)
      const faults = Faults.make()
      faults.obey(Faults.failing("ENOSPC", Faults.named("write")))
      const full = yield* Effect.flip(faults.inject(ImageFile.save(Image.streamed(large), target)))
      says(full, "Unknown", target)
      assert.include(String(full), "ENOSPC")
      assert.deepStrictEqual(Directory.list(directory), [])
      assert.deepStrictEqual(Directory.openFiles(directory), [])
    }))

  it.scoped("fails where the system says only at the end that the bytes were not written", () =>
    Effect.gen(function*() {
      const { directory, target } = yield* fresh
      const faults = Faults.make()
      faults.obey(Faults.failing("EIO", Faults.named("close")))
      const error = yield* Effect.flip(faults.inject(ImageFile.save(Image.streamed(large), target)))
      assert.instanceOf(error, SystemError)
      assert.include(String(error), "EIO")
      assert.deepStrictEqual(Directory.list(directory), [])
    }))

  it.scoped("of an image that was cut off says so, and leaves no file", () =>
    Effect.gen(function*() {
      const { directory, target } = yield* fresh
      const { file, store, uri } = yield* storing(large)
      const data = yield* open(store, uri)
      fs.truncateSync(file, 100)
      const error = yield* Effect.flip(ImageFile.save(data, target))
      assert.deepInclude(error, { _tag: "ImageTruncated", uri, expected: large.length, actual: 100 })
      assert.deepStrictEqual(Directory.list(directory), [])
    }))

  it("has the errors and the requirements of the stream", () => {
    class Own extends Context.Tag("test/ImageFile/Own")<Own, string>() {}
    const save = (data: Stream.Stream<Uint8Array, "own", Own>) => ImageFile.save(data, "target")
    expectTypeOf(save).returns.toEqualTypeOf<Effect.Effect<number, "own" | PlatformError, Own>>()
  })
})

it.layer(Hashing.layerWorkers({ threads: 2 }))("An image that is copied from one store to another", (it) => {
  it.scoped.each([0, 1000, Image.threshold, large.length])(
    "is the same, of %i bytes",
    (size) =>
      Effect.gen(function*() {
        const bytes = Image.noise(size)
        const { datadir, store, uri } = yield* storing(bytes)
        const memory = yield* MemoryStore.make()
        const other = yield* FileStore.make({ datadir: yield* Directory.make, thinProvisioning: true })
        for (const to of [memory, other]) {
          for (const options of [{}, { size: bytes.length }]) {
            const copying = Effect.flatMap(
              open(store, uri),
              (data) => to.add(`copy ${options.size}`, data, { ...options, hashingAlgo: "sha256" })
            )
            yield* Image.assertStored(to, bytes, yield* Effect.scoped(copying), "sha256")
          }
        }
        assert.deepStrictEqual(Directory.openFiles(datadir), [])
      })
  )

  it.scoped("cannot be had after the end of the scope it was opened in, though its file's number is another's", () =>
    Effect.gen(function*() {
      const { datadir, store, uri } = yield* storing(large)
      const data = yield* Effect.scoped(open(store, uri))
      const secret = path.join(datadir, "secret")
      fs.writeFileSync(secret, Image.noise(large.length, 2))
      const { target } = yield* fresh
      const memory = yield* MemoryStore.make()
      yield* Effect.acquireUseRelease(
        // Of so many, one has the number.
        Effect.sync(() => Array.from({ length: 20 }, () => fs.openSync(secret, "r"))),
        () =>
          Effect.gen(function*() {
            const uses = Effect.all([
              Effect.flip(ImageFile.save(data, target)),
              Effect.flip(memory.add("copy", data)),
              Effect.flip(Stream.runDrain(data))
            ])
            for (const error of yield* uses) {
              assert.include(error._tag === "BackendException" ? String(error.cause) : error._tag, "EBADF")
            }
          }),
        (descriptors) => Effect.sync(() => descriptors.forEach((descriptor) => fs.closeSync(descriptor)))
      )
    }))

  it.scoped("with a time limit too, and with buffers of any size", () =>
    Effect.gen(function*() {
      for (const options of [{ timeout: 30 }, { chunkSize: 1000 }, { chunkSize: 8 * 1024 * 1024 }]) {
        const { store, uri } = yield* storing(large, options)
        const memory = yield* MemoryStore.make()
        const result = yield* memory.add("copy", yield* open(store, uri), { hashingAlgo: "sha256" })
        yield* Image.assertStored(memory, large, result, "sha256")
      }
    }))

  it.scoped("is not stored if it is cut off meanwhile, and the error says so", () =>
    Effect.gen(function*() {
      const memory = yield* MemoryStore.make()
      const datadir = yield* Directory.make
      const other = yield* FileStore.make({ datadir })
      for (const to of [memory, other]) {
        for (const size of [undefined, large.length]) {
          const { file, store, uri } = yield* storing(large)
          const cutOff = { update: () => Effect.sync(() => fs.truncateSync(file, Image.threshold)) }
          const error = yield* Effect.flip(to.add("copy", yield* open(store, uri), { size, verifier: cutOff }))
          assert.deepInclude(error, { _tag: "ImageTruncated", uri, expected: large.length })
          // What was being read ahead was read, or was not there any more.
          assert.isTrue(error._tag === "ImageTruncated" && error.actual < large.length)
        }
      }
      assert.strictEqual((yield* Effect.flip(Reader.read(memory, "memory://copy")))._tag, "ImageNotFound")
      assert.deepStrictEqual(Directory.list(datadir), [])
    }))
})
