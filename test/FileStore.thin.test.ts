import { assert, describe, it } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as FileStore from "../src/FileStore.js"
import type * as Store from "../src/Store.js"
import * as Directory from "./internal/file/Directory.js"
import * as Faults from "./internal/file/Faults.js"
import { identities } from "./internal/file/identities.js"
import * as Image from "./internal/file/Image.js"
import * as Reader from "./internal/file/Reader.js"

const KiB = 1024

const zeros = (size: number) => new Uint8Array(size)

/** Adds the image and says where the file has data, as it was written, after a look at all the rest. */
const extents = (
  options: FileStore.Options,
  image: Uint8Array,
  data: Stream.Stream<Uint8Array> = Stream.make(image),
  identity?: Store.Identity
) =>
  Effect.scoped(Effect.gen(function*() {
    const faults = Faults.make()
    const datadir = yield* Directory.make
    const store = yield* faults.inject(FileStore.make({ datadir, ...options }, identity))
    faults.obey((call) => call.proceed())
    const added = yield* store.add("image", data, { hashingAlgo: "sha256" })
    const written = Faults.written(faults.seen())
    assert.deepStrictEqual(added, {
      uri: `file://${datadir}/image`,
      size: image.length,
      checksum: Image.md5(image),
      multihash: Image.sha256(image),
      metadata: identity?.id === undefined ? {} : { store: identity.id }
    })
    assert.strictEqual(fs.statSync(`${datadir}/image`).size, image.length)
    assert.isTrue(Buffer.from(image).equals((yield* Reader.read(store, added.uri)).bytes))
    return written
  }))

for (const { identity, name } of identities) {
  describe(`thin provisioning of a FileStore ${name}`, () => {
    const layouts = {
      "data, zeros, data": Image.concat(Image.noise(KiB), zeros(KiB), Image.noise(KiB)),
      "only data": Image.noise(3 * KiB),
      "one and a half chunks each": Image.concat(Image.noise(1.5 * KiB), zeros(1.5 * KiB), Image.noise(1.5 * KiB)),
      "five chunks of data": Image.noise(5 * KiB)
    }
    const thin: Record<keyof typeof layouts, ReadonlyArray<readonly [number, number]>> = {
      "data, zeros, data": [[0, 1024], [2048, 3072]],
      "only data": [[0, 3072]],
      // The zeros of the second chunk stand beside data, so they are data.
      "one and a half chunks each": [[0, 2048], [3072, 4608]],
      "five chunks of data": [[0, 5120]]
    }

    for (const [layout, image] of Object.entries(layouts)) {
      it.effect(`off: ${layout} has no hole`, () =>
        Effect.gen(function*() {
          const written = yield* extents({ chunkSize: KiB }, image, Image.pieces(image, KiB), identity)
          assert.deepStrictEqual(written, [[0, image.length]])
        }))

      it.effect(`on: ${layout} has holes where whole chunks are zeros`, () =>
        Effect.gen(function*() {
          const options = { chunkSize: KiB, thinProvisioning: true }
          const written = yield* extents(options, image, Image.pieces(image, KiB), identity)
          // The table has the layouts' names as keys.
          assert.deepStrictEqual(written, thin[layout as keyof typeof layouts])
        }))
    }
  })
}

