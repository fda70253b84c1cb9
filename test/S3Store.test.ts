/** What only an S3 store does: which requests an add makes, and what it keeps of its word where they fail. */
import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Location from "../src/Location.js"
import * as S3Store from "../src/S3Store.js"
import { assertSame, hex, pattern, text } from "./conformance/bytes.js"
import { assertInterrupted, failsWith } from "./conformance/failure.js"
import * as Warnings from "./internal/file/Warnings.js"
import { asked, bucket, count, isNowhere, MiB, pieces, prepare, read } from "./internal/s3/Prepared.js"
import * as Settings from "./s3/settings.js"

class Broken extends Data.TaggedError("Broken") {}

const large = pattern(16 * MiB)

/** That uploads are left behind is what it is about. */
const silent = Effect.provide(Logger.remove(Logger.defaultLogger))

const partsOf = (
  server: { readonly requests: ReadonlyArray<{ operation: unknown; partNumber: number; received: number }> }
) =>
  server.requests
    .filter(({ operation }) => operation === "UploadPart")
    .map(({ partNumber, received }) => [partNumber, received] as const)
    .toSorted(([one], [other]) => one - other)

describe("an add to S3", () => {
  it.scopedLive("is one request to put a small image, and one before it until such a put was seen to be refused", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      const bytes = pattern(5 * 1024)
      const { checksum, multihash, size, uri } = yield* store.add("id", pieces(bytes), {
        size: 5120,
        hashingAlgo: "sha256"
      })
      assert.strictEqual(uri, `s3://127.0.0.1:${server.port}/glance/id`)
      assert.deepStrictEqual([size, checksum, multihash], [5120, hex("md5", bytes), hex("sha256", bytes)])
      assert.deepStrictEqual(asked(server), ["HeadBucket", "HeadObject", "PutObject", "PutObject"])
      yield* store.add("id2", pieces(bytes), { size: 5120 })
      assert.deepStrictEqual(asked(server).slice(4), ["PutObject"])
      yield* failsWith(store.add("id", pieces(large.subarray(0, 5120)), { size: 5120 }), "DuplicateImage")
      assert.deepStrictEqual(asked(server).slice(5), ["PutObject"])
      // Its source is not to be read for nothing.
      yield* store.add("id3", pieces(bytes))
      assert.deepStrictEqual(asked(server).slice(6), ["HeadObject", "PutObject"])
      assert.strictEqual(server.requests[2]?.headers["content-md5"], Buffer.from(checksum, "hex").toString("base64"))
      assertSame(yield* read(store, uri), bytes)
    }))

  it.scopedLive("is still one request below the threshold, whatever the size of a part", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      const bytes = pattern(8 * MiB)
      const { uri } = yield* store.add("id", pieces(bytes), { size: bytes.length })
      assert.deepStrictEqual(asked(server), ["HeadBucket", "HeadObject", "PutObject"])
      assertSame(yield* read(store, uri), bytes)
    }))

  it.scopedLive("is in parts from the threshold on, numbered and completed in order", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      const { checksum, multihash } = yield* store.add("id", pieces(large), {
        size: large.length,
        hashingAlgo: "sha512"
      })
      assert.deepStrictEqual([checksum, multihash], [hex("md5", large), hex("sha512", large)])
      assert.deepStrictEqual(partsOf(server), [[1, 6 * MiB], [2, 6 * MiB], [3, 4 * MiB]])
      assertSame(server.bytes(bucket, "id") ?? text(""), large)
      yield* store.add("exactly", pieces(large.subarray(0, 9 * MiB)), { size: 9 * MiB })
      assert.strictEqual(count(server, "CompleteMultipartUpload"), 2)
      yield* store.add("parts", pieces(large.subarray(0, 12 * MiB)), { size: 12 * MiB })
      assert.strictEqual(count(server, "UploadPart"), 3 + 2 + 2)
    }))

  it.scopedLive("of an unknown size is what it turns out to be", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({ largeObjectChunkSize: 5 })
      for (
        const [size, puts, parts] of [[0, 1, 0], [3, 1, 0], [5 * MiB, 1, 0], [5 * MiB + 1, 0, 2], [
          12 * MiB,
          0,
          3
        ]] as const
      ) {
        const before = [count(server, "PutObject"), count(server, "UploadPart")] as const
        const added = yield* store.add(`${size}`, pieces(large.subarray(0, size)))
        assert.strictEqual(added.size, size)
        assert.deepStrictEqual(
          [count(server, "PutObject") - before[0], count(server, "UploadPart") - before[1]],
          [puts, parts],
          `${size} bytes`
        )
        assertSame(server.bytes(bucket, `${size}`) ?? large, large.subarray(0, size))
      }
    }))

  it.scopedLive("of no bytes is an object of none, with a threshold of 0 too", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({ largeObjectSize: 0 })
      const { checksum, multihash, size } = yield* store.add("id", Stream.empty, { size: 0, hashingAlgo: "sha256" })
      assert.deepStrictEqual([size, checksum, multihash], [0, hex("md5", text("")), hex("sha256", text(""))])
      assert.strictEqual(server.bytes(bucket, "id")?.length, 0)
      assert.deepStrictEqual(server.uploads(bucket), [])
    }))

  it.scopedLive("reads nothing of the source where there is an image already", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      server.put(bucket, "id", text("first"))
      const source = Stream.suspend((): Stream.Stream<Uint8Array> => assert.fail("the source was read"))
      yield* failsWith(store.add("id", source), "DuplicateImage")
      yield* failsWith(store.add("id", source, { size: 100 * MiB }), "DuplicateImage")
      assertSame(server.bytes(bucket, "id") ?? text(""), text("first"))
    }))

  it.scopedLive("stops at the byte too many, and keeps nothing, by one request or in parts", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      for (
        const [size, given] of [
          [5120, 10_240],
          [5120, 5020],
          [2 * MiB, 3 * MiB],
          [2 * MiB, MiB],
          [15 * MiB, 16 * MiB],
          [16 * MiB, 15 * MiB]
        ] as const
      ) {
        const error = yield* failsWith(store.add("id", pieces(pattern(given), 1000), { size }), "SizeMismatch")
        assert.strictEqual(error.expected, size)
        isNowhere(server, "id")
      }
      assert.strictEqual(count(server, "AbortMultipartUpload"), 2)
    }))

  it.scopedLive("is tried again where the service is busy, request by request", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      server.faults.add(
        { type: "refused", code: "SlowDown", operation: "HeadObject" },
        { type: "refused", code: "InternalError", operation: "CreateMultipartUpload" },
        { type: "refused", code: "ServiceUnavailable", operation: "UploadPart", partNumber: 2 },
        { type: "reset", after: MiB, operation: "UploadPart", partNumber: 1 },
        { type: "refused", code: "BadDigest", operation: "UploadPart", partNumber: 3 },
        { type: "failedWith200", code: "InternalError", operation: "CompleteMultipartUpload" }
      )
      const { checksum } = yield* store.add("id", pieces(large), { size: large.length })
      assert.strictEqual(checksum, hex("md5", large))
      assertSame(server.bytes(bucket, "id") ?? text(""), large)
      assert.deepStrictEqual(server.faults.pending(), [])
      assert.deepStrictEqual(server.uploads(bucket), [])
    }))

  it.scopedLive("by one request is tried again as well, also where half of it was sent before the source had ended", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      server.faults.add(
        { type: "reset", after: MiB, operation: "PutObject" },
        { type: "refused", code: "SlowDown", operation: "PutObject", atOnce: true }
      )
      const bytes = large.subarray(0, 8 * MiB)
      yield* store.add("id", pieces(bytes), { size: bytes.length })
      assertSame(server.bytes(bucket, "id") ?? text(""), bytes)
    }))

  it.scopedLive("gives up when no try is left, and leaves nothing", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      for (
        const operation of [
          "HeadBucket",
          "HeadObject",
          "CreateMultipartUpload",
          "UploadPart",
          "CompleteMultipartUpload"
        ] as const
      ) {
        server.faults.clear()
        server.faults.add({ type: "refused", code: "InternalError", operation, times: 99 })
        const error = yield* failsWith(store.add("id", pieces(large)), "RemoteServiceUnavailable")
        assert.include(error.message, "(500)", operation)
        isNowhere(server, "id")
      }
    }))

  it.scopedLive("that does not know whether it was done looks for its object", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      server.faults.add({ type: "lost", operation: "PutObject" }, {
        type: "lost",
        operation: "CompleteMultipartUpload"
      }, {
        type: "failedWith200",
        code: "InternalError",
        done: true,
        operation: "CompleteMultipartUpload"
      })
      for (const [id, bytes] of [["small", text("small")], ["large", large], ["again", large]] as const) {
        yield* store.add(id, pieces(bytes))
        assertSame(server.bytes(bucket, id) ?? text(""), bytes)
      }
      assert.deepStrictEqual(server.uploads(bucket), [])
      assert.deepStrictEqual(server.faults.pending(), [])
    }))

  it.scopedLive("does so with a radosgw, which tells no ETag and has another error for an upload that is gone", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({ preset: "ceph" }, Settings.radosgw)
      server.faults.add({ type: "lost", operation: "CompleteMultipartUpload" })
      yield* store.add("id", pieces(large), { size: large.length })
      assertSame(server.bytes(bucket, "id") ?? text(""), large)
    }))

  it.scopedLive("takes nobody else's object for its own, where it does not know", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      server.faults.add({ type: "silent", operation: "PutObject" })
      const adding = yield* Effect.fork(Effect.either(store.add("id", pieces(text("mine")))))
      yield* server.until((requests) => requests.some(({ operation }) => operation === "PutObject"))
      server.put(bucket, "id", text("else"))
      yield* Fiber.interrupt(adding)
      assertSame(server.bytes(bucket, "id") ?? text(""), text("else"))
    }))

  it.scopedLive("stops all at once where a part is refused for good, and reads no further", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      server.faults.add({ type: "refused", code: "AccessDenied", operation: "UploadPart", partNumber: 1 })
      const began = yield* Deferred.make<void>()
      const source = Stream.concat(pieces(large), Stream.onStart(Stream.never, Deferred.succeed(began, undefined)))
      yield* failsWith(store.add("id", source), "StorageWriteDenied")
      isNowhere(server, "id")
    }))

  it.scopedLive("keeps the error of the source, and gives the upload up", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      for (const size of [undefined, 32 * MiB, 17 * MiB]) {
        const error = yield* Effect.flip(
          store.add("id", Stream.concat(pieces(large), Stream.fail(new Broken())), { size })
        )
        assert.instanceOf(error, Broken)
        isNowhere(server, "id")
      }
      const kept = yield* Effect.flip(
        store.add("id", Stream.concat(pieces(pattern(MiB)), Stream.fail(new Broken())), { size: 2 * MiB })
      )
      assert.instanceOf(kept, Broken)
      isNowhere(server, "id")
    }))

  it.scopedLive(
    "is interrupted also while the source gives nothing, or a part stands still",
    () =>
      Effect.gen(function*() {
        const { server, store } = yield* prepare()
        for (
          const [size, stall] of [[undefined, false], [undefined, true], [32 * MiB, false], [8 * MiB, false]] as const
        ) {
          server.faults.clear()
          if (stall) {
            server.faults.add({ type: "stalled", after: MiB, operation: "UploadPart" })
          }
          const reached = yield* Deferred.make<void>()
          const given = size === 8 * MiB ? large.subarray(0, 6 * MiB) : large
          const source = Stream.concat(
            pieces(given),
            Stream.onStart(Stream.never, Deferred.succeed(reached, undefined))
          )
          const adding = yield* Effect.fork(store.add("id", source, { size }))
          yield* Deferred.await(reached)
          yield* server.until((requests) =>
            requests.some(({ operation, received }) =>
              (operation === "UploadPart" || operation === "PutObject") && received > MiB / 2
            )
          )
          assertInterrupted(yield* Fiber.interrupt(adding))
          isNowhere(server, "id")
        }
      }),
    30_000
  )

  it.scopedLive("takes the object back where it is interrupted while it is published", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      for (const [operation, bytes] of [["PutObject", text("small")], ["CompleteMultipartUpload", large]] as const) {
        const from = server.requests.length
        server.settings.bytesPerSecond = 50 * MiB
        const adding = yield* Effect.fork(store.add("id", pieces(bytes)))
        yield* server.until((requests) => requests.slice(from).some((request) => request.operation === operation))
        assertInterrupted(yield* Fiber.interrupt(adding))
        isNowhere(server, "id")
      }
    }))

  it.scopedLive("says which upload is left behind where it cannot be given up, and keeps the first error", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({ retries: 0 })
      const warnings = Warnings.make()
      server.faults.add({ type: "refused", code: "AccessDenied", operation: "AbortMultipartUpload", times: 9 })
      const error = yield* Effect.flip(
        store.add("id", Stream.concat(pieces(large), Stream.fail(new Broken()))).pipe(warnings.listen)
      )
      assert.instanceOf(error, Broken)
      const [uploadId = ""] = server.uploads(bucket)
      assert.isNotEmpty(uploadId)
      assert.include(warnings.messages().join(), uploadId)
    }))

  it.scopedLive("is refused by a full quota, and leaves nothing", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({}, { quota: 10 * MiB })
      yield* failsWith(store.add("id", pieces(large)), "StorageFull")
      isNowhere(server, "id")
    }))

  it.scopedLive("that expires in the middle of an upload is not authenticated any more", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({ sessionToken: "token" })
      server.account.sessionToken = "token"
      server.faults.add({ type: "refused", code: "ExpiredToken", operation: "UploadPart", partNumber: 2 })
      yield* failsWith(store.add("id", pieces(large)), "NotAuthenticated")
      isNowhere(server, "id")
    }))

  it.scopedLive("sets the SDK's clock where it is wrong", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      server.faults.add({ type: "skewed", operation: "PutObject" })
      yield* store.add("id", pieces(text("abc")))
      assert.strictEqual(count(server, "PutObject"), 2)
      assertSame(server.bytes(bucket, "id") ?? text(""), text("abc"))
    }))

  it.scopedLive("takes the object back where it is not the one that was sent", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      server.faults.add({ type: "wrongETag", operation: "PutObject" })
      const error = yield* failsWith(store.add("id", pieces(pattern(2 * MiB)), { size: 2 * MiB }), "BackendException")
      assert.include(error.message, "ETag")
      isNowhere(server, "id")
    }))

  it.scopedLive("sends along what the preset knows the service to check", () =>
    Effect.gen(function*() {
      for (const checksum of ["crc32", "crc64nvme", "sha256", "md5", "none"] as const) {
        const { server, store } = yield* prepare({ checksum })
        yield* store.add("id", pieces(large), { size: large.length })
        const part = server.requests.find(({ operation }) => operation === "UploadPart")
        const sent = Object.keys(part?.headers ?? {}).filter((name) => /^x-amz-checksum-|^content-md5/u.test(name))
        assert.deepStrictEqual(
          sent,
          checksum === "none" ? [] : [checksum === "md5" ? "content-md5" : `x-amz-checksum-${checksum}`]
        )
        assertSame(server.bytes(bucket, "id") ?? text(""), large)
      }
    }), 30_000)

  it.scopedLive("says how and where the object is to be kept", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({
        encryption: "aws:kms",
        kmsKeyId: "key-1",
        storageClass: "STANDARD_IA",
        metadata: { owner: "glance" },
        tags: { team: "a b", cost: "1" }
      })
      yield* store.add("small", pieces(text("abc")))
      yield* store.add("large", pieces(large))
      for (const operation of ["PutObject", "CreateMultipartUpload"] as const) {
        const request = server.requests.find((one) => one.operation === operation)
        assert.deepInclude(request?.headers, {
          "x-amz-server-side-encryption": "aws:kms",
          "x-amz-server-side-encryption-aws-kms-key-id": "key-1",
          "x-amz-storage-class": "STANDARD_IA",
          "x-amz-meta-owner": "glance",
          "x-amz-tagging": "team=a+b&cost=1"
        })
      }
    }))

  it.scopedLive("with a key of one's own shows it in each request that needs it", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({ customerKey: Buffer.alloc(32, 7).toString("base64") })
      for (const bytes of [text("abc"), large]) {
        const { uri } = yield* store.add(`${bytes.length}`, pieces(bytes))
        assertSame(yield* read(store, uri), bytes)
        const location = yield* Location.fromUri(uri)
        assert.deepStrictEqual(yield* store.getSize(location), Option.some(bytes.length))
        yield* store.delete(location)
      }
      isNowhere(server, "3")
    }))

  it.scopedLive("that cannot be tagged is taken back", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({ tagDigests: true })
      // The loopback server has no tags.
      yield* failsWith(store.add("id", pieces(text("abc"))), "BackendException")
      isNowhere(server, "id")
    }))

  it.scopedLive("is refused before anything is read where no object could hold it", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      yield* failsWith(store.add("id", Stream.empty, { size: 10_000 * 5 * 1024 ** 3 + 1 }), "StorageFull")
      assert.deepStrictEqual(asked(server), [])
    }))
})

