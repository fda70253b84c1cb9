/**
 * What the services that speak S3 do differently from each other.
 *
 * @internal
 */

/** @internal */
export const names = ["aws", "ceph", "minio", "r2", "swift-s3api", "custom"] as const

/** @internal */
export type Name = (typeof names)[number]

/** @internal */
export const checksums = ["crc32", "crc64nvme", "sha256", "md5", "none"] as const

/** @internal */
export type Checksum = (typeof checksums)[number]

/** @internal */
export interface Preset {
  /** Bucket in the host name or in the path, where the option says `auto`. */
  readonly addressing: "virtual" | "path"
  /** What is sent along with each part for the service to check. */
  readonly checksum: Checksum
  /** Whether `If-None-Match: *` is honoured when an object is put. */
  readonly conditionalPut: boolean
  /** Whether it is when a multipart upload is completed. */
  readonly conditionalComplete: boolean
  /** Whether all parts but the last must be of one size. */
  readonly uniformParts: boolean
  /** Whether bodies may go unsigned where there is no TLS. */
  readonly unsignedInClear: boolean
  /** The region that requests are signed for where none is configured. */
  readonly region: string
}

/** @internal */
export const presets: Readonly<Record<Name, Preset>> = {
  aws: {
    addressing: "virtual",
    checksum: "crc32",
    conditionalPut: true,
    conditionalComplete: true,
    uniformParts: false,
    unsignedInClear: false,
    region: "us-east-1"
  },
  // Seen on 16.2: checksum headers are ignored, and a condition on Complete as well.
  ceph: {
    addressing: "path",
    checksum: "none",
    conditionalPut: true,
    conditionalComplete: false,
    uniformParts: false,
    unsignedInClear: true,
    region: "us-east-1"
  },
  minio: {
    addressing: "path",
    checksum: "crc32",
    conditionalPut: true,
    conditionalComplete: true,
    uniformParts: false,
    unsignedInClear: true,
    region: "us-east-1"
  },
  r2: {
    addressing: "path",
    checksum: "md5",
    conditionalPut: true,
    conditionalComplete: false,
    uniformParts: true,
    unsignedInClear: false,
    region: "auto"
  },
  // Seen on 2.30: a condition on a put is 501, whatever it is.
  "swift-s3api": {
    addressing: "path",
    checksum: "none",
    conditionalPut: false,
    conditionalComplete: false,
    uniformParts: false,
    unsignedInClear: true,
    region: "us-east-1"
  },
  // Nothing is taken for granted that some service is known to refuse.
  custom: {
    addressing: "path",
    checksum: "none",
    conditionalPut: false,
    conditionalComplete: false,
    uniformParts: false,
    unsignedInClear: false,
    region: "us-east-1"
  }
}
