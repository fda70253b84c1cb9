/** The figures of a work, from the reports of its rounds. */
import type { Contender, Name } from "./contenders.js"
import { contenders } from "./contenders.js"
import { type Job, KiB, MiB, type Report } from "./job.js"
import type { Entered } from "./rounds.js"
import type { Work } from "./works.js"

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export interface Result {
  readonly contender: Name
  readonly label: string
  readonly durable: boolean | undefined
  readonly chunkSize: number | undefined
  /** Ours, and of each rival's ways the fastest. */
  readonly compared: boolean
  /** Seconds. */
  readonly wall: Spread
  /** Bytes or images a second, by the median. */
  readonly speed: number
  /** Seconds of all threads. */
  readonly cpu: Spread
  /** Resident bytes before the work, and how many there were more at the most. */
  readonly idle: Spread
  readonly growth: Spread
  /** Milliseconds. */
  readonly delay: Spread | undefined
  readonly busy: Spread | undefined
  /** How many times as long as ours it took, by round; absent for ours. */
  readonly ratio: Spread | undefined
  readonly reports: ReadonlyArray<Report>
}

export interface Summary {
  readonly name: string
  readonly title: string
  readonly figures: Work["job"]
  readonly unit: Work["unit"]
  readonly limit: number | undefined
  /** Whether no run of ours grew beyond the limit. */
  readonly withinLimit: boolean | undefined
  readonly rounds: number
  readonly results: ReadonlyArray<Result>
}

export const summarize = (
  name: string,
  work: Work,
  job: Work["job"],
  entered: ReadonlyArray<Entered>,
  versions: ReadonlyMap<Name, string>
): Summary => {
  const ours = entered.filter((entry) => entry.name === work.ours)
  const base = ours.flatMap(({ reports }) => reports)
  const results = entered.map((entry): Result => {
    const { chunkSize, name, reports } = entry
    const contender: Contender = contenders[name]
    const wall = spread(reports.map(({ wall }) => wall))
    return {
      contender: name,
      label: labelOf(entry, contender, job, versions.get(name)),
      durable: contender.durable,
      chunkSize,
      compared: fastest(entered.filter((other) => other.name === name)) === entry,
      wall,
      speed: (work.unit === "bytes" ? (reports[0]?.bytes ?? 0) : (job.count ?? 1)) / wall.median,
      cpu: spread(reports.map(({ cpu }) => cpu)),
      idle: spread(reports.map(({ idle }) => idle)),
      growth: spread(reports.map(({ idle, peak }) => peak - idle)),
      delay: spreadOf(reports, ({ delay }) => delay),
      busy: spreadOf(reports, ({ busy }) => busy),
      ratio: name === work.ours
        ? undefined
        : spread(reports.flatMap(({ wall }, round) => wall / (base[round]?.wall ?? Number.NaN))),
      reports
    }
  })
  const { limit } = work
  return {
    name,
    title: work.title,
    figures: job,
    unit: work.unit,
    limit,
    withinLimit: limit === undefined ? undefined : base.every(({ idle, peak }) => peak - idle <= limit),
    rounds: base.length,
    results
  }
}

export const spread = (values: ReadonlyArray<number>): Spread => {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, min: at(0), max: at(sorted.length - 1) }
}

/** None if not every report has the figure. */
const spreadOf = (reports: ReadonlyArray<Report>, figure: (report: Report) => number | undefined) => {
  const values = reports.flatMap((report) => figure(report) ?? [])
  return values.length < reports.length ? undefined : spread(values)
}

const fastest = (ways: ReadonlyArray<Entered>): Entered | undefined => {
  const medians = ways.map(({ reports }) => spread(reports.map(({ wall }) => wall)).median)
  return ways[medians.indexOf(Math.min(...medians))]
}

const labelOf = (
  { chunkSize, name }: Entered,
  { durable, title }: Contender,
  { operation }: Pick<Job, "operation">,
  version: string | undefined
) =>
  [
    name === "original" ? `${title} ${version}` : title,
    ...(chunkSize === undefined ? [] : [bytes(chunkSize)]),
    ...(operation.startsWith("add") && durable === false ? ["no fsync"] : [])
  ].join(", ")

export const bytes = (count: number): string =>
  count >= 1024 * MiB
    ? `${Number((count / MiB / 1024).toFixed(1))} GiB`
    : count >= MiB
    ? `${Number((count / MiB).toFixed(1))} MiB`
    : `${Number((count / KiB).toFixed(1))} KiB`
