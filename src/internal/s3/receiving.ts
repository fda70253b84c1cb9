/**
 * Connections that receive in large pieces.
 *
 * By itself Node reads 64 KiB at a time, and what it does about each read costs more than the bytes. Here a read takes
 * what has arrived, into memory that is used up before there is more of it, so that bytes which trickle in do not hold
 * a large piece each. With TLS nothing would be gained: what it decrypts comes in records of 16 KiB.
 *
 * @internal
 */
import * as http from "node:http"
import * as net from "node:net"

/** @internal */
export class Agent extends http.Agent {
  override createConnection(options: http.ClientRequestArgs): net.Socket {
    const memory = spare()
    const onread: net.OnReadOpts = {
      buffer: memory.rest,
      callback: (received) => socket.push(memory.take(received))
    }
    // An agent asks for a connection in the words of `net`, whatever its type says.
    const socket = net.createConnection({ ...options, onread } as net.NetConnectOpts)
    return socket
  }
}

// -----------------------------------------------------------------------------

/** Memory that is given away from its beginning, and replaced where little is left. */
const spare = () => {
  let memory = Buffer.allocUnsafeSlow(pieceSize)
  return {
    /** Where the next bytes go. */
    rest: (): Buffer => {
      if (memory.length < leastRead) {
        memory = Buffer.allocUnsafeSlow(pieceSize)
      }
      return memory
    },
    /** What was received there. */
    take: (received: number): Buffer => {
      const bytes = memory.subarray(0, received)
      memory = memory.subarray(received)
      return bytes
    }
  }
}

const pieceSize = 256 * 1024

const leastRead = 64 * 1024
