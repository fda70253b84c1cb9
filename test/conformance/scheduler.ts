/** Schedulers for what must hold between any two steps of a fiber: Effect's own runs two thousand of them at once. */
import type * as Fiber from "effect/Fiber"
import * as Scheduler from "effect/Scheduler"

const made = (shouldYield: Scheduler.Scheduler["shouldYield"]): Scheduler.Scheduler => ({
  scheduleTask: (task, priority, fiber) => Scheduler.defaultScheduler.scheduleTask(task, priority, fiber),
  shouldYield
})

/** Lets other fibers run after any step, now and then. */
export const hesitant = (seed: number): Scheduler.Scheduler => {
  let state = seed
  return made(() => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return state >>> 28 === 0 ? 0 : false
  })
}

export interface Halting {
  readonly scheduler: Scheduler.Scheduler
  /** From now on the steps are counted. */
  readonly count: () => void
}

/** Halts each fiber once, after so many steps, and lets the others come as far. */
export const haltingAfter = (steps: number): Halting => {
  const taken = new Map<Fiber.RuntimeFiber<unknown, unknown>, number>()
  let counting = false
  return {
    count: () => (counting = true),
    scheduler: made((fiber) => {
      const step = taken.get(fiber) ?? 0
      taken.set(fiber, counting ? step + 1 : 0)
      return counting && step === steps ? 0 : false
    })
  }
}
