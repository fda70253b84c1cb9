/** Bytes as the laws need them: to be told apart, cut, put together again and compared. */
import { assert } from "@effect/vitest"
import * as FastCheck from "effect/FastCheck"
import { createHash } from "node:crypto"

/** No two positions near each other, and no two seeds, give the same run of bytes. */
export const pattern = (length: number, seed = 0): Uint8Array => {
  const bytes = new Uint8Array(length)
  let state = (seed + 1) * 0x9e3779b1
  for (let index = 0; index < length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    bytes[index] = state >>> 24
  }
  return bytes
}

export const text = (content: string): Uint8Array => new TextEncoder().encode(content)

export const concat = (parts: Iterable<Uint8Array>): Uint8Array => new Uint8Array(Buffer.concat(Array.from(parts)))

/** Pieces of `size` bytes, the last one maybe shorter; each has its own memory. */
export const cut = (bytes: Uint8Array, size: number): ReadonlyArray<Uint8Array> =>
  Array.from(
    { length: Math.ceil(bytes.length / size) },
    (_, index) => bytes.slice(index * size, (index + 1) * size)
  )

export const hex = (algorithm: string, bytes: Uint8Array): string => createHash(algorithm).update(bytes).digest("hex")

/** That they are the same, told in a line where they are not. */
export const assertSame = (actual: Uint8Array, expected: Uint8Array): void => {
  assert.strictEqual(actual.length, expected.length, "number of bytes")
  const differing = Buffer.from(actual).equals(expected)
    ? -1
    : expected.findIndex((byte, index) => byte !== actual[index])
  assert.strictEqual(differing, -1, "index of the first byte that differs")
}

/** Bytes in any pieces, empty ones among them, and the pieces in any groups. */
export interface Cutting {
  readonly bytes: Uint8Array
  readonly groups: ReadonlyArray<ReadonlyArray<Uint8Array>>
}

export const cuttings: FastCheck.Arbitrary<Cutting> = FastCheck.array(
  FastCheck.array(FastCheck.uint8Array({ maxLength: 600 }), { maxLength: 4 }),
  { maxLength: 12 }
).map((groups) => ({ bytes: concat(groups.flat()), groups }))
