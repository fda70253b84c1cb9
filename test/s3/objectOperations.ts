/** Single objects: put, read, looked at, deleted. */
import { attributesOf, checksumsOf, requireKey, told } from "./attributes.js"
import { receive } from "./body.js"
import { type Answer, type BucketCall, headerOf } from "./exchange.js"
import { bytesOf, putObject, sizeOf, slice, type StoredObject } from "./objects.js"
import { Refusal, refuse } from "./refusals.js"

/** A conditional put is looked at before the body, and again when there is something to put. */
export const put = async (call: BucketCall): Promise<Answer> => {
  checkPut(call)
  const { checksums, ...content } = await receive(call)
  checkPut(call)
  checkQuota(call, content.size)
  const type = Object.keys(checksums).length === 0 ? {} : { checksumType: "FULL_OBJECT" as const }
  const stored = putObject(call.bucket, call.route.key, content, { ...attributesOf(call, checksums), ...type })
  return { status: 200, headers: { etag: `"${stored.etag}"`, ...checksumsOf(stored) } }
}

export const get = (call: BucketCall): Answer => {
  const stored = objectOf(call)
  const range = rangeOf(call, stored)
  const [begin, end] = range ?? [0, stored.size]
  const { fault } = call
  const shift = range !== undefined && fault?.type === "wrongRange" ? fault.shift : 0
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...told(call, stored, range === undefined),
      "content-length": end - begin,
      ...(range === undefined ? {} : { "content-range": `bytes ${begin + shift}-${end - 1 + shift}/${stored.size}` })
    },
    body: fault?.type === "flipped"
      ? flipped(bytesOf(stored), fault.at).map((piece) => piece.subarray(begin, end))
      : slice(stored, begin, end)
  }
}

export const head = (call: BucketCall): Answer => {
  const stored = objectOf(call)
  return { status: 200, headers: { ...told(call, stored, true), "content-length": stored.size } }
}

/** S3 does not tell whether there was one. */
export const remove = ({ bucket, route }: BucketCall): Answer => {
  bucket.objects.delete(route.key)
  return { status: 204 }
}

export const checkQuota = ({ buckets, settings }: BucketCall, more: number): void => {
  if (sizeOf(buckets) + more > settings.quota) refuse("QuotaExceeded")
}

/** Of the conditions that a writer may set, the two there are. */
export const checkCondition = (call: BucketCall): void => {
  const there = call.bucket.objects.get(call.route.key)
  const match = headerOf(call, "if-match")
  if (headerOf(call, "if-none-match") === "*" && there !== undefined) refuse("PreconditionFailed")
  if (match !== undefined && there === undefined) refuse("NoSuchKey", { Key: call.route.key })
  if (match !== undefined && !names(match, there?.etag)) refuse("PreconditionFailed")
}

// -----------------------------------------------------------------------------

const checkPut = (call: BucketCall) => {
  if (call.settings.conditionalPut) checkCondition(call)
}

/** The object, if the conditions of a reader hold. Who may not list is not told what there is not. */
const objectOf = (call: BucketCall): StoredObject => {
  const { account, bucket, route } = call
  const stored = bucket.objects.get(route.key)
  if (stored === undefined) {
    return account.denied?.has("ListObjectsV2") === true
      ? refuse("AccessDenied")
      : refuse("NoSuchKey", { Key: route.key })
  }
  requireKey(call, stored)
  const match = headerOf(call, "if-match")
  if (match !== undefined && !names(match, stored.etag)) return refuse("PreconditionFailed")
  const noneMatch = headerOf(call, "if-none-match")
  if (noneMatch !== undefined && names(noneMatch, stored.etag)) return refuse("NotModified")
  return stored
}

const names = (condition: string, etag: string | undefined) =>
  condition === "*" || condition.split(",").some((one) => one.trim().replace(/^(?:W\/)?"|"$/gu, "") === etag)

/** The first byte and the one behind the last; none where all is asked for, or what makes no sense. */
const rangeOf = (call: BucketCall, { size }: StoredObject): readonly [number, number] | undefined => {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/u.exec(headerOf(call, "range") ?? "") ?? []
  if (first === "" && last === "" || first !== "" && last !== "" && Number(last) < Number(first)) return undefined
  const begin = first === "" ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === "" || last === "" ? size : Math.min(size, Number(last) + 1)
  if (begin >= size) {
    throw new Refusal({
      code: "InvalidRange",
      details: { ActualObjectSize: size },
      headers: { "content-range": `bytes */${size}` }
    })
  }
  return [begin, end]
}

const flipped = (bytes: Buffer, at: number) => {
  bytes.writeUInt8((bytes[at] ?? 0) ^ 1, at)
  return [bytes]
}
