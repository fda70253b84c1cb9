import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { inspect } from "node:util"
import * as S3Location from "../../../src/internal/s3/location.js"
import * as Location from "../../../src/Location.js"

const decode = (uri: string) =>
  Either.flatMap(Location.fromUri(uri), (location) => Schema.decodeEither(S3Location.schema)(location))

const encode = (own: S3Location.S3Location) => Location.unsafeUri(Schema.encodeSync(S3Location.schema)(own))

/** access / secret / service / bucket / key, as the original's table has them. */
const read = (uri: string) =>
  Either.map(decode(uri), ({ bucket, credentials, key, service }) => {
    const user = Option.map(credentials, ({ access, secret }) => [Redacted.value(access), Redacted.value(secret)])
    return [...Option.getOrElse(user, () => ["", ""]), service, bucket, key]
  })

describe("a location of S3", () => {
  it.each([
    ["s3://ak:sk@s3.amazonaws.com/glance/ID", ["ak", "sk", "s3.amazonaws.com", "glance", "ID"]],
    ["s3+https://ak:s/k+x@h:8443/b/k", ["ak", "s/k+x", "h:8443", "b", "k"]],
    ["s3+http://ak:sk=@h/b/k", ["ak", "sk=", "h", "b", "k"]],
    ["s3://h/p/q/b/k", ["", "", "h/p/q", "b", "k"]],
    ["s3://a:b@h/b/k/", ["a", "b", "h", "b", "k"]],
    ["s3://a:@h/b/k", ["a", "", "h", "b", "k"]],
    ["s3://:x@h/b/k", ["", "", "h", "b", "k"]],
    ["s3://a%2Fb:c@h/b/k", ["a%2Fb", "c", "h", "b", "k"]],
    ["s3://a:b:c@h/b/k", ["a", "b:c", "h", "b", "k"]],
    ["s3://a:b@h/b/k@x", ["a", "b", "h", "b", "k@x"]],
    ["s3://h/b/k", ["", "", "h", "b", "k"]],
    ["s3://a:s@cret/x@h/b/k", ["a", "s@cret/x", "h", "b", "k"]],
    ["S3://a:b@h/b/k", ["a", "b", "h", "b", "k"]]
  ])("%s is read", (uri, parts) => {
    assert.deepStrictEqual(read(uri), Either.right(parts))
  })

  it.each([
    ["s3+https://a:b@h/b/k?x=1", "query"],
    ["s3+https://a:b@h/b/k#f", "fragment"],
    ["s3://h/b", "a service, a bucket and a key"],
    ["s3://h", "a service, a bucket and a key"],
    ["s3://", "a service, a bucket and a key"],
    ["s3://a:b@h//k", "a service, a bucket and a key"],
    ["s3://a@h/b/k", "no colon"],
    ["s3://a:b@https://h/b/k", "second ://"],
    ["s3+ftp://a:b@h/b/k", "begin with s3://"],
    ["http://a:b@h/b/k", "begin with s3://"]
  ])("%s is not one", (uri, reason) => {
    assert.include(String(Either.getOrThrow(Either.flip(decode(uri)))), reason)
  })

  const word = (pattern: RegExp) => FastCheck.stringMatching(pattern)

  const locations = FastCheck.record({
    scheme: FastCheck.constantFrom(...S3Location.schemes),
    service: word(/^[a-z0-9.-]{1,10}(:[0-9]{2,5})?(\/[a-z]{1,4}){0,2}$/u),
    bucket: word(/^[a-z0-9][a-z0-9.-]{1,20}$/u),
    key: word(/^[A-Za-z0-9][A-Za-z0-9@:+=_ -]{0,30}[A-Za-z0-9]$/u),
    credentials: FastCheck.option(
      FastCheck.record({
        access: word(/^[A-Za-z0-9%+_-]{1,20}$/u).map((text) => Redacted.make(text)),
        secret: word(/^[A-Za-z0-9/+=:@]{0,40}$/u).map((text) => Redacted.make(text))
      })
    ).map(Option.fromNullable)
  })

  it("is read as it was written, byte for byte", () => {
    FastCheck.assert(FastCheck.property(locations, (own) => {
      const uri = encode(own)
      const again = Either.getOrThrow(decode(uri))
      assert.strictEqual(encode(again), uri)
      assert.deepStrictEqual(
        read(uri),
        Either.right([
          ...Option.match(own.credentials, {
            onNone: () => ["", ""],
            onSome: ({ access, secret }) => [Redacted.value(access), Redacted.value(secret)]
          }),
          own.service,
          own.bucket,
          own.key
        ])
      )
    }))
  })

  it("shows no credentials, whole or in pieces", () => {
    const own = Either.getOrThrow(decode("s3://anybodysKey:verySecretIndeed@h/b/k"))
    for (const shown of [inspect(own, { depth: 9 }), JSON.stringify(own), String(own.credentials)]) {
      assert.notInclude(shown, "anybodysKey")
      assert.notInclude(shown, "verySecretIndeed")
    }
    const wrong = String(Either.flip(decode("s3://anybodysKey:verySecretIndeed@h/k")))
    assert.notInclude(wrong, "verySecretIndeed")
  })

  it.effect("is of an id that can be a key", () =>
    Effect.forEach(
      ["", ".", "..", "a/b", "a?b", "a#b", "a\nb", "\uD800", "x".repeat(1025)],
      (imageId) =>
        Effect.map(Effect.flip(S3Location.checkImageId(imageId)), ({ argument }) =>
          assert.strictEqual(argument, "imageId"))
    ))
})
