/** What an add that succeeds has done. */
import { assert } from "@effect/vitest"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as HashingAlgorithm from "../../src/HashingAlgorithm.js"
import * as Location from "../../src/Location.js"
import { checkLocationMetadata } from "../../src/LocationMetadata.js"
import * as Store from "../../src/Store.js"
import { concat, cut, cuttings, hex, pattern, text } from "./bytes.js"
import { failsWith } from "./failure.js"
import { isStored, Storage } from "./harness.js"
import { type Chapter, forAll, freshId, law } from "./law.js"
import * as Source from "./source.js"

class Greeting extends Context.Tag("effect-glance-store/test/conformance/Greeting")<Greeting, string>() {}

const locale = FiberRef.unsafeMake("en")

export const add: Chapter = {
  name: "add",
  needs: ["write"],
  laws: [
    law("returns the size, the checksum and the multihash of what it has stored", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const bytes = pattern(100_001)
        const { checksum, multihash, size } = yield* store.add(id, Source.make(bytes, 4096).data, {
          hashingAlgo: "sha512"
        })
        assert.deepStrictEqual({ size, checksum, multihash }, {
          size: bytes.length,
          checksum: hex("md5", bytes),
          multihash: hex("sha512", bytes)
        })
        yield* isStored(id, bytes)
      })),

    law(
      "makes a multihash by every algorithm that is available, and none where none was asked for",
      () =>
        Effect.gen(function*() {
          const store = yield* Store.Store
          const bytes = text("abc")
          yield* Effect.forEach(HashingAlgorithm.available().filter((name) => !name.startsWith("shake")), (name) =>
            Effect.gen(function*() {
              const { multihash } = yield* store.add(yield* freshId, Stream.make(bytes), { hashingAlgo: name })
              const { nodeName } = yield* HashingAlgorithm.resolve(name)
              assert.strictEqual(multihash, hex(nodeName, bytes), name)
            }))
          const plain = yield* store.add(yield* freshId, Stream.make(bytes))
          assert.notProperty(plain, "multihash")
          assert.strictEqual(plain.checksum, hex("md5", bytes))
        })
    ),

    law(
      "returns plain data: a URI of one of its schemes, and valid metadata with its id, if it has one",
      (harness) =>
        Effect.gen(function*() {
          const store = yield* Store.Store
          const result = yield* store.add(yield* freshId, Stream.make(text("plain")), { hashingAlgo: "sha256" })
          assert.deepStrictEqual(JSON.parse(JSON.stringify(result)), result)
          const location = yield* Location.fromUri(result.uri)
          assert.include(harness.schemes, location.scheme)
          assert.deepStrictEqual(yield* checkLocationMetadata(result.metadata), result.metadata)
          assert.strictEqual(result.metadata["store"], harness.id)
        })
    ),

    law(
      "gives the same result however the bytes are cut",
      () =>
        forAll(cuttings, ({ bytes, groups }) =>
          Effect.gen(function*() {
            const store = yield* Store.Store
            const id = yield* freshId
            const data = Stream.fromChunks(...groups.map((group) => Chunk.fromIterable(group)))
            const { checksum, multihash, size } = yield* store.add(id, data, {
              hashingAlgo: "sha256",
              size: bytes.length
            })
            assert.deepStrictEqual({ size, checksum, multihash }, {
              size: bytes.length,
              checksum: hex("md5", bytes),
              multihash: hex("sha256", bytes)
            })
            yield* isStored(id, bytes)
          }))
    ),

    law("stores an image of no bytes", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const { checksum, size } = yield* store.add(id, Stream.empty, { size: 0 })
        assert.strictEqual(size, 0)
        assert.strictEqual(checksum, "d41d8cd98f00b204e9800998ecf8427e")
        yield* isStored(id, new Uint8Array())
      })),

    law("takes empty pieces for nothing, and not for the end", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const nothing = new Uint8Array()
        const onlyEmpty = yield* freshId
        yield* store.add(onlyEmpty, Stream.make(nothing, nothing), { size: 0 })
        yield* isStored(onlyEmpty, nothing)
        const amongOthers = yield* freshId
        const parts = [nothing, text("ab"), nothing, nothing, text("c"), nothing]
        yield* store.add(amongOthers, Stream.rechunk(Stream.fromIterable(parts), 1), { size: 3 })
        yield* isStored(amongOthers, text("abc"))
      })),

    law(
      "stores an image much larger than a piece, and a piece much larger than a buffer",
      () =>
        Effect.gen(function*() {
          const store = yield* Store.Store
          const bytes = pattern(5 * 1024 * 1024 + 1)
          const inPieces = yield* freshId
          yield* store.add(inPieces, Source.make(bytes, 65_537).data)
          yield* isStored(inPieces, bytes)
          const inOne = yield* freshId
          yield* store.add(inOne, Stream.make(bytes), { size: bytes.length })
          yield* isStored(inOne, bytes)
        })
    ),

    law("stores zeros as it stores other bytes, in the middle and at the end", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const zeros = new Uint8Array(200_000)
        const sparse = concat([pattern(5000), zeros, pattern(70_000, 1), zeros])
        for (const bytes of [sparse, zeros]) {
          const id = yield* freshId
          const { checksum, size } = yield* store.add(id, Source.make(bytes, 3000).data)
          assert.deepStrictEqual({ size, checksum }, { size: bytes.length, checksum: hex("md5", bytes) })
          yield* isStored(id, bytes)
        }
      })),

    law(
      "has read a piece by the time it asks for the next: the source may use its memory again",
      () =>
        Effect.gen(function*() {
          const store = yield* Store.Store
          const bytes = pattern(40_000, 7)
          // A Buffer is a Uint8Array whose slice is no copy.
          for (const memory of [new Uint8Array(700), new Uint8Array(16_384), Buffer.alloc(700)]) {
            const id = yield* freshId
            const { checksum } = yield* store.add(id, Source.reusing(bytes, memory).data)
            assert.strictEqual(checksum, hex("md5", bytes))
            yield* isStored(id, bytes)
          }
        })
    ),

    law("keeps no memory of the source's: what is written on it later changes nothing", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const bytes = pattern(3000, 8)
        for (const handedOut of [cut(bytes, 3000), cut(bytes, 1000), [Buffer.from(bytes)]]) {
          const id = yield* freshId
          yield* store.add(id, Stream.fromIterable(handedOut))
          for (const part of handedOut) {
            part.fill(0)
          }
          yield* isStored(id, bytes)
        }
      })),

    law("runs the source with the caller's services and fiber refs", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const greeting = Effect.zipWith(Greeting, FiberRef.get(locale), (greet, language) => text(greet + language))
        yield* store.add(id, Stream.concat(Stream.fromEffect(greeting), Stream.make(text("!")))).pipe(
          Effect.provideService(Greeting, "hello "),
          Effect.locally(locale, "eo")
        )
        yield* isStored(id, text("hello eo!"))
      })),

    law("has closed the source when it ends", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const source = Source.make(pattern(5000))
        yield* store.add(yield* freshId, source.data)
        assert.isTrue(source.closed())
      })),

    law("shows nobody the image before all of it is there", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const { find } = yield* Storage
        const id = yield* freshId
        const seen: Array<boolean> = []
        const look = Effect.map(Effect.orDie(find(id)), (image) => {
          seen.push(Option.isSome(image))
        })
        const data = Stream.concat(Source.make(pattern(4000)).data, Stream.drain(Stream.fromEffect(look)))
        yield* store.add(id, Stream.tap(data, () => look), { verifier: { update: () => look, complete: look } })
        assert.deepStrictEqual(seen, Array<boolean>(10).fill(false))
        yield* isStored(id, pattern(4000))
      })),

    law("leaves an image that is already there as it was, and says so", (harness) =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const { seed } = yield* Storage
        const id = yield* freshId
        const first = pattern(3000, 1)
        yield* seed(id, first)
        for (const other of [pattern(3000, 2), pattern(10, 3), new Uint8Array()]) {
          const error = yield* failsWith(store.add(id, Source.make(other).data), "DuplicateImage")
          assert.deepInclude(error, { imageId: id, store: harness.id ?? store.type })
          yield* isStored(id, first)
        }
      })),

    law("keeps a hundred images apart that are added at the same time", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const images = yield* Effect.forEach(Array.from({ length: 100 }, (_, seed) => seed), (seed) =>
          Effect.map(freshId, (id) => ({ id, bytes: pattern(2000 + seed * 17, seed) })))
        yield* Effect.forEach(images, ({ bytes, id }) =>
          Effect.gen(function*() {
            const { checksum } = yield* store.add(id, Source.yielding(bytes, 500))
            assert.strictEqual(checksum, hex("md5", bytes))
          }), { concurrency: "unbounded" })
        yield* Effect.forEach(images, ({ bytes, id }) =>
          isStored(id, bytes))
      })),

    law(
      "shows a verifier all of the bytes, in order",
      () =>
        forAll(cuttings, ({ bytes, groups }) =>
          Effect.gen(function*() {
            const store = yield* Store.Store
            const seen: Array<Uint8Array> = []
            let completed = 0
            yield* store.add(yield* freshId, Stream.fromIterable(groups.flat()), {
              verifier: {
                update: (part) => Effect.sync(() => seen.push(part.slice())),
                complete: Effect.sync(() => completed++)
              }
            })
            assert.strictEqual(hex("md5", concat(seen)), hex("md5", bytes))
            assert.strictEqual(completed, 1)
          }), 20)
    )
  ],
  otherwise: [
    law("fails with NotSupported, and nobody asks the source for a byte", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const source = Source.make(pattern(10))
        for (const options of [{}, { size: -1 }, { hashingAlgo: "nonsense" }]) {
          const error = yield* failsWith(store.add(id, source.data, options), "NotSupported")
          assert.strictEqual(error.operation, "add")
        }
        assert.strictEqual(source.pulls(), 0)
        yield* isStoredNowhere(id)
      }))
  ]
}

const isStoredNowhere = (id: string) =>
  Effect.gen(function*() {
    const { find, litter } = yield* Storage
    assert.isTrue(Option.isNone(yield* find(id)))
    assert.deepStrictEqual(yield* litter(id), [])
  })
