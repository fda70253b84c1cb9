import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Backend from "../src/Backend.js"
import * as HttpStore from "../src/HttpStore.js"
import * as Location from "../src/Location.js"
import type * as Store from "../src/Store.js"
import * as StoreRegistry from "../src/StoreRegistry.js"
import { text } from "./conformance/bytes.js"
import * as Site from "./http/Site.js"

const web = (options?: HttpStore.Options, identity?: Store.Identity) =>
  HttpStore.layer({ ...Site.options, ...options }, identity).pipe(Layer.provideMerge(StoreRegistry.layer()))

describe("the options of HttpStore", () => {
  it("are listed under the names of glance_store, with its defaults but for the one that is not safe", () => {
    assert.deepStrictEqual(HttpStore.storeOptions.map((option) => [option.name, option.type, option.default]), [
      ["https_ca_certificates_file", "string", undefined],
      ["https_insecure", "boolean", false],
      ["http_proxy_information", "map of strings", {}]
    ])
  })

  it.effect("have to be known ones, and of their types", () =>
    Effect.gen(function*() {
      const wrong: ReadonlyArray<readonly [options: object, says: string]> = [
        [{ cafile: "/x" }, "cafile"],
        [{ insecure: "yes" }, "insecure"],
        [{ idleTimeout: -1 }, "idleTimeout"],
        [{ connectTimeout: Number.NaN }, "connectTimeout"],
        [{ maxRedirects: 0.5 }, "maxRedirects"],
        [{ redirectStatuses: [304] }, "redirectStatuses"],
        [{ proxies: { http: 1 } }, "proxies"],
        [{ allowedNetworks: ["nowhere"] }, "nowhere"],
        [{ allowedHosts: ["http://h"] }, "http://h"]
      ]
      for (const [options, says] of wrong) {
        const error = yield* Effect.flip(Effect.scoped(HttpStore.make(options)))
        assert.strictEqual(error._tag, "BadStoreConfiguration")
        assert.include(error.message, says)
      }
    }))

  it.scoped("may come from the program's configuration", () =>
    Effect.gen(function*() {
      const { uri, web: server } = yield* Site.make()
      server.put("/image", text("image"))
      const stores = HttpStore.layerConfig({
        allowedNetworks: Config.array(Config.string(), "WEB_NETWORKS"),
        userAgent: Config.string("WEB_AGENT")
      }).pipe(
        Layer.provideMerge(StoreRegistry.layer()),
        Layer.provide(
          Layer.setConfigProvider(
            ConfigProvider.fromMap(new Map([["WEB_NETWORKS", "10.0.0.0/8,127.0.0.1"], ["WEB_AGENT", "a test"]]))
          )
        )
      )
      yield* Effect.provide(Backend.getSizeFromBackend(uri), stores)
      assert.strictEqual(server.allAsked()[0]?.headers["user-agent"], "a test")
    }))

  it.scoped("of a configuration make a store of the kind http", () =>
    Effect.gen(function*() {
      assert.strictEqual(HttpStore.kind.type, "http")
      const configured = HttpStore.kind.read({ insecure: false, proxies: { http: "10.0.0.1:3128" } }, { id: "web" })
      const store = yield* Either.getOrThrow(configured).make({ id: "web" })
      assert.deepInclude(store, { type: "http", schemes: ["http", "https"] })
      assert.strictEqual((yield* HttpStore.config(Site.options).make({ id: "other" })).type, "http")
    }))
})

describe("an HTTP store among others", () => {
  it.scoped("is read only: to add and to delete is NotSupported, and nobody is asked", () =>
    Effect.gen(function*() {
      const { uri, web: server } = yield* Site.make()
      const bytes = Stream.die("it was read")
      const results = yield* Effect.all([
        Effect.flip(Backend.addToBackend("image", bytes, { scheme: "http" })),
        Effect.flip(Backend.addToBackend("image", bytes, { scheme: "https" })),
        Effect.flip(Backend.deleteFromBackend(uri)),
        Effect.flip(Backend.deleteFromBackend("https://netloc/path/to/file.tar.gz"))
      ]).pipe(Effect.provide(web()))
      assert.deepStrictEqual(
        results.map((error) => "operation" in error ? [error._tag, error.operation] : [error._tag]),
        [["NotSupported", "add"], ["NotSupported", "add"], ["NotSupported", "delete"], ["NotSupported", "delete"]]
      )
      assert.strictEqual(server.allAsked().length, 0)
    }))

  it.scoped("has no access lists, and says so to nobody but the log", () =>
    Effect.provide(Backend.setAcls("http://h/image", { public: true }), web()))
})

describe("a client of the program's own", () => {
  it.effect("is asked in the place of one that connects", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      const client = HttpClient.make((request, url) =>
        Effect.sync(() => {
          asked.push(`${request.method} ${url.href}`)
          return HttpClientResponse.fromWeb(request, new Response("image", { headers: { "content-length": "5" } }))
        })
      )
      const read = Effect.flatMap(Backend.getFromBackend("https://images.example.org/disk?v=1"), ({ data }) =>
        Stream.mkString(Stream.decodeText(data))).pipe(Effect.scoped)
      const stores = HttpStore.layer().pipe(
        Layer.provideMerge(StoreRegistry.layer()),
        Layer.provide(Layer.succeed(HttpStore.Client, client))
      )
      assert.strictEqual(yield* Effect.provide(read, stores), "image")
      assert.deepStrictEqual(asked, ["GET https://images.example.org/disk?v=1"])
      assert.strictEqual(
        (yield* Effect.flip(Effect.provide(Backend.getSizeFromBackend("http://127.0.0.1/x"), stores)))._tag,
        "BadStoreUri"
      )
    }))

  it.live("whose bodies fall silent is given up after the idle time", () =>
    Effect.gen(function*() {
      const body = new ReadableStream({ pull: () => new Promise(() => {}) })
      const client = HttpClient.make((request) =>
        Effect.succeed(HttpClientResponse.fromWeb(request, new Response(body, { headers: { "content-length": "5" } })))
      )
      const store = yield* HttpStore.make({ idleTimeout: 0.02, retries: 0 }).pipe(
        Effect.provideService(HttpStore.Client, client)
      )
      const location = yield* Location.fromUri("http://images.example.org/disk")
      const error = yield* Effect.flip(
        Effect.scoped(Effect.flatMap(store.get(location), ({ data }) => Stream.runDrain(data)))
      )
      assert.strictEqual(error._tag, "StoreTimeout")
    }).pipe(Effect.scoped))
})
