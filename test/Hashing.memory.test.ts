/** The memory that bytes are hashed from, shared with threads and used again and again. */
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as HashingAlgorithm from "../src/HashingAlgorithm.js"
import * as MemoryStore from "../src/MemoryStore.js"
import * as Store from "../src/Store.js"
import * as Image from "./hashing/Image.js"
import * as Threads from "./hashing/Threads.js"
import * as Shelf from "./Shelf.js"

const { lent, slot, streamed, threshold } = Image
const { md5 } = HashingAlgorithm

const large = Image.noise(20 * slot + 1)

/** Keeps what it was given, after so many turns of the event loop in each of which it looks whether it is still that. */
const slowStore = (turns: number) =>
  Effect.gen(function*() {
    const images = new Map<string, Uint8Array>()
    const store = yield* Store.make({
      ...Shelf.shelf(new Map()),
      write: (imageId, data) =>
        Effect.gen(function*() {
          const pieces: Array<Uint8Array> = []
          yield* Stream.runForEach(data, (bytes) =>
            Effect.gen(function*() {
              const copy = bytes.slice()
              for (let turn = 0; turn < turns; turn++) {
                yield* Threads.turns(1)
                Image.assertSame(bytes, copy)
              }
              pieces.push(copy)
            }))
          images.set(imageId, Buffer.concat(pieces))
          return { location: Shelf.at(`shelf://${imageId}`), metadata: {} }
        })
    })
    return { images, store }
  })

describe.sequential("The memory of hashing threads", () => {
  for (const turns of [0, 1, 30]) {
    it.scoped(`is not written over before it was read, by a driver that takes ${turns} turns and by slow digests`, () =>
      Effect.gen(function*() {
        const threads = yield* Threads.started
        const { provide } = yield* Threads.layer({ threads: 2 })
        const { images, store } = yield* provide(slowStore(turns))
        yield* Effect.forEach(
          Arr.makeBy(6, (n) => n),
          (n) =>
            Effect.gen(function*() {
              const bytes = Image.noise((n + 1) * 2 * slot - n, n)
              const data = n % 3 === 0 ? streamed(bytes) : lent(bytes)
              const result = yield* store.add(`image${n}`, data, { hashingAlgo: "sha3_512" })
              Image.assertSame(images.get(`image${n}`) ?? new Uint8Array(), bytes)
              assert.strictEqual(result.checksum, Image.hex(bytes, "md5"))
              assert.strictEqual(result.multihash, Image.hex(bytes, "sha3-512"))
            }),
          { concurrency: 3, discard: true }
        )
        assert.lengthOf(yield* threads, 2)
      }))
  }

  it.scoped("is not needed longer than update takes, where it is the caller's own", () =>
    Effect.gen(function*() {
      const { provide } = yield* Threads.layer({ threads: 2 })
      const store = yield* provide(MemoryStore.make())
      const memory = new Uint8Array(100_000)
      const pull = (at: number) => {
        const part = large.subarray(at, at + memory.length)
        memory.fill(0)
        memory.set(part)
        return part.length === 0
          ? Option.none()
          : Option.some([memory.subarray(0, part.length), at + part.length] as const)
      }
      const again = Stream.unfold(0, pull)
      const result = yield* store.add("image", again, { hashingAlgo: "sha512" })
      yield* Image.assertStored(store, large, result, "sha512")
    }))

  it.scoped("is six slots of an image that no thread has read, and then the image waits", () =>
    Effect.gen(function*() {
      const threads = yield* Threads.started
      const { hashing, provide } = yield* Threads.layer({ threads: 2 })
      const store = yield* provide(MemoryStore.make())
      yield* store.add("first", streamed(large), { hashingAlgo: "sha1" })
      assert.lengthOf(yield* threads, 2)
      yield* Effect.forEach(yield* threads, Threads.occupy)
      const given = { lent: 0, copied: 0 }
      const memories = new Set<ArrayBufferLike>()
      const lending = Effect.gen(function*() {
        const hasher = yield* hashing.open([md5], undefined)
        for (;;) {
          const memory = yield* hasher.lease
          memories.add(memory.buffer)
          yield* hasher.update(memory)
          hasher.release(memory)
          given.lent += memory.length
        }
      })
      const copying = Effect.gen(function*() {
        const hasher = yield* hashing.open([md5], undefined)
        for (;;) {
          yield* hasher.update(large.subarray(0, slot / 2))
          given.copied += slot / 2
        }
      })
      const waiting = yield* Effect.forEach([lending, copying], (image) => Effect.fork(Effect.scoped(image)))
      yield* Threads.turns(100)
      // The first slot of an image of unknown size goes as soon as it is known to be worth a thread.
      assert.deepStrictEqual(given, { lent: 6 * slot, copied: 5.5 * slot })
      assert.strictEqual(memories.size, 6)
      yield* Fiber.interruptAll(waiting)
    }))

  it.scoped("is little for a source that fills little of what it is lent", () =>
    Effect.gen(function*() {
      const { hashing } = yield* Threads.layer({ threads: 2 })
      const memories = new Set<ArrayBufferLike>()
      const hasher = yield* hashing.open([md5], undefined)
      const bytes = large.subarray(0, 200_000)
      for (let at = 0; at < bytes.length; at += 100) {
        const memory = yield* hasher.lease
        memories.add(memory.buffer)
        memory.set(bytes.subarray(at, at + 100))
        yield* hasher.update(memory.subarray(0, 100))
        hasher.release(memory)
      }
      assert.deepStrictEqual(yield* hasher.digests, [Image.hex(bytes, "md5")])
      assert.isAtMost(memories.size, 2)
    }))

  it.scoped("is not kept from others by an image whose source stalls", () =>
    Effect.gen(function*() {
      const { provide } = yield* Threads.layer({ threads: 2 })
      const store = yield* provide(MemoryStore.make())
      const goOn = yield* Deferred.make<void>()
      const all = Arr.makeBy(24, (n) => Image.noise(threshold + n * slot / 2 + n, n))
      const stalling = yield* Effect.forEach(all, (bytes, n) =>
        Effect.gen(function*() {
          const stalled = yield* Deferred.make<void>()
          const wait = Effect.zipRight(Deferred.succeed(stalled, undefined), Deferred.await(goOn))
          const stall = (at: number) => at + slot < bytes.length ? Effect.void : wait
          const data = n % 2 === 0 ? streamed(bytes, stall) : lent(bytes, stall)
          const add = yield* Effect.fork(store.add(`stalling ${n}`, data, { hashingAlgo: "sha256" }))
          yield* Deferred.await(stalled)
          return { add, bytes }
        }))
      yield* Effect.forEach(all, (bytes, n) =>
        Effect.gen(function*() {
          const data = n % 2 === 0 ? lent(bytes) : streamed(bytes)
          const result = yield* store.add(`passing ${n}`, data, { hashingAlgo: "sha1" })
          yield* Image.assertStored(store, bytes, result, "sha1")
        }), { concurrency: 4, discard: true })
      yield* Deferred.succeed(goOn, undefined)
      for (const { add, bytes } of stalling) {
        yield* Image.assertStored(store, bytes, yield* Fiber.join(add), "sha256")
      }
    }))
})
