import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as FastCheck from "effect/FastCheck"
import * as Hash from "effect/Hash"
import * as Schema from "effect/Schema"
import * as Location from "../src/Location.js"
import type { BadStoreUri } from "../src/StoreError.js"
import { anySecretUri, faces, leaks, logged, malformedSecretUri, secretUri } from "./secretUri.js"

/** Text of any script, marks, line separators of Unicode and what a URI has other uses for. */
const textWithout = (excluded: string) =>
  FastCheck.string({
    unit: FastCheck.oneof(
      FastCheck.string({ unit: "grapheme", minLength: 1, maxLength: 1 }),
      FastCheck.constantFrom(..."/?#:@%&=+;,.~ []", "%2F", "..", "//", "\u2028", "\u00A0", "💾")
    )
  }).map((text) => Array.from(text).filter((character) => !excluded.includes(character)).join(""))

const scheme = FastCheck.stringMatching(/^[A-Za-z][A-Za-z\d+.-]{0,11}$/u)

const authority = FastCheck.oneof(
  textWithout("/?#[]"),
  FastCheck.tuple(textWithout("/?#[]"), textWithout("/?#[]")).map(([before, host]) => `${before}[${host}]:80`)
)

const wellFormed = FastCheck.record({
  scheme,
  authority,
  path: FastCheck.oneof(FastCheck.constant(""), textWithout("?#").map((text) => `/${text}`)),
  query: FastCheck.option(textWithout("#"), { nil: undefined }),
  fragment: FastCheck.option(textWithout(""), { nil: undefined })
})

interface Written extends Omit<Location.Parts, "query" | "fragment"> {
  readonly query: string | undefined
  readonly fragment: string | undefined
}

const written = (parts: Written) =>
  `${parts.scheme}://${parts.authority}${parts.path}` +
  (parts.query === undefined ? "" : `?${parts.query}`) +
  (parts.fragment === undefined ? "" : `#${parts.fragment}`)

const controlCharacters = Array.from({ length: 33 }, (_, code) => String.fromCharCode(code === 32 ? 0x7F : code))

