/** Several HTTP stores at once: a URL is everyone's, and what differs is how each of them asks. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Backend from "../src/Backend.js"
import * as FileStore from "../src/FileStore.js"
import * as HttpStore from "../src/HttpStore.js"
import * as Stores from "../src/Stores.js"
import { concat, pattern } from "./conformance/bytes.js"
import * as Answer from "./http/Answer.js"
import * as Proxy from "./http/Proxy.js"
import * as Site from "./http/Site.js"
import * as WebServer from "./http/WebServer.js"
import * as Directory from "./internal/file/Directory.js"

const image = pattern(1000)

/** `first` is looked into before `second`; each says who it is. */
const two = (first: HttpStore.Options = {}, second: HttpStore.Options = {}) =>
  Stores.layer({
    stores: {
      second: HttpStore.config({ ...Site.options, retries: 0, userAgent: "second", ...second }),
      first: HttpStore.config({ ...Site.options, retries: 0, userAgent: "first", ...first }, { weight: 1 })
    }
  })

const get = (uri: string, store?: string) =>
  Backend.getFromBackend(uri, { store }).pipe(
    Effect.flatMap(({ data, size }) =>
      Effect.map(Stream.runCollect(data), (parts) => ({ bytes: concat(parts), size: Option.getOrUndefined(size) }))
    ),
    Effect.scoped
  )

const askers = (web: WebServer.WebServer) => web.allAsked().map(({ headers }) => headers["user-agent"])

describe("several HTTP stores", () => {
  it.scoped("give an image of no bytes, or of unknown size, from the first that has it", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make()
      web.put("/empty", new Uint8Array())
      web.put("/unknown", Answer.imageOf(image, { chunked: true }))
      yield* Effect.gen(function*() {
        assert.deepStrictEqual(yield* get(`${web.origin}/empty`), { bytes: new Uint8Array(), size: 0 })
        assert.deepStrictEqual(yield* get(`${web.origin}/unknown`), { bytes: image, size: undefined })
        assert.deepStrictEqual(yield* Backend.getSizeFromBackend(`${web.origin}/empty`), Option.some(0))
        assert.deepStrictEqual(yield* Backend.getSizeFromBackend(`${web.origin}/unknown`), Option.none())
      }).pipe(Effect.provide(two()))
      assert.deepStrictEqual(askers(web), ["first", "first", "first", "first"])
    }))

  it.scoped("all are asked for what is not there, and named", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make()
      const error = yield* Effect.provide(Effect.flip(get(`${web.origin}/gone`)), two())
      assert.deepInclude(error, { _tag: "ImageNotFound", tried: ["first", "second"] })
      assert.deepStrictEqual(askers(web), ["first", "second"])
    }))

  it.scoped("are not all asked where the first gets no answer: that it has the image is not ruled out", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make()
      web.put("/image", image)
      const dead = { proxies: { http: "127.0.0.1:1" } }
      const uri = `${web.origin}/image`
      yield* Effect.gen(function*() {
        assert.strictEqual((yield* Effect.flip(get(uri)))._tag, "RemoteServiceUnavailable")
        assert.strictEqual((yield* Effect.flip(Backend.getSizeFromBackend(uri)))._tag, "BadStoreUri")
        assert.deepStrictEqual(askers(web), [])
        assert.deepStrictEqual((yield* get(uri, "second")).bytes, image)
      }).pipe(Effect.provide(two(dead)))
    }))

  it.scoped("are not all asked where the first is answered that something else is wrong", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make()
      web.put("/image", image)
      web.next("/image", Answer.status(500), Answer.status(403))
      const uri = `${web.origin}/image`
      const errors = yield* Effect.provide(
        Effect.all([Effect.flip(get(uri)), Effect.flip(Backend.getSizeFromBackend(uri))]),
        two()
      )
      assert.deepStrictEqual(errors.map((error) => "status" in error ? [error._tag, error.status] : error), [
        ["BadStoreUri", 500],
        ["BadStoreUri", 403]
      ])
      assert.deepStrictEqual(askers(web), ["first", "first"])
    }))

  it.scoped("leave to another the hosts that one of them must not ask", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make()
      web.put("/image", image)
      for (const refusing of [{ deniedHosts: ["127.0.0.1"] }, { allowedNetworks: [] }]) {
        assert.deepStrictEqual((yield* Effect.provide(get(`${web.origin}/image`), two(refusing))).bytes, image)
      }
      assert.deepStrictEqual(askers(web), ["second", "second"])
      const closed = two({ allowedNetworks: [] }, { allowedNetworks: [] })
      assert.strictEqual((yield* Effect.provide(Effect.flip(get(`${web.origin}/image`)), closed))._tag, "BadStoreUri")
    }))

  it.scoped("delete nothing, and ask nobody whether they could", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make()
      web.put("/image", image)
      for (const store of [undefined, "first", "second"]) {
        const error = yield* Effect.provide(
          Effect.flip(Backend.deleteFromBackend(`${web.origin}/image`, { store })),
          two()
        )
        assert.deepInclude(error, { _tag: "NotSupported", operation: "delete" })
      }
      assert.deepStrictEqual(askers(web), [])
    }))

  it.scoped("each have their own proxy and their own authorities", () =>
    Effect.gen(function*() {
      const [one, other] = yield* Effect.all([Proxy.make, Proxy.make])
      const web = yield* WebServer.make({ tls: true })
      web.put("/image", image)
      const uri = `${web.origin}/image`
      yield* Effect.gen(function*() {
        assert.deepStrictEqual((yield* get(uri, "first")).bytes, image)
        assert.strictEqual((yield* Effect.flip(get(uri, "second")))._tag, "RemoteServiceUnavailable")
      }).pipe(
        Effect.provide(
          two({ caFile: WebServer.caFile, proxies: { https: one.host } }, { proxies: { https: other.host } })
        )
      )
      assert.deepStrictEqual([one, other].map((proxy) => proxy.asked().map(({ line }) => line)), [
        [`CONNECT ${web.host}`],
        [`CONNECT ${web.host}`]
      ])
    }))
})

