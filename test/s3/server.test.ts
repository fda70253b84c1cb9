/** That the loopback server is an S3 to the SDK. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  paginateListObjectsV2,
  PutObjectCommand,
  UploadPartCommand
} from "@aws-sdk/client-s3"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { createHash, randomBytes } from "node:crypto"
import * as http from "node:http"
import { Readable } from "node:stream"
import * as Sdk from "./sdk.js"
import * as Server from "./Server.js"
import { radosgw } from "./settings.js"

const Bucket = "glance"
const KiB = 1024
const { prepare, refusedAs } = Sdk
const image = randomBytes(100 * KiB)

describe("objects", () => {
  it.scoped("are what was put, whole and in ranges", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      const { ETag } = yield* Sdk.put(s3, "a b/ü+&", image)
      assert.strictEqual(ETag, `"${createHash("md5").update(image).digest("hex")}"`)
      const whole = yield* Sdk.get(s3, "a b/ü+&")
      assert.isTrue(whole.bytes.equals(image))
      assert.strictEqual(whole.ETag, ETag)
      const range = yield* Sdk.get(s3, "a b/ü+&", { range: "bytes=10-19" })
      assert.isTrue(range.bytes.equals(image.subarray(10, 20)))
      assert.strictEqual(range.ContentRange, `bytes 10-19/${image.length}`)
      assert.isTrue((yield* Sdk.get(s3, "a b/ü+&", { range: "bytes=-5" })).bytes.equals(image.subarray(-5)))
      assert.isTrue(
        (yield* Sdk.get(s3, "a b/ü+&", { range: `bytes=${100 * KiB - 3}-` })).bytes.equals(image.subarray(-3))
      )
      yield* refusedAs(Sdk.get(s3, "a b/ü+&", { range: `bytes=${image.length}-` }), "InvalidRange", 416)
      assert.isTrue(server.bytes(Bucket, "a b/ü+&")?.equals(image))
      assert.strictEqual(server.bytesHeld(), image.length)
      yield* Sdk.attempt(() => s3.send(new DeleteObjectCommand({ Bucket, Key: "a b/ü+&" })))
      yield* refusedAs(Sdk.get(s3, "a b/ü+&"), "NoSuchKey", 404)
      yield* refusedAs(Sdk.attempt(() => s3.send(new HeadObjectCommand({ Bucket, Key: "a b/ü+&" }))), "NotFound", 404)
      yield* Sdk.attempt(() => s3.send(new DeleteObjectCommand({ Bucket, Key: "a b/ü+&" })))
    }))

  it.scoped("are put on conditions", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      const put = (IfNoneMatch: string | undefined, Body: Uint8Array) =>
        Sdk.attempt(() => s3.send(new PutObjectCommand({ Bucket, Key: "a", Body, IfNoneMatch })))
      const { ETag } = yield* put("*", image)
      yield* refusedAs(put("*", Buffer.from("other")), "PreconditionFailed", 412)
      assert.isTrue(server.bytes(Bucket, "a")?.equals(image))
      const get = (IfMatch: string | undefined) =>
        Sdk.attempt(() => s3.send(new GetObjectCommand({ Bucket, Key: "a", IfMatch, Range: "bytes=0-0" })))
      yield* get(ETag)
      yield* put(undefined, Buffer.from("other"))
      yield* refusedAs(get(ETag), "PreconditionFailed", 412)
    }))

  it.scoped("keep what was said of them", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      yield* Sdk.attempt(() =>
        s3.send(
          new PutObjectCommand({
            Bucket,
            Key: "a",
            Body: image,
            Metadata: { "image-id": "a" },
            Tagging: "kind=image",
            StorageClass: "STANDARD_IA",
            ServerSideEncryption: "aws:kms",
            SSEKMSKeyId: "key"
          })
        )
      )
      const head = yield* Sdk.attempt(() => s3.send(new HeadObjectCommand({ Bucket, Key: "a" })))
      assert.deepStrictEqual(head.Metadata, { "image-id": "a" })
      assert.deepInclude(head, { StorageClass: "STANDARD_IA", ServerSideEncryption: "aws:kms", SSEKMSKeyId: "key" })
      assert.notStrictEqual(head.ETag, `"${createHash("md5").update(image).digest("hex")}"`)
      assert.strictEqual(server.buckets.get(Bucket)?.objects.get("a")?.headers["x-amz-tagging"], "kind=image")
    }))

  it.scoped("with a key of the client's are for those who have it", () =>
    Effect.gen(function*() {
      const { s3 } = yield* prepare()
      const key = { SSECustomerAlgorithm: "AES256", SSECustomerKey: randomBytes(32).toString("base64") }
      yield* Sdk.attempt(() => s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: image, ...key })))
      yield* refusedAs(Sdk.get(s3, "a"), "InvalidRequest", 400)
      yield* Sdk.attempt(() => s3.send(new HeadObjectCommand({ Bucket, Key: "a", ...key })))
    }))

  it.scoped("are refused if a checksum is not theirs", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      const put = (more: Partial<ConstructorParameters<typeof PutObjectCommand>[0]>) =>
        Sdk.attempt(() => s3.send(new PutObjectCommand({ Bucket, Key: "a", Body: image, ...more })))
      yield* refusedAs(put({ ContentMD5: Buffer.alloc(16).toString("base64") }), "BadDigest", 400)
      yield* refusedAs(put({ ContentMD5: "short" }), "InvalidDigest", 400)
      yield* refusedAs(put({ ChecksumSHA256: Buffer.alloc(32).toString("base64") }), "BadDigest", 400)
      assert.strictEqual(server.bytes(Bucket, "a"), undefined)
      for (const ChecksumAlgorithm of ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const) {
        const answer = yield* put({ ChecksumAlgorithm })
        assert.isString(answer[`Checksum${ChecksumAlgorithm}`], ChecksumAlgorithm)
        // Which the SDK compares with the bytes that it reads.
        assert.isTrue((yield* Sdk.get(s3, "a")).bytes.equals(image))
      }
    }))

  it.scoped("may come as aws-chunked, or may not", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      const put = Sdk.attempt(() =>
        s3.send(
          new PutObjectCommand({ Bucket, Key: "a", Body: Readable.from([image]), ContentLength: image.length })
        )
      )
      yield* put
      assert.strictEqual(server.requests[0]?.headers["x-amz-content-sha256"], "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
      assert.isTrue(server.bytes(Bucket, "a")?.equals(image))
      Object.assign(server.settings, radosgw)
      yield* refusedAs(put, "MissingContentLength", 411)
    }))

  it.scoped("are listed in pages", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare({ pageSize: 3 })
      for (let index = 0; index < 8; index++) server.put(Bucket, `key-${index}`, Buffer.from("a"))
      server.put(Bucket, "other", Buffer.from("a"))
      const keys = yield* Sdk.attempt(async () => {
        const pages: Array<ReadonlyArray<string | undefined>> = []
        for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix: "key" })) {
          pages.push(Contents.map(({ Key }) => Key))
        }
        return pages
      })
      assert.deepStrictEqual(keys.map(({ length }) => length), [3, 3, 2])
      assert.strictEqual(keys.flat().at(-1), "key-7")
    }))
})

describe("uploads in parts", () => {
  it.scoped("become an object when they are complete", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare({ minimumPartSize: 40 * KiB })
      const id = yield* Sdk.begin(s3, "a")
      const bounds = [0, 40 * KiB, 80 * KiB, 100 * KiB]
      const etags = yield* Effect.forEach(
        [3, 1, 2],
        (number): Effect.Effect<readonly [number, string | undefined], Sdk.SdkError> =>
          Effect.map(
            Sdk.part(s3, "a", id, number, image.subarray(bounds[number - 1], bounds[number])),
            ({ ETag }) => [number, ETag]
          )
      )
      const parts = etags.toSorted(([left], [right]) => left - right)
      assert.deepStrictEqual(server.uploads(Bucket, "a"), [id])
      const listed = yield* Sdk.attempt(() => s3.send(new ListPartsCommand({ Bucket, Key: "a", UploadId: id })))
      assert.deepStrictEqual(listed.Parts?.map(({ ETag }) => ETag), parts.map(([, etag]) => etag))
      yield* refusedAs(Sdk.complete(s3, "a", id, etags), "InvalidPartOrder", 400)
      yield* refusedAs(Sdk.complete(s3, "a", id, [[1, "\"wrong\""]]), "InvalidPart", 400)
      yield* refusedAs(Sdk.complete(s3, "a", id, []), "MalformedXML", 400)
      yield* refusedAs(Sdk.get(s3, "a"), "NoSuchKey", 404)
      const { ETag } = yield* Sdk.complete(s3, "a", id, parts)
      assert.match(ETag ?? "", /^"[0-9a-f]{32}-3"$/u)
      assert.isTrue((yield* Sdk.get(s3, "a")).bytes.equals(image))
      assert.deepStrictEqual(server.uploads(Bucket), [])
      yield* refusedAs(Sdk.complete(s3, "a", id, parts), "NoSuchUpload", 404)
    }))

  it.scoped("have no small part but the last", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      const id = yield* Sdk.begin(s3, "a")
      const { ETag: first } = yield* Sdk.part(s3, "a", id, 1, image)
      const { ETag: second } = yield* Sdk.part(s3, "a", id, 2, image)
      yield* refusedAs(Sdk.complete(s3, "a", id, [[1, first], [2, second]]), "EntityTooSmall", 400)
      assert.deepStrictEqual(server.uploads(Bucket), [id])
      yield* Sdk.complete(s3, "a", id, [[1, first]])
    }))

  it.scoped("may be given up, and are listed until then", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare({ pageSize: 2 })
      const ids = yield* Effect.forEach(["a", "b", "b", "c"], (key) => Sdk.begin(s3, key))
      const list = (more: { readonly KeyMarker?: string | undefined; readonly UploadIdMarker?: string | undefined }) =>
        Sdk.attempt(() => s3.send(new ListMultipartUploadsCommand({ Bucket, ...more })))
      const first = yield* list({})
      const second = yield* list({ KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker })
      assert.deepStrictEqual([first.IsTruncated, second.IsTruncated], [true, false])
      const seen = [first, second].flatMap(({ Uploads = [] }) => Uploads.map(({ UploadId }) => UploadId))
      assert.deepStrictEqual(seen.toSorted(), ids.toSorted())
      for (const [index, Key] of ["a", "b", "b", "c"].entries()) {
        const abort = Sdk.attempt(() => s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: ids[index] })))
        yield* abort
        yield* refusedAs(abort, "NoSuchUpload", 404)
        yield* refusedAs(Sdk.part(s3, Key, ids[index] ?? "", 1, image), "NoSuchUpload", 404)
      }
      assert.deepStrictEqual(server.uploads(Bucket), [])
      assert.strictEqual(server.bytesHeld(), 0)
    }))

  it.scoped("are complete on a condition, or on none, as radosgw has it", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      server.put(Bucket, "a", Buffer.from("there"))
      const id = yield* Sdk.begin(s3, "a")
      const { ETag } = yield* Sdk.part(s3, "a", id, 1, image)
      const complete = Sdk.complete(s3, "a", id, [[1, ETag]], { IfNoneMatch: "*" })
      yield* refusedAs(complete, "PreconditionFailed", 412)
      Object.assign(server.settings, radosgw)
      assert.strictEqual((yield* complete).ETag, "")
      assert.isTrue(server.bytes(Bucket, "a")?.equals(image))
      yield* refusedAs(complete, "InternalError", 500)
    }))

  it.scoped("have checksums, of the parts or of the whole", () =>
    Effect.gen(function*() {
      const { s3 } = yield* prepare({ minimumPartSize: 1 })
      for (
        const [ChecksumAlgorithm, ChecksumType, pattern] of [
          ["SHA256", "COMPOSITE", /-2$/u],
          ["CRC32", "COMPOSITE", /-2$/u],
          ["CRC32", "FULL_OBJECT", /=$/u],
          ["CRC64NVME", "FULL_OBJECT", /=$/u]
        ] as const
      ) {
        const { UploadId } = yield* Sdk.attempt(() =>
          s3.send(new CreateMultipartUploadCommand({ Bucket, Key: "a", ChecksumAlgorithm, ChecksumType }))
        )
        const part = (PartNumber: number, Body: Uint8Array) =>
          Sdk.attempt(() =>
            s3.send(new UploadPartCommand({ Bucket, Key: "a", UploadId, PartNumber, Body, ChecksumAlgorithm }))
          )
        const name = `Checksum${ChecksumAlgorithm}` as const
        const Parts = yield* Effect.forEach([image.subarray(0, 999), image.subarray(999)], (bytes, index) =>
          Effect.map(part(index + 1, bytes), (answer) => ({
            PartNumber: index + 1,
            ETag: answer.ETag,
            [name]: answer[name]
          })))
        const answer = yield* Sdk.attempt(() =>
          s3.send(
            new CompleteMultipartUploadCommand({ Bucket, Key: "a", UploadId, ChecksumType, MultipartUpload: { Parts } })
          )
        )
        assert.match(answer[name] ?? "", pattern, name)
        assert.isTrue((yield* Sdk.get(s3, "a")).bytes.equals(image))
      }
    }))
})

describe("buckets", () => {
  // Each time anew: the SDK writes a region into it.
  const create = () => new CreateBucketCommand({ Bucket: "new" })

  it.scoped("are made, looked for and removed", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      const head = Sdk.attempt(() => s3.send(new HeadBucketCommand({ Bucket: "new" })))
      yield* refusedAs(head, "NotFound", 404)
      yield* refusedAs(Sdk.attempt(() => s3.send(new ListObjectsV2Command({ Bucket: "new" }))), "NoSuchBucket", 404)
      yield* Sdk.attempt(() => s3.send(create()))
      yield* Sdk.attempt(() => s3.send(create()))
      yield* head
      server.put("new", "a", image)
      const remove = Sdk.attempt(() => s3.send(new DeleteBucketCommand({ Bucket: "new" })))
      yield* refusedAs(remove, "BucketNotEmpty", 409)
      server.buckets.get("new")?.objects.clear()
      yield* remove
      yield* refusedAs(head, "NotFound", 404)
    }))

  it.scoped("lie where they lie", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare({ region: "eu-west-1" })
      // The SDK names the region of the client where nothing else is said.
      yield* Sdk.attempt(() => s3.send(create()))
      yield* refusedAs(Sdk.attempt(() => s3.send(create())), "BucketAlreadyOwnedByYou", 409)
      const american = yield* Sdk.client(server, { region: "us-east-1" })
      yield* refusedAs(Sdk.get(american, "a"), "AuthorizationHeaderMalformed", 400)
      server.settings.region = "us-east-1"
      const error = yield* refusedAs(Sdk.get(american, "a"), "PermanentRedirect", 301)
      assert.nestedInclude(error.cause, { "$response.headers.x-amz-bucket-region": "eu-west-1" })
    }))

  it.scoped("are their owners'", () =>
    Effect.gen(function*() {
      const { s3, server } = yield* prepare()
      const stranger = yield* Sdk.client({ ...server, account: server.other })
      yield* Sdk.attempt(() => stranger.send(create()))
      yield* refusedAs(Sdk.attempt(() => s3.send(create())), "BucketAlreadyExists", 409)
      yield* refusedAs(Sdk.get(stranger, "a"), "AccessDenied", 403)
      const head = yield* Effect.flip(Sdk.attempt(() => s3.send(new HeadBucketCommand({ Bucket: "new" }))))
      assert.strictEqual(head.status, 403)
    }))

  it.scoped("can be full", () =>
    Effect.gen(function*() {
      const { s3 } = yield* prepare({ quota: 150 * KiB })
      yield* Sdk.put(s3, "a", image)
      yield* refusedAs(Sdk.put(s3, "b", image), "QuotaExceeded", 403)
      const id = yield* Sdk.begin(s3, "b")
      yield* refusedAs(Sdk.part(s3, "b", id, 1, image), "QuotaExceeded", 403)
    }))

  it.scoped("may be in the name of the host", () =>
    Effect.gen(function*() {
      const server = yield* Server.make()
      const agent = new http.Agent({
        keepAlive: true,
        lookup: (_host, _options, callback) => callback(null, [{ address: "127.0.0.1", family: 4 }])
      })
      const s3 = yield* Sdk.client(server, {
        endpoint: `http://s3.example:${server.port}`,
        forcePathStyle: false,
        requestHandler: { httpAgent: agent }
      })
      yield* Sdk.put(s3, "a", image)
      assert.strictEqual(server.requests[0]?.headers.host, `glance.s3.example:${server.port}`)
      assert.isTrue(server.bytes(Bucket, "a")?.equals(image))
    }))
})
