/** HTTP stores as stores: images lie on a web server, whose open connections are what a reader may leave behind. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Capabilities from "../src/Capabilities.js"
import * as HttpStore from "../src/HttpStore.js"
import * as Store from "../src/Store.js"
import { type Backend, type Harness, Storage } from "./conformance/harness.js"
import { suite } from "./conformance/suite.js"
import * as Answer from "./http/Answer.js"
import * as WebServer from "./http/WebServer.js"

interface Variant {
  readonly options?: HttpStore.Options
  readonly id?: string
  readonly tls?: boolean
  /** Whether the server sends images in chunks, and so does not tell how long they are. */
  readonly chunked?: boolean
}

const backend = (web: WebServer.WebServer, chunked: boolean): Omit<Backend, "another"> => {
  const pathOf = (imageId: string) => `/${encodeURIComponent(imageId)}`
  return {
    uriOf: (imageId) => web.origin + pathOf(imageId),
    seed: (imageId, bytes) =>
      Effect.sync(() => {
        // The image is the server's own.
        web.put(pathOf(imageId), Answer.imageOf(new Uint8Array(bytes), { chunked }))
        return web.origin + pathOf(imageId)
      }),
    find: (imageId) =>
      Effect.sync(() => Option.map(Option.fromNullable(web.find(pathOf(imageId))), ({ bytes }) => bytes)),
    litter: () => Effect.succeed([])
  }
}

const harness = ({ chunked = false, id, options, tls = false }: Variant): Harness => ({
  schemes: ["http", "https"],
  capabilities: options?.ranges === true ? Capabilities.make("readRange") : Capabilities.make("read"),
  ...(id === undefined ? {} : { id }),
  tellsSize: !chunked,
  durable: true,
  layer: Layer.scopedContext(Effect.gen(function*() {
    const web = yield* WebServer.make({ tls })
    const make = HttpStore.make({ allowedNetworks: ["127.0.0.1"], caFile: WebServer.caFile, retries: 0, ...options }, {
      id
    })
    return Context.make(Store.Store, yield* make).pipe(
      Context.add(Storage, { ...backend(web, chunked), another: make })
    )
  }))
})

suite("An HTTP store", harness({}))

suite("An HTTP store with ranges", harness({ options: { ranges: true } }))

suite("An HTTP store with an id, over TLS", harness({ id: "web", tls: true }))

suite("An HTTP store whose server does not tell how long images are", harness({ chunked: true }))
