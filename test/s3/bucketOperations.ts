/** Buckets, and lists of what is in them. */
import { buffer } from "node:stream/consumers"
import type { Answer, BucketCall, Call } from "./exchange.js"
import { type Bucket, makeBucket } from "./objects.js"
import { Refusal, refuse } from "./refusals.js"
import { contents, document, element, text } from "./xml.js"

/** The bucket of the request; a `Refusal` where there is none, or it is somebody else's, or lies elsewhere. */
export const bucketOf = ({ account, buckets, route, settings }: Call): Bucket => {
  const bucket = buckets.get(route.bucket)
  if (bucket === undefined) return refuse("NoSuchBucket", { BucketName: route.bucket })
  if (bucket.owner !== account.owner) return refuse("AccessDenied")
  if (bucket.region !== settings.region) {
    throw new Refusal({
      code: "PermanentRedirect",
      details: { Bucket: route.bucket, Endpoint: "elsewhere.example" },
      headers: { "x-amz-bucket-region": bucket.region }
    })
  }
  return bucket
}

export const createBucket = async ({ account, buckets, request, route, settings }: Call): Promise<Answer> => {
  const [constraint] = contents((await buffer(request)).toString("utf8"), "LocationConstraint")
  const there = buckets.get(route.bucket)
  if (there !== undefined && there.owner !== account.owner) return refuse("BucketAlreadyExists")
  if (there !== undefined && settings.region !== "us-east-1") return refuse("BucketAlreadyOwnedByYou")
  if (constraint === "us-east-1" || constraint !== undefined && settings.anyRegion) {
    return refuse("InvalidLocationConstraint")
  }
  if ((constraint ?? "us-east-1") !== settings.region && !settings.anyRegion) {
    return refuse("IllegalLocationConstraintException")
  }
  if (there === undefined) buckets.set(route.bucket, makeBucket(account.owner, settings.region))
  return { status: 200, headers: { location: `/${route.bucket}` } }
}

export const headBucket = ({ bucket }: BucketCall): Answer => ({
  status: 200,
  headers: { "x-amz-bucket-region": bucket.region }
})

export const deleteBucket = ({ bucket, buckets, route }: BucketCall): Answer => {
  if (bucket.objects.size > 0) return refuse("BucketNotEmpty")
  buckets.delete(route.bucket)
  return { status: 204 }
}

export const listObjects = ({ bucket, route, settings }: BucketCall): Answer => {
  const { query } = route
  if (query.get("delimiter") !== null) return refuse("NotImplemented")
  const after = query.get("continuation-token") ?? query.get("start-after") ?? ""
  const { isTruncated, page } = pageOf(
    sorted(bucket.objects.entries()).filter(([key]) => key.startsWith(query.get("prefix") ?? "") && key > after),
    limit(query.get("max-keys"), settings.pageSize)
  )
  return {
    status: 200,
    body: document(
      "ListBucketResult",
      text("Name", route.bucket),
      text("KeyCount", page.length),
      text("IsTruncated", isTruncated),
      ...(isTruncated ? [text("NextContinuationToken", page.at(-1)?.[0] ?? "")] : []),
      ...page.map(([key, { etag, modified, size }]) =>
        element(
          "Contents",
          text("Key", key),
          text("LastModified", modified.toISOString()),
          text("ETag", `"${etag}"`),
          text("Size", size),
          text("StorageClass", "STANDARD")
        )
      )
    )
  }
}

export const listUploads = ({ bucket, route, settings }: BucketCall): Answer => {
  const { query } = route
  if ((query.get("delimiter") ?? "") !== "") return refuse("NotImplemented")
  const keyMarker = query.get("key-marker") ?? ""
  const idMarker = query.get("upload-id-marker") ?? ""
  const { isTruncated, page } = pageOf(
    sorted(Array.from(bucket.uploads.values(), (upload) => [`${upload.key}\0${upload.id}`, upload] as const))
      .map(([, upload]) => upload)
      .filter(({ id, key }) =>
        key.startsWith(query.get("prefix") ?? "") && (key > keyMarker || key === keyMarker && id > idMarker)
      ),
    limit(query.get("max-uploads"), settings.pageSize)
  )
  const last = page.at(-1)
  return {
    status: 200,
    body: document(
      "ListMultipartUploadsResult",
      text("Bucket", route.bucket),
      text("IsTruncated", isTruncated),
      ...(isTruncated && last !== undefined
        ? [text("NextKeyMarker", last.key), text("NextUploadIdMarker", last.id)]
        : []),
      ...page.map(({ id, initiated, key }) =>
        element("Upload", text("Key", key), text("UploadId", id), text("Initiated", initiated.toISOString()))
      )
    )
  }
}

// -----------------------------------------------------------------------------

export const limit = (asked: string | null, most: number): number =>
  asked === null ? most : Math.min(Number(asked), most)

export const pageOf = <A>(all: ReadonlyArray<A>, size: number) => ({
  page: all.slice(0, size),
  isTruncated: all.length > size
})

const sorted = <A>(entries: Iterable<readonly [string, A]>) =>
  Array.from(entries).toSorted(([left], [right]) => left < right ? -1 : 1)
