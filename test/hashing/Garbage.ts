/** Memory that nobody uses any more, taken back when a test says so and not when the engine likes. */
import * as Effect from "effect/Effect"
import * as v8 from "node:v8"
import * as vm from "node:vm"
import * as Threads from "./Threads.js"

v8.setFlagsFromString("--expose-gc")
const gc: unknown = vm.runInNewContext("gc")

/** Some rounds of it, for what is shared is freed only after all that pointed to it. */
export const collect: Effect.Effect<void> = Effect.repeatN(
  Effect.zipRight(
    Effect.sync(() => {
      if (typeof gc !== "function") throw new Error("This engine lets nobody collect its garbage")
      gc()
    }),
    Threads.turns(2)
  ),
  4
)
