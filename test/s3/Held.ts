/** An S3 store held against the laws of stores: what it has of an image is looked for with the plain SDK. */
import { HeadObjectCommand, ListMultipartUploadsCommand, paginateListObjectsV2 } from "@aws-sdk/client-s3"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { randomUUID } from "node:crypto"
import * as Capabilities from "../../src/Capabilities.js"
import * as Hashing from "../../src/Hashing.js"
import * as S3Store from "../../src/S3Store.js"
import * as Store from "../../src/Store.js"
import { type Backend, type Harness, Storage } from "../conformance/harness.js"
import type { Service } from "../services/control.js"
import * as Sdk from "./sdk.js"

/** Options for a bucket of its own, which there is, at the service. */
export const optionsFor = <const O extends Partial<S3Store.Options>>(service: Service, options: O) =>
  Effect.gen(function*() {
    const s3 = yield* Sdk.client({ ...service, region: "us-east-1" })
    const bucket = `held-${randomUUID()}`
    yield* Effect.orDie(Sdk.createBucket(s3, bucket))
    return {
      s3,
      bucket,
      options: {
        host: service.endpoint,
        accessKey: service.account.accessKeyId,
        secretKey: service.account.secretAccessKey,
        bucket,
        ...options
      }
    }
  })

/** What is in the bucket besides objects: uploads that were not ended, of an image or of all. */
export const uploads = (s3: Sdk.Client, Bucket: string, key = "") =>
  Effect.map(
    Sdk.attempt(() => s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: key }))),
    ({ Uploads = [] }) => Uploads.map(({ Key, UploadId }) => `${Key}: upload ${UploadId}`)
  )

/** The keys of all objects. */
export const keys = (client: Sdk.Client, Bucket: string) =>
  Sdk.attempt(async () => {
    const found: Array<string> = []
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket })) {
      for (const { Key } of Contents) found.push(Key ?? "")
    }
    return found
  })

/** Size and metadata of an object, if there is one. */
export const head = (s3: Sdk.Client, Bucket: string, Key: string) =>
  Sdk.attempt(() => s3.send(new HeadObjectCommand({ Bucket, Key }))).pipe(
    Effect.map(Option.some),
    Effect.catchIf(({ status }) => status === 404, () => Effect.succeedNone)
  )

export interface Variant {
  readonly service: Effect.Effect<Service>
  readonly options: Partial<S3Store.Options>
  readonly id?: string
}

export const harness = ({ id, options: some, service }: Variant): Harness => ({
  schemes: ["s3", "s3+http", "s3+https"],
  capabilities: Capabilities.make("readRange", "write"),
  ...(id === undefined ? {} : { id }),
  tellsSize: true,
  durable: true,
  layer: Layer.scopedContext(Effect.gen(function*() {
    const running = yield* service
    const { bucket, options, s3 } = yield* optionsFor(running, some)
    const make = S3Store.make(options, { id })
    const { accessKeyId, secretAccessKey } = running.account
    const user = some.legacyLocations === true ? `${accessKeyId}:${secretAccessKey}@` : ""
    const uriOf = (imageId: string) => `s3://${user}${running.endpoint.replace("http://", "")}/${bucket}/${imageId}`
    const backend: Backend = {
      uriOf,
      seed: (imageId, bytes) => Effect.as(Sdk.put(s3, imageId, bytes, bucket), uriOf(imageId)),
      find: (imageId) =>
        Sdk.get(s3, imageId, { bucket }).pipe(
          Effect.map(({ bytes }) => Option.some(new Uint8Array(bytes))),
          Effect.catchIf(({ status }) => status === 404, () => Effect.succeedNone)
        ),
      litter: (imageId) => uploads(s3, bucket, imageId),
      another: make
    }
    return Context.make(Store.Store, yield* make).pipe(Context.add(Storage, backend))
  })).pipe(
    Layer.provide(Hashing.layerInThread)
  )
})
