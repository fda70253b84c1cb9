/** Images in S3 that one glance_store has written, read, sized and deleted by the other, through the URI that it gave. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Location from "../../src/Location.js"
import * as S3Store from "../../src/S3Store.js"
import { concat, pattern } from "../conformance/bytes.js"
import * as Image from "../internal/file/Image.js"
import * as Held from "../s3/Held.js"
import type { Service } from "../services/control.js"
import { started } from "../services/started.js"
import { Oracle } from "./Oracle.js"

const KiB = 1024
const MiB = KiB * KiB

const images: ReadonlyArray<readonly [name: string, bytes: Uint8Array]> = [
  ["no bytes", new Uint8Array()],
  ["one byte", pattern(1)],
  ["5 KiB", pattern(5 * KiB)],
  ["the threshold, exactly", pattern(8 * MiB)],
  ["parts, the last of them short", pattern(12 * MiB + 1)],
  ["parts, exactly", pattern(15 * MiB)]
]

/** Both over one bucket, with parts of 5 MiB for what has 8 MiB or more. */
const over = (service: Service, preset: "ceph" | "swift-s3api") =>
  Effect.gen(function*() {
    const oracle = yield* Oracle
    const { bucket, options, s3 } = yield* Held.optionsFor(service, {
      preset,
      largeObjectSize: 8,
      largeObjectChunkSize: 5,
      legacyLocations: true
    })
    const { accessKeyId, secretAccessKey } = service.account
    return {
      bucket,
      options,
      s3,
      service,
      store: yield* S3Store.make(options),
      original: yield* oracle.configureS3({
        s3_store_host: service.endpoint,
        s3_store_access_key: accessKeyId,
        s3_store_secret_key: secretAccessKey,
        s3_store_bucket: bucket,
        s3_store_bucket_url_format: "path",
        s3_store_large_object_size: 8,
        s3_store_large_object_chunk_size: 5
      })
    }
  })

const prepare = Effect.gen(function*() {
  const service = yield* started("radosgw")
  // The gateway's: that it may have these is half of what is tested here.
  assert.match(service.account.secretAccessKey, /\/.*\+|\+.*\//u)
  return yield* over(service, "ceph")
})

const oursReads = (store: Effect.Effect.Success<ReturnType<typeof S3Store.make>>, uri: string) =>
  Effect.gen(function*() {
    const location = yield* Location.fromUri(uri)
    const image = yield* store.get(location)
    return {
      size: Option.getOrThrow(yield* store.getSize(location)),
      told: Option.getOrThrow(image.size),
      bytes: concat(yield* Stream.runCollect(image.data))
    }
  }).pipe(
    Effect.scoped
  )

it.layer(Oracle.layer)("an image in S3", (it) => {
  for (const [name, bytes] of images) {
    it.scoped(`with ${name}, added by the original, is read, sized and deleted by ours`, () =>
      Effect.gen(function*() {
        const { bucket, original, s3, store } = yield* prepare
        const added = yield* original.add("image", bytes, { algorithm: "sha512" })
        const read = yield* oursReads(store, added.uri)
        assert.deepStrictEqual([read.size, read.told], [bytes.length, bytes.length])
        assert.isTrue(Buffer.from(read.bytes).equals(bytes))
        yield* Effect.flatMap(Location.fromUri(added.uri), store.delete)
        assert.deepStrictEqual(yield* Held.keys(s3, bucket), [])
      }))

    it.scoped(`with ${name}, added by ours, is read, sized and deleted by the original`, () =>
      Effect.gen(function*() {
        const { bucket, original, s3, store } = yield* prepare
        const added = yield* store.add("image", Image.pieces(bytes, 100_000), {
          size: bytes.length,
          hashingAlgo: "sha512"
        })
        const theirs = yield* original.add("theirs", bytes, { algorithm: "sha512" })
        assert.deepStrictEqual(
          { uri: added.uri, size: added.size, checksum: added.checksum, multihash: added.multihash },
          {
            uri: theirs.uri.replace(/theirs$/u, "image"),
            size: theirs.size,
            checksum: theirs.checksum,
            multihash: theirs.multihash
          }
        )
        const read = yield* original.get(added.uri)
        assert.strictEqual(read.size, bytes.length)
        assert.isTrue(Buffer.from(read.bytes).equals(bytes))
        assert.strictEqual(yield* original.getSize(added.uri), bytes.length)
        yield* original.delete(added.uri)
        assert.deepStrictEqual(yield* Held.keys(s3, bucket), ["theirs"])
        assert.strictEqual(
          (yield* Effect.flip(Effect.flatMap(Location.fromUri(added.uri), store.getSize)))._tag,
          "ImageNotFound"
        )
      }))
  }

  it.scoped("that the original has is a duplicate to ours, and the other way round", () =>
    Effect.gen(function*() {
      const { original, store } = yield* prepare
      yield* original.add("theirs", pattern(10), { algorithm: "sha256" })
      assert.strictEqual((yield* Effect.flip(store.add("theirs", Stream.make(pattern(9)))))._tag, "DuplicateImage")
      yield* store.add("ours", Stream.make(pattern(9)))
      const error = yield* Effect.flip(original.add("ours", pattern(10), { algorithm: "sha256" }))
      assert.strictEqual(error.exception, "Duplicate")
    }))

  it.scoped("is not for the original where its location has no credentials; ours reads either", () =>
    Effect.gen(function*() {
      const { options, original, store } = yield* prepare
      const discreet = yield* S3Store.make({ ...options, legacyLocations: false })
      const { uri } = yield* discreet.add("image", Stream.make(pattern(10)))
      assert.notInclude(uri, "@")
      assert.deepStrictEqual((yield* oursReads(store, uri)).bytes, pattern(10))
      yield* Effect.flip(original.getSize(uri))
    }))

  it.scoped("in a bucket that was somebody else's is read with the keys of its location", () =>
    Effect.gen(function*() {
      const { original, service } = yield* prepare
      const { uri } = yield* original.add("image", pattern(10), { algorithm: "sha256" })
      const { options } = yield* Held.optionsFor({ ...service, account: service.other }, { preset: "ceph" })
      const other = yield* S3Store.make(options)
      assert.deepStrictEqual((yield* oursReads(other, uri)).bytes, pattern(10))
      const [, bare = ""] = uri.split("@")
      const denied = yield* Effect.flip(oursReads(other, `s3://${bare}`))
      assert.strictEqual(denied._tag, "StorageReadDenied")
    }))

  for (const [name, bytes] of [["5 KiB", pattern(5 * KiB)], ["parts", pattern(12 * MiB + 1)]] as const) {
    it.scoped(`on Swift, with ${name}, added by the original, is read, sized and deleted by ours`, () =>
      Effect.gen(function*() {
        const { bucket, original, s3, store } = yield* Effect.flatMap(
          started("swift"),
          (service) => over(service, "swift-s3api")
        )
        const { uri } = yield* original.add("image", bytes, { algorithm: "sha512" })
        // An access key with a colon is cut at it: the original cannot read what it has written.
        yield* Effect.flip(original.get(uri))
        const read = yield* oursReads(store, uri)
        assert.deepStrictEqual([read.size, read.told], [bytes.length, bytes.length])
        assert.isTrue(Buffer.from(read.bytes).equals(bytes))
        yield* Effect.flatMap(Location.fromUri(uri), store.delete)
        assert.deepStrictEqual(yield* Held.keys(s3, bucket), [])
      }))
  }
})
