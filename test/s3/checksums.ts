/** The checksums that S3 knows, over bytes in pieces. */
import { createHash } from "node:crypto"
import * as zlib from "node:zlib"

export const algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const

export type Algorithm = typeof algorithms[number]

/** The header a checksum travels in. */
export const headerOf = (algorithm: Algorithm): string => `x-amz-checksum-${algorithm.toLowerCase()}`

/** As S3 writes it: base64 of the big-endian value. */
export const checksum = (algorithm: Algorithm, pieces: ReadonlyArray<Uint8Array>): string =>
  compute[algorithm](pieces).toString("base64")

/** That of an image of parts, from those of the parts. */
export const composite = (algorithm: Algorithm, ofParts: ReadonlyArray<string>): string =>
  `${checksum(algorithm, ofParts.map((value) => Buffer.from(value, "base64")))}-${ofParts.length}`

export const md5 = (pieces: ReadonlyArray<Uint8Array>): Buffer => hashed("md5", pieces)

// -----------------------------------------------------------------------------

const hashed = (name: string, pieces: ReadonlyArray<Uint8Array>) => {
  const hash = createHash(name)
  for (const piece of pieces) hash.update(piece)
  return hash.digest()
}

const bigEndian = (...words: ReadonlyArray<number>) => {
  const bytes = Buffer.alloc(words.length * 4)
  words.forEach((word, index) => bytes.writeUInt32BE(word >>> 0, index * 4))
  return bytes
}

/** A reflected CRC of 64 bits in two words of 32; one of 32 bits has nothing in the high word. */
const crc = (high: number, low: number) => {
  const highs = new Uint32Array(256)
  const lows = new Uint32Array(256)
  for (let index = 0; index < 256; index++) {
    let above = 0
    let below = index
    for (let bit = 0; bit < 8; bit++) {
      const odd = below & 1
      below = (below >>> 1) | (above << 31)
      above >>>= 1
      if (odd === 1) {
        below ^= low
        above ^= high
      }
    }
    highs[index] = above
    lows[index] = below
  }
  return (pieces: ReadonlyArray<Uint8Array>, initial: number) => {
    let above = initial
    let below = 0xffff_ffff
    for (const piece of pieces) {
      for (const byte of piece) {
        const index = (below ^ byte) & 0xff
        below = ((below >>> 8) | (above << 24)) ^ (lows[index] ?? 0)
        above = (above >>> 8) ^ (highs[index] ?? 0)
      }
    }
    return { above: ~above, below: ~below }
  }
}

const castagnoli = crc(0, 0x82f6_3b78)
const nvme = crc(0x9a6c_9329, 0xac4b_c9b5)

const compute: Readonly<Record<Algorithm, (pieces: ReadonlyArray<Uint8Array>) => Buffer>> = {
  CRC32: (pieces) => bigEndian(pieces.reduce((value, piece) => zlib.crc32(piece, value), 0)),
  CRC32C: (pieces) => bigEndian(castagnoli(pieces, 0).below),
  CRC64NVME: (pieces) => {
    const { above, below } = nvme(pieces, 0xffff_ffff)
    return bigEndian(above, below)
  },
  SHA1: (pieces) => hashed("sha1", pieces),
  SHA256: (pieces) => hashed("sha256", pieces)
}
