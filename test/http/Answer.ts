/** What a web server may answer: an image, a part of it, or something that is wrong in one way. */
import { createHash } from "node:crypto"
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http"
import { gzipSync } from "node:zlib"

export interface Image {
  readonly bytes: Uint8Array
  readonly etag?: string | undefined
  readonly lastModified?: string | undefined
  /** Whether parts of it are served. */
  readonly ranges: boolean
  /** Whether it is sent in chunks, so that nobody can tell how long it is before it has come. */
  readonly chunked: boolean
}

export const imageOf = (bytes: Uint8Array, options: Partial<Image> = {}): Image => ({
  bytes,
  etag: `"${createHash("md5").update(bytes).digest("hex")}"`,
  lastModified: "Sat, 01 Aug 2026 12:00:00 GMT",
  ranges: true,
  chunked: false,
  ...options
})

interface Occasion {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** Absent where there is none under the path. */
  readonly image: Image | undefined
}

export type Answer = (occasion: Occasion) => void

/** What was asked for of an image: status, header fields and bytes. */
const prepared = ({ image, request }: Occasion) => {
  if (image === undefined) {
    return { status: 404, headers: { "Content-Length": 0 }, bytes: new Uint8Array() }
  }
  const { bytes, chunked, etag, lastModified, ranges } = image
  const headers: OutgoingHttpHeaders = {
    ...(chunked ? { "Transfer-Encoding": "chunked" } : { "Content-Length": bytes.length }),
    ...(etag === undefined ? {} : { ETag: etag }),
    ...(lastModified === undefined ? {} : { "Last-Modified": lastModified }),
    ...(ranges ? { "Accept-Ranges": "bytes" } : {})
  }
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? []
  const condition = request.headers["if-range"]
  if (!ranges || first === undefined || condition !== undefined && condition !== etag && condition !== lastModified) {
    return { status: 200, headers, bytes }
  }
  const start = Number(first)
  const end = Math.min(last === "" ? bytes.length : Number(last) + 1, bytes.length)
  return start >= bytes.length
    ? {
      status: 416,
      headers: { ...headers, "Content-Length": 0, "Content-Range": `bytes */${bytes.length}` },
      bytes: new Uint8Array()
    }
    : {
      status: 206,
      headers: {
        ...headers,
        "Content-Length": end - start,
        "Content-Range": `bytes ${start}-${end - 1}/${bytes.length}`
      },
      bytes: bytes.subarray(start, end)
    }
}

/** As it should be. */
export const image: Answer = (occasion) => {
  const { bytes, headers, status } = prepared(occasion)
  occasion.response.writeHead(status, headers)
  occasion.response.end(occasion.request.method === "HEAD" ? undefined : bytes)
}

/** Begins as it should, gives so many bytes, and then does something else. */
const begun = (after: number, then: (occasion: Occasion) => void): Answer => (occasion) => {
  if (occasion.request.method === "HEAD") {
    return image(occasion)
  }
  const { bytes, headers, status } = prepared(occasion)
  occasion.response.writeHead(status, headers)
  occasion.response.flushHeaders()
  const part = bytes.subarray(0, after)
  if (part.length === 0) {
    then(occasion)
  } else {
    occasion.response.write(part, () => then(occasion))
  }
}

/** Closes the connection in the middle. */
export const cutAt = (after: number): Answer => begun(after, ({ response }) => response.socket?.end())

/** Sends nothing any more, and keeps the connection open. */
export const stallAt = (after: number): Answer => begun(after, () => {})

/** Says nothing at all. */
export const silence: Answer = () => {}

/** Closes the connection instead of an answer. */
export const hangUp: Answer = ({ request }) => request.socket.destroy()

/** So many bytes at a time, with so many milliseconds in between. */
export const drip = (size: number, pause: number): Answer => (occasion) => {
  const { bytes, headers, status } = prepared(occasion)
  occasion.response.writeHead(status, headers)
  const from = (at: number) => {
    if (at >= bytes.length) {
      occasion.response.end()
    } else {
      occasion.response.write(bytes.subarray(at, at + size))
      setTimeout(from, pause, at + size)
    }
  }
  from(0)
}

/** With other header fields than it should have, and maybe another status; `undefined` takes one away. */
export const changed = (fields: OutgoingHttpHeaders, status?: number): Answer => (occasion) => {
  const right = prepared(occasion)
  const headers = { ...right.headers, ...fields }
  const given = Object.entries(headers).filter(([, value]) => value !== undefined)
  occasion.response.writeHead(status ?? right.status, Object.fromEntries(given))
  occasion.response.end(occasion.request.method === "HEAD" ? undefined : right.bytes)
}

/** The whole of it, whatever part was asked for. */
export const whole: Answer = ({ image: found, request, response }) => {
  delete request.headers.range
  image({ image: found, request, response })
}

/** Compressed, though nobody has asked for that. */
export const gzipped: Answer = ({ image: found, response }) => {
  const bytes = gzipSync(found?.bytes ?? new Uint8Array())
  response.writeHead(200, { "Content-Encoding": "gzip", "Content-Length": bytes.length })
  response.end(bytes)
}

export const status =
  (code: number, headers: OutgoingHttpHeaders = {}, body: string | Uint8Array = ""): Answer =>
  ({ request, response }) => {
    response.writeHead(code, { "Content-Length": body.length, ...headers })
    response.end(request.method === "HEAD" ? undefined : body)
  }

export const redirect = (to: string, code = 302): Answer => status(code, { Location: to })

/** What no decent library would send. */
export const raw = (text: string): Answer => ({ response }) => response.socket?.end(text)
