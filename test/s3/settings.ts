/** In what servers differ. They may be changed while the server runs. */

export interface Settings {
  region: string
  /** Take requests that are signed for whatever region. */
  anyRegion: boolean
  /** What each part but the last must have. */
  minimumPartSize: number
  maximumParts: number
  /** The most that an object may have in a single put, and a part. */
  maximumPut: number
  /** Heed If-None-Match and If-Match on PutObject. */
  conditionalPut: boolean
  /** Heed If-None-Match on CompleteMultipartUpload. */
  conditionalComplete: boolean
  /** What becomes of a body that comes as aws-chunked with a trailer. */
  chunked: "decoded" | "refused"
  /** CompleteMultipartUpload tells no ETag. */
  silentComplete: boolean
  /** Whatever is done with an upload that was aborted is an InternalError at its completion. */
  abortedIsInternal: boolean
  /** The bytes that all objects and parts may have together. */
  quota: number
  /** Of bodies either way, over all connections. */
  bytesPerSecond: number
  /** Without it only lengths and digests are kept, and zeros are given back. */
  keepsBytes: boolean
  /** What the server's clock is before the true one, in milliseconds. */
  clockOffset: number
  /** The most entries of a list. */
  pageSize: number
}

export const aws: Settings = {
  region: "us-east-1",
  anyRegion: false,
  minimumPartSize: 5 * 1024 * 1024,
  maximumParts: 10_000,
  maximumPut: 5 * 1024 ** 3,
  conditionalPut: true,
  conditionalComplete: true,
  chunked: "decoded",
  silentComplete: false,
  abortedIsInternal: false,
  quota: Infinity,
  bytesPerSecond: Infinity,
  keepsBytes: true,
  clockOffset: 0,
  pageSize: 1000
}

/** As Ceph's radosgw of Debian 12 was seen to be. */
export const radosgw: Settings = {
  ...aws,
  anyRegion: true,
  conditionalComplete: false,
  chunked: "refused",
  silentComplete: true,
  abortedIsInternal: true
}
