/** How the loopback server fails, by itself and as it is told, as the SDK sees it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { randomBytes } from "node:crypto"
import * as Sdk from "./sdk.js"

const Bucket = "glance"
const KiB = 1024
const { prepare, refusedAs } = Sdk
const image = randomBytes(100 * KiB)

describe("signatures", () => {
  it.scoped("are checked", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      const { accessKeyId, secretAccessKey } = server.account
      const get = (credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }) =>
        Effect.flatMap(Sdk.client(server, { credentials }), (client) => Sdk.put(client, "a", image))
      yield* refusedAs(get({ accessKeyId, secretAccessKey: "wrong" }), "SignatureDoesNotMatch", 403)
      yield* refusedAs(get({ accessKeyId: "nobody", secretAccessKey }), "InvalidAccessKeyId", 403)
      yield* refusedAs(get({ accessKeyId, secretAccessKey, sessionToken: "made up" }), "InvalidToken", 400)
      server.account.sessionToken = "token"
      yield* get({ accessKeyId, secretAccessKey, sessionToken: "token" })
      server.account.expired = true
      yield* refusedAs(get({ accessKeyId, secretAccessKey, sessionToken: "token" }), "ExpiredToken", 400)
      delete server.account.sessionToken
      server.account.expired = false
      server.account.denied = new Set(["PutObject"])
      yield* refusedAs(Sdk.put(s3, "b", image), "AccessDenied", 403)
      assert.isFalse(JSON.stringify(server.requests).includes("Signature="))
    }))

  it.scoped("are those of the moment, by which the SDK sets its clock", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare({ clockOffset: 3_600_000 })
      const patient = yield* Sdk.client(server, { maxAttempts: 2 })
      yield* refusedAs(Sdk.put(s3, "a", image), "RequestTimeTooSkewed", 403)
      yield* Sdk.put(patient, "a", image)
    }))

  it.scoped("may be in the URL", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      server.put(Bucket, "a", image)
      const url = yield* Sdk.presigned(s3, server, "a")
      const fetched = yield* Sdk.attempt(() => fetch(url))
      assert.strictEqual(fetched.status, 200)
      assert.isTrue(Buffer.from(yield* Sdk.attempt(() => fetched.arrayBuffer())).equals(image))
      server.settings.clockOffset = 3_600_000
      assert.strictEqual((yield* Sdk.attempt(() => fetch(url))).status, 403)
      server.settings.clockOffset = 0
      assert.strictEqual((yield* Sdk.attempt(() => fetch(url.replace("/glance/a?", "/glance/b?")))).status, 403)
      assert.isFalse(server.requests.some(({ target }) => /Signature=[0-9a-f]/u.test(target)))
    }))
})

describe("faults", () => {
  const large = randomBytes(512 * KiB)

  it.scoped("befall the requests they are meant for, as often as they are told", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      server.faults.add({ type: "refused", code: "SlowDown", retryAfter: 0, operation: "PutObject", times: 2, skip: 1 })
      yield* Sdk.put(s3, "a", image)
      const error = yield* refusedAs(Sdk.put(s3, "a", image), "SlowDown", 503)
      assert.nestedInclude(error.cause, { "$response.headers.retry-after": "0" })
      yield* Sdk.get(s3, "a")
      yield* refusedAs(Sdk.put(s3, "a", image), "SlowDown", 503)
      assert.deepStrictEqual(server.faults.pending(), [])
      yield* Sdk.put(s3, "a", image)
    }))

  it.scoped("break a body off, and nothing is kept of it", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      const id = yield* Sdk.begin(s3, "a")
      server.faults.add({ type: "reset", after: 100_000, operation: "UploadPart", partNumber: 2 })
      yield* Sdk.part(s3, "a", id, 1, large)
      const error = yield* Effect.flip(Sdk.part(s3, "a", id, 2, large))
      assert.strictEqual(error.status, undefined)
      assert.deepStrictEqual(Array.from(server.buckets.get(Bucket)?.uploads.get(id)?.parts.keys() ?? []), [1])
      server.faults.add({ type: "refused", code: "InternalError", operation: "UploadPart", atOnce: true })
      yield* Effect.flip(Sdk.part(s3, "a", id, 2, large))
      server.faults.add({ type: "stalled", after: 100_000, operation: "UploadPart" })
      const stalled = yield* Effect.fork(Sdk.part(s3, "a", id, 3, large))
      yield* server.until((requests) => (requests.at(-1)?.received ?? 0) >= 100_000)
      yield* Fiber.interrupt(stalled)
      yield* Sdk.part(s3, "a", id, 2, large)
      assert.deepStrictEqual(Array.from(server.buckets.get(Bucket)?.uploads.get(id)?.parts.keys() ?? []), [1, 2])
    }))

  it.scoped("end in doubt", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      const id = yield* Sdk.begin(s3, "a")
      const { ETag } = yield* Sdk.part(s3, "a", id, 1, image)
      server.faults.add({ type: "failedWith200", code: "InternalError", operation: "CompleteMultipartUpload" })
      yield* Effect.flip(Sdk.complete(s3, "a", id, [[1, ETag]]))
      assert.strictEqual(server.bytes(Bucket, "a"), undefined)
      server.faults.add({ type: "lost", operation: "CompleteMultipartUpload" })
      assert.strictEqual((yield* Effect.flip(Sdk.complete(s3, "a", id, [[1, ETag]]))).status, undefined)
      assert.isTrue(server.bytes(Bucket, "a")?.equals(image))
      server.faults.add({ type: "wrongETag", operation: "PutObject" })
      assert.strictEqual((yield* Sdk.put(s3, "b", image)).ETag, `"${"0".repeat(32)}"`)
      server.faults.add({ type: "skewed", operation: "PutObject" })
      yield* refusedAs(Sdk.put(s3, "b", image), "RequestTimeTooSkewed", 403)
    }))

  it.scoped("cut an answer", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      server.put(Bucket, "a", large)
      server.faults.add({ type: "truncated", after: 100_000, operation: "GetObject" })
      assert.strictEqual((yield* Effect.flip(Sdk.get(s3, "a"))).status, undefined)
      assert.strictEqual(server.requests.at(-1)?.sent, 100_000)
      server.faults.add({ type: "short", after: 100_000, operation: "GetObject" })
      assert.strictEqual((yield* Sdk.get(s3, "a")).bytes.length, 100_000)
      server.faults.add({ type: "wrongRange", shift: 5, operation: "GetObject" })
      assert.strictEqual((yield* Sdk.get(s3, "a", { range: "bytes=0-9" })).ContentRange, `bytes 5-14/${large.length}`)
      server.faults.add({ type: "flipped", at: 7, operation: "GetObject" })
      assert.strictEqual((yield* Sdk.get(s3, "a", { range: "bytes=7-7" })).bytes[0], (large[7] ?? 0) ^ 1)
      assert.isTrue(server.bytes(Bucket, "a")?.equals(large))
      server.faults.add({ type: "dripping", bytes: 256 * KiB, everyMillis: 1, operation: "GetObject" })
      assert.isTrue((yield* Sdk.get(s3, "a")).bytes.equals(large))
    }))

  for (const type of ["stalledAnswer", "silent"] as const) {
    it.scoped(`leave the client waiting (${type}), and end with it`, () =>
      Effect.gen(function*() {
        const { s3, server } = yield* prepare()
        server.put(Bucket, "a", large)
        server.faults.add({ type, after: 100_000, operation: "GetObject" })
        const reading = yield* Effect.fork(Sdk.get(s3, "a"))
        yield* server.until((requests) => requests.length === 1 && (type === "silent" || requests[0]?.sent === 100_000))
        assert.strictEqual(server.openSockets(), 1)
        yield* Fiber.interrupt(reading)
      }))
  }
})
