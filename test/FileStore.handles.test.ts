import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as FileStore from "../src/FileStore.js"
import * as Directory from "./internal/file/Directory.js"
import * as Image from "./internal/file/Image.js"
import * as Reader from "./internal/file/Reader.js"

const image = Image.noise(100)
const pieces = Image.pieces(image, 10)

describe("the files that a FileStore holds open", () => {
  const fresh = Effect.gen(function*() {
    const datadir = yield* Directory.make
    const store = yield* FileStore.make({ datadir, chunkSize: 10 })
    const { uri } = yield* store.add("image", pieces)
    return { datadir, store, uri }
  })

  it.scoped("are one for a reader, as long as its scope lives", () =>
    Effect.gen(function*() {
      const { datadir, store, uri } = yield* fresh
      yield* Effect.scoped(Effect.gen(function*() {
        const { data } = yield* store.get(Reader.location(uri))
        assert.deepStrictEqual(Directory.openFiles(datadir), [`${datadir}/image`])
        yield* Stream.runDrain(Stream.take(data, 1))
      }))
      assert.deepStrictEqual(Directory.openFiles(datadir), [])
    }))

  it.scoped("are none, for a reader that never begins", () =>
    Effect.gen(function*() {
      const { datadir, store, uri } = yield* fresh
      yield* Effect.scoped(store.get(Reader.location(uri)))
      yield* Effect.scoped(Effect.exit(store.get(Reader.location(uri), { offset: 1000 })))
      yield* Effect.scoped(store.get(Reader.location(uri), { length: 0 }))
      assert.deepStrictEqual(Directory.openFiles(datadir), [])
    }))

  it.scoped("are none, for a reader that fails", () =>
    Effect.gen(function*() {
      const { datadir, store, uri } = yield* fresh
      const reading = Effect.flatMap(
        store.get(Reader.location(uri)),
        ({ data }) => Stream.runForEach(data, () => Effect.fail("the reader's own"))
      )
      assert.strictEqual(yield* Effect.flip(Effect.scoped(reading)), "the reader's own")
      assert.deepStrictEqual(Directory.openFiles(datadir), [])
    }))

  it.scoped("are none after a thousand images and as many readers", () =>
    Effect.gen(function*() {
      const { datadir, store } = yield* fresh
      yield* Effect.forEach(
        Array.from({ length: 1000 }, (_, index) => `image ${index}`),
        (imageId) =>
          Effect.gen(function*() {
            const { uri } = yield* store.add(imageId, pieces)
            yield* Effect.scoped(store.get(Reader.location(uri)))
            assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, image)
            yield* Effect.exit(store.add(imageId, pieces))
            yield* Reader.remove(store, uri)
          }),
        { concurrency: 20, discard: true }
      )
      assert.deepStrictEqual(Directory.openFiles(datadir), [])
      assert.deepStrictEqual(Directory.list(datadir), ["image"])
    }), 120_000)

  it.scoped("of several readers of one image are each reader's own", () =>
    Effect.gen(function*() {
      const { datadir, store, uri } = yield* fresh
      const reads = yield* Effect.all(
        Array.from({ length: 20 }, (_, offset) => Reader.read(store, uri, { offset })),
        { concurrency: "unbounded" }
      )
      for (const [offset, { bytes }] of reads.entries()) assert.deepStrictEqual(bytes, image.slice(offset))
      assert.deepStrictEqual(Directory.openFiles(datadir), [])
    }))
})
