/** The threads of this process, for tests that run while no others start any. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Worker } from "node:worker_threads"
import type { Command } from "../../src/internal/hashing/worker.js"

/** Those that start while the scope lives, in the order they do. */
export const started: Effect.Effect<ReadonlyArray<Worker>, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => {
      const threads: Array<Worker> = []
      const listen = (thread: Worker) => threads.push(thread)
      process.on("worker", listen)
      return { listen, threads }
    }),
    ({ listen }) => Effect.sync(() => process.off("worker", listen))
  ),
  ({ threads }) => threads
)

/** Gives the thread minutes of work before all that it is asked later. */
export const occupy = (thread: Worker): Effect.Effect<void> =>
  Effect.sync(() => {
    const memory = new SharedArrayBuffer(16 * 1024 * 1024)
    const post = (command: Command) => thread.postMessage(command)
    post(["open", -1, "sha3-512", undefined])
    post(["lend", -1, memory])
    for (let count = 0; count < 2000; count++) post(["update", -1, -1, memory.byteLength])
  })

/** Its end, as sudden as that of a thread that has run out of memory. */
export const kill = (thread: Worker): Effect.Effect<void> => Effect.asVoid(Effect.promise(() => thread.terminate()))

/** Whether it has ended. */
export const isGone = ({ threadId }: Worker): boolean => threadId === -1

/** Everything that is ready to happen happens, some turns of the event loop long. */
export const turns = (count: number): Effect.Effect<void> =>
  Effect.repeatN(Effect.async<void>((resume) => void setImmediate(() => resume(Effect.void))), count)
