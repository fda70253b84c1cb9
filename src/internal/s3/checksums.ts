/**
 * What is sent along with a body, so that the service refuses it if it did not arrive as it was.
 *
 * @internal
 */
import { createHash } from "node:crypto"
import * as zlib from "node:zlib"
import type { Checksum } from "./presets.js"

/** As the parameters of a request to put bytes; none where nothing is sent along. */
export interface Sums {
  readonly ChecksumAlgorithm?: "CRC32" | "CRC64NVME" | "SHA256"
  readonly ChecksumCRC32?: string
  readonly ContentMD5?: string
}

/**
 * CRC32 is made here where Node has it, for that is ten times as fast as the SDK's; the other ones are the
 * SDK's to make.
 *
 * @internal
 */
export const ofBody = (checksum: Checksum, body: Uint8Array): Sums => {
  switch (checksum) {
    case "none":
      return {}
    case "md5":
      return { ContentMD5: createHash("md5").update(body).digest("base64") }
    case "crc32":
      return nodeCrc32 === undefined
        ? { ChecksumAlgorithm: "CRC32" }
        : { ChecksumAlgorithm: "CRC32", ChecksumCRC32: base64(nodeCrc32(body)) }
    case "crc64nvme":
      return { ChecksumAlgorithm: "CRC64NVME" }
    case "sha256":
      return { ChecksumAlgorithm: "SHA256" }
  }
}

/**
 * Of a body whose MD5 is known already, in hex.
 *
 * @internal
 */
export const ofMd5 = (hex: string): Sums => ({ ContentMD5: Buffer.from(hex, "hex").toString("base64") })

/**
 * How an upload says beforehand what its parts will come with.
 *
 * @internal
 */
export const kindOfUpload = (checksum: Checksum): object => {
  switch (checksum) {
    case "crc32":
      return { ChecksumAlgorithm: "CRC32", ChecksumType: "COMPOSITE" }
    case "crc64nvme":
      return { ChecksumAlgorithm: "CRC64NVME", ChecksumType: "FULL_OBJECT" }
    case "sha256":
      return { ChecksumAlgorithm: "SHA256", ChecksumType: "COMPOSITE" }
    default:
      return {}
  }
}

// -----------------------------------------------------------------------------

/** Since Node 20.15 and 22.2. */
const nodeCrc32: ((bytes: Uint8Array) => number) | undefined = "crc32" in zlib ? zlib.crc32 : undefined

const base64 = (crc: number): string => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(crc >>> 0)
  return bytes.toString("base64")
}
