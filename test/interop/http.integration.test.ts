/** What both read from a URL and from a web server, and what ours does otherwise on purpose, each with the reason. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as HttpLocation from "../../src/internal/http/httpLocation.js"
import * as Location from "../../src/Location.js"
import { assertSame, pattern } from "../conformance/bytes.js"
import * as Answer from "../http/Answer.js"
import * as Site from "../http/Site.js"
import * as WebServer from "../http/WebServer.js"
import { Oracle } from "./Oracle.js"
import * as Pair from "./Pair.js"

/** As ours would write it, or the error. */
const written = (uri: string) =>
  Location.fromUri(uri).pipe(
    Effect.flatMap(Schema.decode(HttpLocation.schema)),
    Effect.flatMap(Schema.encode(HttpLocation.schema)),
    Effect.match({ onSuccess: Location.unsafeUri, onFailure: () => "BadStoreUri" })
  )

const alike: ReadonlyArray<string> = [
  "http://netloc/path/to/file.tar.gz",
  "https://netloc/path/to/file.tar.gz",
  "http://netloc/path?query=text",
  "http://127.0.0.1:8000/ubuntu.iso",
  "http://[1080::8:800:200C:417A]:80/ubuntu.iso",
  "http://u:p@h:80/p",
  "http://u:@h/p",
  "http://u%3Ax:p@h/x",
  "http://[::1]/x",
  "http://[::1]:/x",
  "http://h:/x",
  "http://h",
  "http://h?q=1",
  "http://h/a%20b%2Fc",
  "http://h/ö"
]

const refused: ReadonlyArray<string> = [
  "http:///x",
  "http://u:p@/x",
  "http://h:~/x",
  "http://h:-1/x",
  "http://h:some_text/x",
  "http://[::1]:ab/x",
  "ftp://h/x",
  "/rel"
]

const differences: ReadonlyArray<
  { readonly uri: string; readonly original: string; readonly ours: string; readonly because: string }
> = [
  {
    uri: "http://h/p;x=1?q",
    original: "http://h/p?q",
    ours: "http://h/p;x=1?q",
    because: "they name another resource"
  },
  { uri: "http://h/x?", original: "http://h/x", ours: "http://h/x?", because: "what is written back is what was read" },
  { uri: "http://:p@h/p", original: "http://h/p", ours: "http://:p@h/p", because: "a password is not lost" },
  { uri: "http://@h/p", original: "http://h/p", ours: "http://@h/p", because: "what is written back is what was read" },
  { uri: "http://u@h/p", original: "BadStoreUri", ours: "http://u@h/p", because: "a password may be left out" },
  {
    uri: "http://u:a:b@h/p",
    original: "BadStoreUri",
    ours: "http://u:a:b@h/p",
    because: "a password may have a colon"
  },
  { uri: "http://u:p@s@h/p", original: "BadStoreUri", ours: "http://u:p@s@h/p", because: "a password may have an @" },
  { uri: "HTTP://h/x", original: "BadStoreUri", ours: "http://h/x", because: "the case of a scheme has no meaning" },
  { uri: "http://[::1/x", original: "ValueError", ours: "BadStoreUri", because: "it is no error of the language" },
  { uri: "http://h:99999/x", original: "http://h:99999/x", ours: "BadStoreUri", because: "there is no such port" },
  { uri: "http://h:80:90/x", original: "http://h:80:90/x", ours: "BadStoreUri", because: "a host has one port" },
  {
    uri: "http://h:²/x",
    original: "http://h:²/x",
    ours: "BadStoreUri",
    because: "digits of a port are those of ASCII"
  },
  { uri: "http://h/a b", original: "http://h/a b", ours: "BadStoreUri", because: "a URL has no blanks" }
]

