/**
 * The requests of S3 that a store of images makes, one try of each.
 *
 * @internal
 */
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  type CreateBucketCommandInput,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import * as Redacted from "effect/Redacted"
import type { Readable } from "node:stream"
import type { Digest } from "../../Digest.js"
import type { Sums } from "./checksums.js"
import type { Client } from "./client.js"
import type { Settings } from "./settings.js"

/** @internal */
export interface Place {
  readonly bucket: string
  readonly key: string
}

/** A part that was asked for, and of which object. */
export interface Asked {
  readonly range: string | undefined
  readonly etag: string | undefined
}

/** @internal */
export interface Upload extends Place {
  readonly uploadId: string
}

/** @internal */
export type Requests = ReturnType<typeof make>

/** @internal */
export const make = ({ attempt, attemptBody }: Client, settings: Settings) => {
  const { customerKey, encryption, kmsKeyId, metadata, storageClass, tags } = settings
  const at = ({ bucket, key }: Place) => ({ Bucket: bucket, Key: key })
  const of = ({ uploadId, ...place }: Upload) => ({ ...at(place), UploadId: uploadId })
  const customer = customerKey === undefined ? {} : {
    SSECustomerAlgorithm: "AES256",
    SSECustomerKey: Buffer.from(Redacted.value(customerKey)).toString("base64")
  }
  const tagging = Object.entries(tags)
  const created = (token: string) => ({
    ...customer,
    ...(encryption === "none" ? {} : { ServerSideEncryption: encryption }),
    ...(kmsKeyId === undefined ? {} : { SSEKMSKeyId: kmsKeyId }),
    ...(storageClass === undefined ? {} : { StorageClass: storageClassOf(storageClass) }),
    ...(tagging.length === 0 ? {} : { Tagging: new URLSearchParams(tagging).toString() }),
    Metadata: { ...metadata, [tokenKey]: token }
  })
  const unlessThere = (honoured: boolean) => honoured ? { IfNoneMatch: "*" } : {}

  return {
    /** For what has no name here. */
    attempt,

    headBucket: (bucket: string) =>
      attempt("HeadBucket", (sdk, sending) => sdk.send(new HeadBucketCommand({ Bucket: bucket }), sending)),

    createBucket: (bucket: string) =>
      attempt("CreateBucket", (sdk, sending) =>
        sdk.send(
          new CreateBucketCommand({ Bucket: bucket, ...constraintOf(settings.locationConstraint) }),
          sending
        )),

    head: (place: Place) =>
      attempt("HeadObject", (sdk, sending) => sdk.send(new HeadObjectCommand({ ...at(place), ...customer }), sending)),

    get: (place: Place, { etag, range }: Asked) =>
      attemptBody("GetObject", (sdk, sending) =>
        sdk.send(
          new GetObjectCommand({
            ...at(place),
            ...customer,
            ...(range === undefined ? {} : { Range: range }),
            ...(etag === undefined ? {} : { IfMatch: etag })
          }),
          sending
        )),

    put: (place: Place, token: string, body: Uint8Array | Readable, size: number, sums: Sums) =>
      attempt("PutObject", (sdk, sending) =>
        sdk.send(
          new PutObjectCommand({
            ...at(place),
            ...created(token),
            ...unlessThere(settings.conditionalPut),
            ...sums,
            Body: body,
            ContentLength: size
          }),
          sending
        )),

    tag: (place: Place, digest: Digest) =>
      attempt("PutObjectTagging", (sdk, sending) =>
        sdk.send(
          new PutObjectTaggingCommand({
            ...at(place),
            Tagging: {
              TagSet: [
                ...tagging,
                ["image-id", place.key],
                ["md5", digest.checksum],
                ...(digest.multihash === undefined ? [] : [["multihash", digest.multihash]])
              ].map(([Key, Value]) => ({ Key, Value }))
            }
          }),
          sending
        )),

    remove: (place: Place) =>
      attempt("DeleteObject", (sdk, sending) => sdk.send(new DeleteObjectCommand(at(place)), sending)),

    begin: (place: Place, token: string, kind: object) =>
      attempt(
        "CreateMultipartUpload",
        (sdk, sending) =>
          sdk.send(new CreateMultipartUploadCommand({ ...at(place), ...created(token), ...kind }), sending)
      ),

    putPart: (upload: Upload, number: number, body: Uint8Array, sums: Sums) =>
      attempt("UploadPart", (sdk, sending) =>
        sdk.send(
          new UploadPartCommand({
            ...of(upload),
            ...customer,
            ...sums,
            PartNumber: number,
            Body: body,
            ContentLength: body.length
          }),
          sending
        )),

    complete: (upload: Upload, parts: ReadonlyArray<CompletedPart>) =>
      attempt("CompleteMultipartUpload", (sdk, sending) =>
        sdk.send(
          new CompleteMultipartUploadCommand({
            ...of(upload),
            ...customer,
            ...unlessThere(settings.conditionalComplete),
            MultipartUpload: { Parts: parts.slice() }
          }),
          sending
        )),

    abort: (upload: Upload) =>
      attempt("AbortMultipartUpload", (sdk, sending) => sdk.send(new AbortMultipartUploadCommand(of(upload)), sending)),

    parts: (upload: Upload) =>
      attempt("ListParts", (sdk, sending) => sdk.send(new ListPartsCommand(of(upload)), sending)),

    uploads: (bucket: string, after: { readonly key: string; readonly uploadId: string } | undefined) =>
      attempt("ListMultipartUploads", (sdk, sending) =>
        sdk.send(
          new ListMultipartUploadsCommand({
            Bucket: bucket,
            ...(after === undefined ? {} : { KeyMarker: after.key, UploadIdMarker: after.uploadId })
          }),
          sending
        ))
  }
}

/**
 * Under this name each add leaves a word of its own with its object. By it an add knows its object again
 * where it was not told whether it was stored, and never takes another's for its own.
 *
 * @internal
 */
export const tokenKey = "glance-add"

// -----------------------------------------------------------------------------

type Constraint = NonNullable<NonNullable<CreateBucketCommandInput["CreateBucketConfiguration"]>["LocationConstraint"]>

/** The SDK lists what AWS has; other services have names of their own. */
const constraintOf = (region: string | undefined) =>
  region === undefined ? {} : { CreateBucketConfiguration: { LocationConstraint: region as Constraint } }

type StorageClass = NonNullable<ConstructorParameters<typeof PutObjectCommand>[0]["StorageClass"]>

const storageClassOf = (name: string) => name as StorageClass