describe("the bucket", () => {
  it.scopedLive("is made at the first add if that is allowed, and not looked for again", () =>
    Effect.gen(function*() {
      for (const region of ["us-east-1", "eu-west-1"]) {
        const { server, store } = yield* prepare({ createBucketOnPut: true, regionName: region }, {
          buckets: [],
          region
        })
        yield* store.add("a", pieces(text("abc")))
        yield* store.add("b", pieces(text("abc")))
        assert.deepStrictEqual(asked(server), [
          "HeadBucket",
          "CreateBucket",
          "HeadObject",
          "PutObject",
          "HeadObject",
          "PutObject"
        ])
      }
    }))

  it.scopedLive("that is missing is named, with the option that makes it", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({}, { buckets: [] })
      const error = yield* failsWith(store.add("id", pieces(text("abc"))), "BackendException")
      assert.include(error.message, "no bucket glance")
      assert.include(error.message, "s3_store_create_bucket_on_put")
      assert.deepStrictEqual(asked(server), ["HeadBucket"])
    }))

  it.scopedLive("that may not be used, or is broken, is not written to", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({ retries: 0 })
      for (
        const [code, tag] of [["AccessDenied", "StorageWriteDenied"], ["InternalError", "RemoteServiceUnavailable"], [
          "PermanentRedirect",
          "BackendException"
        ]] as const
      ) {
        server.faults.add({ type: "refused", code, operation: "HeadBucket" })
        yield* failsWith(store.add("id", pieces(text("abc"))), tag)
      }
      assert.deepStrictEqual(asked(server), ["HeadBucket", "HeadBucket", "HeadBucket"])
    }))

  it.scopedLive("of somebody else is refused, to be written, read, measured and deleted", () =>
    Effect.gen(function*() {
      const { options, server } = yield* prepare()
      server.put(bucket, "id", text("abc"))
      const { accessKeyId, secretAccessKey } = server.other
      const stranger = yield* S3Store.make({ ...options, accessKey: accessKeyId, secretKey: secretAccessKey })
      const location = yield* Location.fromUri(`s3://127.0.0.1:${server.port}/glance/id`)
      yield* failsWith(stranger.add("other", pieces(text("abc"))), "StorageWriteDenied")
      yield* failsWith(Effect.scoped(stranger.get(location)), "StorageReadDenied")
      yield* failsWith(stranger.getSize(location), "StorageReadDenied")
      yield* failsWith(stranger.delete(location), "StorageDeleteDenied")
    }))

  it.scopedLive("in another region is said to be there", () =>
    Effect.gen(function*() {
      const { store } = yield* prepare({ regionName: "us-east-1" }, { region: "eu-west-1" })
      const error = yield* Effect.flip(store.add("id", pieces(text("abc"))))
      assert.include(["BackendException", "NotAuthenticated"], error._tag)
    }))
})

