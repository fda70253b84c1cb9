/**
 * Hashing beside hashing: each digest of an image in a thread of its own.
 *
 * The bytes are copied once, into memory that all threads see, or were read into it in the first
 * place. An image has a handful of such slots: once they are all being hashed, the add waits. The
 * first bytes are kept back until there are enough of them to be worth the threads; an image that
 * ends before is hashed here.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { Hasher } from "../../Hashing.js"
import type { Resolved } from "../../HashingAlgorithm.js"
import { HashingFailed } from "../../StoreError.js"
import * as inThread from "./inThread.js"
import type * as Threads from "./threads.js"

interface Filled {
  readonly slot: Threads.Slot
  readonly length: number
}

/** @internal */
export const make = (
  threads: Threads.Threads,
  algorithms: ReadonlyArray<Resolved>,
  threshold: number,
  giveUp: (cause: unknown) => void
): { readonly hasher: Hasher; readonly close: () => void } => {
  /** Until it is known whether the image is worth the threads. */
  let keptBack: Array<Filled> | undefined = []
  let kept = 0
  let lanes: ReadonlyArray<Threads.Lane> = []
  /** Where there are no threads to be had. */
  let here: inThread.Hashes | undefined
  /** Of each lane, the slots it has not read yet. */
  const unread = algorithms.map(() => 0)
  const digests = new Map<number, string>()
  /** What somebody else may fill or read, by its memory. */
  const loans = new Map<ArrayBufferLike, Threads.Slot>()
  let gathered: Threads.Slot | undefined
  let filled = 0
  let failure: HashingFailed | undefined
  /** Look again whether what their fibers wait for has come. */
  const waiting = new Set<() => void>()
  const wake = () => waiting.forEach((look) => look())

  /** Looks only once it listens: the fiber may yield before it does, and a thread answer meanwhile. */
  const waitFor = (isDone: () => boolean): Effect.Effect<void, HashingFailed> =>
    Effect.async((resume) => {
      const look = () => {
        if (failure !== undefined || isDone()) {
          waiting.delete(look)
          resume(failure ?? Effect.void)
        }
      }
      waiting.add(look)
      look()
      return Effect.sync(() => waiting.delete(look))
    })

  const listener = (index: number): Threads.Listener => ({
    onProgress: () => {
      unread[index] = (unread[index] ?? 0) - 1
      wake()
    },
    onDigest: (digest) => {
      digests.set(index, digest)
      wake()
    },
    onFailure: (cause) => {
      failure ??= new HashingFailed({ cause })
      wake()
    }
  })

  const openLanes = () => {
    const opened: Array<Threads.Lane> = []
    try {
      for (const [index, algorithm] of algorithms.entries()) {
        opened.push(threads.open(algorithm, listener(index)))
      }
      lanes = opened
    } catch (cause) {
      opened.forEach((lane) => lane.close())
      here = inThread.make(algorithms)
      giveUp(cause)
    }
  }

  const hash = ({ length, slot }: Filled) => {
    here?.update(slot.bytes.subarray(0, length))
    for (const [index, lane] of lanes.entries()) {
      unread[index] = (unread[index] ?? 0) + 1
      lane.update(slot, length)
    }
  }

  const hashKeptBack = () => {
    const kept = keptBack ?? []
    keptBack = undefined
    for (const part of kept) {
      hash(part)
      threads.release(part.slot)
    }
  }

  const submit = (part: Filled) => {
    if (keptBack === undefined) {
      hash(part)
      return
    }
    part.slot.users++
    keptBack.push(part)
    kept += part.length
    if (kept >= threshold) {
      openLanes()
      hashKeptBack()
    }
  }

  const submitGathered = () => {
    if (gathered !== undefined) {
      submit({ slot: gathered, length: filled })
      threads.release(gathered)
      gathered = undefined
      filled = 0
    }
  }

  /** A thread reads a slot from its beginning; and a message about few bytes costs more than to copy them. */
  const canStay = (bytes: Uint8Array, { memory }: Threads.Slot) =>
    bytes.byteOffset === 0 && bytes.length * 2 > memory.byteLength

  const room = waitFor(() => Math.max(...unread) < threads.quota())

  const gather = (bytes: Uint8Array): Effect.Effect<void, HashingFailed> => {
    if (bytes.length === 0) {
      return Effect.void
    }
    if (gathered === undefined) {
      return Effect.flatMap(room, () => {
        gathered = threads.takeSlot()
        return gather(bytes)
      })
    }
    const taken = bytes.subarray(0, gathered.bytes.length - filled)
    gathered.bytes.set(taken, filled)
    filled += taken.length
    if (filled === gathered.bytes.length || (keptBack !== undefined && kept + filled >= threshold)) {
      submitGathered()
    }
    return gather(bytes.subarray(taken.length))
  }

  return {
    hasher: {
      lease: Effect.map(room, () => {
        const slot = threads.takeSlot()
        loans.set(slot.memory, slot)
        return slot.bytes
      }),
      release: ({ buffer }) => {
        const slot = loans.get(buffer)
        if (loans.delete(buffer) && slot !== undefined) {
          threads.release(slot)
        }
      },
      update: (bytes) =>
        Effect.suspend(() => {
          const slot = loans.get(bytes.buffer)
          if (slot === undefined || !canStay(bytes, slot)) {
            return gather(bytes)
          }
          submitGathered()
          submit({ slot, length: bytes.length })
          return Effect.void
        }),
      digests: Effect.suspend(() => {
        submitGathered()
        if (keptBack !== undefined) {
          here = inThread.make(algorithms)
          hashKeptBack()
        }
        if (here !== undefined) {
          return Effect.succeed(here.digests())
        }
        lanes.forEach((lane) => lane.digest())
        return Effect.map(
          waitFor(() => digests.size === algorithms.length),
          () => algorithms.map((_, index) => digests.get(index) ?? "")
        )
      })
    },
    close: () => {
      // A read that was given up, after its time, may come back and fill what it was lent.
      loans.forEach(threads.forget)
      loans.clear()
      if (gathered !== undefined) {
        threads.release(gathered)
        gathered = undefined
      }
      keptBack?.forEach((part) => threads.release(part.slot))
      keptBack = undefined
      lanes.forEach((lane) => lane.close())
    }
  }
}
