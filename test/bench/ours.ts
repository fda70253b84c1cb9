/** This library, used as its documentation says: layers, the backend's functions, images from files. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import * as Backend from "../../src/Backend.js"
import * as FileStore from "../../src/FileStore.js"
import * as Hashing from "../../src/Hashing.js"
import * as ImageFile from "../../src/ImageFile.js"
import * as MemoryStore from "../../src/MemoryStore.js"
import type * as S3Store from "../../src/S3Store.js"
import * as StoreRegistry from "../../src/StoreRegistry.js"
import { main, type Perform, type Repertoire } from "./child.js"
import { type Job, offsets, type Outcome, syntheticChunks } from "./job.js"

type Services = StoreRegistry.StoreRegistry | FileSystem.FileSystem

/** Gives the URI of an image that is there before the work begins. */
type Seed = (job: Job) => Effect.Effect<string, unknown, Services>

const file = (options: FileStore.Options) => (job: Job) =>
  FileStore.layer({
    datadir: job.datadir,
    ...(job.chunkSize === undefined ? {} : { chunkSize: job.chunkSize }),
    ...options
  })

const linked: Seed = (job) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    yield* fs.link(job.source, `${job.datadir}/image`)
    return `file://${job.datadir}/image`
  })

const memory = () => MemoryStore.layer()

/** Loaded only where it is used: with it comes the AWS SDK, and that is idle memory to the other stores. */
const s3 = (options: Partial<S3Store.Options> = {}) => ({ s3: target }: Job) =>
  Layer.unwrapEffect(Effect.promise(async () => {
    const { layer } = await import("../../src/S3Store.js")
    if (target === undefined) throw new Error("there is no S3 to work on")
    return layer({
      host: target.endpoint,
      regionName: target.region,
      accessKey: target.accessKeyId,
      secretKey: target.secretAccessKey,
      bucket: target.bucket,
      preset: "ceph",
      ...options
    })
  }))

/** Loaded only where it is used, as above. */
const http = () =>
  Layer.unwrapEffect(Effect.promise(async () => {
    const { layer } = await import("../../src/HttpStore.js")
    return layer({ allowedNetworks: ["127.0.0.1"] })
  }))

const served: Seed = ({ source, web }) =>
  Effect.gen(function*() {
    if (web === undefined) return yield* Effect.dieMessage("there is no web server to ask")
    const fs = yield* FileSystem.FileSystem
    const name = randomUUID()
    yield* fs.symlink(source, `${web.directory}/${name}`)
    return `${web.origin}/${name}`
  })

const added: Seed = (job) => Effect.map(addFrom(job, fromFile(job), job.size), ({ uri }) => uri)

/** It was put there by somebody else. */
const stored: Seed = ({ s3: target }) =>
  target === undefined
    ? Effect.dieMessage("there is no S3 to work on")
    : Effect.succeed(`s3://${new URL(target.endpoint).host}/${target.bucket}/image`)

const fromFile = ({ size, source }: Job) => ImageFile.stream(source, { length: size })

const addFrom = <E, R>(
  { hashingAlgo }: Job,
  data: Stream.Stream<Uint8Array, E, R>,
  size: number | undefined,
  imageId = "image"
) =>
  hashingAlgo === undefined
    ? Backend.addToBackend(imageId, data, { size })
    : Backend.addToBackendWithMultihash(imageId, data, { hashingAlgo, size })

const bytesOf = <E, R>(data: Stream.Stream<Uint8Array, E, R>) =>
  Stream.runFold(data, 0, (bytes, chunk) => bytes + chunk.length)

const add = (job: Job, data: Stream.Stream<Uint8Array, unknown, Services>, declared?: number) =>
  Effect.map(addFrom(job, data, declared), ({ checksum, size }): Outcome => ({ bytes: size, checksum }))

const addMany = (job: Job) => {
  const bytes = new Uint8Array(job.size).fill(7)
  return Effect.forEach(
    Array.from({ length: job.count }, (_, index) => `image-${index}`),
    (imageId) => addFrom(job, Stream.succeed(bytes), job.size, imageId),
    { concurrency: job.concurrency, discard: true }
  ).pipe(
    Effect.as({ bytes: job.size * job.count })
  )
}

const get = (uri: string) =>
  Backend.getFromBackend(uri).pipe(
    Effect.flatMap(({ data }) => bytesOf(data)),
    Effect.map((bytes): Outcome => ({ bytes })),
    Effect.scoped
  )

const getRanges = (job: Job, uri: string) =>
  Effect.reduce(offsets(job), 0, (sum, offset) =>
    Backend.getFromBackend(uri, { offset, length: job.length }).pipe(
      Effect.flatMap(({ data }) => bytesOf(data)),
      Effect.map((bytes) => sum + bytes),
      Effect.scoped
    )).pipe(
      Effect.map((bytes): Outcome => ({ bytes }))
    )

const copy = (job: Job, uri: string) =>
  Effect.gen(function*() {
    const { data } = yield* Backend.getFromBackend(uri)
    return { bytes: yield* ImageFile.save(data, job.target) }
  }).pipe(
    Effect.scoped
  )

const repertoire = <E>(
  scheme: string,
  store: (job: Job) => Layer.Layer<never, E, StoreRegistry.StoreRegistry>,
  seed: Seed
) => {
  const prepared = (
    work: (job: Job, uri: string) => Effect.Effect<Outcome, unknown, Services>,
    prepare: Seed = () => Effect.succeed("")
  ): Perform =>
  async (job) => {
    const runtime = ManagedRuntime.make(
      store(job).pipe(
        Layer.provideMerge(StoreRegistry.layer({ default: scheme })),
        Layer.merge(NodeFileSystem.layer)
      )
    )
    const uri = await runtime.runPromise(prepare(job))
    return () => runtime.runPromise(work(job, uri))
  }
  return {
    add: prepared((job) => add(job, fromFile(job), job.size)),
    addUnknown: prepared((job) => add(job, Stream.fromIteratorSucceed(syntheticChunks(job), 1))),
    addMany: prepared(addMany),
    get: prepared((_, uri) => get(uri), seed),
    getRanges: prepared(getRanges, seed),
    copy: prepared(copy, seed)
  } satisfies Repertoire
}

await main({
  "file": repertoire("file", file({}), linked),
  "file-unsynced": repertoire("file", file({ fsync: false }), linked),
  "file-one-thread": repertoire("file", (job) => Layer.provide(file({})(job), Hashing.layerInThread), linked),
  "memory": repertoire("memory", memory, added),
  "http": repertoire("http", http, served),
  "s3": repertoire("s3", s3(), stored),
  "s3-ranges": repertoire("s3", s3({ parallelReads: 4 }), stored)
})
