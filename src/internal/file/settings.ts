/**
 * The options of a file store after they were understood, before the disk was looked at.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { BadStoreConfiguration } from "../../StoreError.js"
import type { Limits } from "../disk/disk.js"
import * as Datadirs from "./datadirs.js"
import * as permissions from "./permissions.js"

/** @internal */
export interface Options {
  readonly datadir?: string | undefined
  readonly datadirs?: ReadonlyArray<string> | undefined
  readonly metadataFile?: string | undefined
  readonly filePerm: number | string
  readonly chunkSize?: number | undefined
  readonly thinProvisioning: boolean
  readonly timeout: number
  readonly threadPoolSize: number
  readonly threadpoolThreshold: number
  readonly confine: boolean
  readonly fsync: boolean
  readonly reserveBytes: number
  readonly sweepAfterHours?: number | undefined
  readonly degrade: boolean
}

/** @internal */
export interface Settings {
  /** What errors call it. */
  readonly store: string
  /** Greatest priority first. */
  readonly directories: ReadonlyArray<Datadirs.Directory>
  readonly metadataFile: string | undefined
  /** Of image files; absent where the umask decides. */
  readonly mode: number | undefined
  /** Bytes of a read. */
  readonly chunkSize: number
  /** Bytes of a write, and of a hole. */
  readonly granule: number
  readonly thin: boolean
  readonly limits: Limits
  readonly confine: boolean
  readonly fsync: boolean
  readonly reserveBytes: number
  readonly sweepAfterHours: number | undefined
  readonly degrade: boolean
}

/** @internal */
export const fromOptions = (store: string, options: Options): Effect.Effect<Settings, BadStoreConfiguration> =>
  Effect.gen(function*() {
    const permission = permissions.parse(options.filePerm)
    if ("reason" in permission) {
      return yield* new BadStoreConfiguration({ store, reason: permission.reason })
    }
    const thin = options.thinProvisioning
    // Measured: whatever its size, a read costs a message to another thread and one back.
    const chunkSize = Math.min(options.chunkSize ?? (thin ? 64 * 1024 : 1024 * 1024), largestBuffer)
    return {
      store,
      directories: yield* Datadirs.fromOptions(store, options),
      metadataFile: options.metadataFile,
      mode: permission.mode,
      chunkSize,
      granule: chunkSize,
      thin,
      limits: {
        timeout: options.timeout,
        poolSize: options.threadPoolSize,
        threshold: options.threadpoolThreshold
      },
      confine: options.confine,
      fsync: options.fsync,
      reserveBytes: options.reserveBytes,
      sweepAfterHours: options.sweepAfterHours,
      degrade: options.degrade
    }
  })

/** However large the chunks that are configured, an image costs no more memory than this. */
const largestBuffer = 8 * 1024 * 1024