it.layer(Oracle.layer)("the URL", (it) => {
  const parsed = (uri: string) =>
    Effect.gen(function*() {
      const original = yield* (yield* Oracle).configureHttp()
      const theirs = yield* Pair.outcome(Effect.map(original.parse(uri), (found) => found.uri))
      return { theirs, own: yield* written(uri) }
    })

  for (const uri of alike) {
    it.scoped(`${uri} is the same for both`, () =>
      Effect.map(parsed(uri), ({ own, theirs }) => assert.deepStrictEqual([own, theirs], [uri, uri])))
  }

  for (const uri of refused) {
    it.scoped(`${uri} is refused by both`, () =>
      Effect.map(parsed(uri), ({ own, theirs }) => {
        assert.strictEqual(own, "BadStoreUri")
        // To the original a scheme that it does not have is no bad URI.
        assert.include(["BadStoreUri", "UnknownScheme"], theirs)
      }))
  }

  for (const { because, original, ours, uri } of differences) {
    it.scoped(`${uri} is not the same for both: ${because}`, () =>
      Effect.map(parsed(uri), ({ own, theirs }) => assert.deepStrictEqual([own, theirs], [ours, original])))
  }
})

const image = pattern(200_000)

/** Both, and the web servers that they ask. */
const prepare = Effect.gen(function*() {
  const oracle = yield* Oracle
  const { store, uri, web } = yield* Site.make({ retries: 0 })
  web.put("/image", image)
  return { web, uri, store, original: yield* oracle.configureHttp() }
})

/** What the one and the other make of an answer: bytes and size, or the error; to a get and to a getSize. */
const outcomes = (answer: Answer.Answer) =>
  Effect.gen(function*() {
    const { original, store, uri, web } = yield* prepare
    web.next("/image", answer, answer, answer, answer)
    return {
      ours: [
        yield* Pair.outcome(Effect.map(Site.read(store, uri), ({ bytes, size }) => `${bytes.length} of ${size}`)),
        yield* Pair.outcome(Effect.map(Site.getSize(store, uri), String))
      ],
      original: [
        yield* Pair.outcome(Effect.map(original.get(uri), ({ bytes, size }) => `${bytes.length} of ${size}`)),
        yield* Pair.outcome(Effect.map(original.getSize(uri), String))
      ]
    }
  })

const answersAlike: ReadonlyArray<readonly [what: string, answer: Answer.Answer, get: string, size: string]> = [
  ["an image", Answer.image, "200000 of 200000", "200000"],
  ["a status of 403", Answer.status(403), "BadStoreUri", "BadStoreUri"],
  ["a status of 500", Answer.status(500), "BadStoreUri", "BadStoreUri"],
  ["a redirect with 307", Answer.redirect("http://127.0.0.1/x", 307), "BadStoreUri", "BadStoreUri"],
  ["a redirect to a file", Answer.redirect("file:///etc/hostname"), "BadStoreUri", "BadStoreUri"],
  ["no answer", Answer.hangUp, "RemoteServiceUnavailable", "BadStoreUri"]
]

const answersApart: ReadonlyArray<
  {
    readonly what: string
    readonly answer: Answer.Answer
    readonly original: readonly [get: string, size: string]
    readonly ours: readonly [get: string, size: string]
  }
> = [
  {
    what: "an image whose size is not told has no size of 0",
    answer: Answer.changed({ "Content-Length": undefined, "Transfer-Encoding": "chunked" }),
    original: ["200000 of 0", "0"],
    ours: ["200000 of undefined", "undefined"]
  },
  {
    what: "a part is not taken for the whole",
    answer: Answer.changed({ "Content-Range": "bytes 0-199999/400000" }, 206),
    original: ["200000 of 200000", "200000"],
    ours: ["BadStoreUri", "200000"]
  },
  {
    what: "what is compressed is not taken for the image",
    answer: Answer.changed({ "Content-Encoding": "br" }),
    original: ["200000 of 200000", "200000"],
    ours: ["BadStoreUri", "BadStoreUri"]
  },
  {
    what: "a redirect without a target is no error of the language",
    answer: Answer.status(302),
    original: ["KeyError", "KeyError"],
    ours: ["BadStoreUri", "BadStoreUri"]
  },
  {
    what: "a length that is no number is no error of the language",
    answer: Answer.raw("HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\nimage"),
    original: ["ValueError", "ValueError"],
    ours: ["BadStoreUri", "BadStoreUri"]
  }
]

