/** A scheduler for what must hold between any two steps of a fiber. */
import * as Scheduler from "effect/Scheduler"

/** Effect's own scheduler runs two thousand steps of a fiber at once; this one stops between any two, now and then. */
export const hesitant = (seed: number): Scheduler.Scheduler => {
  let state = seed
  return {
    scheduleTask: (task, priority, fiber) => Scheduler.defaultScheduler.scheduleTask(task, priority, fiber),
    shouldYield: () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0
      return state >>> 28 === 0 ? 0 : false
    }
  }
}
