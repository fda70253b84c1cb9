/** That the services are what the tests take them for. */
import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand
} from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { randomBytes } from "node:crypto"
import { Readable } from "node:stream"
import { inject } from "vitest"
import * as Sdk from "../s3/sdk.js"
import * as Server from "../s3/Server.js"
import { radosgw } from "../s3/settings.js"
import { type Service, start } from "./control.js"
import { started } from "./started.js"

const image = randomBytes(100_000)
const Bucket = "glance"
const Key = "image"

/** A bucket of each, and a client. */
const prepare = (service: Effect.Effect<Service, never, Scope.Scope>) =>
  Effect.gen(function*() {
    const { account, endpoint } = yield* service
    const s3 = yield* Sdk.client({ account, endpoint, region: "us-east-1" })
    yield* Sdk.attempt(() => s3.send(new CreateBucketCommand({ Bucket })))
    return { s3, account, endpoint }
  })

describe("the service", () => {
  for (const name of ["radosgw", "swift"] as const) {
    it.scoped(`${name} keeps objects, single and in parts, and is there once`, () =>
      Effect.gen(function*() {
        const { s3 } = yield* prepare(started(name))
        yield* Sdk.put(s3, Key, image)
        assert.isTrue((yield* Sdk.get(s3, Key)).bytes.equals(image))
        const id = yield* Sdk.begin(s3, Key)
        const { ETag } = yield* Sdk.part(s3, Key, id, 1, image)
        yield* Sdk.complete(s3, Key, id, [[1, ETag]])
        assert.isTrue((yield* Sdk.get(s3, Key, { range: "bytes=5-14" })).bytes.equals(image.subarray(5, 15)))
        assert.strictEqual((yield* started(name)).endpoint, (yield* started(name)).endpoint)
      }), 300_000)
  }

  it.effect("that nobody knows is not started", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(start("minio", inject("services").directory))
      assert.strictEqual(error.message, "There is no service \"minio\"; known are radosgw, swift, nginx")
    }))
})

/** What the loopback server's settings say of radosgw, held against radosgw. */
describe.each(
  [
    ["radosgw", started("radosgw")],
    ["the loopback server as radosgw", Server.make({ ...radosgw, buckets: [] })]
  ] satisfies ReadonlyArray<readonly [string, Effect.Effect<Service, never, Scope.Scope>]>
)("%s", (_, service) => {
  it.scoped(
    "heeds If-None-Match on a put, and not on a completion, of which it tells no ETag",
    () =>
      Effect.gen(function*() {
        const { s3 } = yield* prepare(service)
        yield* Sdk.put(s3, "conditional", image)
        yield* Sdk.refusedAs(
          Sdk.attempt(() =>
            s3.send(new PutObjectCommand({ Bucket, Key: "conditional", Body: image, IfNoneMatch: "*" }))
          ),
          "PreconditionFailed",
          412
        )
        const id = yield* Sdk.begin(s3, "conditional")
        const { ETag } = yield* Sdk.part(s3, "conditional", id, 1, image)
        const done = yield* Sdk.complete(s3, "conditional", id, [[1, ETag]], { IfNoneMatch: "*" })
        assert.strictEqual(done.ETag, "")
      }),
    300_000
  )

  it.scoped("takes no stream with a trailer", () =>
    Effect.gen(function*() {
      const { s3 } = yield* prepare(service)
      const put = Sdk.attempt(() =>
        s3.send(
          new PutObjectCommand({
            Bucket,
            Key: "chunked",
            Body: Readable.from([image]),
            ContentLength: image.length
          })
        )
      )
      yield* Sdk.refusedAs(put, "MissingContentLength", 411)
    }), 300_000)

  it.scoped("has nothing of an upload that was given up", () =>
    Effect.gen(function*() {
      const { s3 } = yield* prepare(service)
      const id = yield* Sdk.begin(s3, "aborted")
      const { ETag } = yield* Sdk.part(s3, "aborted", id, 1, image)
      yield* Sdk.attempt(() => s3.send(new AbortMultipartUploadCommand({ Bucket, Key: "aborted", UploadId: id })))
      const { Uploads = [] } = yield* Sdk.attempt(() =>
        s3.send(new ListMultipartUploadsCommand({ Bucket, Prefix: "aborted" }))
      )
      assert.deepStrictEqual(Uploads, [])
      yield* Sdk.refusedAs(Sdk.part(s3, "aborted", id, 2, image), "NoSuchUpload", 404)
      yield* Sdk.refusedAs(Sdk.complete(s3, "aborted", id, [[1, ETag]]), "InternalError", 500)
    }), 300_000)

  it.scoped("takes signatures for whatever region, and makes buckets in its own", () =>
    Effect.gen(function*() {
      const { account, endpoint } = yield* prepare(service)
      const s3 = yield* Sdk.client({ account, endpoint, region: "mars-north-1" })
      yield* Sdk.put(s3, "martian", image)
      // The SDK sends its region along.
      const create = Sdk.attempt(() => s3.send(new CreateBucketCommand({ Bucket: "martian" })))
      yield* Sdk.refusedAs(create, "InvalidLocationConstraint", 400)
    }), 300_000)
})
