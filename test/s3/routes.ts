/** Which operation of S3 a request asks for, and of what. */

export const operations = [
  "AbortMultipartUpload",
  "CompleteMultipartUpload",
  "CreateBucket",
  "CreateMultipartUpload",
  "DeleteBucket",
  "DeleteObject",
  "GetObject",
  "HeadBucket",
  "HeadObject",
  "ListMultipartUploads",
  "ListObjectsV2",
  "ListParts",
  "PutObject",
  "UploadPart"
] as const

export type Operation = typeof operations[number]

export interface Route {
  /** None for what this server does not do. */
  readonly operation: Operation | undefined
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
  readonly partNumber: number
  readonly query: URLSearchParams
  /** As it was sent, still encoded. */
  readonly path: string
}

/** By the path, or by the name of the host: `bucket.localhost:port`, `bucket.s3.example:port`. */
export const route = (method: string, target: string, host: string): Route => {
  const [path = "/", search = ""] = target.split(/\?(.*)/su)
  const query = new URLSearchParams(search)
  const virtual = /^(?<bucket>.+?)\.(?:localhost|s3\.example)(?::\d+)?$/u.exec(host)?.groups?.["bucket"]
  const segments = path.slice(1).split("/")
  const bucket = virtual ?? decodeURIComponent(segments[0] ?? "")
  const key = decodeURIComponent((virtual === undefined ? segments.slice(1) : segments).join("/"))
  return {
    operation: bucket === "" ? undefined : (key === "" ? ofBucket : ofObject)(method, query),
    bucket,
    key,
    uploadId: query.get("uploadId") ?? "",
    partNumber: Number(query.get("partNumber") ?? 0),
    query,
    path
  }
}

/** What would make another operation of it: `?acl`, `?tagging`, `?versioning` and the like. */
const foreign = (query: URLSearchParams, ...known: ReadonlyArray<string>) =>
  Array.from(query).some(([name, value]) => value === "" && !known.includes(name) && !blank.has(name))

const blank = new Set(["prefix", "delimiter", "key-marker", "upload-id-marker", "start-after", "continuation-token"])

const ofBucket = (method: string, query: URLSearchParams): Operation | undefined => {
  if (foreign(query, "uploads")) return undefined
  switch (method) {
    case "PUT":
      return "CreateBucket"
    case "HEAD":
      return "HeadBucket"
    case "DELETE":
      return "DeleteBucket"
    case "GET":
      return query.has("uploads")
        ? "ListMultipartUploads"
        : query.get("list-type") === "2"
        ? "ListObjectsV2"
        : undefined
    default:
      return undefined
  }
}

const ofObject = (method: string, query: URLSearchParams): Operation | undefined => {
  if (foreign(query, "uploads")) return undefined
  const uploading = query.has("uploadId")
  switch (method) {
    case "PUT":
      return uploading ? "UploadPart" : "PutObject"
    case "HEAD":
      return "HeadObject"
    case "GET":
      return uploading ? "ListParts" : "GetObject"
    case "DELETE":
      return uploading ? "AbortMultipartUpload" : "DeleteObject"
    case "POST":
      return uploading ? "CompleteMultipartUpload" : query.has("uploads") ? "CreateMultipartUpload" : undefined
    default:
      return undefined
  }
}
