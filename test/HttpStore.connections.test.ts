import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import * as Backend from "../src/Backend.js"
import * as HttpStore from "../src/HttpStore.js"
import * as StoreRegistry from "../src/StoreRegistry.js"
import { text } from "./conformance/bytes.js"
import * as Proxy from "./http/Proxy.js"
import * as Site from "./http/Site.js"
import * as WebServer from "./http/WebServer.js"
import * as Warnings from "./internal/file/Warnings.js"

const image = text("image")

describe("TLS of HttpStore", () => {
  it.scoped("verifies certificates, by its own authorities if they are named", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make({ tls: true })
      web.put("/image", image)
      const uri = `${web.origin}/image`
      const errors = yield* Site.refusals(yield* Site.store(), uri)
      assert.deepStrictEqual(errors.map(({ _tag }) => _tag), ["RemoteServiceUnavailable", "BadStoreUri"])
      assert.strictEqual(web.allAsked().length, 0)
      const knowing = yield* Site.store({ caFile: WebServer.caFile })
      assert.deepStrictEqual((yield* Site.read(knowing, uri)).bytes, image)
      assert.strictEqual(yield* Site.getSize(knowing, uri), image.length)
    }))

  it.scoped("does not verify them if that is wanted, and warns of it; authorities that are named are asked even so", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make({ tls: true })
      web.put("/image", image)
      const warnings = Warnings.make()
      const insecure = yield* warnings.listen(Site.store({ insecure: true }))
      assert.deepStrictEqual((yield* Site.read(insecure, `${web.origin}/image`)).bytes, image)
      assert.match(warnings.messages().join("\n"), /^The store http does not verify the certificates of servers$/u)
      // The certificate is not that of this address.
      const other = `${web.origin.replace("127.0.0.1", "127.0.0.2")}/image`
      assert.strictEqual(web.connections(), 1)
      const both = yield* Site.store({ insecure: true, caFile: WebServer.caFile })
      assert.strictEqual((yield* Effect.flip(Site.read(both, other)))._tag, "RemoteServiceUnavailable")
      assert.deepStrictEqual((yield* Site.read(both, `${web.origin}/image`)).bytes, image)
    }))

  it.scoped("gives up a handshake that takes longer than it may", () =>
    Effect.gen(function*() {
      // It speaks no TLS, and waits for a request.
      const { web } = yield* Site.make()
      const store = yield* Site.store({ connectTimeout: 0.05, retries: 0 })
      const silent = yield* Proxy.silence
      const error = yield* Effect.flip(Site.read(store, `https://127.0.0.1:${silent}/image`))
      assert.strictEqual(error._tag, "RemoteServiceUnavailable")
      assert.match(error.message, /timeout/iu)
      assert.strictEqual(web.connections(), 0)
    }))

  it.effect("needs authorities that can be read", () =>
    Effect.gen(function*() {
      for (const caFile of ["/no/such/file", "/", import.meta.filename, ""]) {
        const error = yield* Effect.flip(Effect.scoped(Site.store({ caFile })))
        assert.strictEqual(error._tag, "BadStoreConfiguration")
        assert.include(error.message, "caFile")
      }
    }))

  it.scoped("is each store's own", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make({ tls: true })
      web.put("/image", image)
      const stores = Layer.mergeAll(
        HttpStore.layer({ ...Site.options, caFile: WebServer.caFile }, { id: "inner" }),
        HttpStore.layer({ ...Site.options, retries: 0 }, { id: "outer" })
      ).pipe(Layer.provideMerge(StoreRegistry.layer()))
      const sizes = (store: string) => Effect.either(Backend.getSizeFromBackend(`${web.origin}/image`, { store }))
      const [inner, outer] = yield* Effect.provide(Effect.all([sizes("inner"), sizes("outer")]), stores)
      assert.deepStrictEqual([inner._tag, outer._tag], ["Right", "Left"])
    }))
})

