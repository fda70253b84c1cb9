/** Schedulers for what must hold between any two steps of a fiber: Effect's own runs two thousand of them at once. */
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Scheduler from "effect/Scheduler"

const made = (shouldYield: Scheduler.Scheduler["shouldYield"]): Scheduler.Scheduler => ({
  scheduleTask: (task, priority, fiber) => Scheduler.defaultScheduler.scheduleTask(task, priority, fiber),
  shouldYield
})

/** Interrupts the first fiber that runs on it, after so many steps of its own and of the fibers that it has forked. */
export const interruptingAfter = (steps: number): Scheduler.Scheduler => {
  let first: Fiber.RuntimeFiber<unknown, unknown> | undefined
  let taken = 0
  return made((fiber) => {
    first ??= fiber
    if (taken++ !== steps) {
      return false
    }
    first.unsafeInterruptAsFork(FiberId.none)
    return 0
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
