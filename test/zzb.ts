import * as Effect from "effect/Effect"
const scheduler = { shouldYield: (fiber: {currentOpCount: number}) => fiber.currentOpCount > +(process.argv[2] ?? 3) ? 0 as const : false as const, scheduleTask: (task: () => void) => void setImmediate(task) }
const main = Effect.gen(function*() {
  for (let i = 0; i < 20; i++) yield* Effect.sync(() => console.log(i))
}).pipe(Effect.withScheduler(scheduler))
await Effect.runPromise(main)
