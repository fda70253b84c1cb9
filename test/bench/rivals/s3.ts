/**
 * What one writes on the AWS SDK: `lib-storage` uploads in parts while it hashes, `lib-storage-bare` hashes nothing, and
 * `sdk` sends the plain commands. `chunkSize` is the size of a part, `threads` how many go at once.
 */
import { GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client, S3ServiceException } from "@aws-sdk/client-s3"
import { Upload } from "@aws-sdk/lib-storage"
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { Readable, Transform } from "node:stream"
import { finished } from "node:stream/promises"
import { main, type Repertoire } from "../child.js"
import { type Bucket, type Job, MiB, syntheticChunks } from "../job.js"

const connect = (job: Job) => {
  if (job.s3 === undefined) throw new Error("there is no S3 to work on")
  const { accessKeyId, bucket: Bucket, endpoint, region, secretAccessKey }: Bucket = job.s3
  const client = new S3Client({
    endpoint,
    region,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
    // No checksums beside those that are asked for, as this library has it for Ceph.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED"
  })
  return { client, Bucket }
}

const upload = async (job: Job, Body: Readable) => {
  const { Bucket, client } = connect(job)
  await new Upload({
    client,
    params: { Bucket, Key: "image", Body },
    ...(job.chunkSize === undefined ? {} : { partSize: job.chunkSize }),
    ...(job.threads === undefined ? {} : { queueSize: job.threads })
  }).done()
}

const hashing = ({ hashingAlgo }: Job) => {
  const md5 = createHash("md5")
  const other = hashingAlgo === undefined ? undefined : createHash(hashingAlgo)
  const stage = new Transform({
    transform: (chunk: Uint8Array, _, done) => {
      md5.update(chunk)
      other?.update(chunk)
      done(null, chunk)
    }
  })
  return {
    stage,
    digest: () => {
      other?.digest("hex")
      return md5.digest("hex")
    }
  }
}

const hashed = async (job: Job, source: Readable) => {
  const { digest, stage } = hashing(job)
  source.on("error", (error) => stage.destroy(error))
  await upload(job, source.pipe(stage))
  return { bytes: job.size, checksum: digest() }
}

const open = ({ size, source }: Job) => createReadStream(source, { end: size - 1, highWaterMark: MiB })

/** In the pieces that everybody gets: here `chunkSize` is not theirs. */
const synthetic = (job: Job) => Readable.from(syntheticChunks({ ...job, chunkSize: MiB }), { objectMode: false })

/** Of the image, found out before the work is measured: who hashes nothing still has to show that it was the same. */
const checksumOf = async (source: Readable) => {
  const md5 = createHash("md5")
  for await (const chunk of source) md5.update(chunk)
  return md5.digest("hex")
}

const get = async (job: Job) => {
  const { Bucket, client } = connect(job)
  return async () => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: "image" }))
    if (!(Body instanceof Readable)) throw new Error("the SDK gives no stream")
    let bytes = 0
    Body.on("data", (chunk: Uint8Array) => {
      bytes += chunk.length
    })
    await finished(Body)
    return { bytes }
  }
}

const addMany = async (job: Job) => {
  const { Bucket, client } = connect(job)
  const Body = Buffer.alloc(job.size, 7)
  let next = 0
  const add = async (Key: string) => {
    const there = await client.send(new HeadObjectCommand({ Bucket, Key })).then(() => true, (error: unknown) => {
      if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return false
      throw error
    })
    if (there) throw new Error(`there is ${Key}`)
    await client.send(new PutObjectCommand({ Bucket, Key, Body }))
  }
  const worker = async () => {
    // oxlint-disable-next-line no-await-in-loop -- as many workers as may run at once
    while (next < job.count) await add(`image-${next++}`)
  }
  return async () => {
    await Promise.all(Array.from({ length: job.concurrency }, worker))
    return { bytes: job.size * job.count }
  }
}

await main(
  {
    "lib-storage": {
      add: async (job) => () => hashed(job, open(job)),
      addUnknown: async (job) => () => hashed(job, synthetic(job))
    },
    "lib-storage-bare": {
      add: async (job) => {
        const checksum = await checksumOf(open(job))
        return async () => {
          await upload(job, open(job))
          return { bytes: job.size, checksum }
        }
      }
    },
    "sdk": { get, addMany }
  } satisfies Readonly<Record<string, Repertoire>>
)
