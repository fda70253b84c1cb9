/**
 * The URL of an image on a web server.
 *
 * Its parts are kept as they were written, so that encoding gives the same text again, less the fragment,
 * which no server is ever told. The user part is never printed.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { isIPv6 } from "node:net"
import * as Location from "../../Location.js"

const HttpLocation = Schema.Struct({
  scheme: Schema.Literal("http", "https"),
  /** What stands before the last `@`, still percent-encoded. */
  userinfo: Schema.optional(Schema.RedactedFromSelf(Schema.String)),
  /** In brackets where it is an IPv6 address. */
  host: Schema.NonEmptyString,
  /** Digits, or nothing after a colon. */
  port: Schema.optional(Schema.String),
  path: Schema.String,
  query: Schema.optional(Schema.String)
})

/** @internal */
export type HttpLocation = typeof HttpLocation.Type

/** @internal */
export const schemes = ["http", "https"] as const

/** @internal */
export const schema: Schema.Schema<HttpLocation, Location.Location> = Schema.transformOrFail(
  Location.LocationFromSelf,
  Schema.typeSchema(HttpLocation),
  {
    strict: true,
    decode: (location, _, ast) =>
      Either.mapLeft(
        fromParts(Location.unsafeParts(location)),
        (reason) => new ParseResult.Type(ast, location, reason)
      ),
    encode: ({ host, path, port, query, scheme, userinfo }, _, ast) =>
      ParseResult.mapError(
        Location.fromParts({
          scheme,
          authority: (userinfo === undefined ? "" : `${Redacted.value(userinfo)}@`) + host +
            (port === undefined ? "" : `:${port}`),
          path,
          ...(query === undefined ? {} : { query })
        }),
        ({ reason }) => new ParseResult.Type(ast, host, reason)
      )
  }
)

/**
 * What is asked for: without the user part, in the form in which it goes over the wire.
 *
 * @internal
 */
export const toUrl = ({ host, path, port, query, scheme }: HttpLocation): URL => {
  // To a URL a backslash is a slash, and would name another image.
  const verbatim = path.replaceAll("\\", "%5C")
  return new URL(
    `${scheme}://${host}${port === undefined ? "" : `:${port}`}${verbatim}${query === undefined ? "" : `?${query}`}`
  )
}

/**
 * The value of an `Authorization` header; none where the location has no user part, or an empty one.
 *
 * @internal
 */
export const authorization = ({ userinfo }: HttpLocation): string | undefined => {
  const text = userinfo === undefined ? "" : Redacted.value(userinfo)
  if (text === "") {
    return undefined
  }
  const [user = "", ...rest] = text.split(":")
  return basic(percentDecoded(user), percentDecoded(rest.join(":")))
}

/** @internal */
export const basic = (user: string, password: string): string =>
  `Basic ${Buffer.from(`${user}:${password}`, "utf8").toString("base64")}`

/**
 * Where a redirect leads, or why it is none to follow. Credentials go along within one origin only; those that the
 * target brings itself are used.
 *
 * @internal
 */
export const redirected = (from: HttpLocation, target: string): Effect.Effect<HttpLocation, string> =>
  Effect.gen(function*() {
    const base = toUrl(from)
    const url = yield* Effect.try({ try: () => new URL(target, base), catch: () => "to what is no URL" })
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      return yield* Effect.fail(`to a ${url.protocol} URL`)
    }
    const { userinfo, ...to } = yield* Location.fromUri(url.href).pipe(
      Either.mapLeft(({ reason }) => reason),
      Either.flatMap((location) => fromParts(Location.unsafeParts(location))),
      Either.mapLeft((reason) => `to a URL that is refused: ${reason}`)
    )
    const own = userinfo ?? (url.origin === base.origin ? from.userinfo : undefined)
    return own === undefined ? to : { ...to, userinfo: own }
  })

// -----------------------------------------------------------------------------

/** The location, or what is wrong with the text, without repeating any of it. */
const fromParts = ({ authority, path, query, scheme }: Location.Parts): Either.Either<HttpLocation, string> => {
  if (scheme !== "http" && scheme !== "https") {
    return Either.left("it has to begin with http:// or https://")
  }
  if (blank.test(authority + path + (query ?? ""))) {
    return Either.left("it has blanks in it")
  }
  const at = authority.lastIndexOf("@")
  const match = hostAndPort.exec(authority.slice(at + 1))
  if (match?.groups === undefined) {
    return Either.left(authority.slice(at + 1) === "" ? "it has no host" : "its host or port is not well-formed")
  }
  const { host = "", port } = match.groups
  if (port !== undefined && port !== "" && !(Number(port) >= 1 && Number(port) <= 65_535)) {
    return Either.left("its port is not between 1 and 65535")
  }
  if (host.startsWith("[") ? !isIPv6(host.slice(1, -1)) || host.includes("%") : !URL.canParse(`http://${host}/`)) {
    return Either.left("its host is not well-formed")
  }
  return Either.right({
    scheme,
    ...(at === -1 ? {} : { userinfo: Redacted.make(authority.slice(0, at)) }),
    host,
    ...(port === undefined ? {} : { port }),
    path,
    ...(query === undefined ? {} : { query })
  })
}

/** A host has none of the characters that end or begin something else in a URL, `\` and `%` among them. */
const hostAndPort = /^(?<host>\[[^[\]]+\]|[^:[\]\\%@<>^`{|}"]+)(?::(?<port>[0-9]*))?$/u

const blank = /\p{White_Space}/u

/** What is not percent-encoded as it should be stands for itself. */
const percentDecoded = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
