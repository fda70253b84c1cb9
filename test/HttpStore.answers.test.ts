import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pattern } from "./conformance/bytes.js"
import * as Answer from "./http/Answer.js"
import * as Site from "./http/Site.js"

const image = pattern(100_000)

describe("an answer to HttpStore", () => {
  it.scoped("is an image: its length, its bytes, and one HEAD or GET to the very URL", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make()
      web.put("/image", image)
      assert.deepStrictEqual(yield* Site.read(store, uri), { bytes: image, size: image.length })
      assert.strictEqual(yield* Site.getSize(store, uri), image.length)
      assert.deepStrictEqual(web.allAsked().map(({ method, path }) => `${method} ${path}`), [
        "GET /image",
        "HEAD /image"
      ])
      for (const { headers } of web.allAsked()) {
        assert.strictEqual(headers["accept-encoding"], "identity")
        assert.strictEqual(headers["user-agent"], "effect-glance-store")
        assert.notProperty(headers, "authorization")
        assert.notProperty(headers, "range")
        assert.notProperty(headers, "traceparent")
        assert.notProperty(headers, "b3")
      }
    }))

  it.scoped("of the status 404 is ImageNotFound, of any other that is no success BadStoreUri with the status", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make({ retries: 0 })
      for (const status of [400, 401, 403, 405, 410, 414, 429, 500, 501, 503]) {
        web.next("/image", Answer.status(status), Answer.status(status))
        for (const error of yield* Site.refusals(store, uri)) {
          assert.deepInclude(error, { _tag: "BadStoreUri", uri, status })
          assert.strictEqual("retryable" in error && error.retryable, status === 429 || status >= 500)
        }
      }
      for (const error of yield* Site.refusals(store, uri)) {
        assert.deepInclude(error, { _tag: "ImageNotFound", uri })
      }
    }))

  it.scoped("has an error of its own where statuses are to be told precisely", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make({ retries: 0, preciseStatusErrors: true })
      const table = [[401, "StorageReadDenied"], [403, "StorageReadDenied"], [410, "ImageNotFound"], [
        500,
        "RemoteServiceUnavailable"
      ], [400, "BadStoreUri"]] as const
      for (const [status, tag] of table) {
        web.next("/image", Answer.status(status), Answer.status(status))
        assert.deepStrictEqual((yield* Site.refusals(store, uri)).map(({ _tag }) => _tag), [tag, tag])
      }
    }))

  it.scoped("is asked for again where it may pass, and not where it will not", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make({ retries: 3 })
      web.put("/image", image)
      web.next("/image", Answer.status(500), Answer.status(503, { "Retry-After": "0" }), Answer.hangUp)
      assert.deepStrictEqual((yield* Site.read(store, uri)).bytes, image)
      assert.strictEqual(web.asked("/image").length, 4)
      web.next("/image", Answer.status(502), Answer.hangUp)
      assert.strictEqual(yield* Site.getSize(store, uri), image.length)
      web.next("/image", Answer.status(403))
      assert.strictEqual((yield* Effect.flip(Site.read(store, uri)))._tag, "BadStoreUri")
      assert.strictEqual(web.asked("/image").length, 8)
    }))

  it.scoped("with a long text to an error costs nothing, and its connection is closed", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make({ retries: 0 })
      web.next("/image", Answer.status(500, {}, new Uint8Array(10 * 1024 * 1024).fill(0x61)))
      const error = yield* Effect.flip(Site.read(store, uri))
      assert.deepInclude(error, { _tag: "BadStoreUri", status: 500 })
      assert.isBelow(JSON.stringify(error).length, 1024)
      yield* Site.until(() => web.openConnections() === 0)
    }))

  it.scoped("without a length is an image of unknown size", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make()
      web.put("/image", Answer.imageOf(image, { chunked: true }))
      assert.deepStrictEqual(yield* Site.read(store, uri), { bytes: image, size: undefined })
      assert.strictEqual(yield* Site.getSize(store, uri), undefined)
      web.next("/image", Answer.raw("HTTP/1.0 200 OK\r\n\r\nuntil the connection ends"))
      assert.strictEqual(String(Buffer.from((yield* Site.read(store, uri)).bytes)), "until the connection ends")
    }))

  it.scoped("of the status 204 is an empty image", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make()
      web.next("/image", Answer.raw("HTTP/1.1 204 No Content\r\n\r\n"), Answer.raw("HTTP/1.1 204 No Content\r\n\r\n"))
      assert.deepStrictEqual(yield* Site.read(store, uri), { bytes: new Uint8Array(), size: 0 })
      assert.strictEqual(yield* Site.getSize(store, uri), 0)
    }))

  const lengths: ReadonlyArray<readonly [what: string, headers: string]> = [
    ["no number", "Content-Length: abc"],
    ["negative", "Content-Length: -5"],
    ["fractional", "Content-Length: 5.0"],
    ["signed", "Content-Length: +5"],
    ["of another base", "Content-Length: 0x5"],
    ["told twice, differently", "Content-Length: 5\r\nContent-Length: 6"],
    ["told twice in one", "Content-Length: 5, 6"],
    ["more than can be counted", "Content-Length: 9007199254740993"],
    ["more than 64 bits", "Content-Length: 99999999999999999999999"]
  ]
  for (const [what, headers] of lengths) {
    it.scoped(`with a length that is ${what} is BadStoreUri`, () =>
      Effect.gen(function*() {
        const { store, uri, web } = yield* Site.make({ retries: 0 })
        const answer = Answer.raw(`HTTP/1.1 200 OK\r\n${headers}\r\n\r\nimage`)
        web.next("/image", answer, answer)
        for (const error of yield* Site.refusals(store, uri)) {
          assert.deepInclude(error, { _tag: "BadStoreUri", uri })
          assert.match(error.message, /content-length/iu)
        }
      }))
  }

  it.scoped("with one length told twice is that, or BadStoreUri", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make({ retries: 0 })
      web.next("/image", Answer.raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nimage"))
      assert.strictEqual((yield* Effect.flip(Site.read(store, uri)))._tag, "BadStoreUri")
    }))

  it.scoped("that is compressed though nobody asked for that is BadStoreUri", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make()
      web.put("/image", image)
      web.next("/image", Answer.gzipped, Answer.gzipped, Answer.changed({ "Content-Encoding": "identity" }))
      for (const error of yield* Site.refusals(store, uri)) {
        assert.strictEqual(error._tag, "BadStoreUri")
        assert.include(error.message, "gzip")
      }
      assert.deepStrictEqual((yield* Site.read(store, uri)).bytes, image)
    }))

  it.scoped("that is a part where the whole was asked for is BadStoreUri", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make()
      web.put("/image", image)
      web.next("/image", Answer.changed({ "Content-Range": "bytes 0-9/10" }, 206))
      assert.deepInclude(yield* Effect.flip(Site.read(store, uri)), { _tag: "BadStoreUri", status: 206 })
    }))

  it.scoped("that is no HTTP is RemoteServiceUnavailable to a GET and BadStoreUri to a HEAD", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make({ retries: 0 })
      for (const answer of [Answer.raw("nonsense\r\n\r\n"), Answer.raw("HTTP/1.1 abc OK\r\n\r\n"), Answer.hangUp]) {
        web.next("/image", answer, answer)
        const errors = yield* Site.refusals(store, uri)
        assert.deepStrictEqual(errors.map(({ _tag }) => _tag), ["RemoteServiceUnavailable", "BadStoreUri"])
        for (const error of errors) {
          assert.isTrue("retryable" in error && error.retryable)
          assert.isTrue("cause" in error && error.cause instanceof Error)
        }
      }
    }))

  it.scoped("with more header fields than anybody takes is no answer", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make({ retries: 0 })
      const answer = Answer.redirect(`/${"x".repeat(100_000)}`)
      web.next("/image", answer, answer)
      const errors = yield* Site.refusals(store, uri)
      assert.deepStrictEqual(errors.map(({ _tag }) => _tag), ["RemoteServiceUnavailable", "BadStoreUri"])
      yield* Site.until(() => web.openConnections() === 0)
    }))

  it.scoped("does not come from where nobody listens", () =>
    Effect.gen(function*() {
      const store = yield* Site.store({ retries: 1 })
      const errors = yield* Site.refusals(store, "http://127.0.0.1:1/image")
      assert.deepStrictEqual(errors.map(({ _tag }) => _tag), ["RemoteServiceUnavailable", "BadStoreUri"])
      assert.include(String(errors[0]), "ECONNREFUSED")
    }))

  it.scoped("to a HEAD that is refused may be had by a GET, if that is wanted", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make({ sizeByGet: true })
      web.put("/image", image)
      for (const status of [405, 501]) {
        web.next("/image", Answer.status(status))
        assert.strictEqual(yield* Site.getSize(store, uri), image.length)
      }
      web.next("/image", Answer.status(404))
      assert.strictEqual((yield* Effect.flip(Site.getSize(store, uri)))._tag, "ImageNotFound")
      const plain = yield* Site.store({ retries: 0 })
      web.next("/image", Answer.status(405))
      assert.deepInclude(yield* Effect.flip(Site.getSize(plain, uri)), { _tag: "BadStoreUri", status: 405 })
    }))
})
