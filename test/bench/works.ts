/**
 * What is measured. A work is an entry here: an operation with its figures, who does it, and whom ours is compared
 * with.
 */
import type { Name } from "./contenders.js"
import { GiB, type Job, KiB, MiB } from "./job.js"

type Figures = Pick<Job, "operation" | "size"> & Partial<Pick<Job, "count" | "concurrency" | "length" | "hashingAlgo">>

export interface Work {
  readonly title: string
  readonly job: Figures
  /** The figures that are smaller in a quick run. */
  readonly quick: Partial<Figures>
  readonly ours: Name
  readonly rivals: ReadonlyArray<Name>
  /** What the rivals are tried with, bytes; the fastest is the one compared. A quick run takes the first only. */
  readonly chunkSizes: ReadonlyArray<number>
  /** What is told of speed: bytes or images a second. */
  readonly unit: "bytes" | "images"
  /** Bytes that ours may grow beyond its idle size. */
  readonly limit?: number
  /** Fewer rounds than the others, for what takes long. */
  readonly atMost?: number
}

const file = { ours: "file", rivals: ["node", "node-unsynced", "original"] } as const
const memory = { ours: "memory", rivals: ["array"] } as const
const reading = { ours: "file", rivals: ["node", "original"], unit: "bytes" } as const
const usual = [64 * KiB, MiB]

export const works = {
  "add": {
    title: "add, with MD5 and SHA-512",
    job: { operation: "add", size: GiB, hashingAlgo: "sha512" },
    quick: { size: 16 * MiB },
    ...file,
    chunkSizes: usual,
    unit: "bytes"
  },
  "add-md5": {
    title: "add, with MD5 only",
    job: { operation: "add", size: GiB },
    quick: { size: 16 * MiB },
    ...file,
    chunkSizes: usual,
    unit: "bytes"
  },
  "get": {
    title: "get, drained",
    job: { operation: "get", size: GiB },
    quick: { size: 16 * MiB },
    ...reading,
    chunkSizes: [64 * KiB, 256 * KiB, MiB, 4 * MiB]
  },
  "get-ranges": {
    title: "get 1 MiB at each of many offsets",
    job: { operation: "getRanges", size: GiB, count: 1000, length: MiB },
    quick: { size: 16 * MiB, count: 16 },
    ...reading,
    chunkSizes: usual
  },
  "copy": {
    title: "get into another file",
    job: { operation: "copy", size: GiB },
    quick: { size: 16 * MiB },
    ...reading,
    chunkSizes: usual
  },
  "add-small-1": {
    title: "add small images, one at a time, with MD5 and SHA-512",
    job: { operation: "addMany", size: 4 * KiB, count: 10_000, concurrency: 1, hashingAlgo: "sha512" },
    quick: { count: 200 },
    ...file,
    chunkSizes: [],
    unit: "images"
  },
  "add-small-16": {
    title: "add small images, 16 at a time, with MD5 and SHA-512",
    job: { operation: "addMany", size: 4 * KiB, count: 10_000, concurrency: 16, hashingAlgo: "sha512" },
    quick: { count: 200 },
    ...file,
    chunkSizes: [],
    unit: "images"
  },
  "add-unknown": {
    title: "add a stream of unknown size, with MD5 and SHA-512",
    job: { operation: "addUnknown", size: 8 * GiB, hashingAlgo: "sha512" },
    quick: { size: 256 * MiB },
    ...file,
    chunkSizes: [MiB],
    unit: "bytes",
    limit: 64 * MiB,
    atMost: 2
  },
  "memory-add": {
    title: "add into memory, with MD5 and SHA-512",
    job: { operation: "add", size: 256 * MiB, hashingAlgo: "sha512" },
    quick: { size: 16 * MiB },
    ...memory,
    chunkSizes: usual,
    unit: "bytes"
  },
  "memory-get": {
    title: "get from memory, drained",
    job: { operation: "get", size: 256 * MiB },
    quick: { size: 16 * MiB },
    ...memory,
    chunkSizes: usual,
    unit: "bytes"
  },
  "memory-add-small": {
    title: "add small images into memory, one at a time, with MD5 and SHA-512",
    job: { operation: "addMany", size: 4 * KiB, count: 10_000, concurrency: 1, hashingAlgo: "sha512" },
    quick: { count: 200 },
    ...memory,
    chunkSizes: [],
    unit: "images"
  }
} satisfies Readonly<Record<string, Work>>
