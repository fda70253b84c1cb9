/** The bytes of the images: pseudo-random, the same in every run, and read often enough to stay in the page cache. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { createCipheriv } from "node:crypto"
import { statfs } from "node:fs/promises"
import { MiB } from "./job.js"
import { bytes } from "./summary.js"
import type { Work } from "./works.js"

/** Writes a file of this many bytes. */
export const writeSource = (file: string, size: number) =>
  Effect.flatMap(FileSystem.FileSystem, (fs) => Stream.run(pseudoRandom(size), fs.sink(file)))

/** Bytes of the longest image that is read from it. */
export const sourceSize = (jobs: ReadonlyArray<Work["job"]>): number =>
  Math.max(
    0,
    ...jobs.filter(({ operation }) => !operation.startsWith("addMany")).map(({ operation, size }) =>
      operation === "addUnknown" ? 0 : size
    )
  )

/** AES in counter mode: nothing that a disk could compress, and quickly made. */
const pseudoRandom = (size: number) =>
  Stream.suspend(() => {
    const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, "glance"), Buffer.alloc(16))
    const zeros = Buffer.alloc(MiB)
    return Stream.unfold(
      size,
      (left) =>
        left === 0 ? Option.none() : Option.some([cipher.update(zeros.subarray(0, left)), Math.max(0, left - MiB)])
    )
  })

/** There is no room for the images. */
export class NoSpace extends Schema.TaggedError<NoSpace>("effect-glance-store/bench/NoSpace")("NoSpace", {
  directory: Schema.String,
  free: Schema.Number,
  wanted: Schema.Number
}) {
  override get message() {
    return `${this.directory} has ${bytes(this.free)} free and ${
      bytes(this.wanted)
    } are wanted: name another --directory`
  }
}

/** Room for the source and for what the greatest of the works writes, with a tenth to spare. */
export const requireSpace = (directory: string, jobs: ReadonlyArray<Work["job"]>) =>
  Effect.gen(function*() {
    const { bavail, bsize } = yield* Effect.tryPromise(() => statfs(directory))
    const free = bavail * bsize
    const written = jobs.map(({ count = 1, operation, size }) => operation === "addMany" ? count * 2 * size : size)
    const wanted = Math.ceil(1.1 * (sourceSize(jobs) + Math.max(0, ...written)))
    if (free < wanted) {
      return yield* new NoSpace({ directory, free, wanted })
    }
  })
