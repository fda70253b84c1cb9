/** Images in memory by hand: an array of chunks each, hashed as they come. */
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { main } from "../child.js"
import type { Job } from "../job.js"

const add = async ({ hashingAlgo }: Job, source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) => {
  const md5 = createHash("md5")
  const other = hashingAlgo === undefined ? undefined : createHash(hashingAlgo)
  const chunks: Array<Uint8Array> = []
  let size = 0
  for await (const chunk of source) {
    md5.update(chunk)
    other?.update(chunk)
    chunks.push(chunk)
    size += chunk.length
  }
  return { chunks, size, checksum: md5.digest("hex"), multihash: other?.digest("hex") }
}

const read = ({ chunkSize, size, source }: Job) => createReadStream(source, { end: size - 1, highWaterMark: chunkSize })

await main({
  array: {
    add: async (job) => async () => {
      const { checksum, size } = await add(job, read(job))
      return { bytes: size, checksum }
    },

    addMany: async (job) => {
      const bytes = Buffer.alloc(job.size, 7)
      return async () => {
        const images = new Map<string, Awaited<ReturnType<typeof add>>>()
        for (let index = 0; index < job.count; index++) {
          // oxlint-disable-next-line no-await-in-loop -- one at a time is the work
          images.set(`image-${index}`, await add(job, [Uint8Array.from(bytes)]))
        }
        return { bytes: images.size * job.size }
      }
    },

    get: async (job) => {
      const { chunks } = await add(job, read(job))
      return async () => {
        let bytes = 0
        // Copied, for a reader may write on what it is given.
        for (const chunk of chunks) bytes += Uint8Array.from(chunk).length
        return { bytes }
      }
    }
  }
})
