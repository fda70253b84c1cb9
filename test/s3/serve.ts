/** One request from its arrival to its answer, with whatever befalls it on the way. */
import { send, withoutLength } from "./answer.js"
import { breakOff, drain } from "./body.js"
import * as BucketOperations from "./bucketOperations.js"
import { Abandoned, type Answer, type BucketCall, type Call, type Exchange } from "./exchange.js"
import * as MultipartOperations from "./multipartOperations.js"
import * as ObjectOperations from "./objectOperations.js"
import { Refusal, refuse } from "./refusals.js"
import type { Operation } from "./routes.js"
import { type Account, authenticate, tooSkewed } from "./signature.js"
import { error as errorDocument } from "./xml.js"

export const serve = async (exchange: Exchange, accounts: ReadonlyArray<Account>): Promise<void> => {
  try {
    const answer = await answered(exchange, accounts)
    if (exchange.fault?.type === "lost") return await breakOff(exchange, "reset")
    await drain(exchange)
    await (exchange.fault?.type === "short" ? withoutLength(exchange, answer) : send(exchange, answer))
  } catch (error) {
    // The client is gone or waits in vain; what it had done up to then is done.
    if (!(error instanceof Abandoned)) throw error
  }
}

// -----------------------------------------------------------------------------

const answered = async (exchange: Exchange, accounts: ReadonlyArray<Account>): Promise<Answer> => {
  try {
    return await done(exchange, accounts)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    exchange.record.code = error.code
    return refusal(exchange, error)
  }
}

const done = async (exchange: Exchange, accounts: ReadonlyArray<Account>): Promise<Answer> => {
  const { fault, request: { headers, method = "" }, route, settings } = exchange
  const now = Date.now() + settings.clockOffset
  if (fault?.type === "refused") return refused(exchange, fault)
  if (fault?.type === "silent") return breakOff(exchange, "stalled")
  if (fault?.type === "skewed") {
    // With the true time of the server, so that a client that sets its clock by it sets it right.
    return tooSkewed(new Date(now - 20 * 60_000).toISOString(), now)
  }
  // Without a body to break off in, at once.
  if ((fault?.type === "reset" || fault?.type === "stalled") && !hasBody(method)) return breakOff(exchange, fault.type)

  const authentic = authenticate({ method, headers, route }, {
    accounts,
    region: settings.region,
    anyRegion: settings.anyRegion,
    now
  })
  const call: Call = { ...exchange, ...authentic }
  if (route.operation === undefined) return refuse("NotImplemented")
  if (route.operation === "CreateBucket") return BucketOperations.createBucket(call)
  const bucket = BucketOperations.bucketOf(call)
  if (fault?.type === "failedWith200") {
    if (fault.done === true) await operations[route.operation]({ ...call, bucket })
    return { status: 200, body: errorDocument({ Code: fault.code, Message: "Injected" }) }
  }
  const answer = await operations[route.operation]({ ...call, bucket })
  return fault?.type === "wrongETag" ? otherETag(answer) : answer
}

const operations: Readonly<
  Record<Exclude<Operation, "CreateBucket">, (call: BucketCall) => Answer | Promise<Answer>>
> = {
  AbortMultipartUpload: MultipartOperations.abort,
  CompleteMultipartUpload: MultipartOperations.complete,
  CreateMultipartUpload: MultipartOperations.create,
  DeleteBucket: BucketOperations.deleteBucket,
  DeleteObject: ObjectOperations.remove,
  GetObject: ObjectOperations.get,
  HeadBucket: BucketOperations.headBucket,
  HeadObject: ObjectOperations.head,
  ListMultipartUploads: BucketOperations.listUploads,
  ListObjectsV2: BucketOperations.listObjects,
  ListParts: MultipartOperations.listParts,
  PutObject: ObjectOperations.put,
  UploadPart: MultipartOperations.uploadPart
}

const hasBody = (method: string) => method === "PUT" || method === "POST"

const refused = async (
  exchange: Exchange,
  { atOnce, code, retryAfter }: Extract<NonNullable<Exchange["fault"]>, { type: "refused" }>
): Promise<Answer> => {
  if (atOnce !== true) {
    if (exchange.request.headers.expect !== undefined) exchange.response.writeContinue()
    await drain(exchange)
  }
  throw new Refusal({ code, ...(retryAfter === undefined ? {} : { headers: { "retry-after": String(retryAfter) } }) })
}

const refusal = ({ fault, request, route }: Exchange, { code, details, headers, status }: Refusal): Answer => ({
  status,
  headers: {
    ...headers,
    ...(fault?.type === "refused" && fault.atOnce === true ? { connection: "close" } : {})
  },
  ...(request.method === "HEAD" || status === 304 ? {} : {
    body: errorDocument({ Code: code, Message: `${code} at ${route.path}`, ...details, RequestId: "loopback" })
  })
})

const otherETag = ({ body, headers, status }: Answer): Answer => ({
  status,
  headers: { ...headers, ...(headers?.["etag"] === undefined ? {} : { etag: `"${"0".repeat(32)}"` }) },
  ...(body === undefined
    ? {}
    : { body: typeof body === "string" ? body.replace(/<ETag>[^<]*<\/ETag>/u, "<ETag>\"0\"</ETag>") : body })
})