describe("a proxy of HttpStore", () => {
  it.scoped("has http in absolute form, and https by a tunnel", () =>
    Effect.gen(function*() {
      const proxy = yield* Proxy.make
      const web = yield* WebServer.make()
      const safe = yield* WebServer.make({ tls: true })
      for (const server of [web, safe]) {
        server.put("/image?q=1", image)
      }
      const store = yield* Site.store({
        caFile: WebServer.caFile,
        proxies: { http: proxy.host, https: Redacted.make(`http://us%40er:secret@${proxy.host}`) }
      })
      for (const { origin } of [web, safe]) {
        assert.deepStrictEqual((yield* Site.read(store, `${origin}/image?q=1`)).bytes, image)
        assert.strictEqual(yield* Site.getSize(store, `${origin}/image?q=1`), image.length)
      }
      const credentials = `Basic ${Buffer.from("us@er:secret").toString("base64")}`
      assert.deepStrictEqual(proxy.asked().slice(0, 3), [
        { line: `GET ${web.origin}/image?q=1`, authorization: undefined },
        { line: `HEAD ${web.origin}/image?q=1`, authorization: undefined },
        { line: `CONNECT ${safe.host}`, authorization: credentials }
      ])
      assert.deepStrictEqual(safe.allAsked().flatMap(({ headers }) => headers["proxy-authorization"] ?? []), [])
    }))

  it.scoped("is chosen by scheme and host before the scheme, and by that before all", () =>
    Effect.gen(function*() {
      const [one, two, three] = yield* Effect.all([Proxy.make, Proxy.make, Proxy.make])
      const web = yield* WebServer.make()
      web.put("/image", image)
      const uri = `${web.origin}/image`
      const proxies = [
        `all:${one.host}`,
        `all:${one.host}, http:http://${two.host}`,
        `all:${one.host}, http://127.0.0.1:${three.host}`
      ]
      for (const [index, written] of proxies.entries()) {
        // A key with a host has a colon of its own, and so cannot be written in the text of the original.
        const last: Readonly<Record<string, string>> = { all: one.host, "http://127.0.0.1": three.host }
        yield* Site.read(yield* Site.store({ proxies: index === 2 ? last : written }), uri)
      }
      assert.deepStrictEqual([one, two, three].map((proxy) => proxy.asked().length), [1, 1, 1])
    }))

  it.effect("has to be one, and is not repeated where it is none", () =>
    Effect.gen(function*() {
      for (
        const proxies of ["http", "http:", "ftp:10.0.0.1", { http: "ftp://user:secret@h" }, { http: "user:secret@" }, {
          gopher: "h"
        }]
      ) {
        const error = yield* Effect.flip(Effect.scoped(Site.store({ proxies })))
        assert.strictEqual(error._tag, "BadStoreConfiguration")
        assert.include(error.message, "proxies")
        assert.notInclude(JSON.stringify(error), "secret")
      }
    }))

  it.scoped("does not come from the environment, and neither do authorities", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make()
      web.put("/image", image)
      const proxy = yield* Proxy.make
      const names = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "REQUESTS_CA_BUNDLE"]
      yield* Effect.acquireRelease(
        Effect.sync(() => names.forEach((name) => process.env[name] = `http://${proxy.host}`)),
        () => Effect.sync(() => names.forEach((name) => delete process.env[name]))
      )
      assert.deepStrictEqual((yield* Site.read(yield* Site.store(), `${web.origin}/image`)).bytes, image)
      assert.strictEqual(proxy.asked().length, 0)
    }))
})

describe("connections of HttpStore", () => {
  it.scoped("are used again, and end with the store", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make()
      web.put("/image", image)
      const scope = yield* Scope.make()
      const store = yield* Scope.extend(Site.store(), scope)
      for (let time = 0; time < 20; time++) {
        yield* Site.read(store, `${web.origin}/image`)
      }
      // A second one if the first is not yet known to be free when it is needed.
      assert.isAtMost(web.connections(), 2)
      assert.isAtLeast(web.openConnections(), 1)
      yield* Scope.close(scope, Exit.void)
      yield* Site.until(() => web.openConnections() === 0)
    }))
})