describe("stores of several kinds, some of which cannot be made", () => {
  const stores = (root: string) => ({
    good: FileStore.config({ datadir: `${root}/good` }),
    both: FileStore.config({ datadir: `${root}/a`, datadirs: [`${root}/b`] }),
    under: FileStore.config({ datadir: `${import.meta.filename}/images` }),
    web: HttpStore.config({ caFile: `${root}/ca.pem` })
  })
  const broken = ["both", "under", "web"]

  it.scoped("are done without where that is the policy, whatever the cause", () =>
    Effect.gen(function*() {
      const root = yield* Directory.make
      yield* Effect.gen(function*() {
        const { failures, stores: made } = yield* Backend.getStoresInfo
        assert.deepStrictEqual(made.map(({ id }) => id), ["good"])
        assert.deepStrictEqual(
          failures.map(({ error, store }) => [store, error._tag]),
          broken.map((id) => [
            id,
            "BadStoreConfiguration"
          ])
        )
        const { metadata, uri } = yield* Backend.addToBackend("image", Stream.make(image))
        assert.deepStrictEqual(metadata, { store: "good" })
        assert.deepStrictEqual((yield* get(uri)).bytes, image)
        for (const store of broken) {
          assert.isDefined((yield* Effect.flip(Backend.getStoreFromStoreIdentifier(store))).reason)
        }
      }).pipe(Effect.provide(Stores.layer({ default: "good", stores: stores(root), policy: "degrade" })))
    }))

  it.scoped("are none of them made otherwise, and each cause is told", () =>
    Effect.gen(function*() {
      const root = yield* Directory.make
      const error = yield* Effect.flip(Effect.scoped(Layer.build(Stores.layer({ stores: stores(root) }))))
      assert(error._tag === "StoresNotCreated")
      assert.deepStrictEqual(error.failures.map(({ store }) => store), broken)
    }))
})
