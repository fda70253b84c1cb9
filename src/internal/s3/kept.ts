/**
 * The body of a single put while its bytes still come: it is sent as it fills, and kept until it has arrived, so
 * that another try can begin anew. Its last byte is held back until the stream has ended well: a service does
 * not store what is not whole.
 *
 * @internal
 */
import { Readable } from "node:stream"

/** @internal */
export interface Kept {
  /** To be filled from its beginning. */
  readonly memory: Buffer
  /** So many bytes of it are filled. */
  readonly filled: (length: number) => void
  /** All are filled, and right. */
  readonly finish: () => void
  /** For one try. */
  readonly body: () => Readable
}

/** @internal */
export const make = (size: number): Kept => {
  const memory = Buffer.allocUnsafeSlow(size)
  const waiting = new Set<() => void>()
  let ready = 0
  const wake = () => {
    for (const read of waiting) {
      waiting.delete(read)
      read()
    }
  }
  return {
    memory,
    filled: (length) => {
      ready = Math.min(length, size - 1)
      wake()
    },
    finish: () => {
      ready = size
      wake()
    },
    body: () => {
      let position = 0
      const give = () => {
        if (position === ready) {
          waiting.add(give)
          return
        }
        const end = Math.min(ready, position + piece)
        const bytes = memory.subarray(position, end)
        position = end
        readable.push(bytes)
        if (position === size) {
          readable.push(null)
        }
      }
      const readable = new Readable({
        highWaterMark: piece,
        read: give,
        destroy: (error, callback) => {
          waiting.delete(give)
          callback(error)
        }
      })
      return readable
    }
  }
}

/** Bytes that go to the connection at once. */
const piece = 256 * 1024
