/** The plain SDK against a loopback server, so that the server is known to be an S3 to it. */
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
  type S3ClientConfig,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { assert } from "@effect/vitest"
import type { RequestPresigner } from "@smithy/types"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Server from "./Server.js"

/** What the SDK has thrown: the name of the error, and the status of the answer, if there was one. */
export class SdkError extends Data.TaggedError("SdkError")<{
  readonly name: string
  readonly status: number | undefined
  readonly cause: unknown
}> {}

/** Where, and as whom. */
export interface Target {
  readonly endpoint: string
  readonly region: string
  readonly account: { readonly accessKeyId: string; readonly secretAccessKey: string }
}

/** A client of the account, with path addressing and no retries. */
export const client = (
  { account: { accessKeyId, secretAccessKey }, endpoint, region }: Target,
  config: S3ClientConfig = {}
): Effect.Effect<S3Client, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() =>
      new S3Client({
        endpoint,
        region,
        forcePathStyle: true,
        credentials: { accessKeyId, secretAccessKey },
        maxAttempts: 1,
        ...config
      })
    ),
    (s3) => Effect.sync(() => s3.destroy())
  )

export const attempt = <A>(send: (signal: AbortSignal) => Promise<A>): Effect.Effect<A, SdkError> =>
  Effect.tryPromise({ try: send, catch: sdkError })

const sdkError = (cause: unknown) => {
  const { $metadata, name = "unknown" } = cause as {
    readonly name?: string
    readonly $metadata?: { readonly httpStatusCode?: number }
  }
  return new SdkError({ name, status: $metadata?.httpStatusCode, cause })
}

const Bucket = "glance"

export type Client = S3Client

export const createBucket = (s3: S3Client, bucket: string) =>
  attempt(() => s3.send(new CreateBucketCommand({ Bucket: bucket })))

export const put = (s3: S3Client, Key: string, Body: Uint8Array, bucket = Bucket) =>
  attempt((abortSignal) => s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body }), { abortSignal }))

export const get = (
  s3: S3Client,
  Key: string,
  { bucket = Bucket, range }: { readonly range?: string; readonly bucket?: string } = {}
) =>
  attempt(async (abortSignal) => {
    const { Body, ...answer } = await s3.send(
      new GetObjectCommand({ Bucket: bucket, Key, Range: range }),
      { abortSignal }
    )
    return { ...answer, bytes: Buffer.from(await Body?.transformToByteArray() ?? []) }
  })

export const begin = (s3: S3Client, Key: string, bucket = Bucket) =>
  Effect.map(
    attempt(() => s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }))),
    ({ UploadId = "" }) => UploadId
  )

export const part = (s3: S3Client, Key: string, UploadId: string, PartNumber: number, Body: Uint8Array) =>
  attempt((abortSignal) => s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }), { abortSignal }))

export const complete = (
  s3: S3Client,
  Key: string,
  UploadId: string,
  parts: ReadonlyArray<readonly [number, string | undefined]>,
  more: { readonly IfNoneMatch?: string } = {}
) =>
  attempt(() =>
    s3.send(
      new CompleteMultipartUploadCommand({
        Bucket,
        Key,
        UploadId,
        MultipartUpload: { Parts: parts.map(([PartNumber, ETag]) => ({ PartNumber, ETag })) },
        ...more
      })
    )
  )

/** A URL by which whoever has it may read the object, for a minute. */
export const presigned = (s3: S3Client, { port }: Server.Service, key: string) =>
  attempt(async () => {
    // The SDK's own signer, of which the type of the configuration shows less than there is.
    const signer = await s3.config.signer() as unknown as RequestPresigner
    const { path, query = {} } = await signer.presign({
      method: "GET",
      protocol: "http:",
      hostname: "127.0.0.1",
      port,
      path: `/${Bucket}/${key}`,
      query: {},
      headers: { "host": `127.0.0.1:${port}`, "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }
    }, { expiresIn: 60 })
    const search = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    return `http://127.0.0.1:${port}${path}?${search.join("&")}`
  })

/** A server and a client of its own. */
export const prepare = (options?: Server.Options, config?: S3ClientConfig) =>
  Effect.gen(function*() {
    const server = yield* Server.make(options)
    return { server, s3: yield* client(server, config) }
  })

/** That it is refused, and how the SDK names that. */
export const refusedAs = <A, R>(effect: Effect.Effect<A, SdkError, R>, name: string, status: number) =>
  Effect.map(Effect.flip(effect), (error) => {
    assert.deepStrictEqual({ name: error.name, status: error.status }, { name, status })
    return error
  })

/** What a URL that is not to be seen leads to. */
export const fetched = (url: Redacted.Redacted) =>
  attempt(async (signal) => {
    const response = await fetch(Redacted.value(url), { signal })
    return { status: response.status, bytes: Buffer.from(await response.arrayBuffer()) }
  })
