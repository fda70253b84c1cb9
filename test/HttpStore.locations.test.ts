import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as HttpLocation from "../src/internal/http/httpLocation.js"
import * as Location from "../src/Location.js"
import { text } from "./conformance/bytes.js"
import * as Site from "./http/Site.js"

const decode = (uri: string) => Effect.flatMap(Location.fromUri(uri), Schema.decode(HttpLocation.schema))

const encode = Schema.encode(HttpLocation.schema)

const basic = (credentials: string) => `Basic ${Buffer.from(credentials).toString("base64")}`

/** What goes over the wire: the URL without its user part, and who asks. */
const accepted: ReadonlyArray<readonly [uri: string, asks: string, credentials?: string]> = [
  ["http://127.0.0.1:8000/ubuntu.iso", "http://127.0.0.1:8000/ubuntu.iso"],
  ["http://openstack.com:80/ubuntu.iso", "http://openstack.com/ubuntu.iso"],
  ["http://[1080::8:800:200C:417A]:80/ubuntu.iso", "http://[1080::8:800:200c:417a]/ubuntu.iso"],
  ["http://netloc/path/to/file.tar.gz", "http://netloc/path/to/file.tar.gz"],
  ["https://netloc/path?query=text", "https://netloc/path?query=text"],
  ["http://h/a?b=c?d&e", "http://h/a?b=c?d&e"],
  ["http://u:p@h:80/p", "http://h/p", "u:p"],
  ["http://u:@h/p", "http://h/p", "u:"],
  ["http://:p@h/p", "http://h/p", ":p"],
  ["http://u@h/p", "http://h/p", "u:"],
  ["http://@h/p", "http://h/p"],
  ["http://u:a:b@h/p", "http://h/p", "u:a:b"],
  ["http://u%3Ax:p@h/x", "http://h/x", "u:x:p"],
  ["http://us%40er:pw@h/x", "http://h/x", "us@er:pw"],
  ["http://100%:%zz@h/x", "http://h/x", "100%:%zz"],
  ["http://ü:ß@h/x", "http://h/x", "ü:ß"],
  ["http://u:p@s@h/p", "http://h/p", "u:p@s"],
  ["http://a@b@h/p", "http://h/p", "a@b:"],
  ["http://a\\@h/p", "http://h/p", "a\\:"],
  ["http://a@b@h/pa@th", "http://h/pa@th", "a@b:"],
  ["http://[::1]:80/x", "http://[::1]/x"],
  ["http://[::1]/x", "http://[::1]/x"],
  ["http://[::1]:/x", "http://[::1]/x"],
  ["http://u:p@[::1]:8080/x", "http://[::1]:8080/x", "u:p"],
  ["http://h:/x", "http://h/x"],
  ["http://h", "http://h/"],
  ["http://h?q=1", "http://h/?q=1"],
  ["http://h/x?", "http://h/x"],
  ["http://h/a;x=1", "http://h/a;x=1"],
  ["http://h/p;x=1?q", "http://h/p;x=1?q"],
  ["http://h/a\\b", "http://h/a%5Cb"],
  ["http://h/ö", "http://h/%C3%B6"],
  ["http://h/100%", "http://h/100%"],
  ["http://h_a-b.example./x", "http://h_a-b.example./x"],
  [`http://h/${"x".repeat(10_000)}`, `http://h/${"x".repeat(10_000)}`]
]

const refused: ReadonlyArray<readonly [uri: string, reason: string]> = [
  ["http:///x", "no host"],
  ["http://u:p@/x", "no host"],
  ["http://u:p@:80/x", "not well-formed"],
  ["http://127.0.0.1:~/ubuntu.iso", "not well-formed"],
  ["http://openstack.com:some_text/ubuntu.iso", "not well-formed"],
  ["http://[1080::8:800:200C:417A]:some_text/ubuntu.iso", "not well-formed"],
  ["http://[::1]:ab/x", "not well-formed"],
  ["http://[::1/x", "not balanced"],
  ["http://::1/x", "not well-formed"],
  ["http://[h]/x", "not well-formed"],
  ["http://[1.2.3.4]/x", "not well-formed"],
  ["http://[fe80::1%25eth0]/x", "not well-formed"],
  ["http://h:~/x", "not well-formed"],
  ["http://h:-1/x", "not well-formed"],
  ["http://h:+1/x", "not well-formed"],
  ["http://h:0/x", "between 1 and 65535"],
  ["http://h:99999/x", "between 1 and 65535"],
  ["http://h:80:90/x", "not well-formed"],
  ["http://h:²/x", "not well-formed"],
  ["http://h:٨٠/x", "not well-formed"],
  ["http://h /x", "blanks"],
  ["http://h/a b", "blanks"],
  ["http://h/a\u00A0b", "blanks"],
  ["http://h/a?b c", "blanks"],
  ["http://h/a\nb", "control characters"],
  ["http://u:p@h\\evil/x", "not well-formed"],
  ["http://h%2Fevil/x", "not well-formed"],
  ["http://1.2.3.4.5/x", "not well-formed"],
  ["http://256.1.1.1/x", "not well-formed"]
]