describe("credentials", () => {
  it.scopedLive("that are wrong are NotAuthenticated, and never ImageNotFound", () =>
    Effect.gen(function*() {
      const { options, server } = yield* prepare()
      server.put(bucket, "id", text("abc"))
      const wrong = yield* S3Store.make({ ...options, secretKey: "wrong" })
      const location = yield* Location.fromUri(`s3://127.0.0.1:${server.port}/glance/id`)
      yield* failsWith(Effect.scoped(wrong.get(location)), "NotAuthenticated")
      // An answer to HEAD has no body that could say more than that it is refused.
      yield* failsWith(wrong.getSize(location), "StorageReadDenied")
    }))

  it.scopedLive("of an old location count where the bucket is not the store's, and the store's own otherwise", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({}, { buckets: [bucket, "older"] })
      server.put(bucket, "id", text("ours"))
      server.put("older", "id", text("older"))
      const { accessKeyId, secretAccessKey } = server.account
      const at = `127.0.0.1:${server.port}`
      assertSame(yield* read(store, `s3://${accessKeyId}:${secretAccessKey}@${at}/older/id`), text("older"))
      assertSame(yield* read(store, `s3://${accessKeyId}:rotated@${at}/glance/id`), text("ours"))
      assertSame(yield* read(store, `s3+http://${at}/glance/id`), text("ours"))
      yield* failsWith(read(store, `s3://${accessKeyId}:rotated@${at}/older/id`), "NotAuthenticated")
    }))

  it.scopedLive("are written into locations only for those that still need it", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({ legacyLocations: true })
      const { uri } = yield* store.add("id", pieces(text("abc")))
      assert.strictEqual(
        uri,
        `s3://${server.account.accessKeyId}:${server.account.secretAccessKey}@127.0.0.1:${server.port}/glance/id`
      )
      assertSame(yield* read(store, uri), text("abc"))
    }))
})

