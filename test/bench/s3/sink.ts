/**
 * An S3 that keeps nothing: bodies are thrown away, and objects are zeros of the size that was put. What is measured
 * against it is the client. It checks no signature, and its ETags are no digests.
 *
 * usage: node sink.js [BYTES_PER_SECOND [OF_AN_ANSWER]]; its port is the first line that it prints.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

const [bytesPerSecond = Infinity, ofAnAnswer = Infinity] = process.argv.slice(2).map(Number)
const block = Buffer.alloc(1024 * 1024)

/** Sizes by path, and of the parts of an upload by its id. */
const objects = new Map<string, number>()
const uploads = new Map<string, Map<string, number>>()
let begun = 0

const serve = async (request: IncomingMessage, response: ServerResponse) => {
  const { pathname, searchParams } = new URL(request.url ?? "", "http://sink")
  const uploadId = searchParams.get("uploadId") ?? ""
  const isBucket = pathname.replace(/\/$/u, "").lastIndexOf("/") === 0
  switch (request.method) {
    case "PUT": {
      const size = await drained(request)
      if (uploadId !== "") uploads.get(uploadId)?.set(searchParams.get("partNumber") ?? "", size)
      else if (!isBucket) objects.set(pathname, size)
      return void response.writeHead(200, { "etag": "\"sink\"", "content-length": 0 }).end()
    }
    case "POST": {
      await drained(request)
      if (searchParams.has("uploads")) {
        const id = `upload-${begun++}`
        uploads.set(id, new Map())
        return answer(response, "InitiateMultipartUploadResult", `<UploadId>${id}</UploadId>`)
      }
      let size = 0
      for (const part of uploads.get(uploadId)?.values() ?? []) size += part
      objects.set(pathname, size)
      uploads.delete(uploadId)
      return answer(response, "CompleteMultipartUploadResult", "<ETag>\"sink\"</ETag>")
    }
    case "DELETE":
      objects.delete(pathname)
      uploads.delete(uploadId)
      return void response.writeHead(204).end()
    default:
      return isBucket ? listed(request, response) : await read(request, response, objects.get(pathname))
  }
}

const drained = async (request: IncomingMessage) => {
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (bytesPerSecond !== Infinity) await taken(chunk.length)
  }
  return size
}

/** Tells when it is time for so many more bytes. */
const pacing = (speed: number) => {
  let next = 0
  return (bytes: number) => {
    const now = Date.now()
    next = Math.max(now, next) + bytes / speed * 1000
    return next - now < 1 ? undefined : new Promise((resume) => setTimeout(resume, next - now))
  }
}

/** All that is put has one pace, and what is read has one an answer. */
const taken = pacing(bytesPerSecond)

const read = async (request: IncomingMessage, response: ServerResponse, size: number | undefined) => {
  if (size === undefined) {
    return void response.writeHead(404, { "content-length": 0 }).end()
  }
  const [, first = "0", last = ""] = /^bytes=(\d+)-(\d*)$/u.exec(request.headers.range ?? "") ?? []
  const begin = Number(first)
  const end = last === "" ? size : Math.min(size, Number(last) + 1)
  response.writeHead(request.headers.range === undefined ? 200 : 206, {
    "content-length": end - begin,
    "etag": "\"sink\"",
    "last-modified": new Date(0).toUTCString(),
    ...(request.headers.range === undefined ? {} : { "content-range": `bytes ${begin}-${end - 1}/${size}` })
  })
  if (request.method === "HEAD") return void response.end()
  const given = pacing(ofAnAnswer)
  const send = async (piece: Uint8Array) => {
    await given(piece.length)
    if (!response.write(piece)) await new Promise((resume) => response.once("drain", resume))
  }
  for (let left = end - begin; left > 0; left -= block.length) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await send(block.subarray(0, left))
  }
  response.end()
}

const listed = (request: IncomingMessage, response: ServerResponse) =>
  request.method === "HEAD"
    ? void response.writeHead(200, { "content-length": 0 }).end()
    : answer(response, "ListBucketResult", "<IsTruncated>false</IsTruncated>")

const answer = (response: ServerResponse, name: string, content: string) => {
  const body = `<?xml version="1.0" encoding="UTF-8"?><${name}>${content}</${name}>`
  response.writeHead(200, { "content-type": "application/xml", "content-length": body.length }).end(body)
}

const server = createServer((request, response) => {
  serve(request, response).catch(() => response.destroy())
})
server.listen(0, "127.0.0.1", () => {
  // A server that listens on a port has an address.
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`)
})
