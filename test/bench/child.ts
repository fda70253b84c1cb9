/**
 * A measured process: it prepares its job, measures it once in a fresh heap, and prints the report. Without Effect, for
 * the rivals' sake.
 */
import { closeSync, openSync, readFileSync, unlinkSync, writeFileSync, writeSync } from "node:fs"
import * as path from "node:path"
import { monitorEventLoopDelay, performance } from "node:perf_hooks"
import type { Worker } from "node:worker_threads"
import { type Job, MiB, type Operation, type Outcome, type Report } from "./job.js"

/** What is not to be measured happens before the inner function is given back. */
export type Perform = (job: Job) => Promise<() => Promise<Outcome>>

export type Repertoire = Readonly<Partial<Record<Operation, Perform>>>

const resolution = 5

export const main = async (repertoires: Readonly<Record<string, Repertoire>>): Promise<void> => {
  const [name = "", json = ""] = process.argv.slice(-2)
  // What the benchmark itself has written.
  const job = JSON.parse(json) as Job
  const perform = repertoires[name]?.[job.operation]
  if (perform === undefined) {
    throw new Error(`${name} does not ${job.operation}`)
  }
  const work = await perform(job)
  haveMemory(job)
  const report = await measured(work)
  process.stdout.write(`${JSON.stringify(report)}\n`)
}

/**
 * Writes what the work will write, and takes it away again. A virtual machine gives memory that it does not use back to
 * its host; the pages of the file that is written next are to be had from there first, at several times the price, and
 * who has to pay would depend on who ran before.
 */
const haveMemory = ({ datadir, operation, s3, size }: Job) => {
  if (s3 !== undefined || (operation !== "add" && operation !== "copy")) return
  const file = path.join(datadir, ".memory")
  const bytes = Buffer.alloc(MiB)
  for (let pass = 0; pass < 2; pass++) {
    const fd = openSync(file, "wx")
    for (let at = 0; at < size; at += bytes.length) writeSync(fd, bytes)
    closeSync(fd)
    unlinkSync(file)
  }
}

const measured = async (work: () => Promise<Outcome>): Promise<Report> => {
  globalThis.gc?.()
  forgetPeak()
  const idle = peak()
  const threads: Array<Worker> = []
  process.on("worker", (thread) => threads.push(thread))
  const loop = monitorEventLoopDelay({ resolution })
  loop.enable()
  const utilization = performance.eventLoopUtilization()
  const cpu = process.cpuUsage()
  const begin = performance.now()
  const outcome = await work()
  const wall = (performance.now() - begin) / 1e3
  const { system, user } = process.cpuUsage(cpu)
  const { utilization: busy } = performance.eventLoopUtilization(utilization)
  loop.disable()
  // The histogram holds the time between two looks at the clock, the pause that was meant included.
  const delay = Math.max(0, loop.percentile(99) / 1e6 - resolution)
  return {
    ...outcome,
    wall,
    cpu: (system + user) / 1e6,
    idle,
    peak: peak(),
    delay,
    busy,
    threads: threads.map((thread) => busySeconds(thread) / wall).toSorted((a, b) => b - a)
  }
}

/** Of its whole life, which began with the work. */
const busySeconds = ({ performance: own }: Worker) => own.eventLoopUtilization().active / 1e3

/** Linux can begin the peak anew; elsewhere it is that of the whole process, its start included. */
const forgetPeak = () => {
  try {
    writeFileSync("/proc/self/clear_refs", "5")
  } catch {
    // No Linux, or not allowed: the peak stays what it was, and is too high rather than too low.
  }
}

const peak = (): number => {
  try {
    const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync("/proc/self/status", "utf8")) ?? []
    if (kibibytes !== undefined) return Number(kibibytes) * 1024
  } catch {
    // No Linux.
  }
  return process.resourceUsage().maxRSS * 1024
}
