/** The body of a request: received at the server's pace, up to where it breaks, and checked against what was said of it. */
import { createHash, type Hash } from "node:crypto"
import { once } from "node:events"
import { algorithms, checksum, headerOf as checksumHeader } from "./checksums.js"
import { decode } from "./chunked.js"
import { Abandoned, type Call, type Exchange, headerOf } from "./exchange.js"
import type { Attributes, Content } from "./objects.js"
import { refuse } from "./refusals.js"

export interface Body extends Content {
  readonly checksums: Attributes["checksums"]
}

const trailing = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

/** Reads all of it; throws a `Refusal` for what S3 would refuse in it, and `Abandoned` where it breaks off. */
export const receive = async (call: Call): Promise<Body> => {
  const { payload, settings } = call
  const isChunked = payload.startsWith("STREAMING-")
  const decoded = headerOf(call, "x-amz-decoded-content-length")
  if (isChunked && settings.chunked === "refused") return refuse("MissingContentLength")
  if (isChunked && payload !== trailing) return refuse("NotImplemented")
  // What is decoded may come without a length of its own.
  const told = isChunked ? decoded : headerOf(call, "content-length")
  if (told === undefined) return refuse("MissingContentLength")
  if (Number(told) > settings.maximumPut) return refuse("EntityTooLarge")

  const raw = await read(call)
  const hash = isChunked || payload === "UNSIGNED-PAYLOAD" ? undefined : createHash("sha256")
  if (hash !== undefined && digestOf(hash, raw) !== payload) return refuse("XAmzContentSHA256Mismatch")

  const { pieces, trailers } = isChunked ? decode(Buffer.concat(raw)) : { pieces: raw, trailers: {} }
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
  if (Number(told) !== size) return refuse("IncompleteBody")

  const md5 = createHash("md5")
  for (const piece of pieces) md5.update(piece)
  const digest = md5.digest()
  const declared = headerOf(call, "content-md5")
  if (declared !== undefined) {
    if (Buffer.from(declared, "base64").length !== 16) return refuse("InvalidDigest")
    if (declared !== digest.toString("base64")) return refuse("BadDigest")
  }
  const checksums: Partial<Record<typeof algorithms[number], string>> = {}
  for (const algorithm of algorithms) {
    const value = headerOf(call, checksumHeader(algorithm)) ?? trailers[checksumHeader(algorithm)]
    if (value === undefined) continue
    if (value !== checksum(algorithm, pieces)) return refuse("BadDigest")
    checksums[algorithm] = value
  }
  return { size, pieces: settings.keepsBytes ? pieces : [], md5: digest, checksums }
}

/** Reads and throws away what is left, so that the client gets to read the answer. */
export const drain = async ({ fault, request }: Exchange): Promise<void> => {
  if (request.complete || fault?.type === "refused" && fault.atOnce === true) return
  request.resume()
  await once(request, "close").catch(() => undefined)
}

// -----------------------------------------------------------------------------

const read = async (exchange: Exchange): Promise<ReadonlyArray<Uint8Array>> => {
  const { fault, pace, record, request, response } = exchange
  const breaking = fault?.type === "reset" || fault?.type === "stalled" ? fault : undefined
  if (headerOf(exchange, "expect") !== undefined) response.writeContinue()
  const pieces: Array<Uint8Array> = []
  try {
    // Broken off at zero bytes, it is so before the first.
    if (breaking?.after === 0) await breakOff(exchange, breaking.type)
    for await (const piece of request) {
      record.received += piece.length
      pieces.push(piece)
      await pace(piece.length)
      if (breaking !== undefined && record.received >= breaking.after) await breakOff(exchange, breaking.type)
    }
  } catch (error) {
    throw error instanceof Abandoned ? error : new Abandoned({ why: "the client went away", cause: error })
  }
  if (!request.complete) throw new Abandoned({ why: "the body has not come to its end" })
  return pieces
}

const digestOf = (hash: Hash, pieces: ReadonlyArray<Uint8Array>) => {
  for (const piece of pieces) hash.update(piece)
  return hash.digest("hex")
}

/** Cuts the connection, or leaves it as it is until the client does. */
export const breakOff = async ({ request, response }: Exchange, how: "reset" | "stalled"): Promise<never> => {
  if (how === "reset") {
    request.socket.resetAndDestroy()
  } else if (!response.closed) {
    await once(response, "close")
  }
  throw new Abandoned({ why: how })
}
