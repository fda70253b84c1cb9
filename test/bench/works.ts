/**
 * What is measured. A work is an entry here: an operation with its figures, who does it, and whom ours is compared
 * with.
 */
import type { Backend } from "./backends.js"
import type { Name } from "./contenders.js"
import { GiB, type Job, KiB, MiB, type Way } from "./job.js"

type Figures =
  & Pick<Job, "operation" | "size">
  & Partial<Pick<Job, "count" | "concurrency" | "length" | "hashingAlgo" | "reuse">>

export interface Work {
  readonly title: string
  readonly job: Figures
  /** The figures that are smaller in a quick run. */
  readonly quick: Partial<Figures>
  /** As it is without any setting. */
  readonly ours: Name
  /**
   * And the ways each is tried in, of which the fastest is the one compared; ours may be here too, in other ways. A
   * quick run tries the first only.
   */
  readonly rivals: Readonly<Partial<Record<Name, ReadonlyArray<Way>>>>
  /**
   * Who adds the image that is read, in a process of its own: what an add leaves of a heap is not to be measured with a
   * read. If absent, each contender has its own way of having one.
   */
  readonly seed?: Name
  /** What has to be started for it; a work that needs something runs only where it is asked for. */
  readonly backend?: Backend
  /** What is told of speed: bytes or images a second. */
  readonly unit: "bytes" | "images"
  /** Bytes that ours may grow beyond its idle size. */
  readonly limit?: number
  /** Fewer rounds than the others, for what takes long. */
  readonly atMost?: number
}

export const figures = ({ job, quick }: Work, isQuick: boolean): Work["job"] => isQuick ? { ...job, ...quick } : job

const chunksOf = (...sizes: ReadonlyArray<number>): ReadonlyArray<Way> => sizes.map((chunkSize) => ({ chunkSize }))

const usual = chunksOf(64 * KiB, MiB)
const only: ReadonlyArray<Way> = [{}]
/** The SDK's own parts, and those that this library makes. */
const parts: ReadonlyArray<Way> = [{}, { chunkSize: 10 * MiB, threads: 10 }]

/**
 * The works on S3: against Ceph, whose own speed bounds them; against nothing, where the client is the bound; and
 * against what is far away, where a connection is.
 */
const onS3 = (backend: "radosgw" | "sink" | "far-sink") => ({
  add: {
    title: `add to S3 (${backend}), with MD5 and SHA-512`,
    job: { operation: "add", size: GiB, hashingAlgo: "sha512" },
    quick: { size: 16 * MiB },
    ours: "s3",
    rivals: { "lib-storage": parts, "lib-storage-bare": parts, "original-s3": only },
    unit: "bytes",
    backend
  },
  get: {
    title: `get from S3 (${backend}), drained`,
    job: { operation: "get", size: GiB },
    quick: { size: 16 * MiB },
    ours: "s3",
    rivals: { "s3-ranges": only, "sdk": only, "original-s3": only },
    seed: "lib-storage-bare",
    unit: "bytes",
    backend
  },
  addSmall: {
    title: `add small images to S3 (${backend}), 16 at a time, with MD5 and SHA-512`,
    job: { operation: "addMany", size: 4 * KiB, count: 1000, concurrency: 16, hashingAlgo: "sha512" },
    quick: { count: 50 },
    ours: "s3",
    rivals: { "sdk": only },
    unit: "images",
    backend
  }
} satisfies Readonly<Record<string, Work>>)

const radosgw = onS3("radosgw")
const sink = onS3("sink")
const far = onS3("far-sink")

