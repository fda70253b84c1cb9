/** Images to hash: their bytes, the ways of handing them to a store, and what should become of them. */
import { assert } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { createCipheriv, createHash } from "node:crypto"
import type * as HashingAlgorithm from "../../src/HashingAlgorithm.js"
import { slotSize } from "../../src/internal/hashing/threads.js"
import * as Source from "../../src/internal/source.js"
import type * as Store from "../../src/Store.js"
import * as Reader from "../internal/file/Reader.js"

/** Bytes of what the threads read at once. */
export const slot = slotSize

/** Bytes from which on threads are used, where nothing else is said. */
export const threshold = 512 * 1024

/** No two parts of it, and no two seeds, have the same bytes. */
export const noise = (size: number, seed = 0): Uint8Array => {
  const key = Buffer.alloc(16)
  key.writeUInt32LE(seed)
  return new Uint8Array(createCipheriv("aes-128-ctr", key, Buffer.alloc(16)).update(Buffer.alloc(size)))
}

export const digest = (bytes: Uint8Array, { nodeName, outputLength }: HashingAlgorithm.Resolved): string =>
  createHash(nodeName, outputLength === undefined ? {} : { outputLength }).update(bytes).digest("hex")

/** By one of Node's names. */
export const hex = (bytes: Uint8Array, algorithm: string): string =>
  digest(bytes, { name: algorithm, nodeName: algorithm, outputLength: undefined })

/** What happens before the byte at this position is given. */
export type Before = (at: number) => Effect.Effect<void>

/** In pieces of 64 KiB, each in memory of its own. */
export const streamed = (bytes: Uint8Array, before: Before = () => Effect.void): Stream.Stream<Uint8Array> =>
  Stream.fromIterable(Arr.makeBy(Math.ceil(bytes.length / piece), (n) => n * piece)).pipe(
    Stream.rechunk(1),
    Stream.mapEffect((at) => Effect.as(before(at), bytes.slice(at, at + piece)))
  )

/** Written into the memory that is lent. */
export const lent = (bytes: Uint8Array, before: Before = () => Effect.void): Stream.Stream<Uint8Array> =>
  Source.toStream({
    chunkSize: piece,
    open: Effect.sync(() => {
      let at = 0
      return {
        fill: (memory) =>
          Effect.map(Effect.suspend(() => before(at)), () => {
            const part = bytes.subarray(at, at + memory.length)
            memory.set(part)
            at += part.length
            return part.length
          }),
        isIdle: () => true
      }
    })
  })

const piece = 64 * 1024

export const assertSame = (actual: Uint8Array, expected: Uint8Array): void => {
  assert.strictEqual(actual.length, expected.length, "number of bytes")
  assert.isTrue(Buffer.from(expected.buffer, expected.byteOffset, expected.length).equals(actual), "the same bytes")
}

/** That the store has these bytes, and has said their digests. */
export const assertStored = (store: Store.Store, bytes: Uint8Array, result: Store.AddResult, algorithm?: string) =>
  Effect.gen(function*() {
    assertSame((yield* Reader.read(store, result.uri)).bytes, bytes)
    assert.strictEqual(result.size, bytes.length)
    assert.strictEqual(result.checksum, hex(bytes, "md5"))
    assert.strictEqual(result.multihash, algorithm === undefined ? undefined : hex(bytes, algorithm))
  })
