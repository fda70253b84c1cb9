import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as FileStore from "../src/FileStore.js"
import * as Directory from "./internal/file/Directory.js"
import * as Faults from "./internal/file/Faults.js"
import * as Image from "./internal/file/Image.js"
import * as Reader from "./internal/file/Reader.js"

const image = Image.noise(100)
const pieces = Image.pieces(image, 10)

const fresh = (options: FileStore.Options = {}) =>
  Effect.gen(function*() {
    const datadir = yield* Directory.make
    const faults = Faults.make()
    const store = yield* faults.inject(FileStore.make({ datadir, chunkSize: 10, ...options }))
    return { datadir, faults, store }
  })

describe("of the writers of one id in a FileStore", () => {
  for (const writers of [2, 20, 100]) {
    it.scoped(`one of ${writers} wins, and the image is the winner's`, () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh()
        const images = Array.from({ length: writers }, (_, seed) => Image.noise(100 + seed, seed + 1))
        const results = yield* Effect.forEach(
          images,
          (bytes) => Effect.either(store.add("contested", Image.pieces(bytes, 7))),
          { concurrency: "unbounded" }
        )
        const winners = results.filter(Either.isRight)
        assert.strictEqual(winners.length, 1)
        for (const loser of results.filter(Either.isLeft)) assert.strictEqual(loser.left._tag, "DuplicateImage")
        const [winner] = winners
        const read = yield* Reader.read(store, winner?.right.uri ?? "")
        assert.strictEqual(Image.md5(read.bytes), winner?.right.checksum)
        assert.strictEqual(winner?.right.checksum, Image.md5(images[results.findIndex(Either.isRight)] ?? image))
        assert.deepStrictEqual(Directory.list(datadir), ["contested"])
      }))
  }

  it.scoped("one of several wins where there are no links", () =>
    Effect.gen(function*() {
      const { datadir, faults, store } = yield* fresh()
      faults.obey(Faults.failing("EPERM", Faults.named("link")))
      const results = yield* Effect.forEach(
        Array.from({ length: 20 }, (_, seed) => Image.noise(100, seed + 1)),
        (bytes) => Effect.either(store.add("contested", Image.pieces(bytes, 7))),
        { concurrency: "unbounded" }
      )
      const [winner, ...others] = results.filter(Either.isRight)
      assert.deepStrictEqual(others, [])
      assert.strictEqual(Image.md5(fs.readFileSync(`${datadir}/contested`)), winner?.right.checksum)
      assert.deepStrictEqual(Directory.list(datadir), ["contested"])
    }))

  it.scoped("one of several wins, whichever of the data directories each of them takes", () =>
    Effect.gen(function*() {
      const root = yield* Directory.make
      const faults = Faults.make()
      const store = yield* faults.inject(FileStore.make({ datadirs: [`${root}/a`, `${root}/b`] }))
      let turn = 0
      faults.obey((call) =>
        call.name === "statfs"
          ? call.succeed({ bsize: 1, bavail: String(call.args[0]).endsWith("a") === (turn++ % 4 < 2) ? 1e9 : 1e6 })
          : call.proceed()
      )
      const results = yield* Effect.forEach(
        Array.from({ length: 20 }),
        () => Effect.either(store.add("contested", pieces)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(results.filter(Either.isRight).length, 1)
      assert.strictEqual(Directory.list(root).filter((file) => file.endsWith("/contested")).length, 1)
      assert.strictEqual(Directory.list(root).length, 3)
    }))

  it.scoped("the one that comes while another writes is first if it is done first", () =>
    Effect.gen(function*() {
      const { datadir, store } = yield* fresh()
      const begun = yield* Deferred.make<void>()
      const proceed = yield* Deferred.make<void>()
      const slow = Stream.tap(
        pieces,
        () => Effect.zipRight(Deferred.succeed(begun, undefined), Deferred.await(proceed))
      )
      const first = yield* Effect.fork(Effect.flip(store.add("contested", slow)))
      yield* Deferred.await(begun)
      const { uri } = yield* store.add("contested", Stream.make(Image.text("quick")))
      yield* Deferred.succeed(proceed, undefined)
      assert.strictEqual((yield* Fiber.join(first))._tag, "DuplicateImage")
      assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, Image.text("quick"))
      assert.deepStrictEqual(Directory.list(datadir), ["contested"])
    }))
})

