/**
 * A web server on loopback that lives as long as its scope, with images, and with whatever a web server may get wrong.
 *
 * A path has an image, and before it as many other answers as it was given: each request takes the next of them.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as http from "node:http"
import * as https from "node:https"
import { fileURLToPath } from "node:url"
import * as Listening from "../Listening.js"
import * as Answer from "./Answer.js"

/** A request as it has come. */
export interface Asked {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: http.IncomingHttpHeaders
  /** Whether its connection has been closed. */
  readonly closed: () => boolean
}

export interface WebServer {
  /** `http://127.0.0.1:port`. */
  readonly origin: string
  readonly host: string
  readonly put: (path: string, image: Answer.Image | Uint8Array) => void
  readonly remove: (path: string) => void
  readonly find: (path: string) => Answer.Image | undefined
  /** What the next requests for the path get, one after the other, whatever lies there. */
  readonly next: (path: string, ...answers: ReadonlyArray<Answer.Answer>) => void
  readonly asked: (path: string) => ReadonlyArray<Asked>
  readonly allAsked: () => ReadonlyArray<Asked>
  /** Connections there have been. */
  readonly connections: () => number
  readonly openConnections: () => number
}

const tlsFile = (name: string) => fileURLToPath(new URL(`tls/${name}`, import.meta.url))

/** Of the authority that has signed the certificate of servers with TLS. */
export const caFile = tlsFile("ca.pem")

export const make = (options: { readonly tls?: boolean } = {}) =>
  Effect.gen(function*() {
    const images = new Map<string, Answer.Image>()
    const planned = new Map<string, Array<Answer.Answer>>()
    const asked: Array<Asked> = []

    const listener: http.RequestListener = (request, response) => {
      const { headers, method = "", socket, url: path = "" } = request
      asked.push({ method, path, headers, closed: () => socket.destroyed || socket.closed })
      // A client that goes away is no fault of a test.
      response.on("error", () => {})
      const answer = planned.get(path)?.shift() ?? Answer.image
      answer({ request, response, image: images.get(path) })
    }
    const server = options.tls === true
      ? https.createServer({
        key: fs.readFileSync(tlsFile("server.key")),
        cert: fs.readFileSync(tlsFile("server.pem"))
      }, listener)
      : http.createServer(listener)
    const { connections, openConnections, port } = yield* Listening.make(server)
    const host = `127.0.0.1:${port}`
    const web: WebServer = {
      origin: `${options.tls === true ? "https" : "http"}://${host}`,
      host,
      put: (path, image) => images.set(path, image instanceof Uint8Array ? Answer.imageOf(image) : image),
      remove: (path) => images.delete(path),
      find: (path) => images.get(path),
      next: (path, ...answers) => planned.set(path, [...(planned.get(path) ?? []), ...answers]),
      asked: (path) => asked.filter((request) => request.path === path),
      allAsked: () => asked,
      connections,
      openConnections
    }
    return web
  })

export class Web extends Context.Tag("effect-glance-store/test/http/Web")<Web, WebServer>() {
  static readonly layer = Layer.scoped(this, make())
}