describe("thin provisioning of a FileStore", () => {
  const chunkSize = 64 * KiB
  const allocated = (file: string) => fs.statSync(file).blocks * 512

  it.scoped("is off by default", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const store = yield* FileStore.make({ datadir })
      yield* store.add("dense", Stream.make(zeros(256 * KiB)))
      assert.isAtLeast(allocated(`${datadir}/dense`), 256 * KiB)
    }))

  it.scoped("an image of zeros takes no room, and is the image that it would be otherwise", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const image = zeros(1024 * KiB)
      const dense = yield* FileStore.make({ datadir })
      const thin = yield* FileStore.make({ datadir, thinProvisioning: true })
      const full = yield* dense.add("dense", Stream.make(image), { hashingAlgo: "sha512" })
      const empty = yield* thin.add("sparse", Stream.make(image), { hashingAlgo: "sha512" })
      assert.deepInclude(empty, { size: full.size, checksum: full.checksum, multihash: full.multihash })
      assert.strictEqual(fs.statSync(`${datadir}/sparse`).size, 1024 * KiB)
      assert.isBelow(allocated(`${datadir}/sparse`), 64 * KiB)
      assert.isTrue(Buffer.from(image).equals((yield* Reader.read(thin, empty.uri)).bytes))
    }))

  it.scoped("holes at the beginning, in the middle and at the end take no room", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const store = yield* FileStore.make({ datadir, thinProvisioning: true })
      const hole = zeros(1024 * KiB)
      const island = Image.noise(chunkSize)
      const image = Image.concat(hole, island, hole, island, hole)
      const { uri } = yield* store.add("islands", Image.pieces(image, 100_000))
      assert.isBelow(allocated(`${datadir}/islands`), 512 * KiB)
      assert.isTrue(Buffer.from(image).equals((yield* Reader.read(store, uri)).bytes))
    }))

  it.effect("one byte anywhere in a large chunk keeps it from being a hole", () =>
    Effect.gen(function*() {
      const large = 1024 * KiB
      for (const place of [0, 64 * KiB - 1, 64 * KiB, 500_000, large - 1]) {
        const image = zeros(3 * large)
        image[large + place] = 1
        const written = yield* extents({ thinProvisioning: true, chunkSize: large }, image)
        assert.deepStrictEqual(written, [[large, 2 * large]])
      }
    }))

  it.scoped("a range of a sparse image is that part of it", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const store = yield* FileStore.make({ datadir, thinProvisioning: true, chunkSize: 10 })
      const image = Image.concat(Image.noise(15), zeros(25), Image.noise(5), zeros(20))
      const { uri } = yield* store.add("ranges", Stream.make(image))
      for (let offset = 0; offset < image.length; offset += 3) {
        assert.deepStrictEqual(
          (yield* Reader.read(store, uri, { offset, length: 7 })).bytes,
          image.slice(offset, offset + 7)
        )
      }
    }))

  const anySegments = FastCheck.array(
    FastCheck.record({ zero: FastCheck.boolean(), size: FastCheck.integer({ min: 1, max: 40 }) }),
    { maxLength: 12 }
  )
  const anyCuts = FastCheck.array(FastCheck.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 12 })

  it.effect.prop(
    "holes do not depend on how the source cuts its bytes",
    { segments: anySegments, cuts: anyCuts },
    ({ cuts, segments }) =>
      Effect.gen(function*() {
        const image = Image.concat(
          ...segments.map(({ size, zero }, seed) => zero ? zeros(size) : Image.noise(size, seed + 1))
        )
        const parts: Array<Uint8Array> = []
        for (let at = 0, turn = 0; at < image.length; turn++) {
          // A run of empty pieces only would never end.
          const length = cuts.every((cut) => cut === 0) ? 7 : cuts[turn % cuts.length] ?? 7
          parts.push(image.slice(at, at + length))
          at += length
        }
        const options = { thinProvisioning: true, chunkSize: 8 }
        const whole = yield* extents(options, image)
        assert.deepStrictEqual(yield* extents(options, image, Stream.fromIterable(parts)), whole)
        assert.deepStrictEqual(yield* extents(options, image, Stream.rechunk(Stream.fromIterable(parts), 1)), whole)
        assert.deepStrictEqual(yield* extents(options, image, Stream.fromChunk(Chunk.of(image))), whole)
        // Each aligned chunk is written if there is anything in it, and else not.
        for (let at = 0; at < image.length; at += 8) {
          const chunk = image.subarray(at, at + 8)
          const isWritten = whole.some(([from, to]) => from <= at && at + chunk.length <= to)
          assert.strictEqual(isWritten, chunk.some((byte) => byte !== 0), `the chunk at ${at}`)
        }
      }),
    { fastCheck: { numRuns: 40 } }
  )
})
