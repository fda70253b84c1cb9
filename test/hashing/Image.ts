/** Bytes to hash, and the digests that they should have. */
import { createCipheriv, createHash } from "node:crypto"
import type * as HashingAlgorithm from "../../src/HashingAlgorithm.js"

/** What a slot of the threads' memory holds. */
export const slot = 256 * 1024

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