describe("a location of another service", () => {
  it.scopedLive("is refused, and nobody is asked", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      const at = `127.0.0.1:${server.port}`
      for (
        const uri of [
          "s3://elsewhere.example/glance/id",
          `s3+https://${at}/glance/id`,
          `s3://a:b@${at}.example/glance/id`
        ]
      ) {
        const location = yield* Location.fromUri(uri)
        yield* failsWith(Effect.scoped(store.get(location)), "BadStoreUri")
        yield* failsWith(store.getSize(location), "BadStoreUri")
        yield* failsWith(store.delete(location), "BadStoreUri")
      }
      assert.deepStrictEqual(asked(server), [])
    }))

  it.scopedLive("is read if it is another name of the same one", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({ serviceAliases: ["old-name.example:8080"] })
      server.put(bucket, "id", text("abc"))
      assertSame(yield* read(store, "s3://any:body@old-name.example:8080/glance/id"), text("abc"))
    }))

  it.scopedLive("is refused where its bucket cannot be part of a host name", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({ bucketUrlFormat: "virtual" })
      for (const other of ["not.dns.compliant", "aa", "bucket-"]) {
        const location = yield* Location.fromUri(`s3://127.0.0.1:${server.port}/${other}/id`)
        yield* failsWith(store.getSize(location), "BadStoreUri")
      }
      assert.deepStrictEqual(asked(server), [])
    }))
})

