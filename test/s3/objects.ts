/** What the server keeps: buckets, the objects in them, and uploads that are not complete. */
import { createHash, randomUUID } from "node:crypto"
import { type Algorithm, md5 } from "./checksums.js"

/** Bytes as they came, in pieces; or only how many, where the server keeps none. */
export interface Content {
  readonly size: number
  readonly pieces: ReadonlyArray<Uint8Array>
  readonly md5: Buffer
}

/** What travels with an object from the request that made it. */
export interface Attributes {
  /** Content type, user metadata, encryption, storage class, tags: by the name of the header. */
  readonly headers: Readonly<Record<string, string>>
  readonly checksums: Readonly<Partial<Record<Algorithm, string>>>
  readonly checksumType?: "COMPOSITE" | "FULL_OBJECT"
}

export interface StoredObject extends Content, Attributes {
  readonly etag: string
  readonly modified: Date
  /** How many parts it was made of; absent for a single put. */
  readonly parts?: number
}

export interface Part extends Content {
  readonly etag: string
  readonly checksums: Attributes["checksums"]
}

export interface Upload extends Attributes {
  readonly id: string
  readonly key: string
  readonly algorithm: Algorithm | undefined
  readonly initiated: Date
  readonly parts: Map<number, Part>
}

export interface Bucket {
  readonly owner: string
  readonly region: string
  readonly objects: Map<string, StoredObject>
  readonly uploads: Map<string, Upload>
}

export type Buckets = Map<string, Bucket>

export const makeBucket = (owner: string, region: string): Bucket => ({
  owner,
  region,
  objects: new Map(),
  uploads: new Map()
})

export const contentOf = (bytes: Uint8Array): Content => ({ size: bytes.length, pieces: [bytes], md5: md5([bytes]) })

/** What a server that keeps no bytes gives for them. */
export const bytesOf = ({ pieces, size }: Content): Buffer =>
  pieces.length === 0 ? Buffer.alloc(size) : Buffer.concat(pieces)

/** Of some bytes without joining all. */
export const slice = (content: Content, begin: number, end: number): ReadonlyArray<Uint8Array> => {
  if (content.pieces.length === 0) return [Buffer.alloc(end - begin)]
  let at = 0
  return content.pieces.flatMap((piece) => {
    const from = Math.max(begin - at, 0)
    const to = Math.min(end - at, piece.length)
    at += piece.length
    return from < to ? [piece.subarray(from, to)] : []
  })
}

/** MD5, but not where the object is encrypted with keys of others: there it is no checksum of anything. */
export const etagOf = (digest: Buffer, headers: Attributes["headers"]): string => {
  const opaque = headers["x-amz-server-side-encryption"] === "aws:kms" || customerKeyOf(headers) !== undefined
  return opaque ? createHash("md5").update("sealed").update(digest).digest("hex") : digest.toString("hex")
}

/** The digest of the key that an object is encrypted with, where the client has the key. */
export const customerKeyOf = (headers: Readonly<Record<string, unknown>>): unknown =>
  headers["x-amz-server-side-encryption-customer-key-md5"]

export const putObject = (bucket: Bucket, key: string, content: Content, attributes: Attributes): StoredObject => {
  const stored = { ...content, ...attributes, etag: etagOf(content.md5, attributes.headers), modified: new Date() }
  bucket.objects.set(key, stored)
  return stored
}

export const beginUpload = (
  bucket: Bucket,
  key: string,
  { algorithm, attributes }: { readonly algorithm: Algorithm | undefined; readonly attributes: Attributes }
): Upload => {
  const upload = { ...attributes, id: randomUUID(), key, algorithm, initiated: new Date(), parts: new Map() }
  bucket.uploads.set(upload.id, upload)
  return upload
}

/** Bytes of all that the server keeps. */
export const sizeOf = (buckets: Buckets): number => {
  let sum = 0
  for (const { objects, uploads } of buckets.values()) {
    for (const { size } of objects.values()) sum += size
    for (const { parts } of uploads.values()) {
      for (const { size } of parts.values()) sum += size
    }
  }
  return sum
}
