/**
 * What a caller may say of an image that is being added, besides its bytes.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as HashingAlgorithm from "./HashingAlgorithm.js"
import * as Range from "./Range.js"
import type { UnknownHashingAlgo } from "./StoreError.js"
import { InvalidArgument } from "./StoreError.js"

/**
 * Sees the bytes of an image as they are accepted, in order, to check a signature for example.
 * Should it fail, so does the add, with the same error, and nothing is stored.
 *
 * @since 0.1.0
 * @category models
 */
export interface Verifier<out E = never, out R = never> {
  /** Must have read the bytes when it ends: their memory may be used again. */
  readonly update: (bytes: Uint8Array) => Effect.Effect<void, E, R>
  /** Runs after the last byte and before anybody can see the image: the place for the verdict. */
  readonly complete?: Effect.Effect<void, E, R>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface AddOptions<out E = never, out R = never> {
  /** Bytes the source must have, neither more nor less; absent if unknown. 0 means an empty image. */
  readonly size?: number | undefined
  /** Asks for a multihash. */
  readonly hashingAlgo?: HashingAlgorithm.HashingAlgorithm | undefined
  readonly verifier?: Verifier<E, R> | undefined
  /** Told the bytes accepted so far, after each chunk. */
  readonly onProgress?: ((received: number) => Effect.Effect<void>) | undefined
  /** Hex digests, in either case, that the bytes must have for the image to be stored. */
  readonly expected?: Expected | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface AddOptionsWithMultihash<out E = never, out R = never> extends AddOptions<E, R> {
  readonly hashingAlgo: HashingAlgorithm.HashingAlgorithm
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Expected {
  /** MD5. */
  readonly checksum?: string | undefined
  /** By the `hashingAlgo` of the same options. */
  readonly multihash?: string | undefined
}

/**
 * Options that were found valid.
 *
 * @since 0.1.0
 * @category models
 */
export interface Checked<out E = never, out R = never> {
  readonly size: number | undefined
  readonly algorithm: HashingAlgorithm.Resolved | undefined
  readonly verifier: Verifier<E, R> | undefined
  readonly onProgress: ((received: number) => Effect.Effect<void>) | undefined
  /** In lower case. */
  readonly expected: Expected
}

/**
 * Finds fault with options before a byte is read.
 *
 * @since 0.1.0
 * @category validation
 */
export const check = <E, R>(
  options: AddOptions<E, R>
): Effect.Effect<Checked<E, R>, UnknownHashingAlgo | InvalidArgument> =>
  Effect.gen(function*() {
    const { hashingAlgo, size } = options
    if (size !== undefined) {
      yield* Range.checkByteCount("size", size)
    }
    const algorithm = hashingAlgo === undefined ? undefined : yield* HashingAlgorithm.resolve(hashingAlgo)
    const { checksum, multihash } = options.expected ?? {}
    return {
      size,
      algorithm,
      verifier: options.verifier,
      onProgress: options.onProgress,
      expected: {
        checksum: yield* hexDigest(checksum, /^[\da-f]{32}$/u, "an MD5 checksum of 32 hex digits"),
        multihash: yield* hexDigest(
          multihash,
          algorithm === undefined ? /(?!)/u : /^(?:[\da-f]{2})+$/u,
          "a hex digest, given together with hashingAlgo"
        )
      }
    }
  })

const hexDigest = (value: string | undefined, pattern: RegExp, allowed: string) =>
  value === undefined || pattern.test(value.toLowerCase())
    ? Effect.succeed(value?.toLowerCase())
    : new InvalidArgument({ argument: "expected", received: JSON.stringify(value), allowed })
