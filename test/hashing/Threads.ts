/** The threads of this process, for tests that run while no others start any. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import type { Worker } from "node:worker_threads"
import * as Hashing from "../../src/Hashing.js"
import type { Command } from "../../src/internal/hashing/worker.js"

/** What gives those that have started, since this has and while its scope lives, in the order they did. */
export const started: Effect.Effect<Effect.Effect<ReadonlyArray<Worker>>, never, Scope.Scope> = Effect.map(
  Effect.acquireRelease(
    Effect.sync(() => {
      const threads: Array<Worker> = []
      const listen = (thread: Worker) => threads.push(thread)
      process.on("worker", listen)
      return { listen, threads }
    }),
    ({ listen }) => Effect.sync(() => process.off("worker", listen))
  ),
  // Node tells of a thread a moment after it was started.
  ({ threads }) => Effect.map(turns(1), () => threads.slice())
)

/** The layer, until the scope closes or `end` is run. */
export const layer = (options: Hashing.Options) =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const end = Scope.close(scope, Exit.void)
    yield* Effect.addFinalizer(() => end)
    const context = yield* Layer.buildWithScope(Hashing.layerWorkers(options), scope)
    return { hashing: Context.get(context, Hashing.Hashing), provide: Effect.provide(context), end }
  })

/** Gives the thread minutes of work before all that it is asked later. */
export const occupy = (thread: Worker): Effect.Effect<void> =>
  Effect.sync(() => {
    const memory = new SharedArrayBuffer(16 * 1024 * 1024)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread is no window: it has no origin
    const post = (command: Command) => thread.postMessage(command)
    post(["open", -1, "sha3-512", undefined, new SharedArrayBuffer(4)])
    post(["lend", -1, memory])
    for (let count = 0; count < 2000; count++) post(["update", -1, -1, memory.byteLength])
  })

/** As sudden an end as that of a thread that has run out of memory. */
export const kill = (thread: Worker): Effect.Effect<void> => Effect.asVoid(Effect.promise(() => thread.terminate()))

export const isGone = ({ threadId }: Worker): boolean => threadId === -1

/**
 * Waits until no more than so many live; should it never come to that, the test does not end. Threads whose memory is more
 * than is kept end, and that takes a moment.
 */
export const atMost = (count: number, threads: Effect.Effect<ReadonlyArray<Worker>>): Effect.Effect<void> =>
  Effect.flatMap(threads, (all) =>
    all.filter((thread) => !isGone(thread)).length <= count
      ? Effect.void
      : Effect.zipRight(turns(1), Effect.suspend(() => atMost(count, threads))))

/** So many turns of the event loop, in which everything happens that is ready to. */
export function turns(count: number): Effect.Effect<void> {
  const turn = Effect.async<void>((resume) => {
    setImmediate(() => resume(Effect.void))
  })
  return Effect.repeatN(turn, count - 1)
}
