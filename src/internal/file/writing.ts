/**
 * From the stream to the disk: small chunks are gathered and large ones written as they are, zeros
 * left out if the file is to be sparse.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type { StoreTimeout } from "../../StoreError.js"
import type { Disk, DiskError, OpenFile } from "../disk/disk.js"

/** @internal */
export interface Writing {
  /** The bytes are written or copied when it ends: their memory may be used again. */
  readonly write: (bytes: Uint8Array) => Effect.Effect<void, DiskError | StoreTimeout>
  /** Writes what is still gathered, and gives the file its full size. */
  readonly finish: Effect.Effect<void, DiskError | StoreTimeout>
}

/**
 * `granule` is both what is gathered before a write and, of a `thin` file, the unit that is left out
 * if it is all zeros; units begin at its multiples whatever the source's chunks are.
 *
 * @internal
 */
export const make = (
  disk: Disk,
  file: OpenFile,
  { granule, thin }: { readonly granule: number; readonly thin: boolean }
): Writing => {
  // Small to begin with: most of a program's images may be smaller than a granule.
  let gathered = Buffer.allocUnsafeSlow(Math.min(granule, thin ? granule : smallest))
  let filled = 0
  let position = 0

  const put = (bytes: Uint8Array) => {
    const at = position
    position += bytes.length
    return disk.write(file, bytes, at)
  }

  /** Runs of data are written in one call each; holes only move the position. */
  const putThin = (bytes: Uint8Array) =>
    Effect.gen(function*() {
      let begin = 0
      for (let at = 0; at < bytes.length; at += granule) {
        const unit = bytes.subarray(at, at + granule)
        if (isZero(unit)) {
          if (begin < at) {
            yield* put(bytes.subarray(begin, at))
          }
          position += unit.length
          begin = at + unit.length
        }
      }
      if (begin < bytes.length) {
        yield* put(bytes.subarray(begin))
      }
    })

  const flush = Effect.suspend(() => {
    const bytes = gathered.subarray(0, filled)
    filled = 0
    return bytes.length === 0 ? Effect.void : thin ? putThin(bytes) : put(bytes)
  })

  const gather = (bytes: Uint8Array): number => {
    const taken = Math.min(gathered.length - filled, bytes.length)
    gathered.set(bytes.subarray(0, taken), filled)
    filled += taken
    return taken
  }

  const write = (bytes: Uint8Array): Effect.Effect<void, DiskError | StoreTimeout> =>
    Effect.suspend(() => {
      if (filled === 0 && bytes.length >= granule) {
        const whole = thin ? bytes.length - bytes.length % granule : bytes.length
        gather(bytes.subarray(whole))
        const large = bytes.subarray(0, whole)
        return thin ? putThin(large) : put(large)
      }
      const taken = gather(bytes)
      if (filled < gathered.length) {
        return Effect.void
      }
      const rest = bytes.subarray(taken)
      if (gathered.length < granule) {
        const larger = Buffer.allocUnsafeSlow(Math.min(granule, gathered.length * 4))
        larger.set(gathered)
        gathered = larger
        return write(rest)
      }
      return Effect.zipRight(flush, write(rest))
    })

  return {
    write,
    finish: Effect.zipRight(flush, Effect.suspend(() => thin ? disk.ftruncate(file, position) : Effect.void))
  }
}

const smallest = 16 * 1024

const zeros = Buffer.alloc(64 * 1024)

const isZero = (bytes: Uint8Array): boolean => {
  for (let at = 0; at < bytes.length; at += zeros.length) {
    const end = Math.min(at + zeros.length, bytes.length)
    if (zeros.compare(bytes, at, end, 0, end - at) !== 0) {
      return false
    }
  }
  return true
}