describe("an image of a FileStore", () => {
  it.scoped("is not to be seen before it is whole", () =>
    Effect.gen(function*() {
      const { datadir, store } = yield* fresh()
      const uri = `file://${datadir}/image`
      const watched = Stream.tap(pieces, () =>
        Effect.gen(function*() {
          assert.deepStrictEqual(yield* Reader.refusals(store, uri), [
            "ImageNotFound",
            "ImageNotFound",
            "ImageNotFound"
          ])
          const [temporary, ...others] = Directory.list(datadir)
          assert.deepStrictEqual(others, [])
          assert.match(temporary ?? "", /^\.image\.[0-9a-f]{16}\.partial$/)
        }))
      yield* store.add("image", watched)
      assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, image)
    }))

  it.scoped("is on the disk before it has its name, and its name is when the add returns", () =>
    Effect.gen(function*() {
      for (const thinProvisioning of [false, true]) {
        const { datadir, faults, store } = yield* fresh({ filePerm: 640, thinProvisioning })
        faults.obey((call) => call.proceed())
        yield* store.add("image", pieces)
        const calls = faults.seen()
        const place = (name: Faults.Call["name"]) => calls.findLastIndex((call) => call.name === name)
        const first = (name: Faults.Call["name"]) => calls.findIndex((call) => call.name === name)
        // Bytes, size and mode, then the disk, then the name.
        assert.isBelow(place("write"), first("fsync"))
        assert.isBelow(place("ftruncate"), first("fsync"))
        assert.isBelow(place("fchmod"), first("fsync"))
        assert.isBelow(first("fsync"), first("link"))
        // The directory is opened, and on the disk, after both names are what they shall be.
        const directory = calls.findIndex(({ args, name }) => name === "open" && args[0] === datadir)
        assert.isBelow(place("link"), directory)
        assert.isBelow(place("unlink"), directory)
        assert.isBelow(directory, place("fsync"))
      }
    }))

  it.scoped("that became shorter while it is read is no success", () =>
    Effect.gen(function*() {
      const { datadir, store } = yield* fresh()
      const { uri } = yield* store.add("image", Image.pieces(Image.noise(1000), 100))
      const error = yield* store.get(Reader.location(uri)).pipe(
        Effect.flatMap(({ data }) =>
          Stream.runForEach(data, () => Effect.sync(() => fs.truncateSync(`${datadir}/image`, 500)))
        ),
        Effect.scoped,
        Effect.flip
      )
      assert.deepInclude(error, { _tag: "ImageTruncated", uri, expected: 1000, actual: 500 })
    }))

  it.scoped("that became longer while it is read ends where it ended", () =>
    Effect.gen(function*() {
      const { datadir, store } = yield* fresh()
      const { uri } = yield* store.add("image", pieces)
      const size = yield* store.get(Reader.location(uri)).pipe(
        Effect.flatMap(({ data }) =>
          Stream.runFoldEffect(data, 0, (sum, { length }) =>
            Effect.sync(() => {
              fs.appendFileSync(`${datadir}/image`, "more")
              return sum + length
            }))
        ),
        Effect.scoped
      )
      assert.strictEqual(size, 100)
    }))

  it.scoped("that is deleted while it is read is read to its end", () =>
    Effect.gen(function*() {
      const { store } = yield* fresh()
      const { uri } = yield* store.add("image", pieces)
      const read: Array<Uint8Array> = []
      yield* store.get(Reader.location(uri)).pipe(
        Effect.flatMap(({ data }) =>
          Stream.runForEach(data, (piece) =>
            Effect.zipRight(Effect.either(Reader.remove(store, uri)), Effect.sync(() => read.push(piece))))
        ),
        Effect.scoped
      )
      assert.deepStrictEqual(Image.concat(...read), image)
    }))
})

describe("what fails at any byte leaves a FileStore's directory as it was:", () => {
  const atPiece = <A, E>(place: number, then: Effect.Effect<A, E>) => {
    let seen = 0
    return Effect.suspend(() => seen++ === place ? Effect.asVoid(then) : Effect.void)
  }
  const kind = (exit: Exit.Exit<unknown, unknown>) =>
    Exit.match(exit, {
      onSuccess: () => "a success",
      onFailure: Cause.match({
        onEmpty: "nothing",
        onFail: (error) => error === "the test's own" ? "a failure" : "a failure of the store's",
        onDie: (defect) => defect === "the test's own" ? "a defect" : "a defect of the store's",
        onInterrupt: () => "an interruption",
        onSequential: (first, second) => `${first}, then ${second}`,
        onParallel: (one, other) => `${one} and ${other}`
      })
    })

  const endings: Readonly<Record<string, Effect.Effect<never, string>>> = {
    "a failure": Effect.fail("the test's own"),
    "a defect": Effect.die("the test's own"),
    "an interruption": Effect.interrupt
  }
  for (const [name, ending] of Object.entries(endings)) {
    it.scoped(`${name} of the source, or of the verifier`, () =>
      Effect.gen(function*() {
        const { datadir, store } = yield* fresh()
        yield* store.add("bystander", pieces)
        const before = Directory.snapshot(datadir)
        for (let place = 0; place < 10; place++) {
          const source = atPiece(place, ending)
          const verifier = atPiece(place, ending)
          const exits = [
            yield* Effect.exit(store.add("image", Stream.tap(pieces, () => source))),
            yield* Effect.exit(store.add("image", pieces, { verifier: { update: () => verifier } })),
            yield* Effect.exit(
              store.add("image", pieces, { verifier: { update: () => Effect.void, complete: ending } })
            )
          ]
          for (const exit of exits) assert.strictEqual(kind(exit), name)
          assert.deepStrictEqual(Directory.snapshot(datadir), before)
          assert.deepStrictEqual(Directory.openFiles(datadir), [])
        }
      }))
  }

  it.scoped("a size that is wrong by one", () =>
    Effect.gen(function*() {
      const { datadir, store } = yield* fresh()
      for (let size = 0; size < 200; size++) {
        const result = yield* Effect.either(store.add(`image ${size}`, Image.pieces(image, 9), { size }))
        assert.strictEqual(Either.isRight(result), size === 100)
      }
      assert.deepStrictEqual(Directory.list(datadir), ["image 100"])
    }))

  it.scoped("the data directory itself goes away", () =>
    Effect.gen(function*() {
      const { datadir, store } = yield* fresh()
      const disappearing = (place: number) => {
        const act = atPiece(place, Effect.sync(() => fs.rmSync(datadir, { recursive: true })))
        return Stream.tap(pieces, () => act)
      }
      for (const place of [0, 5, 9]) {
        const error = yield* Effect.flip(store.add("image", disappearing(place)))
        assert.strictEqual(error._tag, "BackendException")
        assert.isFalse(fs.existsSync(datadir))
        const after = yield* Effect.flip(store.add("image", pieces))
        assert.deepInclude(after, { _tag: "BackendException", operation: "add" })
        fs.mkdirSync(datadir)
      }
      yield* store.add("image", pieces)
      assert.deepStrictEqual(Directory.list(datadir), ["image"])
      assert.deepStrictEqual(Directory.openFiles(datadir), [])
    }))
})
