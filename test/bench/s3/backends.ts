/** What the works on S3 are measured against. Each is started when a work asks for it, and ends with the benchmark. */
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  S3Client
} from "@aws-sdk/client-s3"
import * as Command from "@effect/platform/Command"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import { start as startService, stop as stopService } from "../../services/control.js"
import { type Bucket, MiB } from "../job.js"

export type Backend = "radosgw" | "sink" | "slow-sink" | "far-sink"

export type Address = Omit<Bucket, "bucket">

/** Bytes a second that the slow one takes: less than whoever feeds it can give. */
const slowness = 96 * MiB

/** Bytes a second that come by one connection from the one that is far away, as one knows it of AWS. */
const distance = 64 * MiB

const speeds = { "sink": [], "slow-sink": [slowness], "far-sink": [Infinity, distance] } as const

export const start = (backend: Backend, scripts: string) =>
  Effect.gen(function*() {
    yield* Console.log(`starting ${backend}`)
    if (backend === "radosgw") return yield* radosgw
    return yield* sink(scripts, ...speeds[backend].map(String))
  })

/** A bucket for one run; it is gone afterwards with what is in it, for whatever is in memory. */
export const bucketOn = (address: Address) =>
  Effect.acquireRelease(
    Effect.promise(async () => {
      const client = clientOf(address)
      const bucket: Bucket = { ...address, bucket: `bench-${randomUUID()}` }
      await client.send(new CreateBucketCommand({ Bucket: bucket.bucket }))
      return { client, bucket }
    }),
    ({ bucket: { bucket: Bucket }, client }) =>
      Effect.promise(async () => {
        await empty(client, Bucket)
        await client.send(new DeleteBucketCommand({ Bucket }))
        client.destroy()
      })
  ).pipe(
    Effect.map(({ bucket }) => bucket)
  )

const empty = async (client: S3Client, Bucket: string): Promise<void> => {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }))
  await Promise.all(Contents.map(({ Key }) => client.send(new DeleteObjectCommand({ Bucket, Key }))))
  if (Contents.length > 0) await empty(client, Bucket)
}

const clientOf = ({ accessKeyId, endpoint, region, secretAccessKey }: Address) =>
  new S3Client({ endpoint, region, forcePathStyle: true, credentials: { accessKeyId, secretAccessKey } })

const radosgw = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  // A short path, for it will have Unix sockets in it.
  const directory = yield* fs.makeTempDirectoryScoped({ prefix: "gs-" })
  const { account, endpoint } = yield* Effect.acquireRelease(
    startService("radosgw", directory),
    () => Effect.orDie(stopService("radosgw", directory))
  )
  return { endpoint, region: "us-east-1", ...account }
})

const sink = (scripts: string, ...options: ReadonlyArray<string>) =>
  Effect.gen(function*() {
    const process_ = yield* Command.make(process.execPath, `${scripts}/s3/sink.js`, ...options).pipe(
      Command.stderr("inherit"),
      Command.start
    )
    const port = yield* process_.stdout.pipe(Stream.decodeText(), Stream.splitLines, Stream.runHead, Effect.flatten)
    return { endpoint: `http://127.0.0.1:${port}`, region: "us-east-1", accessKeyId: "sink", secretAccessKey: "sink" }
  })