describe("a read from S3", () => {
  it.scopedLive("is one request, of a range too", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      server.put(bucket, "id", text("abcd"))
      const uri = `s3://127.0.0.1:${server.port}/glance/id`
      assertSame(yield* read(store, uri), text("abcd"))
      assertSame(yield* read(store, uri, { offset: 1, length: 2 }), text("bc"))
      assertSame(yield* read(store, uri, { offset: 2 }), text("cd"))
      assert.deepStrictEqual(server.requests.map(({ headers, operation }) => [operation, headers.range]), [
        ["GetObject", undefined],
        ["GetObject", "bytes=1-2"],
        ["GetObject", "bytes=2-"]
      ])
      assertSame(yield* read(store, uri, { offset: 4 }), text(""))
      yield* failsWith(read(store, uri, { offset: 5 }), "RangeBeyondEnd")
    }))

  it.scopedLive("goes on where it breaks, with the byte it has reached and of the same object", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({ idleTimeout: 0.3 })
      server.put(bucket, "id", large)
      server.faults.add(
        { type: "truncated", after: MiB, operation: "GetObject" },
        { type: "stalledAnswer", after: MiB, operation: "GetObject" },
        { type: "refused", code: "SlowDown", operation: "GetObject" }
      )
      assertSame(yield* read(store, `s3://127.0.0.1:${server.port}/glance/id`), large)
      const [first, ...others] = server.requests.map(({ headers }) => headers)
      assert.isUndefined(first?.range)
      assert.isAtLeast(others.length, 3)
      for (const headers of others) {
        assert.match(String(headers.range), /^bytes=[1-9]\d*-16777215$/u)
        assert.isString(headers["if-match"])
      }
    }))

  it.scopedLive("fails where the object is replaced or deleted meanwhile, or the service sends another part", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      const uri = `s3://127.0.0.1:${server.port}/glance/id`
      const during = (change: () => void) =>
        Effect.gen(function*() {
          server.put(bucket, "id", large)
          server.faults.add({ type: "truncated", after: MiB, operation: "GetObject" })
          const { data } = yield* store.get(yield* Location.fromUri(uri))
          let changed = false
          return yield* Stream.runForEach(data, () =>
            Effect.sync(() => {
              if (!changed) change()
              changed = true
            }))
        }).pipe(Effect.scoped)
      yield* failsWith(during(() => server.put(bucket, "id", pattern(16 * MiB, 1))), "ImageChanged")
      yield* failsWith(during(() => server.buckets.get(bucket)?.objects.delete("id")), "ImageChanged")
      yield* failsWith(
        during(() => server.faults.add({ type: "wrongRange", shift: 1, operation: "GetObject" })),
        "ImageTruncated"
      )
    }))

  it.scopedLive("is never silently short", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({ retries: 1 })
      server.put(bucket, "id", large)
      server.faults.add({ type: "truncated", after: MiB, operation: "GetObject" }, {
        type: "truncated",
        after: 0,
        operation: "GetObject",
        times: 9
      })
      const error = yield* failsWith(read(store, `s3://127.0.0.1:${server.port}/glance/id`), "ImageTruncated")
      assert.strictEqual(error.expected, large.length)
      assert.isAtMost(error.actual, MiB)
    }))

  it.scopedLive("lets its connection go where the reader stops", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      server.put(bucket, "id", large)
      const location = yield* Location.fromUri(`s3://127.0.0.1:${server.port}/glance/id`)
      yield* Effect.scoped(Effect.flatMap(store.get(location), ({ data }) => Stream.runHead(data)))
      yield* Effect.repeat(Effect.sleep("5 millis"), { until: () => server.openSockets() === 0 })
    }))

  it.scopedLive("is made in ranges beside each other, in order, so many at a time", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({ parallelReads: 3, readSize: 2 })
      server.put(bucket, "id", large)
      const uri = `s3://127.0.0.1:${server.port}/glance/id`
      server.faults.add({ type: "truncated", after: MiB, operation: "GetObject", skip: 3 })
      assertSame(yield* read(store, uri), large)
      assert.strictEqual(server.requests.length, 8 + 1)
      assertSame(
        yield* read(store, uri, { offset: 3 * MiB + 1, length: 5 * MiB }),
        large.subarray(3 * MiB + 1, 8 * MiB + 1)
      )
      assertSame(yield* read(store, uri, { offset: 15 * MiB }), large.subarray(15 * MiB))
      assertSame(yield* read(store, uri, { offset: 16 * MiB }), text(""))
      server.put(bucket, "empty", text(""))
      assertSame(yield* read(store, `s3://127.0.0.1:${server.port}/glance/empty`), text(""))
    }))
})

