/** A server of a test, on loopback and on a port that was free. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as net from "node:net"

export interface Listening {
  readonly port: number
  /** Connections there have been. */
  readonly connections: () => number
  readonly openConnections: () => number
}

/** It listens for as long as the scope lives; with it every connection ends. */
export const make = (server: net.Server): Effect.Effect<Listening, never, Scope.Scope> =>
  Effect.gen(function*() {
    const sockets = new Set<net.Socket>()
    let connections = 0
    server.on("connection", (socket: net.Socket) => {
      connections += 1
      sockets.add(socket)
      // A client that goes away is no fault of a test.
      socket.on("error", () => {})
      socket.on("close", () => sockets.delete(socket))
    })
    yield* Effect.acquireRelease(
      Effect.async<void>((resume) => {
        server.listen(0, "127.0.0.1", () => resume(Effect.void))
      }),
      () =>
        Effect.async<void>((resume) => {
          server.close(() => resume(Effect.void))
          for (const socket of sockets) {
            socket.destroy()
          }
        })
    )
    // A server that listens on an address and a port has one.
    const { port } = server.address() as net.AddressInfo
    return { port, connections: () => connections, openConnections: () => sockets.size }
  })
