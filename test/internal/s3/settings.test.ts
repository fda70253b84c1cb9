import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Regions from "../../../src/internal/s3/regions.js"
import { fromOptions, isDnsLabel } from "../../../src/internal/s3/settings.js"
import * as S3Store from "../../../src/S3Store.js"
import * as Warnings from "../file/Warnings.js"

const keys = { accessKey: "key", secretKey: "secret", bucket: "glance" }

const settings = (options: S3Store.Options) =>
  Effect.flatMap(Schema.decode(S3Store.Config)(options), (decoded) => fromOptions("s3", decoded))

const hosts = [
  ["s3.amazonaws.com", ""],
  ...[
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ap-east-1",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "sa-east-1"
  ].map((region) => [`s3-${region}.amazonaws.com`, region] as const),
  ["s3-cn-north-1.amazonaws.com.cn", "cn-north-1"],
  ["s3-cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"],
  ["my-object-storage.com", ""],
  ["s3-my-object.jp", ""],
  ["192.168.100.12", ""]
] as const

describe("the settings of an S3 store", () => {
  it.each(hosts)("have for the host %s the region %o, however it is written", (host, region) => {
    for (const scheme of ["", "http://", "https://"]) {
      for (const end of ["", "/", ":80", ":80/"]) {
        assert.strictEqual(Regions.ofHost(scheme + host + end), region)
      }
    }
  })

  it.effect("lead to the host where a region is configured, and to AWS itself where its table has one", () =>
    Effect.gen(function*() {
      const own = yield* settings({
        ...keys,
        host: "http://example.com",
        regionName: "regionOne",
        bucketUrlFormat: "path"
      })
      assert.deepInclude(own, {
        endpoint: "http://example.com",
        region: "regionOne",
        locationConstraint: "regionOne",
        secure: false,
        service: "example.com",
        pathStyle: true,
        cacert: ""
      })
      const amazon = yield* settings({ ...keys, host: "https://s3-eu-west-1.amazonaws.com" })
      assert.deepInclude(amazon, {
        endpoint: undefined,
        region: "eu-west-1",
        locationConstraint: "eu-west-1",
        secure: true,
        service: "s3-eu-west-1.amazonaws.com",
        pathStyle: false,
        checksum: "crc32",
        conditionalComplete: true
      })
      const several = yield* settings({
        ...keys,
        host: "https://s3-region1.com",
        regionName: "custom_region_name",
        cacert: "/some/file"
      })
      assert.deepInclude(several, {
        endpoint: "https://s3-region1.com",
        region: "custom_region_name",
        cacert: "/some/file",
        pathStyle: true
      })
      const none = yield* settings({ ...keys, preset: "aws", regionName: "eu-north-1" })
      assert.deepInclude(none, { endpoint: undefined, service: "s3.eu-north-1.amazonaws.com", secure: true })
    }))

  it.effect("have no constraint for the first region of AWS, which refuses it", () =>
    Effect.map(settings({ ...keys, host: "http://h", regionName: "us-east-1" }), (made) => {
      assert.deepInclude(made, { region: "us-east-1", locationConstraint: undefined })
    }))

  it.effect("have http:// before a bare host, and say so", () =>
    Effect.gen(function*() {
      const warnings = Warnings.make()
      const made = yield* settings({ ...keys, host: "storage.local:8080/s3/" }).pipe(warnings.listen)
      assert.deepInclude(made, {
        endpoint: "http://storage.local:8080/s3",
        service: "storage.local:8080/s3",
        secure: false
      })
      assert.include(warnings.messages().join(), "http://storage.local:8080/s3")
    }))

  it.effect("have the bucket in the host name where that is wanted, or AWS's own way", () =>
    Effect.gen(function*() {
      const styles = yield* Effect.forEach(
        [
          { host: "http://h", bucketUrlFormat: "auto" },
          { host: "http://h", bucketUrlFormat: "virtual" },
          { host: "http://h", bucketUrlFormat: "path" },
          { host: "https://s3-eu-west-1.amazonaws.com", bucketUrlFormat: "auto" },
          { host: "https://s3-eu-west-1.amazonaws.com", bucketUrlFormat: "path" }
        ] as const,
        (options) => settings({ ...keys, ...options })
      )
      assert.deepStrictEqual(styles.map(({ pathStyle }) => pathStyle), [true, false, true, false, true])
    }))

  it.effect("have what the preset knows of a service, unless it is said otherwise", () =>
    Effect.gen(function*() {
      const of = (options: Partial<S3Store.Options>) => settings({ ...keys, host: "http://h", ...options })
      assert.deepInclude(yield* of({}), { checksum: "none", conditionalPut: false, unsignedBodies: false })
      assert.deepInclude(yield* of({ preset: "ceph" }), {
        checksum: "none",
        conditionalPut: true,
        conditionalComplete: false,
        unsignedBodies: true
      })
      assert.deepInclude(yield* of({ preset: "r2" }), { checksum: "md5", uniformParts: true, region: "auto" })
      assert.deepInclude(yield* of({ preset: "minio" }), { checksum: "crc32", conditionalComplete: true })
      assert.deepInclude(yield* of({ preset: "ceph", checksum: "md5", conditionalCreate: false }), {
        checksum: "md5",
        conditionalPut: false
      })
      assert.isTrue((yield* of({ host: "https://h" })).unsignedBodies)
    }))

  it.effect("let the SDK make checksums only behind the main switch", () =>
    Effect.gen(function*() {
      const both = {
        requestChecksumCalculation: "when_supported",
        responseChecksumValidation: "when_supported"
      } as const
      const off = yield* settings({ ...keys, host: "http://h", ...both })
      assert.deepStrictEqual(off.sdkChecksums, { request: "WHEN_REQUIRED", response: "WHEN_REQUIRED" })
      const on = yield* settings({ ...keys, host: "http://h", ...both, enableDataIntegrityProtection: true })
      assert.deepStrictEqual(on.sdkChecksums, { request: "WHEN_SUPPORTED", response: "WHEN_SUPPORTED" })
    }))

  it.effect("take credentials as text or as Redacted, both or none", () =>
    Effect.gen(function*() {
      const given = yield* settings({
        host: "http://h",
        bucket: "b",
        accessKey: Redacted.make("key"),
        secretKey: "secret"
      })
      assert.strictEqual(given.credentials === undefined ? "" : Redacted.value(given.credentials.access), "key")
      assert.isUndefined((yield* settings({ host: "http://h", bucket: "b" })).credentials)
      assert.isUndefined((yield* settings({ host: "http://h", bucket: "b", accessKey: "", secretKey: "" })).credentials)
      const half = yield* Effect.flip(settings({ host: "http://h", bucket: "b", accessKey: "key" }))
      assert.include(half.message, "s3_store_secret_key is missing")
      const other = yield* Effect.flip(settings({ host: "http://h", bucket: "b", secretKey: "secret" }))
      assert.include(other.message, "s3_store_access_key is missing")
    }))

  it.effect("have no limit of time where it is 0", () =>
    Effect.map(settings({ ...keys, host: "http://h", idleTimeout: 0 }), ({ idle }) => {
      assert.deepStrictEqual(idle, Duration.infinity)
    }))

  const wrong: ReadonlyArray<readonly [S3Store.Options, string]> = [
    [{ ...keys }, "s3_store_host is missing"],
    [{ ...keys, host: "http://" }, "s3_store_host must be"],
    [{ ...keys, host: "http://a:b@h" }, "s3_store_host must be"],
    [{ ...keys, host: "http://h", bucket: "" }, "s3_store_bucket is missing"],
    [{ ...keys, host: "http://h", bucket: "a/b" }, "without /"],
    [{ ...keys, host: "http://h", largeObjectChunkSize: 4 }, "5 or more"],
    [{ ...keys, host: "http://h", largeObjectChunkSize: 0 }, "s3_store_large_object_chunk_size is missing"],
    [{ ...keys, host: "http://h", threadPools: 0 }, "s3_store_thread_pools is missing"],
    [{ ...keys, host: "http://h", threadPools: -1 }, "must be positive"],
    [{ ...keys, host: "http://h", bucketUrlFormat: "virtual", bucket: "not.dns.compliant" }, "part of a host name"],
    [{ ...keys, host: "http://h", bucketUrlFormat: "virtual", bucket: "aa" }, "part of a host name"],
    [{ ...keys, host: "http://h", bucketUrlFormat: "virtual", bucket: "bucket-" }, "part of a host name"],
    [{ ...keys, host: "http://h", kmsKeyId: "k" }, "aws:kms"],
    [{ ...keys, host: "http://h", customerKey: "c2hvcnQ=" }, "32 bytes"],
    [{ ...keys, host: "http://h", customerKey: Buffer.alloc(32).toString("base64"), encryption: "AES256" }, "exclude"]
  ]

  it.effect.each(wrong)(
    "are refused: %o",
    ([options, reason]) =>
      Effect.map(Effect.flip(settings(options)), (error) => {
        assert.strictEqual(error._tag, "BadStoreConfiguration")
        assert.include(error.message, reason)
      })
  )

  it("know what can be part of a host name", () => {
    for (const bucket of ["glance", "a-b", "123", "a".repeat(63)]) assert.isTrue(isDnsLabel(bucket), bucket)
    for (const bucket of ["aa", "a".repeat(64), "bucket-", "-bucket", "not.dns.compliant", "Upper", "a_b", ""]) {
      assert.isFalse(isDnsLabel(bucket), bucket)
    }
  })
})
