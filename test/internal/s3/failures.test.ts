import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import { inspect } from "node:util"
import * as Failures from "../../../src/internal/s3/failures.js"
import { S3Failure, toFailure } from "../../../src/internal/s3/s3Failure.js"

const failure = (code: string, status?: number) => new S3Failure({ ...S3Failure.exists("Any"), code, status })

const place = { store: "s3", idle: Duration.seconds(60), bucket: "glance" }

const uri = "s3://h/glance/id"

const ofAdd = Failures.ofAdd(place, "id")
const ofGet = Failures.ofGet(place, "get", uri)
const ofDelete = Failures.ofDelete(place, uri)
const ofResume = Failures.ofResume(place, uri)

/** Status and code, then what each operation makes of it; the last one says whether another try may help. */
const table: ReadonlyArray<
  readonly [
    status: number | undefined,
    code: string,
    add: string,
    get: string,
    remove: string,
    resume: string,
    passes: boolean
  ]
> = [
  [
    undefined,
    "ECONNRESET",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    true
  ],
  [
    undefined,
    "ECONNREFUSED",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    true
  ],
  [
    undefined,
    "ENOTFOUND",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    true
  ],
  [undefined, "TimeoutError", "StoreTimeout", "StoreTimeout", "StoreTimeout", "StoreTimeout", true],
  [
    undefined,
    "CredentialsProviderError",
    "NotAuthenticated",
    "NotAuthenticated",
    "NotAuthenticated",
    "NotAuthenticated",
    false
  ],
  [
    undefined,
    "SELF_SIGNED_CERT_IN_CHAIN",
    "BackendException",
    "BackendException",
    "BackendException",
    "BackendException",
    false
  ],
  [301, "PermanentRedirect", "BackendException", "BackendException", "BackendException", "BackendException", false],
  [307, "TemporaryRedirect", "BackendException", "BackendException", "BackendException", "BackendException", false],
  [400, "Unknown", "BackendException", "BackendException", "BackendException", "BackendException", false],
  [400, "ExpiredToken", "NotAuthenticated", "NotAuthenticated", "NotAuthenticated", "NotAuthenticated", false],
  [400, "InvalidToken", "NotAuthenticated", "NotAuthenticated", "NotAuthenticated", "NotAuthenticated", false],
  [400, "BadDigest", "BackendException", "BackendException", "BackendException", "BackendException", true],
  [
    400,
    "XAmzContentChecksumMismatch",
    "BackendException",
    "BackendException",
    "BackendException",
    "BackendException",
    true
  ],
  [400, "EntityTooLarge", "StorageFull", "BackendException", "BackendException", "BackendException", false],
  [400, "EntityTooSmall", "BackendException", "BackendException", "BackendException", "BackendException", false],
  [
    400,
    "RequestTimeout",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    true
  ],
  [
    400,
    "AuthorizationHeaderMalformed",
    "BackendException",
    "BackendException",
    "BackendException",
    "BackendException",
    false
  ],
  [401, "Unknown", "NotAuthenticated", "NotAuthenticated", "NotAuthenticated", "NotAuthenticated", false],
  [403, "Unknown", "StorageWriteDenied", "StorageReadDenied", "StorageDeleteDenied", "BackendException", false],
  [403, "AccessDenied", "StorageWriteDenied", "StorageReadDenied", "StorageDeleteDenied", "BackendException", false],
  [403, "SignatureDoesNotMatch", "NotAuthenticated", "NotAuthenticated", "NotAuthenticated", "NotAuthenticated", false],
  [403, "InvalidAccessKeyId", "NotAuthenticated", "NotAuthenticated", "NotAuthenticated", "NotAuthenticated", false],
  [403, "RequestTimeTooSkewed", "NotAuthenticated", "NotAuthenticated", "NotAuthenticated", "NotAuthenticated", true],
  [403, "QuotaExceeded", "StorageFull", "BackendException", "BackendException", "BackendException", false],
  [404, "NotFound", "BackendException", "ImageNotFound", "ImageNotFound", "ImageChanged", false],
  [404, "NoSuchKey", "BackendException", "ImageNotFound", "ImageNotFound", "ImageChanged", false],
  [404, "NoSuchBucket", "BackendException", "ImageNotFound", "ImageNotFound", "ImageChanged", false],
  [404, "NoSuchUpload", "BackendException", "BackendException", "BackendException", "BackendException", false],
  [
    409,
    "OperationAborted",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    true
  ],
  [
    409,
    "ConditionalRequestConflict",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    true
  ],
  [411, "MissingContentLength", "BackendException", "BackendException", "BackendException", "BackendException", false],
  [412, "PreconditionFailed", "DuplicateImage", "BackendException", "BackendException", "ImageChanged", false],
  [413, "EntityTooLarge", "StorageFull", "BackendException", "BackendException", "BackendException", false],
  [416, "InvalidRange", "BackendException", "BackendException", "BackendException", "ImageChanged", false],
  [
    429,
    "TooManyRequests",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    true
  ],
  [
    500,
    "InternalError",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    true
  ],
  [501, "NotImplemented", "BackendException", "BackendException", "BackendException", "BackendException", false],
  [
    503,
    "SlowDown",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    true
  ],
  [
    504,
    "Unknown",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    true
  ],
  [507, "InsufficientStorage", "StorageFull", "BackendException", "BackendException", "BackendException", false],
  [
    599,
    "Unknown",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    "RemoteServiceUnavailable",
    true
  ]
]

