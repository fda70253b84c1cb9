/** Uploads in parts: begun, fed, looked at, and ended one way or the other. */
import { buffer } from "node:stream/consumers"
import { algorithmOf, attributesOf, checksumHeaders, checksumsOf, requireKey } from "./attributes.js"
import { receive } from "./body.js"
import { limit, pageOf } from "./bucketOperations.js"
import { type Algorithm, checksum, composite, md5 } from "./checksums.js"
import { type Answer, type BucketCall, headerOf } from "./exchange.js"
import { checkCondition, checkQuota } from "./objectOperations.js"
import { type Attributes, beginUpload, etagOf, type Part, putObject, type Upload } from "./objects.js"
import { refuse } from "./refusals.js"
import { contents, document, element, text } from "./xml.js"

export const create = (call: BucketCall): Answer => {
  const { bucket, route } = call
  const algorithm = algorithmOf(call)
  const type = headerOf(call, "x-amz-checksum-type")
  const attributes: Attributes = {
    ...attributesOf(call, {}),
    ...(algorithm === undefined ? {} : {
      checksumType: type === "FULL_OBJECT" || type === undefined && algorithm === "CRC64NVME"
        ? "FULL_OBJECT"
        : "COMPOSITE"
    })
  }
  const { id } = beginUpload(bucket, route.key, { algorithm, attributes })
  return {
    status: 200,
    headers: algorithm === undefined ? {} : { "x-amz-checksum-algorithm": algorithm },
    body: document(
      "InitiateMultipartUploadResult",
      text("Bucket", route.bucket),
      text("Key", route.key),
      text("UploadId", id)
    )
  }
}

/** The part counts from when its body has come whole; of two with one number the later one. */
export const uploadPart = async (call: BucketCall): Promise<Answer> => {
  const { partNumber } = call.route
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > call.settings.maximumParts) {
    return refuse("InvalidArgument")
  }
  requireKey(call, uploadOf(call))
  const { checksums, ...content } = await receive(call)
  const upload = uploadOf(call)
  checkQuota(call, content.size)
  const etag = etagOf(content.md5, upload.headers)
  upload.parts.set(partNumber, { ...content, checksums, etag })
  return { status: 200, headers: { etag: `"${etag}"`, ...checksumsOf({ checksums, headers: {} }) } }
}

export const complete = async (call: BucketCall): Promise<Answer> => {
  const { bucket, request, route, settings } = call
  const body = (await buffer(request)).toString("utf8")
  if (settings.abortedIsInternal && !bucket.uploads.has(route.uploadId)) return refuse("InternalError")
  const upload = uploadOf(call)
  if (settings.conditionalComplete) checkCondition(call)
  const parts = partsOf(body, upload, settings.minimumPartSize)
  const pieces = parts.flatMap((part) => part.pieces)
  const stored = putObject(
    bucket,
    route.key,
    {
      size: parts.reduce((sum, part) => sum + part.size, 0),
      pieces,
      md5: md5(parts.map((part) => part.md5))
    },
    { ...upload, checksums: checksumsOfWhole(call, upload, parts) }
  )
  const whole = { ...stored, etag: `${stored.etag}-${parts.length}`, parts: parts.length }
  bucket.objects.set(route.key, whole)
  bucket.uploads.delete(upload.id)
  return {
    status: 200,
    body: document(
      "CompleteMultipartUploadResult",
      text("Location", `http://${request.headers.host}/${route.bucket}/${route.key}`),
      text("Bucket", route.bucket),
      text("Key", route.key),
      text("ETag", settings.silentComplete ? "" : `"${whole.etag}"`),
      ...Object.entries(whole.checksums).map(([algorithm, value]) => text(`Checksum${algorithm}`, value))
    )
  }
}

export const abort = (call: BucketCall): Answer => {
  call.bucket.uploads.delete(uploadOf(call).id)
  return { status: 204 }
}

export const listParts = (call: BucketCall): Answer => {
  const { query } = call.route
  const upload = uploadOf(call)
  const marker = Number(query.get("part-number-marker") ?? 0)
  const { isTruncated, page } = pageOf(
    Array.from(upload.parts).filter(([number]) => number > marker).toSorted(([left], [right]) => left - right),
    limit(query.get("max-parts"), call.settings.pageSize)
  )
  return {
    status: 200,
    body: document(
      "ListPartsResult",
      text("Bucket", call.route.bucket),
      text("Key", upload.key),
      text("UploadId", upload.id),
      text("IsTruncated", isTruncated),
      ...(isTruncated ? [text("NextPartNumberMarker", page.at(-1)?.[0] ?? 0)] : []),
      ...page.map(([number, { etag, size }]) =>
        element("Part", text("PartNumber", number), text("ETag", `"${etag}"`), text("Size", size))
      )
    )
  }
}

// -----------------------------------------------------------------------------

const uploadOf = ({ bucket, route }: BucketCall): Upload => {
  const upload = bucket.uploads.get(route.uploadId)
  return upload === undefined || upload.key !== route.key ? refuse("NoSuchUpload") : upload
}

/** The parts that the client names, in its order, which must be the right one. */
const partsOf = (body: string, upload: Upload, minimum: number): ReadonlyArray<Part> => {
  const named = contents(body, "Part")
  if (named.length === 0) return refuse("MalformedXML")
  const numbers = named.map((part) => Number(contents(part, "PartNumber")[0]))
  if (numbers.some((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0))) {
    return refuse("InvalidPartOrder")
  }
  const parts = named.map((xml, index): Part => {
    const part = upload.parts.get(numbers[index] ?? 0) ?? refuse("InvalidPart", { PartNumber: numbers[index] ?? 0 })
    const etag = contents(xml, "ETag")[0]?.replaceAll("\"", "")
    const wrong = checksumHeaders.some(([algorithm]) => {
      const [value] = contents(xml, `Checksum${algorithm}`)
      return value !== undefined && value !== part.checksums[algorithm]
    })
    return etag !== part.etag || wrong ? refuse("InvalidPart", { PartNumber: numbers[index] ?? 0 }) : part
  })
  return parts.slice(0, -1).some(({ size }) => size < minimum) ? refuse("EntityTooSmall") : parts
}

/** What is told of the whole: a checksum of the parts', or of all bytes, against the client's own if it has sent one. */
const checksumsOfWhole = (
  call: BucketCall,
  { algorithm, checksumType }: Upload,
  parts: ReadonlyArray<Part>
): Readonly<Partial<Record<Algorithm, string>>> => {
  const claimed = checksumHeaders.map(([name, header]) => [name, headerOf(call, header)] as const)
    .filter(([, value]) => value !== undefined)
  if (checksumType === "FULL_OBJECT") {
    const pieces = parts.flatMap((part) => part.pieces)
    for (const [name, value] of claimed) {
      if (value !== checksum(name, pieces)) return refuse("BadDigest")
    }
    return algorithm === undefined ? {} : { [algorithm]: checksum(algorithm, pieces) }
  }
  if (algorithm === undefined) return {}
  const ofParts = parts.map(({ checksums }) => checksums[algorithm] ?? "")
  // Parts that came without one: S3 would have made it itself.
  return ofParts.includes("") ? {} : { [algorithm]: composite(algorithm, ofParts) }
}
