/**
 * What runs in a hashing thread: a table of hashes, fed from shared memory in the order of the
 * messages.
 *
 * It is text and no module of its own, so that it starts wherever the library runs: from
 * `node_modules`, inside a bundle, and under a loader that compiles TypeScript as it goes.
 *
 * @internal
 */
export const source = `
"use strict"
const { createHash } = require("node:crypto")
const { parentPort } = require("node:worker_threads")

const lanes = new Map()
const slots = new Map()

parentPort.on("message", (message) => {
  switch (message[0]) {
    case "update": {
      const [, id, slot, length] = message
      const lane = lanes.get(id)
      if (lane !== undefined && Atomics.load(lane.closed, 0) === 0) {
        lane.hash.update(new Uint8Array(slots.get(slot), 0, length))
      }
      parentPort.postMessage(["done", id, slot])
      break
    }
    case "open": {
      const [, id, algorithm, outputLength, closed] = message
      const hash = createHash(algorithm, outputLength === undefined ? {} : { outputLength })
      lanes.set(id, { hash, closed: new Int32Array(closed) })
      break
    }
    case "digest": {
      const [, id] = message
      const digest = lanes.get(id).hash.digest("hex")
      lanes.delete(id)
      parentPort.postMessage(["digest", id, digest])
      break
    }
    case "close":
      lanes.delete(message[1])
      break
    case "lend":
      slots.set(message[1], message[2])
      break
    case "take back":
      slots.delete(message[1])
      break
  }
})
`

/** To a thread. */
export type Command =
  | readonly [
    "open",
    lane: number,
    algorithm: string,
    outputLength: number | undefined,
    /** An Int32: what is not 0 makes the thread pass over what it was still to hash. */
    closed: SharedArrayBuffer
  ]
  | readonly ["update", lane: number, slot: number, length: number]
  | readonly ["digest", lane: number]
  | readonly ["close", lane: number]
  | readonly ["lend", slot: number, memory: SharedArrayBuffer]
  | readonly ["take back", slot: number]

/** From a thread. */
export type Answer =
  | readonly ["done", lane: number, slot: number]
  | readonly ["digest", lane: number, digest: string]
