/** Answers on their way to the client, whole or as a fault has them. */
import { once } from "node:events"
import { setTimeout as sleep } from "node:timers/promises"
import { breakOff } from "./body.js"
import { Abandoned, type Answer, type Exchange } from "./exchange.js"

export const send = async (exchange: Exchange, { body = [], headers = {}, status }: Answer): Promise<void> => {
  const { record, request, response } = exchange
  record.status = status
  const pieces = typeof body === "string" ? [Buffer.from(body)] : body
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  response.writeHead(status, {
    "x-amz-request-id": "loopback",
    ...(typeof body === "string" ? { "content-type": "application/xml" } : {}),
    ...(status === 204 || status === 304 ? {} : { "content-length": length }),
    ...headers
  })
  if (request.method !== "HEAD") await write(exchange, pieces)
  await ended(exchange)
}

/** A body in chunks that ends early: only who knows how much there should be can tell. */
export const withoutLength = async (exchange: Exchange, { body = [], headers = {}, status }: Answer): Promise<void> => {
  const { fault, record, response } = exchange
  record.status = status
  const { "content-length": _, ...others } = headers
  response.writeHead(status, others)
  const bytes = typeof body === "string" ? Buffer.from(body) : Buffer.concat(body)
  await writePiece(exchange, bytes.subarray(0, fault?.type === "short" ? fault.after : bytes.length))
  await ended(exchange)
}

// -----------------------------------------------------------------------------

/** No more at a time, so that a pace is kept and a break comes where it should. */
const most = 64 * 1024

const write = async (exchange: Exchange, pieces: ReadonlyArray<Uint8Array>) => {
  const { fault } = exchange
  const breaking = fault?.type === "truncated" || fault?.type === "stalledAnswer" ? fault : undefined
  const dripping = fault?.type === "dripping" ? fault : undefined
  let left = breaking?.after ?? Infinity
  for await (const piece of cutUp(pieces, dripping?.bytes ?? most)) {
    const next = piece.subarray(0, left)
    if (next.length > 0) await writePiece(exchange, next)
    left -= next.length
    if (left === 0 && breaking !== undefined) await cut(exchange, breaking.type)
    if (dripping !== undefined) await sleep(dripping.everyMillis)
  }
}

function* cutUp(pieces: ReadonlyArray<Uint8Array>, size: number): Generator<Uint8Array> {
  for (const piece of pieces) {
    for (let at = 0; at < piece.length; at += size) yield piece.subarray(at, at + size)
  }
}

const writePiece = async ({ pace, record, response }: Exchange, piece: Uint8Array) => {
  record.sent += piece.length
  await pace(piece.length)
  if (response.destroyed) throw new Abandoned({ why: "the client went away" })
  if (!response.write(piece)) {
    const either = new AbortController()
    await Promise.race([once(response, "drain", either), once(response, "close", either)])
    either.abort()
  }
}

/** Lets what was written go, and then nothing more. */
const cut = async (exchange: Exchange, how: "truncated" | "stalledAnswer") => {
  const { response } = exchange
  if (how === "stalledAnswer") return breakOff(exchange, "stalled")
  await new Promise<void>((resolve) => {
    response.write("", () => resolve())
  })
  response.socket?.destroySoon()
  throw new Abandoned({ why: how })
}

const ended = ({ response }: Exchange) =>
  new Promise<void>((resolve) => {
    response.once("close", resolve)
    response.end(() => resolve())
  })
