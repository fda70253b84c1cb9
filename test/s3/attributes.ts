/** What a request says of the object it makes, and what an answer says of one that there is. */
import { type Algorithm, algorithms, headerOf as checksumHeader } from "./checksums.js"
import { type Call, headerOf } from "./exchange.js"
import { type Attributes, customerKeyOf, type StoredObject } from "./objects.js"
import { refuse } from "./refusals.js"

const kept = new Set([
  "content-type",
  "content-encoding",
  "content-disposition",
  "content-language",
  "cache-control",
  "x-amz-storage-class",
  "x-amz-tagging",
  "x-amz-acl",
  "x-amz-server-side-encryption",
  "x-amz-server-side-encryption-aws-kms-key-id",
  "x-amz-server-side-encryption-customer-algorithm",
  "x-amz-server-side-encryption-customer-key-md5"
])

/** Of those, what is not told again to whoever reads the object. */
const untold = new Set(["x-amz-tagging", "x-amz-acl"])

export const attributesOf = (call: Call, checksums: Attributes["checksums"]): Attributes => ({
  headers: Object.fromEntries(
    Object.keys(call.request.headers)
      .filter((name) => kept.has(name) || name.startsWith("x-amz-meta-"))
      .map((name) => [name, headerOf(call, name) ?? ""])
  ),
  checksums
})

export const algorithmOf = (call: Call): Algorithm | undefined => {
  const name = headerOf(call, "x-amz-checksum-algorithm") ?? headerOf(call, "x-amz-sdk-checksum-algorithm")
  if (name === undefined) return undefined
  return algorithms.find((algorithm) => algorithm === name) ?? refuse("InvalidRequest")
}

/** The headers of an answer about the object; its checksums where they are asked for and the answer is of all of it. */
export const told = (call: Call, stored: StoredObject, whole: boolean): Record<string, string> => ({
  ...Object.fromEntries(Object.entries(stored.headers).filter(([name]) => !untold.has(name))),
  ...(whole && headerOf(call, "x-amz-checksum-mode") === "ENABLED" ? checksumsOf(stored) : {}),
  "etag": `"${stored.etag}"`,
  "last-modified": stored.modified.toUTCString(),
  "accept-ranges": "bytes"
})

export const checksumsOf = ({ checksumType, checksums }: Attributes): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(checksums).map(([algorithm, value]) => [`x-amz-checksum-${algorithm.toLowerCase()}`, value])
  ),
  ...(checksumType === undefined ? {} : { "x-amz-checksum-type": checksumType })
})

/** Who encrypts with keys of his own has to show the same one again. */
export const requireKey = (call: Call, { headers }: Attributes): void => {
  if (customerKeyOf(headers) !== customerKeyOf(call.request.headers)) refuse("InvalidRequest")
}

export const checksumHeaders: ReadonlyArray<readonly [Algorithm, string]> = algorithms.map((algorithm) => [
  algorithm,
  checksumHeader(algorithm)
])