describe("a location of HttpStore", () => {
  for (const [uri, asks, credentials] of accepted) {
    it.effect(`${uri.slice(0, 60)} is read, and written as it was`, () =>
      Effect.gen(function*() {
        const location = yield* decode(uri)
        assert.strictEqual(HttpLocation.toUrl(location).href.replace(/\?$/u, ""), asks)
        assert.strictEqual(
          HttpLocation.authorization(location),
          credentials === undefined ? undefined : basic(credentials)
        )
        assert.strictEqual(Location.unsafeUri(yield* encode(location)), uri)
      }))
  }

  for (const [uri, reason] of refused) {
    it.scoped(`${JSON.stringify(uri)} is refused before anybody is asked`, () =>
      Effect.gen(function*() {
        const store = yield* Site.store()
        for (const error of yield* Site.refusals(store, uri)) {
          assert.strictEqual(error._tag, "BadStoreUri")
          assert.include(error.message, reason)
        }
      }))
  }

  it.effect("loses its fragment, which no server is told", () =>
    Effect.gen(function*() {
      const location = yield* decode("http://h/p;x=1?q#f")
      assert.strictEqual(Location.unsafeUri(yield* encode(location)), "http://h/p;x=1?q")
    }))

  it.effect("is found whether its scheme is in lower case or not", () =>
    Effect.map(decode("HTTP://h/x"), ({ scheme }) => assert.strictEqual(scheme, "http")))

  it.effect.prop("comes out as it went in, whatever its parts", {
    scheme: FastCheck.constantFrom("http", "https"),
    userinfo: FastCheck.option(FastCheck.stringMatching(/^[A-Za-z0-9%:@._~!$&'()*+,;=-]{0,20}$/u)),
    host: FastCheck.constantFrom("h", "images.example.org", "127.0.0.1", "[::1]", "[2001:db8::1]"),
    port: FastCheck.option(
      FastCheck.oneof(FastCheck.constant(""), FastCheck.integer({ min: 1, max: 65_535 }).map(String))
    ),
    path: FastCheck.stringMatching(/^(?:\/[A-Za-z0-9%;@:._~!$&'()*+,=\\-]{0,8}){0,4}$/u),
    query: FastCheck.option(FastCheck.stringMatching(/^[A-Za-z0-9%;@:?/&=-]{0,20}$/u))
  }, ({ host, path, port, query, scheme, userinfo }) =>
    Effect.gen(function*() {
      const uri =
        `${scheme}://${userinfo === null ? "" : `${userinfo}@`}${host}${port === null ? "" : `:${port}`}${path}` +
        (query === null ? "" : `?${query}`)
      assert.strictEqual(Location.unsafeUri(yield* encode(yield* decode(uri))), uri)
    }))

  it.scoped("is asked for as it stands", () =>
    Effect.gen(function*() {
      const { store, web } = yield* Site.make()
      for (
        const path of [
          "/a;x=1",
          "/a%20b%2Fc",
          "/x?q=1/2&r=a+b%20c&&=;:@?",
          "/100%",
          "//x//",
          "/x?sig=%2B%2f",
          `/${"x".repeat(10_000)}`
        ]
      ) {
        web.put(path, text(path))
        assert.deepStrictEqual((yield* Site.read(store, web.origin + path)).bytes, text(path))
      }
    }))

  it.scoped("of any length in any of its parts is no more than refused, or nobody's", () =>
    Effect.gen(function*() {
      const { store, web } = yield* Site.make({ retries: 0 })
      web.put("/image", text("image"))
      const long = "x".repeat(10_000)
      // Node takes no more than 16 KiB of header fields, and these are longer by Base64.
      for (const part of [long, `${long}:`, `:${long}`]) {
        const answered = yield* Effect.either(Site.read(store, `http://${part}@${web.host}/image`))
        assert.isTrue(Either.isRight(answered) || answered.left._tag === "BadStoreUri")
      }
      for (
        const uri of [`http://${long}/image`, `http://${"x.".repeat(5000)}x/image`, `http://h:${"1".repeat(10_000)}/`]
      ) {
        for (const error of yield* Site.refusals(store, uri)) {
          assert.include(["BadStoreUri", "RemoteServiceUnavailable"], error._tag, uri.slice(0, 20))
        }
      }
    }))

  it.scoped("of an IPv6 address is asked there", () =>
    Effect.gen(function*() {
      const { store, web } = yield* Site.make()
      web.put("/a;x=1?q=1", text("image"))
      const mapped = web.origin.replace("127.0.0.1", "[::ffff:127.0.0.1]")
      assert.deepStrictEqual((yield* Site.read(store, `${mapped}/a;x=1?q=1#f`)).bytes, text("image"))
    }))
})
