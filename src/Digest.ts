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
import type * as Scope from "effect/Scope"
import * as Sink from "effect/Sink"
import * as Hashing from "./Hashing.js"
import * as HashingAlgorithm from "./HashingAlgorithm.js"
import type { HashingFailed, UnknownHashingAlgo } from "./StoreError.js"

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
 * Takes the bytes of one stream, in order, with the program's `Hashing`.
 *
 * @since 0.1.0
 * @category models
 */
export interface Digester extends Omit<Hashing.Hasher, "digests"> {
  /** Ends it; to be run once. */
  readonly digest: Effect.Effect<Digest, HashingFailed>
}

/**
 * For MD5 and, if given, one more algorithm; asked for MD5 again, it is made once. `size` is the
 * number of bytes to come, if that is known: it decides early whether they are worth a thread.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  algorithm?: HashingAlgorithm.Resolved,
  size?: number
): Effect.Effect<Digester, HashingFailed, Scope.Scope> =>
  Effect.gen(function*() {
    const hashing = yield* Hashing.Hashing
    const algorithms = algorithm === undefined || algorithm.name === HashingAlgorithm.md5.name
      ? [HashingAlgorithm.md5]
      : [HashingAlgorithm.md5, algorithm]
    const hasher = yield* hashing.open(algorithms, size)
    let received = 0
    return {
      lease: hasher.lease,
      release: hasher.release,
      update: (bytes) => {
        received += bytes.length
        return hasher.update(bytes)
      },
      digest: Effect.map(hasher.digests, ([checksum = "", multihash = checksum]) =>
        algorithm === undefined ? { size: received, checksum } : { size: received, checksum, multihash })
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
): Sink.Sink<Digest, Uint8Array, never, UnknownHashingAlgo | HashingFailed> =>
  Sink.unwrapScoped(Effect.gen(function*() {
    const algorithm = hashingAlgo === undefined ? undefined : yield* HashingAlgorithm.resolve(hashingAlgo)
    const hasher = yield* make(algorithm)
    return Sink.forEachChunk((chunk: Chunk.Chunk<Uint8Array>) =>
      Effect.forEach(chunk, hasher.update, { discard: true })
    )
      .pipe(Sink.mapEffect(() => hasher.digest))
  }))
