/**
 * Hashing one digest after the other, where the bytes are.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Service } from "../../Hashing.js"
import * as HashingAlgorithm from "../../HashingAlgorithm.js"
import * as Source from "../source.js"

/** @internal */
export interface Hashes {
  readonly update: (bytes: Uint8Array) => void
  readonly digests: () => ReadonlyArray<string>
}

/** @internal */
export const make = (algorithms: ReadonlyArray<HashingAlgorithm.Resolved>): Hashes => {
  const hashes = algorithms.map(HashingAlgorithm.unsafeHash)
  return {
    update: (bytes) => {
      for (const hash of hashes) {
        hash.update(bytes)
      }
    },
    digests: () => hashes.map((hash) => hash.digest("hex"))
  }
}

/** @internal */
export const service: Service = {
  open: (algorithms) =>
    Effect.sync(() => {
      const hashes = make(algorithms)
      const memory = Source.pair(leaseSize)
      return {
        ...memory,
        update: (bytes) => Effect.sync(() => hashes.update(bytes)),
        digests: Effect.sync(hashes.digests)
      }
    })
}

/** What is read, hashed and written at once: few enough bytes that a core's cache holds them meanwhile. */
const leaseSize = 256 * 1024