describe("what a service says", () => {
  it.each(table)("%s %s", (status, code, add, get, remove, resume, passes) => {
    const faults = [ofAdd, ofGet, ofDelete, ofResume].map((of) => of(failure(code, status)))
    assert.deepStrictEqual(faults.map(({ error }) => error._tag), [add, get, remove, resume])
    assert.deepStrictEqual(faults.map(({ passing }) => passing), [passes, passes, passes, passes])
  })

  it("is put in our words, with the region of a bucket that is elsewhere, and the option that makes one", () => {
    const moved = new S3Failure({ ...failure("PermanentRedirect", 301), bucketRegion: "eu-west-1" })
    assert.include(ofAdd(moved).error.message, "the region eu-west-1")
    assert.include(ofAdd(moved).error.message, "s3_store_region_name")
    const missing = ofAdd(failure("NoSuchBucket", 404)).error.message
    assert.include(missing, "no bucket glance")
    assert.include(missing, "s3_store_create_bucket_on_put")
  })

  it("waits as long as the service asks for", () => {
    const busy = toFailure("PutObject", {
      name: "SlowDown",
      message: "reduce your rate",
      $metadata: { httpStatusCode: 503, requestId: "r1" },
      $response: { statusCode: 503, headers: { "retry-after": "7" } }
    }, { now: 0, hidden: [] })
    assert.deepInclude(busy, { code: "SlowDown", status: 503, requestId: "r1" })
    assert.deepStrictEqual(ofAdd(busy).retryAfter, Duration.seconds(7))
  })

  it("repeats nothing that is secret, whatever the SDK keeps in its errors", () => {
    const cause = Object.assign(new Error("The key verySecretIndeed is wrong"), {
      name: "SignatureDoesNotMatch",
      AWSAccessKeyId: "anybodysKey",
      StringToSign: "AWS4-HMAC-SHA256 of anybodysKey",
      $metadata: { httpStatusCode: 403 }
    })
    const failed = ofAdd(toFailure("PutObject", cause, { now: 0, hidden: ["anybodysKey", "verySecretIndeed"] }))
    const shown = inspect(failed, { depth: 20 }) + JSON.stringify(failed) + failed.error.message
    assert.notInclude(shown, "anybodysKey")
    assert.notInclude(shown, "verySecretIndeed")
  })

  it("knows by the SDK's clock what an answer without a body does not say", () => {
    const skewed = { name: "Unknown", $metadata: { httpStatusCode: 403, clockSkewCorrected: true } }
    assert.isTrue(ofAdd(toFailure("HeadObject", skewed, { now: 0, hidden: [] })).passing)
  })

  it("tells a connection that does not come about from one on which nothing comes", () => {
    const of = (message: string, more: object = {}) =>
      toFailure("Any", Object.assign(new Error(message), { name: "TimeoutError", ...more }), { now: 0, hidden: [] })
        .code
    assert.strictEqual(of("the request socket did not establish a connection in time"), "ETIMEDOUT")
    assert.strictEqual(of("the request socket timed out after 60000 ms of inactivity"), "TimeoutError")
    assert.strictEqual(of("socket hang up", { code: "ECONNRESET" }), "ECONNRESET")
  })
})
