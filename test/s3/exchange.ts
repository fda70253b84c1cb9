/** A request that is being served: what it asks, what befalls it, what is written down of it. */
import * as Data from "effect/Data"
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http"
import type { Fault } from "./faults.js"
import type { Bucket, Buckets } from "./objects.js"
import type { Code } from "./refusals.js"
import type { Operation, Route } from "./routes.js"
import type { Settings } from "./settings.js"
import type { Account, Authentic } from "./signature.js"

/** A request as it is remembered, without what would let somebody repeat it. */
export interface Recorded {
  readonly method: string
  /** Path and query as they came, without the signature of a presigned URL. */
  readonly target: string
  readonly operation: Operation | undefined
  readonly bucket: string
  readonly key: string
  readonly uploadId: string
  readonly partNumber: number
  readonly headers: IncomingHttpHeaders
  /** Bytes of the body that have come, and of the answer's that have gone. */
  received: number
  sent: number
  /** Absent until it is answered, and for good if it never is. */
  status?: number
  code?: Code
}

export interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly route: Route
  readonly fault: Fault | undefined
  readonly settings: Settings
  readonly buckets: Buckets
  readonly record: Recorded
  /** Resolves when as many bytes may pass as have been asked for, if the server is a slow one. */
  readonly pace: (bytes: number) => Promise<void>
}

/** An exchange with somebody known. */
export interface Call extends Exchange {
  readonly account: Account
  readonly payload: Authentic["payload"]
}

/** An exchange about a bucket that there is, and that is the account's. */
export interface BucketCall extends Call {
  readonly bucket: Bucket
}

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string | number>>
  /** Text is XML. */
  readonly body?: string | ReadonlyArray<Uint8Array>
}

const secrets = new Set(["authorization", "x-amz-security-token", "x-amz-server-side-encryption-customer-key"])

export const recordOf = ({ headers, method = "", url = "" }: IncomingMessage, route: Route): Recorded => ({
  method,
  target: url.replace(/(X-Amz-(?:Signature|Security-Token)=)[^&]*/gu, "$1***"),
  operation: route.operation,
  bucket: route.bucket,
  key: route.key,
  uploadId: route.uploadId,
  partNumber: route.partNumber,
  headers: Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, secrets.has(name) ? "***" : value])
  ),
  received: 0,
  sent: 0
})

/** A header that comes once. */
export const headerOf = ({ request }: Pick<Exchange, "request">, name: string): string | undefined => {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** Nothing that follows is of use: the other side is gone, or is to be left waiting. */
export class Abandoned extends Data.TaggedError("Abandoned")<{ readonly why: string; readonly cause?: unknown }> {}
