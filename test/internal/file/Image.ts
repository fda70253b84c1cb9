/** Bytes to store, and the ways of handing them to a store. */
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"

export const text = (content: string): Uint8Array => new TextEncoder().encode(content)

/** Bytes that look random and are the same each time; no zero is among them. */
export const noise = (size: number, seed = 1): Uint8Array => {
  const bytes = new Uint8Array(size)
  let state = Math.imul(seed, 0x9e3779b1) | 1
  for (let index = 0; index < size; index++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[index] = (state & 0xff) || 1
  }
  return bytes
}

export const concat = (...parts: ReadonlyArray<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat(parts))

export const md5 = (bytes: Uint8Array): string => createHash("md5").update(bytes).digest("hex")

export const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

/** The bytes in pieces of `size`, one at a pull. */
export const pieces = (bytes: Uint8Array, size: number): Stream.Stream<Uint8Array> =>
  Stream.unfold(
    0,
    (at) => at < bytes.length ? Option.some([bytes.subarray(at, at + size), at + size] as const) : Option.none()
  )

/** As `pieces`, and how many bytes were asked for. */
export const counted = (bytes: Uint8Array, size: number) => {
  let pulled = 0
  return {
    data: pieces(bytes, size).pipe(Stream.map((piece) => {
      pulled += piece.length
      return piece
    })),
    pulled: () => pulled
  }
}
