/**
 * Which images are hashed in threads, and what becomes of them where there are no threads.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import { availableParallelism } from "node:os"
import type { Options, Service } from "../../Hashing.js"
import { acquireRelease } from "../acquired.js"
import * as Beside from "./beside.js"
import * as inThread from "./inThread.js"
import * as Threads from "./threads.js"

/**
 * Two messages to each thread and back cost about as much as MD5 of 50 KiB; what makes the threads
 * pay is that two digests of half a MiB take 1.4 ms one after the other.
 */
const usualThreshold = 512 * 1024

/** @internal */
export const make = (options: Options): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function*() {
    const limit = options.threads ?? Math.min(availableParallelism(), 4)
    const threshold = options.threshold ?? usualThreshold
    if (limit < 2) {
      return inThread.service
    }
    let available = true
    const threads = yield* Effect.acquireRelease(
      Effect.sync(() => Threads.make(limit)),
      ({ terminate }) =>
        Effect.promise(() => {
          available = false
          return terminate()
        })
    )
    const runtime = yield* Effect.runtime()
    const giveUp = (cause: unknown) => {
      if (available) {
        available = false
        Runtime.runFork(runtime)(Effect.logWarning("No hashing thread can be started; digests are made without", cause))
      }
    }
    return {
      open: (algorithms, size) =>
        available && (size === undefined || size >= threshold)
          ? Effect.map(
            acquireRelease(
              Effect.sync(() => Beside.make(threads, algorithms, size === undefined ? threshold : 0, giveUp)),
              ({ close }) => Effect.sync(close)
            ),
            ({ hasher }) => hasher
          )
          : inThread.service.open(algorithms, size)
    }
  })
