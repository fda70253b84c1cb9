/** Storage URIs that hold a secret, and all the ways in which a value may come to be seen. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Inspectable from "effect/Inspectable"
import * as Logger from "effect/Logger"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { Console } from "node:console"
import { PassThrough } from "node:stream"
import { format, inspect } from "node:util"

export interface SecretUri {
  readonly uri: string
  /** Whoever sees one of these has seen too much. */
  readonly pieces: ReadonlyArray<string>
}

/** Such as occurs nowhere else. */
const piece = FastCheck.stringMatching(/^Zq[A-Za-z\d]{6,12}$/u)

interface Secret {
  readonly text: string
  readonly pieces: ReadonlyArray<string>
}

/** A secret as it was never meant to stand in a URI: with whatever ends a user part, a host or a path in it. */
const secret: FastCheck.Arbitrary<Secret> = FastCheck.record({
  beginning: FastCheck.constantFrom("", "", "/", "12/", "12", ":", "@", "?", "#", "[", "%2F"),
  pieces: FastCheck.array(piece, { minLength: 1, maxLength: 3 }),
  separator: FastCheck.constantFrom("/", "//", "@", ":", "?", "#", "+", "=", "&", "%40", "]", "://", "@/", "/@")
}).map(({ beginning, pieces, separator }) => ({ text: beginning + pieces.join(separator), pieces }))

/** Pieces of URIs as stores have had them, with a secret in each. */
export const secretUri: FastCheck.Arbitrary<SecretUri> = FastCheck.record({
  user: piece,
  first: secret,
  second: secret,
  scheme: FastCheck.constantFrom("http", "https", "HTTPS", "s3", "s3+https", "swift", "swift+http", "memory", "file"),
  shape: FastCheck.constantFrom<(scheme: string, user: string, first: string, second: string) => string>(
    (scheme, user, first) => `${scheme}://${user}:${first}@host/path`,
    (scheme, user, first) => `${scheme}://${user}:${first}@host:8080/a@b`,
    (scheme, user, first) => `${scheme}://${user}:${first}@[::1]:8080/path`,
    (scheme, user, first, second) => `${scheme}://${user}:${first}@host/path?signature=${second}`,
    (_, user, first) => `s3://${user}:${first}@host/bucket/key`,
    (_, user, first) => `swift://account:${user}:${first}@host/v1/container/object`,
    (_, user, first, second) => `https://host/${"path"}?user=${user}&signature=${first}&token=${second}`,
    (_, user, first, second) => `https://host:8443/path?user=${user}&e=a@b&t=10:30&signature=${first}${second}`,
    (_, user, first, second) => `https://[::1]/path?user=${user}&e=a@b&signature=${first}${second}`,
    (_, user, first) => `https://host/path#user=${user}&access_token=${first}`
  )
}).map(({ first, scheme, second, shape, user }) => {
  const uri = shape(scheme, user, first.text, second.text)
  return { uri, pieces: [user, ...first.pieces, ...second.pieces].filter((text) => uri.includes(text)) }
})

/** The same, with something wrong about the URI. */
export const malformedSecretUri: FastCheck.Arbitrary<SecretUri> = FastCheck.record({
  sound: secretUri,
  damage: FastCheck.constantFrom<(uri: string) => string>(
    (uri) => uri.replace("://", ":/"),
    (uri) => uri.replace("://", "//"),
    (uri) => uri.replace("://", ":"),
    (uri) => uri.replace(/^[^:]*:\/\//u, ""),
    (uri) => uri.replace(/^[^:]*/u, ""),
    (uri) => ` ${uri}`,
    (uri) => `\t${uri}`,
    (uri) => `${uri}\n`,
    (uri) => uri.replace("://", "\n://"),
    (uri) => uri.replace("://", "://\n"),
    (uri) => uri.replace("://", "://[["),
    (uri) => `${uri}\uD800`,
    (uri) => `1${uri}`
  )
}).map(({ damage, sound: { pieces, uri } }) => ({ uri: damage(uri), pieces }))

const printed = (value: unknown): string => {
  const stdout = new PassThrough()
  const console = new Console({ stdout, inspectOptions: { depth: Infinity, showHidden: true } })
  console.log(value)
  console.log("%s %o %O %j", value, value, value, value)
  console.dir({ value }, { depth: Infinity, customInspect: false })
  console.table([value])
  return String(stdout.read())
}

const parseErrors = (value: unknown): string =>
  Schema.decodeUnknownEither(Schema.Struct({ value: Schema.Number }), { onExcessProperty: "error" })({ value }).pipe(
    Either.flip,
    Either.map((error) =>
      [error, ParseResult.TreeFormatter.formatErrorSync(error), ParseResult.ArrayFormatter.formatErrorSync(error)]
        .map((found) => typeof found === "string" ? found : JSON.stringify(found))
        .join("\n")
    ),
    Either.getOrThrow
  )

/** Whatever text JavaScript, Node and Effect make of a value, short of what they are asked to reveal. */
export const faces = (value: unknown): string =>
  [
    String(value),
    JSON.stringify(value),
    JSON.stringify({ nested: [value] }),
    JSON.stringify({ ...Object(value) }),
    JSON.stringify(Reflect.ownKeys(Object(value)).map((key) => [String(key), Reflect.get(Object(value), key)])),
    inspect(value, { depth: Infinity, showHidden: true }),
    inspect(value, { depth: Infinity, showHidden: true, customInspect: false }),
    format("%s %o %O %j", value, value, value, value),
    Inspectable.toStringUnknown({ value }),
    Inspectable.format(value),
    Cause.pretty(Cause.fail(value), { renderErrorCause: true }),
    Cause.pretty(Cause.die(value)),
    String(Exit.fail(value)),
    JSON.stringify(Exit.fail(value)),
    inspect(Exit.succeed({ value }), { depth: Infinity }),
    parseErrors(value),
    printed(value)
  ].join("\n")

/** What the loggers of Effect write of a value: as a message, an annotation and a cause. */
export const logged = (value: unknown): Effect.Effect<string> =>
  Effect.suspend(() => {
    const lines: Array<string> = []
    const capture = Logger.make((options) => {
      lines.push(
        Logger.stringLogger.log(options),
        Logger.logfmtLogger.log(options),
        Logger.jsonLogger.log(options),
        inspect(Logger.structuredLogger.log(options), { depth: Infinity })
      )
    })
    return Effect.logError("an image", value, Cause.fail(value)).pipe(
      Effect.annotateLogs({ value }),
      Effect.withLogSpan("Store.get"),
      Effect.provide(Logger.replace(Logger.defaultLogger, capture)),
      Effect.map(() => lines.join("\n"))
    )
  })

/** The pieces of the secret that can be read in the text. */
export const leaks = ({ pieces }: SecretUri, text: string): ReadonlyArray<string> =>
  pieces.filter((found) => text.includes(found))

/** For whoever makes an error from a URI by hand. */
export const anySecretUri: FastCheck.Arbitrary<SecretUri> = FastCheck.oneof(secretUri, malformedSecretUri)