export const works = {
  "add": {
    title: "add, with MD5 and SHA-512",
    job: { operation: "add", size: GiB, hashingAlgo: "sha512" },
    quick: { size: 16 * MiB },
    ours: "file",
    rivals: {
      "file-unsynced": only,
      "file-one-thread": only,
      "node": usual,
      "node-unsynced": usual,
      "original": usual
    },
    unit: "bytes"
  },
  "add-md5": {
    title: "add, with MD5 only",
    job: { operation: "add", size: GiB },
    quick: { size: 16 * MiB },
    ours: "file",
    rivals: { "file-unsynced": only, "node": usual, "node-unsynced": usual, "original": usual },
    unit: "bytes"
  },
  "get": {
    title: "get, drained",
    job: { operation: "get", size: GiB },
    quick: { size: 16 * MiB },
    ours: "file",
    rivals: { "file": chunksOf(64 * KiB), "node": chunksOf(64 * KiB, 256 * KiB, MiB, 4 * MiB), "original": usual },
    unit: "bytes"
  },
  "get-ranges": {
    title: "get 1 MiB at each of many offsets",
    job: { operation: "getRanges", size: GiB, count: 1000, length: MiB },
    quick: { size: 16 * MiB, count: 16 },
    ours: "file",
    rivals: { "node": usual, "original": usual },
    unit: "bytes"
  },
  "copy": {
    title: "get into another file",
    job: { operation: "copy", size: GiB },
    quick: { size: 16 * MiB },
    ours: "file",
    rivals: { "node": usual, "original": usual },
    unit: "bytes"
  },
  "add-small-1": {
    title: "add small images, one at a time, with MD5 and SHA-512",
    job: { operation: "addMany", size: 4 * KiB, count: 10_000, concurrency: 1, hashingAlgo: "sha512" },
    quick: { count: 200 },
    ours: "file",
    rivals: { "node": only },
    unit: "images"
  },
  "add-small-1-unsynced": {
    title: "the same, without waiting for the disk",
    job: { operation: "addMany", size: 4 * KiB, count: 10_000, concurrency: 1, hashingAlgo: "sha512" },
    quick: { count: 200 },
    ours: "file-unsynced",
    rivals: { "node-unsynced": only, "original": only },
    unit: "images"
  },
  "add-small-16": {
    title: "add small images, 16 at a time, with MD5 and SHA-512",
    job: { operation: "addMany", size: 4 * KiB, count: 10_000, concurrency: 16, hashingAlgo: "sha512" },
    quick: { count: 200 },
    ours: "file",
    rivals: { "node": only },
    unit: "images"
  },
  "add-small-16-unsynced": {
    title: "the same, without waiting for the disk",
    job: { operation: "addMany", size: 4 * KiB, count: 10_000, concurrency: 16, hashingAlgo: "sha512" },
    quick: { count: 200 },
    ours: "file-unsynced",
    rivals: { "node-unsynced": only, "original": [{ threads: 1 }, { threads: 16 }] },
    unit: "images"
  },
  "add-unknown": {
    title: "add a stream of unknown size, with MD5 and SHA-512",
    job: { operation: "addUnknown", size: 8 * GiB, hashingAlgo: "sha512" },
    quick: { size: 256 * MiB },
    ours: "file",
    rivals: { "node": chunksOf(MiB), "original": chunksOf(MiB) },
    unit: "bytes",
    atMost: 2
  },
  "add-unknown-memory": {
    title: "the same from a source that reuses its memory, so that what grows is the store",
    job: { operation: "addUnknown", size: 8 * GiB, hashingAlgo: "sha512", reuse: true },
    quick: { size: 256 * MiB },
    ours: "file",
    // Node's streams read ahead: they need fresh memory.
    rivals: { "original": chunksOf(MiB) },
    unit: "bytes",
    limit: 64 * MiB,
    atMost: 2
  },
  "memory-add": {
    title: "add into memory, with MD5 and SHA-512",
    job: { operation: "add", size: 256 * MiB, hashingAlgo: "sha512" },
    quick: { size: 16 * MiB },
    ours: "memory",
    rivals: { "array": usual },
    unit: "bytes"
  },
  "memory-get": {
    title: "get from memory, drained",
    job: { operation: "get", size: 256 * MiB },
    quick: { size: 16 * MiB },
    ours: "memory",
    rivals: { "array": usual },
    unit: "bytes"
  },
  "memory-add-small": {
    title: "add small images into memory, one at a time, with MD5 and SHA-512",
    job: { operation: "addMany", size: 4 * KiB, count: 10_000, concurrency: 1, hashingAlgo: "sha512" },
    quick: { count: 200 },
    ours: "memory",
    rivals: { "array": only },
    unit: "images"
  },
  "s3-add": radosgw.add,
  "s3-get": radosgw.get,
  "s3-add-small": radosgw.addSmall,
  "s3-sink-add": sink.add,
  "s3-sink-get": sink.get,
  "s3-sink-add-small": sink.addSmall,
  "s3-far-get": far.get,
  "http-get": {
    title: "get from nginx, drained",
    job: { operation: "get", size: GiB },
    quick: { size: 16 * MiB },
    ours: "http",
    rivals: { "undici": only },
    unit: "bytes",
    limit: 128 * MiB,
    backend: "nginx"
  },
  "s3-slow-add-unknown": {
    title: "add a stream of unknown size to a slow S3, with MD5 and SHA-512, from a source that reuses its memory",
    job: { operation: "addUnknown", size: 8 * GiB, hashingAlgo: "sha512", reuse: true },
    quick: { size: 256 * MiB },
    ours: "s3",
    // Those there are keep what the source gave them: they need fresh memory.
    rivals: {},
    unit: "bytes",
    // Ten parts of 10 MiB on their way, two more, and what everything else may take.
    limit: (10 + 2) * 10 * MiB + 64 * MiB,
    atMost: 1,
    backend: "slow-sink"
  }
} satisfies Readonly<Record<string, Work>>
