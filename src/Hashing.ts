/**
 * Where digests are made: in the thread that adds the image, or in threads of their own, where each
 * digest of an image has a core to itself and the event loop stays free.
 *
 * The results are the same to the byte. `StoreRegistry.layer` brings `layerWorkers` along, so a
 * program has it without asking; a store that is made outside a registry hashes in its own thread.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as HashingAlgorithm from "./HashingAlgorithm.js"
import * as inThread from "./internal/hashing/inThread.js"
import * as workers from "./internal/hashing/workers.js"
import type { HashingFailed } from "./StoreError.js"

/**
 * Takes the bytes of one stream, in order. It is not reusable: a retry needs a new one.
 *
 * @since 0.1.0
 * @category models
 */
export interface Hasher {
  /** Memory to fill and give to `update`, which then need not copy it. It is the caller's until it is released. */
  readonly lease: Effect.Effect<Uint8Array, HashingFailed>
  /** Ends a lease: whoever else was given the memory has read it, and it may be filled again. */
  readonly release: (memory: Uint8Array) => void
  /** Has read the bytes when it returns, or, if they were leased, keeps them unchanged until it has. */
  readonly update: (bytes: Uint8Array) => Effect.Effect<void, HashingFailed>
  /** The digests in lower-case hex, in the order of the algorithms; to be run once. */
  readonly digests: Effect.Effect<ReadonlyArray<string>, HashingFailed>
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** `size` is the number of bytes to come, if that is known. */
  readonly open: (
    algorithms: ReadonlyArray<HashingAlgorithm.Resolved>,
    size: number | undefined
  ) => Effect.Effect<Hasher, HashingFailed, Scope.Scope>
}

/**
 * @since 0.1.0
 * @category tags
 */
export class Hashing extends Context.Reference<Hashing>()("effect-glance-store/Hashing", {
  defaultValue: (): Service => inThread.service
}) {}

/**
 * @since 0.1.0
 * @category config
 */
export interface Options {
  /** Threads at the most. Default: as many as there are cores, and 4. */
  readonly threads?: number | undefined
  /**
   * Bytes from which on an image is worth the threads; smaller ones are hashed where they are.
   * Default: 512 KiB.
   */
  readonly threshold?: number | undefined
}

/**
 * Every digest in the thread that adds the image.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerInThread: Layer.Layer<never> = Layer.succeed(Hashing, inThread.service)

/**
 * Threads that start when the first image is large enough and end with the layer; all adds of a
 * program share them. Where Node cannot start a thread, or has one core, it does without, with a
 * warning for the former.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerWorkers = (options: Options = {}): Layer.Layer<never> => Layer.scoped(Hashing, workers.make(options))
