/**
 * The digests of a stream of bytes, made as the bytes pass: the MD5 checksum that every image has,
 * and a multihash by an algorithm of the caller's choice.
 *
 * "Multihash" is glance_store's word: a plain lower-case hex digest, without the prefix bytes of the
 * multiformats encoding.
 *
 * @since 0.1.0
 */
import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Sink from "effect/Sink"
import * as HashingAlgorithm from "./HashingAlgorithm.js"
import type { UnknownHashingAlgo } from "./StoreError.js"

/**
 * What was learnt of a stream that has passed.
 *
 * @since 0.1.0
 * @category models
 */
export interface Digest {
  /** Number of bytes. */
  readonly size: number
  /** MD5, 32 lower-case hex digits. */
  readonly checksum: string
  /** By the algorithm that was asked for, lower-case hex; absent if none was. */
  readonly multihash?: string
}

/**
 * Takes the bytes of one stream, in order. It is not reusable: a retry needs a new one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hasher {
  /** Has read the bytes when it returns: the caller may then reuse their memory. */
  readonly update: (bytes: Uint8Array) => Effect.Effect<void>
  /** Ends the hasher; to be run once. */
  readonly digest: Effect.Effect<Digest>
}

/**
 * A hasher for MD5 and, if given, one more algorithm. Asked for MD5 again, it computes it once.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (algorithm?: HashingAlgorithm.Resolved): Effect.Effect<Hasher> =>
  Effect.sync(() => {
    const md5 = HashingAlgorithm.unsafeHash(HashingAlgorithm.md5)
    const other = algorithm === undefined || algorithm.name === HashingAlgorithm.md5.name
      ? undefined
      : HashingAlgorithm.unsafeHash(algorithm)
    let size = 0
    return {
      update: (bytes) =>
        Effect.sync(() => {
          size += bytes.length
          other?.update(bytes)
          md5.update(bytes)
        }),
      digest: Effect.sync(() => {
        const checksum = md5.digest("hex")
        return algorithm === undefined
          ? { size, checksum }
          : { size, checksum, multihash: other === undefined ? checksum : other.digest("hex") }
      })
    }
  })

/**
 * Hashes without storing: for bytes that are to be compared with an image, or that go elsewhere.
 *
 * @example
 * ```ts
 * import { deepStrictEqual } from "node:assert"
 * import { Effect, Stream } from "effect"
 * import { Digest } from "effect-glance-store"
 *
 * const bytes = Stream.make(new TextEncoder().encode("abc"))
 * const digest = Effect.runSync(Stream.run(bytes, Digest.sink("sha1")))
 *
 * deepStrictEqual(digest, {
 *   size: 3,
 *   checksum: "900150983cd24fb0d6963f7d28e17f72",
 *   multihash: "a9993e364706816aba3e25717850c26c9cd0d89d"
 * })
 * ```
 *
 * @since 0.1.0
 * @category sinks
 */
export const sink = (
  hashingAlgo?: HashingAlgorithm.HashingAlgorithm
): Sink.Sink<Digest, Uint8Array, never, UnknownHashingAlgo> =>
  Sink.unwrap(Effect.gen(function*() {
    const algorithm = hashingAlgo === undefined ? undefined : yield* HashingAlgorithm.resolve(hashingAlgo)
    const hasher = yield* make(algorithm)
    return Sink.forEachChunk((chunk: Chunk.Chunk<Uint8Array>) =>
      Effect.forEach(chunk, hasher.update, { discard: true })
    )
      .pipe(Sink.mapEffect(() => hasher.digest))
  }))
