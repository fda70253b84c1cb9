/** What an S3 store does on real services, besides the laws of all stores: how images get there, and what refuses them. */
import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import * as Location from "../src/Location.js"
import * as S3Store from "../src/S3Store.js"
import type * as Store from "../src/Store.js"
import { concat, cut, hex, pattern } from "./conformance/bytes.js"
import * as Held from "./s3/Held.js"
import * as Sdk from "./s3/sdk.js"
import { started } from "./services/started.js"

const KiB = 1024
const MiB = KiB * KiB

const pieces = (bytes: Uint8Array) => Stream.fromIterable(cut(bytes, 100_000)).pipe(Stream.rechunk(1))

const read = (store: Store.Store, uri: string, range?: { readonly offset?: number; readonly length?: number }) =>
  Location.fromUri(uri).pipe(
    Effect.flatMap((location) => store.get(location, range)),
    Effect.flatMap(({ data }) => Stream.runCollect(data)),
    Effect.map(concat),
    Effect.scoped
  )

class SourceFailed extends Data.TaggedError("SourceFailed") {}

for (const [name, preset] of [["radosgw", "ceph"], ["swift", "swift-s3api"]] as const) {
  const prepare = (options: Partial<S3Store.Options> = {}) =>
    Effect.gen(function*() {
      const service = yield* started(name)
      const held = yield* Held.optionsFor(service, { preset, ...options })
      const store = yield* S3Store.make(held.options)
      /** How many parts an object was made of; none for one that was put by one request. */
      const partsOf = (key: string) =>
        Effect.map(
          Effect.flatten(Held.head(held.s3, held.bucket, key)),
          ({ ETag }) => Number(/-(\d+)"?$/u.exec(ETag ?? "")?.[1] ?? 0)
        )
      const isClean = Effect.gen(function*() {
        assert.deepStrictEqual(yield* Held.keys(held.s3, held.bucket), [])
        assert.deepStrictEqual(yield* Held.uploads(held.s3, held.bucket), [])
      })
      return { ...held, service, store, partsOf, isClean }
    })

  describe(`an S3 store on ${name}`, () => {
    it.scopedLive("puts by one request what is below the threshold, and in parts what is not", () =>
      Effect.gen(function*() {
        const { partsOf, store } = yield* prepare({ largeObjectSize: 9, largeObjectChunkSize: 6 })
        const cases: ReadonlyArray<readonly [size: number, declared: boolean, parts: number]> = [
          [0, true, 0],
          [0, false, 0],
          [3, false, 0],
          [5 * KiB, true, 0],
          [8 * MiB, true, 0],
          [9 * MiB, true, 2],
          [12 * MiB, true, 2],
          [12 * MiB, false, 2],
          [16 * MiB, true, 3],
          [16 * MiB, false, 3]
        ]
        for (const [size, declared, parts] of cases) {
          const key = `${size}-${declared}`
          const bytes = pattern(size)
          const added = yield* store.add(key, pieces(bytes), {
            hashingAlgo: "sha512",
            ...(declared ? { size } : {})
          })
          assert.strictEqual(added.size, size, key)
          assert.strictEqual(added.checksum, hex("md5", bytes), key)
          assert.strictEqual(added.multihash, hex("sha512", bytes), key)
          assert.strictEqual(yield* partsOf(key), parts, key)
          assert.isTrue(Buffer.from(yield* read(store, added.uri)).equals(bytes), key)
        }
      }))

    it.scopedLive("puts an empty image where everything goes in parts", () =>
      Effect.gen(function*() {
        const { store } = yield* prepare({ largeObjectSize: 0 })
        const { checksum, uri } = yield* store.add("empty", Stream.empty, { size: 0 })
        assert.strictEqual(checksum, "d41d8cd98f00b204e9800998ecf8427e")
        assert.strictEqual((yield* read(store, uri)).length, 0)
      }))

    it.scopedLive("gives ranges, in one request and in several", () =>
      Effect.gen(function*() {
        const { options, store } = yield* prepare({ largeObjectSize: 5 })
        const parallel = yield* S3Store.make({ ...options, parallelReads: 4, readSize: 1 })
        const bytes = pattern(7 * MiB + 5)
        const { uri } = yield* store.add("image", pieces(bytes), { size: bytes.length })
        for (const reader of [store, parallel]) {
          assert.isTrue(Buffer.from(yield* read(reader, uri)).equals(bytes))
          for (const [offset, length] of [[1, 2], [5 * MiB - 1, 2], [MiB, 3 * MiB + 7], [7 * MiB, 100]] as const) {
            const range = yield* read(reader, uri, { offset, length })
            assert.isTrue(Buffer.from(range).equals(bytes.subarray(offset, offset + length)), `${offset}, ${length}`)
          }
          assert.strictEqual(
            (yield* Effect.flip(read(reader, uri, { offset: bytes.length + 1 })))._tag,
            "RangeBeyondEnd"
          )
        }
      }))

    it.scopedLive("keeps nothing of an image that is not as long as it was said, or whose source fails", () =>
      Effect.gen(function*() {
        const { isClean, store } = yield* prepare({ largeObjectSize: 9, largeObjectChunkSize: 5 })
        const cases = [[5 * KiB, 10 * KiB], [5 * KiB, 5 * KiB - 100], [2 * MiB, 2 * MiB + 1], [15 * MiB, 20 * MiB], [
          16 * MiB,
          15 * MiB
        ]] as const
        for (const [size, actual] of cases) {
          const error = yield* Effect.flip(store.add("image", pieces(pattern(actual)), { size }))
          assert.strictEqual(error._tag, "SizeMismatch", `${size}, ${actual}`)
          yield* isClean
        }
        const failing = Stream.concat(pieces(pattern(6 * MiB)), Stream.fail(new SourceFailed()))
        for (const options of [{ size: 12 * MiB }, {}]) {
          assert.instanceOf(yield* Effect.flip(store.add("image", failing, options)), SourceFailed)
          yield* isClean
        }
      }))

    it.scopedLive("keeps nothing of an image whose add is interrupted while its source stands still", () =>
      Effect.gen(function*() {
        const { isClean, store } = yield* prepare({ largeObjectSize: 9, largeObjectChunkSize: 5 })
        for (const size of [undefined, 12 * MiB]) {
          const begun = yield* Deferred.make<void>()
          const stalled = Stream.concat(
            pieces(pattern(11 * MiB)),
            Stream.zipRight(Stream.fromEffect(Deferred.succeed(begun, undefined)), Stream.never)
          )
          const adding = yield* Effect.fork(store.add("image", stalled, { size }))
          yield* Deferred.await(begun)
          yield* Fiber.interrupt(adding)
          yield* isClean
        }
      }))

    it.scopedLive("has one winner among stores that put one image in parts, and the winner's image", () =>
      Effect.gen(function*() {
        const { bucket, s3, service, store } = yield* prepare({ largeObjectSize: 0, largeObjectChunkSize: 5 })
        const images = [1, 2, 3, 4].map((seed) => pattern(5 * MiB + 1, seed))
        const outcomes = yield* Effect.forEach(
          images,
          (bytes) => Effect.either(store.add("contested", pieces(bytes))),
          { concurrency: "unbounded" }
        )
        const won = outcomes.findIndex(({ _tag }) => _tag === "Right")
        assert.deepStrictEqual(
          outcomes.flatMap((outcome) => outcome._tag === "Left" ? [outcome.left._tag] : []),
          ["DuplicateImage", "DuplicateImage", "DuplicateImage"]
        )
        const location = yield* Location.fromUri(`s3://${service.endpoint.replace("http://", "")}/${bucket}/contested`)
        assert.isTrue(Buffer.from(yield* read(store, location.toString())).equals(images[won] ?? new Uint8Array()))
        assert.deepStrictEqual(yield* Held.uploads(s3, bucket), [])
      }))

    it.scopedLive("makes its bucket, if it may", () =>
      Effect.gen(function*() {
        const { options } = yield* prepare()
        const bucket = `made-${randomUUID()}`
        const strict = yield* S3Store.make({ ...options, bucket })
        const error = yield* Effect.flip(strict.add("image", pieces(pattern(10))))
        assert.strictEqual(error._tag, "BackendException")
        assert.include(String(Reflect.get(error, "cause")), bucket)
        assert.include(String(Reflect.get(error, "cause")), "s3_store_create_bucket_on_put")
        const making = yield* S3Store.make({ ...options, bucket, createBucketOnPut: true, regionName: "us-east-1" })
        const { uri } = yield* making.add("image", pieces(pattern(10)))
        assert.strictEqual((yield* read(making, uri)).length, 10)
        // Of two that make it at once both can add.
        const another = { ...options, bucket: `made-${randomUUID()}`, createBucketOnPut: true }
        const [one, two] = yield* Effect.all([S3Store.make(another), S3Store.make(another)])
        yield* Effect.all([one.add("a", pieces(pattern(1))), two.add("b", pieces(pattern(1)))], { concurrency: 2 })
      }))

    it.scopedLive("says who may not, and never that there is nothing", () =>
      Effect.gen(function*() {
        const { options, service, store } = yield* prepare()
        const { uri } = yield* store.add("image", pieces(pattern(10)))
        const location = yield* Location.fromUri(uri)
        const wrong = yield* S3Store.make({ ...options, secretKey: "wrong" })
        const stranger = yield* S3Store.make({
          ...options,
          accessKey: service.other.accessKeyId,
          secretKey: service.other.secretAccessKey
        })
        // Each account of Swift has buckets of its own: to a stranger there is none.
        const nothing = name === "swift" ? ["ImageNotFound", "BackendException"] : []
        const denials = ["StorageReadDenied", "StorageWriteDenied", "StorageDeleteDenied", "NotAuthenticated"]
        for (const [who, whose] of [["wrong", wrong], ["stranger", stranger]] as const) {
          const outcomes = yield* Effect.all({
            get: Effect.flip(read(whose, uri)),
            getSize: Effect.flip(whose.getSize(location)),
            add: Effect.flip(whose.add("new", pieces(pattern(10)))),
            delete: Effect.flip(whose.delete(location))
          })
          for (const [operation, error] of Object.entries(outcomes)) {
            const allowed = who === "stranger" && nothing.length > 0 ? nothing : denials
            assert.include(allowed, error._tag, `${who}: ${operation}: ${error.message}`)
            assert.notInclude(JSON.stringify(error), service.account.secretAccessKey, operation)
          }
        }
        assert.strictEqual(Option.getOrThrow(yield* store.getSize(location)), 10)
      }))

    it.scopedLive("lists uploads that were left behind, and gives them up", () =>
      Effect.gen(function*() {
        const { bucket, isClean, options, s3 } = yield* prepare()
        const id = yield* Sdk.begin(s3, "left", bucket)
        const [upload] = yield* S3Store.listIncompleteUploads(options)
        assert.deepInclude(upload, { imageId: "left", uploadId: id })
        assert.deepStrictEqual(yield* S3Store.abortIncompleteUploads(options, { olderThan: "1 hour" }), [])
        // Swift rounds the time of its beginning up to a second, so that it may be still to come.
        yield* S3Store.abortIncompleteUploads(options, { olderThan: 0, dryRun: true }).pipe(
          Effect.delay("100 millis"),
          Effect.repeat({ until: ({ length }) => length === 1 })
        )
        assert.strictEqual((yield* S3Store.listIncompleteUploads(options)).length, 1)
        assert.strictEqual((yield* S3Store.abortIncompleteUploads(options, { olderThan: 0 })).length, 1)
        yield* isClean
      }))

    it.scopedLive("gives a URL that anybody can read an image by", () =>
      Effect.gen(function*() {
        const { options, store } = yield* prepare()
        const { uri } = yield* store.add("image", pieces(pattern(10)))
        const url = yield* S3Store.presignGet(options, yield* Location.fromUri(uri), { expiresIn: "1 minute" })
        assert.notInclude(String(url), "http")
        const answer = yield* Sdk.fetched(url)
        assert.deepStrictEqual([answer.status, answer.bytes.length], [200, 10])
      }))
  })
}

describe("an S3 store on radosgw", () => {
  for (const [how, size] of [["one request", 9 * MiB], ["parts", 27 * MiB]] as const) {
    it.scopedLive(`is StorageFull where the quota does not allow an image, in ${how}, and leaves nothing`, () =>
      Effect.gen(function*() {
        const service = yield* started("radosgw")
        const account = service.limited ?? assert.fail("radosgw has nobody with a quota")
        // No part is within the quota: the gateway counts what is stored, and not what is on its way beside it.
        const { bucket, options, s3 } = yield* Held.optionsFor({ ...service, account }, {
          preset: "ceph",
          largeObjectSize: 10,
          largeObjectChunkSize: 9
        })
        const store = yield* S3Store.make(options)
        const error = yield* Effect.flip(store.add("image", pieces(pattern(size)), { size }))
        assert.strictEqual(error._tag, "StorageFull")
        assert.deepStrictEqual(yield* Held.keys(s3, bucket), [])
        assert.deepStrictEqual(yield* Held.uploads(s3, bucket), [])
      }))
  }
})
