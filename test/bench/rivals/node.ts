/**
 * What one writes by hand: `node:fs` streams, a hash in the main thread, a temporary file that is renamed. `node` puts
 * the image on the disk before it says so, as this library does; `node-unsynced` leaves that to the kernel.
 */
import { createHash } from "node:crypto"
import { createReadStream, createWriteStream } from "node:fs"
import * as fs from "node:fs/promises"
import * as path from "node:path"
import { Readable, Transform } from "node:stream"
import { finished, pipeline } from "node:stream/promises"
import { main, type Repertoire } from "../child.js"
import { type Job, offsets, syntheticChunks } from "../job.js"

const repertoire = (durable: boolean): Repertoire => {
  const publish = async (temporary: string, target: string) => {
    if (durable) await sync(temporary)
    await fs.rename(temporary, target)
    if (durable) await sync(path.dirname(target))
  }

  const add = async (job: Job, source: Readable) => {
    const temporary = path.join(job.datadir, ".image.partial")
    const hashes = hashing(job)
    const stage = new Transform({
      highWaterMark: job.chunkSize,
      transform: (chunk: Uint8Array, _, done) => {
        hashes.update(chunk)
        done(null, chunk)
      }
    })
    const sink = createWriteStream(temporary, { flags: "wx", highWaterMark: job.chunkSize })
    await pipeline(source, stage, sink)
    await publish(temporary, path.join(job.datadir, "image"))
    return { bytes: sink.bytesWritten, checksum: hashes.digest() }
  }

  return {
    add: async (job) => () => add(job, read(job, job.source, 0, job.size)),

    addUnknown: async (job) => () => add(job, Readable.from(syntheticChunks(job), { objectMode: false })),

    addMany: async (job) => {
      const bytes = Buffer.alloc(job.size, 7)
      return async () => {
        await each(job, async (index) => {
          const target = path.join(job.datadir, `image-${index}`)
          const temporary = path.join(job.datadir, `.image-${index}.partial`)
          const hashes = hashing(job)
          hashes.update(bytes)
          hashes.digest()
          await fs.writeFile(temporary, bytes, { flag: "wx" })
          await publish(temporary, target)
        })
        return { bytes: job.size * job.count }
      }
    },

    get: async (job) => async () => ({ bytes: await drain(read(job, job.source, 0, job.size)) }),

    getRanges: async (job) => async () => {
      let bytes = 0
      for (const offset of offsets(job)) {
        // oxlint-disable-next-line no-await-in-loop -- one at a time is the work
        bytes += await drain(read(job, job.source, offset, job.length))
      }
      return { bytes }
    },

    copy: async (job) => async () => {
      const sink = createWriteStream(job.target, { highWaterMark: job.chunkSize })
      await pipeline(read(job, job.source, 0, job.size), sink)
      return { bytes: sink.bytesWritten }
    }
  }
}

const read = ({ chunkSize }: Job, file: string, offset: number, length: number) =>
  createReadStream(file, { start: offset, end: offset + length - 1, highWaterMark: chunkSize })

const drain = async (source: Readable) => {
  let bytes = 0
  source.on("data", (chunk: Uint8Array) => {
    bytes += chunk.length
  })
  await finished(source)
  return bytes
}

const hashing = ({ hashingAlgo }: Job) => {
  const md5 = createHash("md5")
  const other = hashingAlgo === undefined ? undefined : createHash(hashingAlgo)
  return {
    update: (bytes: Uint8Array) => {
      md5.update(bytes)
      other?.update(bytes)
    },
    digest: () => {
      other?.digest("hex")
      return md5.digest("hex")
    }
  }
}

const sync = async (name: string) => {
  const handle = await fs.open(name, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const each = async ({ concurrency, count }: Job, use: (index: number) => Promise<void>) => {
  let next = 0
  const worker = async () => {
    // oxlint-disable-next-line no-await-in-loop -- as many workers as may run at once
    while (next < count) await use(next++)
  }
  await Promise.all(Array.from({ length: concurrency }, worker))
}

await main({ "node": repertoire(true), "node-unsynced": repertoire(false) })
