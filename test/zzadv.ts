import * as Effect from "effect/Effect"
import * as Hashing from "/work/wt/src/Hashing.js"
import * as HashingAlgorithm from "/work/wt/src/HashingAlgorithm.js"
const scheduler = { shouldYield: (fiber: {currentOpCount: number}) => fiber.currentOpCount > +(process.argv[2] ?? 3) ? 0 as const : false as const, scheduleTask: (task: () => void) => void setImmediate(task) }
const bytes = Buffer.alloc(300_000, 7)
const main = Effect.gen(function*() {
  const { open } = yield* Hashing.Hashing
  for (let i = 0; i < 20; i++) {
    yield* Effect.scoped(Effect.gen(function*() {
      const h = yield* open([HashingAlgorithm.md5], undefined)
      for (let n = 0; n < 30; n++) yield* h.update(bytes)
      yield* h.digests
    }))
    console.log(i)
  }
}).pipe(Effect.provide(Hashing.layerWorkers({ threads: 2, threshold: 0 })), Effect.withScheduler(scheduler))
await Effect.runPromise(main)
