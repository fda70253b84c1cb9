/**
 * What a measured process is told and what it says: the protocol between the benchmark and its children. A child gets
 * a `Job` as its last argument, as JSON, and prints a `Report` as one line of JSON. Plain types, so that the children
 * that do without Effect load none of it.
 */

export type Operation = "add" | "addMany" | "addUnknown" | "get" | "getRanges" | "copy"

/** Where the works on S3 have their images. */
export interface Bucket {
  readonly endpoint: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** An empty one. */
  readonly bucket: string
}

export interface Job {
  readonly operation: Operation
  /** A file of pseudo-random bytes, in the page cache, at least as long as an image. */
  readonly source: string
  /** An empty directory for images. */
  readonly datadir: string
  /** Where `copy` writes. */
  readonly target: string
  /** Bytes of an image. */
  readonly size: number
  /** Images that `addMany` adds, ranges that `getRanges` reads. */
  readonly count: number
  /** How many of them at once. */
  readonly concurrency: number
  /** Bytes of a range. */
  readonly length: number
  /** Besides MD5, which every image has. */
  readonly hashingAlgo?: string
  /** Whether the source of `addUnknown` writes every chunk on the same memory. */
  readonly reuse?: boolean
  /** Bytes to read and write at a time; the contender's own default if absent. */
  readonly chunkSize?: number
  /** Threads of the original, or parts on their way at once; as many as `concurrency`, or as by default, if absent. */
  readonly threads?: number
  /** Only for works on S3. */
  readonly s3?: Bucket
  /** Only for works over HTTP: a web server, and the directory that it serves. */
  readonly web?: { readonly origin: string; readonly directory: string }
}

/** How a contender goes about its work, where there is a choice. */
export type Way = Partial<Pick<Job, "chunkSize" | "threads">>

/** By which the contenders are held to the same work. */
export interface Outcome {
  /** Bytes that were moved. */
  readonly bytes: number
  /** MD5 of the image that was added. */
  readonly checksum?: string
}

export interface Report extends Outcome {
  /** Seconds. */
  readonly wall: number
  /** Seconds that all threads together were on a processor. */
  readonly cpu: number
  /** Resident bytes before the work, everything loaded. */
  readonly idle: number
  /** Resident bytes at the most. */
  readonly peak: number
  /** Milliseconds by which the event loop was late, 99th percentile; absent where there is none. */
  readonly delay?: number
  /** Share of the time that the main thread was busy. */
  readonly busy?: number
  /**
   * The same of each thread of its own that it started, the busiest first. With a core for everybody, a work takes as long
   * as its busiest thread is busy.
   */
  readonly threads?: ReadonlyArray<number>
}

export const KiB = 1024
export const MiB = 1024 * KiB
export const GiB = 1024 * MiB

/** Where the ranges of `getRanges` begin: all over the image, unaligned, the same for everybody. */
export const offsets = ({ count, length, size }: Job): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, index) => (index * 32_452_843 + 13) % (size - length))

/**
 * The image of `addUnknown`. In fresh memory a chunk, as bytes come from a socket, some tens of MiB are always waiting
 * for the garbage collector, whoever takes them; where the memory is reused, what a process grows by is its own.
 */
export function* syntheticChunks({ chunkSize = MiB, reuse = false, size }: Job): Generator<Uint8Array> {
  const block = Buffer.allocUnsafeSlow(chunkSize)
  for (let at = 0; at < size; at += chunkSize) {
    const chunk = reuse ? block : Buffer.allocUnsafeSlow(chunkSize)
    yield chunk.fill(Math.floor(at / MiB) % 251).subarray(0, size - at)
  }
}
