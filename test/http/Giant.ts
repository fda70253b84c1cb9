/**
 * A web server on loopback with one image, as large as is wanted, that is nowhere: its bytes are made when they are asked
 * for. Of as many answers as there are `cuts` the connection ends after so many bytes, or is reset, which loses what is still
 * on its way.
 */
import * as Effect from "effect/Effect"
import { createHash, randomBytes } from "node:crypto"
import * as http from "node:http"
import * as Listening from "../Listening.js"

export interface Giant {
  readonly uri: string
  /** Of the whole image, by SHA-256. */
  readonly digest: () => string
  /** Bytes of the image that have been sent, those that were sent again counted again. */
  readonly sent: () => number
  readonly openConnections: () => number
  /** How many of the cuts have not been made. */
  readonly uncut: () => number
}

const blockSize = 1024 * 1024

export interface Options {
  readonly size: number
  readonly cuts: ReadonlyArray<number>
  /** Whether a connection is reset, and not ended. */
  readonly reset?: boolean
}

export const make = ({ cuts, reset = false, size }: Options) =>
  Effect.gen(function*() {
    const block = randomBytes(blockSize)
    const left = [...cuts]
    let sent = 0

    /** From a place in the image to one that is not behind the end of its block; each block begins with its number. */
    const bytesAt = (at: number, end: number): Buffer => {
      const index = Math.floor(at / blockSize)
      const numbered = Buffer.from(block)
      numbered.writeUInt32LE(index)
      return numbered.subarray(at - index * blockSize, Math.min(end - index * blockSize, blockSize))
    }

    const server = http.createServer((request, response) => {
      const first = Number(/^bytes=(\d+)-/u.exec(request.headers.range ?? "")?.[1] ?? 0)
      const cut = left.shift()
      const end = Math.min(size, first + (cut ?? size))
      response.on("error", () => {})
      response.writeHead(first === 0 ? 200 : 206, {
        "Content-Length": size - first,
        ...(first === 0 ? {} : { "Content-Range": `bytes ${first}-${size - 1}/${size}` }),
        ETag: "\"giant\""
      })
      const from = (start: number) => {
        for (let at = start; at < end;) {
          const part = bytesAt(at, end)
          at += part.length
          sent += part.length
          if (!response.write(part)) {
            response.once("drain", () => from(at))
            return
          }
        }
        if (end === size) {
          response.end()
        } else if (reset) {
          response.socket?.resetAndDestroy()
        } else {
          response.socket?.end()
        }
      }
      from(first)
    })
    const { openConnections, port } = yield* Listening.make(server)
    const giant: Giant = {
      uri: `http://127.0.0.1:${port}/giant`,
      digest: () => {
        const hash = createHash("sha256")
        for (let at = 0; at < size; at += blockSize) hash.update(bytesAt(at, size))
        return hash.digest("hex")
      },
      sent: () => sent,
      openConnections,
      uncut: () => left.length
    }
    return giant
  })
