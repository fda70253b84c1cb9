/** A proxy on loopback that forwards what it is asked for, and remembers it. */
import * as Effect from "effect/Effect"
import * as http from "node:http"
import * as net from "node:net"
import * as Listening from "../Listening.js"

export interface Asked {
  readonly line: string
  readonly authorization: string | undefined
}

export const make = Effect.gen(function*() {
  const asked: Array<Asked> = []
  const note = ({ headers, method = "", url = "" }: http.IncomingMessage) =>
    asked.push({ line: `${method} ${url}`, authorization: headers["proxy-authorization"] })
  const server = http.createServer((request, response) => {
    note(request)
    const { "proxy-authorization": _, ...headers } = request.headers
    http.request(request.url ?? "", { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(response)
    }).end()
  })
  server.on("connect", (request, client) => {
    note(request)
    const [host = "", port] = (request.url ?? "").split(":")
    const upstream = net.connect(Number(port), host, () => {
      client.write("HTTP/1.1 200 Connection established\r\n\r\n")
      upstream.pipe(client)
      client.pipe(upstream)
    })
    upstream.on("error", () => client.destroy())
    client.on("error", () => upstream.destroy())
  })
  const { port } = yield* Listening.make(server)
  return { host: `127.0.0.1:${port}`, asked: (): ReadonlyArray<Asked> => asked }
})

/** The port of a server that takes connections and never says anything. */
export const silence = Effect.map(Listening.make(net.createServer()), ({ port }) => port)