describe("what is left behind by those that were killed", () => {
  it.scopedLive("is found, page by page, and removed if it is old enough", () =>
    Effect.gen(function*() {
      const { options, server, store } = yield* prepare({}, { pageSize: 2 })
      const killed = ["a", "b", "b", "c", "d"]
      for (const id of killed) {
        const reached = yield* Deferred.make<void>()
        server.faults.clear()
        server.faults.add({ type: "refused", code: "AccessDenied", operation: "AbortMultipartUpload", times: 9 })
        const source = Stream.concat(pieces(large), Stream.onStart(Stream.never, Deferred.succeed(reached, undefined)))
        const adding = yield* Effect.fork(store.add(id, source).pipe(silent))
        yield* Deferred.await(reached)
        yield* Fiber.interrupt(adding)
      }
      server.faults.clear()
      server.put(bucket, "image", text("abc"))
      const listed = yield* S3Store.listIncompleteUploads(options)
      assert.deepStrictEqual(listed.map(({ imageId }) => imageId), killed)
      assert.deepStrictEqual(listed.map(({ uploadId }) => uploadId).toSorted(), server.uploads(bucket).toSorted())
      assert.deepStrictEqual(yield* S3Store.abortIncompleteUploads(options, { olderThan: "1 hours" }), [])
      const would = yield* S3Store.abortIncompleteUploads(options, { olderThan: 0, dryRun: true })
      assert.strictEqual(would.length, killed.length)
      assert.strictEqual(server.uploads(bucket).length, killed.length)
      const removed = yield* S3Store.abortIncompleteUploads(options, { olderThan: 0 })
      assert.deepStrictEqual(removed, would)
      assert.deepStrictEqual(server.uploads(bucket), [])
      assertSame(server.bytes(bucket, "image") ?? text(""), text("abc"))
    }), 30_000)
})

describe("a URL that was signed beforehand", () => {
  it.scopedLive("reads the image, and nobody sees it by accident", () =>
    Effect.gen(function*() {
      const { options, server } = yield* prepare()
      server.put(bucket, "id", text("abc"))
      const location = yield* Location.fromUri(`s3://127.0.0.1:${server.port}/glance/id`)
      const url = yield* S3Store.presignGet(options, location, { expiresIn: "1 minutes" })
      assert.strictEqual(String(url), "<redacted>")
      const answer = yield* Effect.promise(() => fetch(Redacted.value(url)))
      assert.strictEqual(yield* Effect.promise(() => answer.text()), "abc")
      const elsewhere = yield* Location.fromUri("s3://elsewhere.example/glance/id")
      yield* failsWith(S3Store.presignGet(options, elsewhere, { expiresIn: "1 minutes" }), "BadStoreUri")
    }))
})
