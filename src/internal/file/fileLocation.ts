/**
 * `file://` and a path. Nothing is percent-encoded or decoded, in neither direction: `%20` in a
 * location is four characters of a file name, as it always was in glance_store.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Location from "../../Location.js"
import { InvalidArgument } from "../../StoreError.js"
import { isTemporary, overhead } from "./temporary.js"

const FileLocation = Schema.Struct({ path: Schema.NonEmptyString })

/** @internal */
export type FileLocation = typeof FileLocation.Type

/**
 * `relative` admits locations with something between the slashes, `file://images/x`, which the
 * original takes for a path from its working directory.
 *
 * @internal
 */
export const schema = (relative: boolean): Schema.Schema<FileLocation, Location.Location> =>
  Schema.transformOrFail(Location.LocationFromSelf, FileLocation, {
    strict: true,
    decode: (location, _, ast) => {
      const refuse = (reason: string) => ParseResult.fail(new ParseResult.Type(ast, location, reason))
      const parts = Location.unsafeParts(location)
      const path = trim(parts.authority + parts.path)
      return path === ""
        ? refuse("it has no path")
        : path.startsWith("/") || relative
        ? ParseResult.succeed({ path })
        : refuse("its path is not absolute: it needs three slashes")
    },
    encode: ({ path }, _, ast) =>
      ParseResult.mapError(
        Location.fromParts({ scheme: "file", authority: "", path }),
        ({ reason }) => new ParseResult.Type(ast, path, reason)
      )
  })

/**
 * That the id can be the name of a file and its location will be read back to the same.
 *
 * @internal
 */
export const checkImageId = (imageId: string): Effect.Effect<void, InvalidArgument> => {
  const allowed = imageId === "" || imageId === "." || imageId === ".."
    ? "a file name"
    : imageId.includes("/")
    ? "a single file name, without /"
    : unprintable.test(imageId)
    ? "well-formed text without control characters"
    : /[?#]/u.test(imageId)
    ? "without ? and #, which end the path of a location"
    : trim(imageId) !== imageId
    ? "without blanks at its ends"
    : Buffer.byteLength(imageId) > longest
    ? `at most ${longest} bytes of UTF-8`
    : isTemporary(imageId)
    ? "no name of a temporary file"
    : undefined
  return allowed === undefined
    ? Effect.void
    : new InvalidArgument({ argument: "imageId", received: JSON.stringify(imageId), allowed })
}

/** As the original trims: to JavaScript's own `trim` U+0085 is no blank, and the mark U+FEFF is one. */
const trim = (text: string): string => text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "")

/** A file name's 255 bytes less what a temporary adds to it. */
const longest = 255 - overhead

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unprintable = /[\u0000-\u001F\u007F]|\p{Surrogate}/u
