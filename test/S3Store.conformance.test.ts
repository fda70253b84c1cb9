/** S3 stores as stores: what they have of an image is looked for in the server behind them, past all requests. */
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Capabilities from "../src/Capabilities.js"
import * as Hashing from "../src/Hashing.js"
import * as S3Store from "../src/S3Store.js"
import * as Store from "../src/Store.js"
import { type Backend, type Harness, Storage } from "./conformance/harness.js"
import { suite } from "./conformance/suite.js"
import * as Server from "./s3/Server.js"
import * as Settings from "./s3/settings.js"

const bucket = "glance"

const backend = (server: Server.Service, credentials: string): Omit<Backend, "another"> => {
  const uriOf = (imageId: string) => `s3://${credentials}127.0.0.1:${server.port}/${bucket}/${imageId}`
  return {
    uriOf,
    seed: (imageId, bytes) =>
      Effect.sync(() => {
        server.put(bucket, imageId, bytes)
        return uriOf(imageId)
      }),
    find: (imageId) =>
      Effect.sync(() =>
        Option.map(Option.fromNullable(server.bytes(bucket, imageId)), (bytes) => new Uint8Array(bytes))
      ),
    litter: (imageId) => Effect.sync(() => server.uploads(bucket, imageId))
  }
}

interface Variant {
  readonly server?: Server.Options
  readonly options?: Partial<S3Store.Options>
  readonly id?: string
  readonly readOnly?: boolean
  /** Whether every image is hashed in threads, however small. */
  readonly threads?: boolean
}

const harness = ({ id, options, readOnly = false, server: kind, threads }: Variant): Harness => ({
  schemes: ["s3", "s3+http", "s3+https"],
  capabilities: readOnly ? Capabilities.make("readRange") : Capabilities.make("readRange", "write"),
  ...(id === undefined ? {} : { id }),
  tellsSize: true,
  durable: true,
  layer: Layer.scopedContext(Effect.gen(function*() {
    const server = yield* Server.make({ ...kind, buckets: [bucket] })
    const { accessKeyId, secretAccessKey } = server.account
    // Whatever the laws have looked at, in the end nothing may be left.
    yield* Effect.addFinalizer(() => Effect.sync(() => assert.deepStrictEqual(server.uploads(bucket), [])))
    const make = S3Store.make({
      host: server.endpoint,
      accessKey: accessKeyId,
      secretKey: secretAccessKey,
      ...(readOnly ? { degrade: true } : { bucket }),
      ...options
    }, { id })
    const credentials = options?.legacyLocations === true ? `${accessKeyId}:${secretAccessKey}@` : ""
    return Context.make(Store.Store, yield* make).pipe(
      Context.add(Storage, { ...backend(server, credentials), another: make })
    )
  })).pipe(
    Layer.provide(threads === true ? Hashing.layerWorkers({ threads: 2, threshold: 0 }) : Hashing.layerInThread)
  )
})

suite("An S3 store", harness({ options: { preset: "aws" } }))

suite("An S3 store that hashes in threads", harness({ options: { preset: "aws" }, threads: true }))

suite(
  "An S3 store that puts every image in parts, and reads ranges beside each other",
  harness({
    id: "far",
    options: {
      preset: "aws",
      largeObjectSize: 0,
      largeObjectChunkSize: 5,
      threadPools: 2,
      parallelReads: 3,
      readSize: 1
    }
  })
)

suite(
  "An S3 store on a radosgw, with the locations of glance_store",
  harness({ server: Settings.radosgw, options: { preset: "ceph", legacyLocations: true } })
)

suite(
  "An S3 store on a radosgw that puts every image in parts",
  harness({ server: Settings.radosgw, options: { preset: "ceph", largeObjectSize: 0 } })
)

suite(
  "An S3 store on a service that knows no conditions",
  harness({ server: { conditionalPut: false, conditionalComplete: false }, options: { preset: "custom" } })
)

suite("An S3 store without a bucket for new images", harness({ readOnly: true }))