describe("Location", () => {
  it.prop("any URI comes out as it went in", { parts: wellFormed }, ({ parts }) => {
    const uri = written(parts)
    const location = Either.getOrThrow(Location.fromUri(uri))
    assert.strictEqual(Location.unsafeUri(location), uri)
  })

  it.prop("is cut where it was put together, and its scheme is in lower case", { parts: wellFormed }, ({ parts }) => {
    const location = Either.getOrThrow(Location.fromUri(written(parts)))
    assert.strictEqual(location.scheme, parts.scheme.toLowerCase())
    const { authority: host, fragment, path, query } = Location.unsafeParts(location)
    assert.deepStrictEqual({ host, path, query, fragment }, {
      host: parts.authority,
      path: parts.path,
      query: parts.query,
      fragment: parts.fragment
    })
  })

  it.prop("its parts make a location of the same parts", { parts: wellFormed }, ({ parts }) => {
    const uri = written({ ...parts, scheme: parts.scheme.toLowerCase() })
    const location = Either.getOrThrow(Location.fromUri(uri))
    const again = Either.getOrThrow(Location.fromParts(Location.unsafeParts(location)))
    assert.isTrue(Equal.equals(again, location))
    assert.strictEqual(Location.unsafeUri(again), uri)
  })

  it.each<[uri: string, parts: Location.Parts]>([
    ["file:///a/b", { scheme: "file", authority: "", path: "/a/b" }],
    ["file:////a/b", { scheme: "file", authority: "", path: "//a/b" }],
    ["file://test", { scheme: "file", authority: "test", path: "" }],
    ["FILE:///x", { scheme: "file", authority: "", path: "/x" }],
    ["file:///a/../b/./c%2Fd", { scheme: "file", authority: "", path: "/a/../b/./c%2Fd" }],
    ["http://HOST:80/A b", { scheme: "http", authority: "HOST:80", path: "/A b" }],
    ["https://h/p;params?q=1?2#f#g", {
      scheme: "https",
      authority: "h",
      path: "/p;params",
      query: "q=1?2",
      fragment: "f#g"
    }],
    ["https://h?#", { scheme: "https", authority: "h", path: "", query: "", fragment: "" }],
    ["https://[::1]:8080/x", { scheme: "https", authority: "[::1]:8080", path: "/x" }],
    ["swift+config://ref/c/o", { scheme: "swift+config", authority: "ref", path: "/c/o" }],
    ["rbd://fsid/pool/image/snap", { scheme: "rbd", authority: "fsid", path: "/pool/image/snap" }],
    ["memory://", { scheme: "memory", authority: "", path: "" }]
  ])("%s is cut as glance_store cuts it", (uri, parts) => {
    assert.deepStrictEqual(Location.unsafeParts(Either.getOrThrow(Location.fromUri(uri))), parts)
  })

  it.each<[what: string, uri: string, reason: string]>([
    ["nothing", "", "empty"],
    ["a path", "/images/123", "scheme"],
    ["a relative path", "images/123", "scheme"],
    ["a host", "//host/path", "scheme"],
    ["a scheme alone", "file", "scheme"],
    ["a scheme and a colon", "file:", "scheme"],
    ["one slash", "file:/a", "scheme"],
    ["no slash", "mailto:a", "scheme"],
    ["no scheme", "://host", "scheme"],
    ["a scheme that begins with a digit", "3s://host", "scheme"],
    ["a scheme with an underscore", "s_3://host", "scheme"],
    ["a scheme with another script's letter", "fıle:///a", "scheme"],
    ["a blank before the scheme", " file:///a", "scheme"],
    ["an open bracket", "http://[::1/x", "brackets"],
    ["a closing bracket", "http://::1]/x", "brackets"],
    ["brackets the wrong way round", "http://]::1[/x", "brackets"],
    ["brackets in brackets", "http://[[::1]]/x", "brackets"],
    ["two pairs of brackets", "http://[a][b]/x", "brackets"],
    ["a lone high surrogate", "file:///a\uD800", "surrogates"],
    ["a lone low surrogate", "file:///a\uDC00b", "surrogates"],
    ["surrogates the wrong way round", "file:///\uDC00\uD800", "surrogates"]
  ])("%s is no URI", (_, uri, reason) => {
    const error = Either.getOrThrow(Either.flip(Location.fromUri(uri)))
    assert.strictEqual(error._tag, "BadStoreUri")
    assert.include(error.reason, reason)
    assert.include(error.message, error.uri)
  })

  it.each(controlCharacters.map((character) => [character.charCodeAt(0), character] as const))(
    "the control character %i is refused anywhere, and never dropped",
    (_, character) => {
      for (
        const uri of [
          `${character}file:///a`,
          `fi${character}le:///a`,
          `file:///a${character}b`,
          `file:///a${character}`
        ]
      ) {
        const error = Either.getOrThrow(Either.flip(Location.fromUri(uri)))
        assert.include(error.reason, "control characters")
      }
    }
  )

  it("a URI may be long, and brackets may stand in a path", () => {
    for (
      const uri of [`file:///${"a".repeat(10_000)}`, `http://${"h".repeat(10_000)}/[[`, `s3://h/?${"@".repeat(10_000)}`]
    ) {
      assert.strictEqual(Location.unsafeUri(Either.getOrThrow(Location.fromUri(uri))), uri)
    }
  })

  it.each<[scheme: string, parts: Location.Parts]>([
    ["none", { scheme: "", authority: "h", path: "" }],
    ["a URI", { scheme: "http://h", authority: "h", path: "" }],
    ["a control character", { scheme: "file", authority: "", path: "/a\nb" }],
    ["a slash", { scheme: "file", authority: "a/b", path: "" }],
    ["a path that hangs on the host", { scheme: "file", authority: "a", path: "b" }],
    ["a question mark", { scheme: "file", authority: "", path: "/a?b" }],
    ["a number sign", { scheme: "file", authority: "", path: "/a", query: "b#c" }],
    ["half a bracket", { scheme: "http", authority: "[::1", path: "/" }]
  ])("parts with %s for a part make no location", (_, parts) => {
    assert.strictEqual(Either.getOrThrow(Either.flip(Location.fromParts(parts)))._tag, "BadStoreUri")
  })

  it.each(["file://test", "http://test", "FILE:///x", "https+x://test"])(
    "%s is of one of the schemes asked for",
    (uri) => {
      const location = Either.getOrThrow(Location.fromUri(uri))
      assert.deepStrictEqual(
        Location.requireScheme(location, ["file", "http", "https+x"]),
        Either.right(location)
      )
    }
  )

  it.each(["fake://test", "https://test", "files://test", "fil://test"])(
    "%s is of none, and the error says which",
    (uri) => {
      const location = Either.getOrThrow(Location.fromUri(uri))
      const error = Either.getOrThrow(Either.flip(Location.requireScheme(location, ["file", "http"])))
      assert.deepInclude(error, { _tag: "BadStoreUri", uri })
      assert.include(error.reason, "file://, http://")
    }
  )

  it("is equal to another of the same text, and to no other", () => {
    const [a, same, other, inCapitals] = ["s3://k:s@h/a", "s3://k:s@h/a", "s3://k:t@h/a", "S3://k:s@h/a"].map((uri) =>
      Either.getOrThrow(Location.fromUri(uri))
    )
    assert.isTrue(Equal.equals(a, same))
    assert.strictEqual(Hash.hash(a), Hash.hash(same))
    assert.isFalse(Equal.equals(a, other))
    assert.isFalse(Equal.equals(a, inCapitals))
    assert.isFalse(Equal.equals(a, String(a)))
  })

  it("as a Schema it takes locations and nothing that looks like one", () => {
    const location = Either.getOrThrow(Location.fromUri("file:///a"))
    assert.isTrue(Schema.is(Location.LocationFromSelf)(location))
    assert.isFalse(Schema.is(Location.LocationFromSelf)({ ...location, scheme: "file" }))
    assert.isFalse(Schema.is(Location.LocationFromSelf)("file:///a"))
    assert.strictEqual(Schema.encodeSync(Location.LocationFromSelf)(location), location)
  })

  it.each([
    ["file:///images/a@b:c", "file:///images/a@b:c"],
    ["https://host:8080/p?q=1#f", "https://host:8080/p?***"],
    ["https://host/a@b#f", "https://host/a@b#***"],
    ["https://user:secret@host/p", "https://***@host/p"],
    ["https://token@host/p", "https://***@host/p"],
    ["s3://key:sec/ret@host/bucket/key", "s3://***@host/bucket/key"],
    ["s3://key:12/ret@host/bucket/key", "s3://***@host/bucket/key"],
    ["s3://key:sec@r/et@host/bucket/key", "s3://***@host/bucket/key"],
    ["s3://key:sec?ret@host/bucket/key", "s3://***"],
    ["swift://account:user:secret@host/v1/c/o", "swift://***@host/v1/c/o"]
  ])("%s is shown as %s", (uri, shown) => {
    const location = Either.getOrThrow(Location.fromUri(uri))
    assert.strictEqual(String(location), shown)
    assert.strictEqual(JSON.stringify({ location }), JSON.stringify({ location: shown }))
  })

  it.effect.prop(
    "nobody sees a secret who does not ask for it",
    { secret: secretUri },
    ({ secret }) =>
      Effect.gen(function*() {
        const location = Location.fromUri(secret.uri)
        assert.deepStrictEqual(leaks(secret, faces(location) + (yield* logged(location))), [])
        // What is not a URI is an error, and that was looked at.
        if (Either.isRight(location)) {
          assert.deepStrictEqual(leaks(secret, faces(location.right) + (yield* logged(location.right))), [])
          assert.deepStrictEqual(leaks(secret, Location.unsafeUri(location.right)), secret.pieces)
        }
      })
  )

  it.effect.prop(
    "nor in the error that a malformed URI gives",
    { secret: malformedSecretUri },
    ({ secret }) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(Location.fromUri(secret.uri))
        assert.deepStrictEqual(leaks(secret, faces(error) + (yield* logged(error))), [])
      })
  )

  it.prop("nor where the scheme is not one that is wanted", { secret: anySecretUri }, ({ secret }) => {
    const refused = Either.flatMap(
      Location.fromUri(secret.uri),
      (location) => Location.requireScheme(location, ["cinder"])
    )
    assert.isTrue(Either.isLeft(refused))
    assert.deepStrictEqual(leaks(secret, faces(refused)), [])
  })

  it("fails with BadStoreUri alone, and shows its text under no other name", () => {
    expectTypeOf(Location.fromUri).returns.toEqualTypeOf<Either.Either<Location.Location, BadStoreUri>>()
    expectTypeOf(Location.fromParts).returns.toEqualTypeOf<Either.Either<Location.Location, BadStoreUri>>()
    expectTypeOf<keyof Location.Location & string>().toEqualTypeOf<"scheme" | "toString" | "toJSON">()
  })
})
