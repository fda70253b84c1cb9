/**
 * `s3://[access:secret@]service/bucket/key`, as glance_store writes it: nothing is percent-encoded, and a
 * secret may hold slashes. It is read from the right: the key, the bucket, and what is left of them.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Location from "../../Location.js"
import { InvalidArgument } from "../../StoreError.js"

/** @internal */
export const schemes = ["s3", "s3+http", "s3+https"] as const

const Credentials = Schema.Struct({
  access: Schema.RedactedFromSelf(Schema.String),
  secret: Schema.RedactedFromSelf(Schema.String)
})

const S3Location = Schema.Struct({
  scheme: Schema.Literal(...schemes),
  /** Host, port and path of the service. */
  service: Schema.NonEmptyString,
  bucket: Schema.NonEmptyString,
  key: Schema.NonEmptyString,
  credentials: Schema.OptionFromSelf(Credentials)
})

/** @internal */
export type S3Location = typeof S3Location.Type

/** @internal */
export type Credentials = typeof Credentials.Type

/** @internal */
export const schema: Schema.Schema<S3Location, Location.Location> = Schema.transformOrFail(
  Location.LocationFromSelf,
  Schema.typeSchema(S3Location),
  {
    strict: true,
    decode: (location, _, ast) => {
      const parsed = parse(Location.unsafeUri(location))
      return typeof parsed === "string"
        ? ParseResult.fail(new ParseResult.Type(ast, location, parsed))
        : ParseResult.succeed(parsed)
    },
    encode: (own, _, ast) =>
      ParseResult.mapError(
        Location.fromUri(print(own)),
        ({ reason }) => new ParseResult.Type(ast, own, reason)
      )
  }
)

/**
 * That the id can be a key, and its location will be read back to the same.
 *
 * @internal
 */
export const checkImageId = (imageId: string): Effect.Effect<void, InvalidArgument> => {
  const allowed = imageId === "" || imageId === "." || imageId === ".."
    ? "the key of an object"
    : imageId.includes("/")
    ? "a key without /"
    : unprintable.test(imageId)
    ? "well-formed text without control characters"
    : /[?#]/u.test(imageId)
    ? "without ? and #, which end the path of a location"
    : Buffer.byteLength(imageId) > longest
    ? `at most ${longest} bytes of UTF-8`
    : undefined
  return allowed === undefined
    ? Effect.void
    : new InvalidArgument({ argument: "imageId", received: JSON.stringify(imageId), allowed })
}

// -----------------------------------------------------------------------------

/** The location, or what is wrong with it in words that repeat nothing of it. */
const parse = (uri: string): S3Location | string => {
  const scheme = schemes.find((known) => uri.slice(0, known.length + 3).toLowerCase() === `${known}://`)
  if (scheme === undefined) {
    return `it has to begin with ${schemes.map((known) => `${known}://`).join(", ")}`
  }
  const rest = uri.slice(scheme.length + "://".length)
  if (/[?#]/u.test(rest)) {
    return "it must have no query and no fragment"
  }
  const segments = rest.replace(/^\/+|\/+$/gu, "").split("/")
  const [key, bucket] = [segments.pop() ?? "", segments.pop() ?? ""]
  const place = segments.join("/")
  const end = place.lastIndexOf("@")
  const user = place.slice(0, Math.max(0, end))
  const service = place.slice(end + 1)
  if (service === "" || bucket === "" || key === "") {
    return "it needs a service, a bucket and a key"
  }
  if (service.includes("://")) {
    return "it has a second ://"
  }
  const colon = user.indexOf(":")
  if (end !== -1 && colon === -1) {
    return "its credentials have no colon"
  }
  // glance_store writes no credentials where there is no access key.
  const credentials = colon > 0
    ? Option.some({ access: Redacted.make(user.slice(0, colon)), secret: Redacted.make(user.slice(colon + 1)) })
    : Option.none()
  return { scheme, service, bucket, key, credentials }
}

const print = ({ bucket, credentials, key, scheme, service }: S3Location): string => {
  const user = Option.match(credentials, {
    onNone: () => "",
    onSome: ({ access, secret }) => `${Redacted.value(access)}:${Redacted.value(secret)}@`
  })
  return `${scheme}://${user}${service}/${bucket}/${key}`
}

/** S3 allows no longer key. */
const longest = 1024

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unprintable = /[\u0000-\u001F\u007F]|\p{Surrogate}/u