it.layer(Oracle.layer)("a web server", (it) => {
  for (const [what, answer, get, size] of answersAlike) {
    it.scoped(`that gives ${what} is understood alike`, () =>
      Effect.map(outcomes(answer), ({ original, ours }) => {
        assert.deepStrictEqual(ours, [get, size])
        assert.deepStrictEqual(original, [get, size])
      }))
  }

  for (const { answer, original, ours, what } of answersApart) {
    it.scoped(`is not understood alike: ${what}`, () =>
      Effect.map(outcomes(answer), (found) => {
        assert.deepStrictEqual(found.ours, [...ours])
        assert.deepStrictEqual(found.original, [...original])
      }))
  }

  it.scoped("gives both the same bytes, by a password, a query and four redirects, and not by five", () =>
    Effect.gen(function*() {
      const { original, store, web } = yield* prepare
      const chain = (hops: number) => {
        for (let hop = 1; hop <= hops; hop++) {
          const answer = Answer.redirect(`${web.origin}/${hop === hops ? "image" : `${hops}-${hop + 1}`}`)
          web.next(`/${hops}-${hop}`, answer, answer)
        }
        return `${web.origin}/${hops}-1`
      }
      const asked = `http://us%40er:pass@${web.host}/by?query=1/2`
      web.put("/by?query=1/2", image)
      for (const uri of [asked, chain(4)]) {
        assertSame((yield* Site.read(store, uri)).bytes, image)
        assertSame((yield* original.get(uri)).bytes, image)
      }
      const [own, theirs] = web.asked("/by?query=1/2")
      assert.strictEqual(own?.headers.authorization, theirs?.headers.authorization)
      const five = chain(5)
      assert.strictEqual(yield* Pair.outcome(Site.read(store, five)), "MaxRedirectsExceeded")
      assert.strictEqual(yield* Pair.outcome(original.get(five)), "MaxRedirectsExceeded")
      const absent = `${web.origin}/absent`
      assert.strictEqual(yield* Pair.outcome(Site.getSize(store, absent)), "ImageNotFound")
      assert.strictEqual(yield* Pair.outcome(original.getSize(absent)), "NotFound")
    }))

  it.scoped("is not written to, and images on it have no access lists", () =>
    Effect.gen(function*() {
      const { original, store, uri } = yield* prepare
      const location = yield* Location.fromUri(uri)
      assert.strictEqual(yield* Pair.outcome(original.delete(uri)), "StoreDeleteNotSupported")
      assert.strictEqual(yield* Pair.outcome(store.delete(location)), "NotSupported")
      assert.strictEqual(yield* Pair.outcome(original.add("id", image, { algorithm: "sha256" })), "StoreAddDisabled")
      assert.strictEqual(yield* Pair.outcome(store.add("id", Stream.make(image))), "NotSupported")
      assert.strictEqual(yield* Pair.outcome(original.get(uri, { offset: 1 })), "StoreRandomGetNotSupported")
      assert.strictEqual(yield* Pair.outcome(Site.read(store, uri, { offset: 1 })), "NotSupported")
      yield* original.setAcls(uri)
    }))

  it.scoped("whose certificate nobody knows is read by the original, and by ours only if that is wanted", () =>
    Effect.gen(function*() {
      const oracle = yield* Oracle
      const web = yield* WebServer.make({ tls: true })
      web.put("/image", image)
      const uri = `${web.origin}/image`
      const strict = yield* Site.store({ retries: 0 })
      const lax = yield* Site.store({ insecure: true })
      const knowing = yield* Site.store({ caFile: WebServer.caFile })
      const trusting = yield* oracle.configureHttp()
      const verifying = yield* oracle.configureHttp({ https_insecure: false })
      const informed = yield* oracle.configureHttp({ https_ca_certificates_file: WebServer.caFile })
      assert.strictEqual(yield* Pair.outcome(Site.getSize(strict, uri)), "BadStoreUri")
      assert.strictEqual(yield* Pair.outcome(verifying.getSize(uri)), "BadStoreUri")
      for (const store of [lax, knowing]) {
        assert.strictEqual(yield* Site.getSize(store, uri), image.length)
      }
      for (const original of [trusting, informed]) {
        assert.strictEqual(yield* original.getSize(uri), image.length)
      }
    }))
})
