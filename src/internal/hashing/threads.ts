/**
 * Hashing threads and the shared memory they read from.
 *
 * A lane is one hash of one image; it lives in the thread with the fewest of them. A thread that
 * dies fails its lanes, and the next lane gets a new one. What no one uses of the memory is kept for
 * the next image, up to a limit.
 *
 * @internal
 */
import { Worker } from "node:worker_threads"
import type { Resolved } from "../../HashingAlgorithm.js"
import { type Answer, type Command, source } from "./worker.js"

/**
 * Bytes of a slot. Each is a message to every thread and one back, and to wake a thread that sleeps costs as much as
 * hashing some 100 KiB where the machine is a virtual one.
 */
export const slotSize = 2 * 1024 * 1024

/** Free slots that are kept while no image is being hashed. */
const keptSlots = 16

/** Slots of one image that a thread has not read: the threads are not to run dry while one is filled and one written. */
const quota = { most: 6, least: 2, ofAll: 12 }

/** @internal */
export interface Slot {
  readonly id: number
  readonly memory: SharedArrayBuffer
  readonly bytes: Uint8Array
  /** Lanes that are to read it, and the hasher while it fills it or shows it to a driver. */
  users: number
}

/** @internal */
export interface Lane {
  /** The slot has one user more until the lane has read it. */
  readonly update: (slot: Slot, length: number) => void
  readonly digest: () => void
  readonly close: () => void
}

/** @internal */
export interface Listener {
  /** Some slot has a user less. */
  readonly onProgress: () => void
  readonly onDigest: (digest: string) => void
  readonly onFailure: (cause: Error) => void
}

/** @internal */
export interface Threads {
  /** Throws where Node cannot start a thread, and once they are terminated. */
  readonly open: (algorithm: Resolved, listener: Listener) => Lane
  readonly takeSlot: () => Slot
  /** Slots of an image that may wait for a thread, for now: the more images there are, the fewer each has. */
  readonly quota: () => number
  /** For a user of the slot that is no lane. */
  readonly release: (slot: Slot) => void
  /** Instead of `release`, where somebody may still write to the slot: nobody gets it any more. */
  readonly forget: (slot: Slot) => void
  readonly terminate: () => Promise<unknown>
}

interface Thread {
  readonly worker: Worker
  readonly lanes: Map<number, Listener>
  readonly post: (command: Command) => void
  /** By id, what the thread was lent. */
  readonly slots: Map<number, Slot>
}

/** @internal */
export const make = (limit: number): Threads => {
  const threads = new Set<Thread>()
  const free: Array<Slot> = []
  let ids = 0
  let isTerminated = false

  const release = (slot: Slot) => {
    slot.users--
    if (slot.users === 0) {
      free.push(slot)
      giveBack()
    }
  }

  const forget = (slot: Slot) => {
    for (const thread of threads) {
      if (thread.slots.delete(slot.id)) {
        thread.post(["take back", slot.id])
      }
    }
  }

  const start = (): Thread => {
    const worker = new Worker(source, { eval: true })
    const thread: Thread = {
      worker,
      lanes: new Map(),
      slots: new Map(),
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window
      post: (command) => worker.postMessage(command)
    }
    const end = (cause: Error) => {
      threads.delete(thread)
      for (const listener of thread.lanes.values()) {
        listener.onFailure(cause)
      }
      // What it was reading stays out of use, for nobody knows whether it has stopped doing so.
      thread.lanes.clear()
    }
    worker.on("message", ([kind, lane, value]: Answer) => {
      const listener = thread.lanes.get(lane)
      if (kind === "digest") {
        closeLane(thread, lane)
        listener?.onDigest(value)
        return
      }
      const slot = thread.slots.get(value)
      if (slot !== undefined) {
        release(slot)
      }
      listener?.onProgress()
    })
    worker.on("error", end)
    worker.on("exit", (code) => end(new Error(`A hashing thread has ended with exit code ${code}`)))
    worker.unref()
    threads.add(thread)
    return thread
  }

  const lanes = () => Array.from(threads).reduce((sum, thread) => sum + thread.lanes.size, 0)

  /** A thread without lanes does not keep the process alive. */
  const closeLane = (thread: Thread, lane: number) => {
    if (thread.lanes.delete(lane) && thread.lanes.size === 0) {
      thread.worker.unref()
      giveBack()
    }
  }

  /**
   * What is more than is to be kept, once no image needs it. A thread that was lent memory frees it when its engine
   * likes, which may be never; so they end, and others start with the next image.
   */
  const giveBack = () => {
    if (free.length <= keptSlots || lanes() > 0) {
      return
    }
    free.length = 0
    for (const { worker } of threads) {
      void worker.terminate()
    }
    threads.clear()
  }

  const leastBusy = (): Thread => {
    const [first] = Array.from(threads).toSorted((a, b) => a.lanes.size - b.lanes.size)
    return first === undefined || (first.lanes.size > 0 && threads.size < limit) ? start() : first
  }

  return {
    open: (algorithm, listener) => {
      if (isTerminated) {
        throw new Error("The hashing threads have been terminated")
      }
      const thread = leastBusy()
      const lane = ids++
      thread.worker.ref()
      thread.lanes.set(lane, listener)
      const closed = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
      thread.post(["open", lane, algorithm.nodeName, algorithm.outputLength, closed])
      return {
        update: (slot, length) => {
          if (!thread.slots.has(slot.id)) {
            thread.slots.set(slot.id, slot)
            thread.post(["lend", slot.id, slot.memory])
          }
          slot.users++
          thread.post(["update", lane, slot.id, length])
        },
        digest: () => thread.post(["digest", lane]),
        close: () => {
          Atomics.store(new Int32Array(closed), 0, 1)
          closeLane(thread, lane)
          thread.post(["close", lane])
        }
      }
    },
    takeSlot: () => {
      const slot = free.pop() ?? makeSlot(ids++)
      slot.users = 1
      return slot
    },
    quota: () => {
      const images = Math.max(1, lanes() / 2)
      return Math.max(quota.least, Math.min(quota.most, Math.floor(quota.ofAll / images)))
    },
    release,
    forget,
    terminate: () => {
      isTerminated = true
      const ending = Array.from(threads, ({ worker }) => worker.terminate())
      return Promise.all(ending)
    }
  }
}

const makeSlot = (id: number): Slot => {
  const memory = new SharedArrayBuffer(slotSize)
  return { id, memory, bytes: new Uint8Array(memory), users: 0 }
}
