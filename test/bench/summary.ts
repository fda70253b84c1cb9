/** The figures of a work, from the reports of its rounds. */
import type { Contender, Name } from "./contenders.js"
import { contenders } from "./contenders.js"
import { type Job, KiB, MiB, type Report, type Way } from "./job.js"
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
  readonly way: Way
  /** Ours as it is, and of each rival's ways the fastest. */
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
  /** Of each thread that all runs had, the busiest first. */
  readonly threads: ReadonlyArray<Spread>
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
  /** Ours first. */
  entered: ReadonlyArray<Entered>,
  versions: ReadonlyMap<Name, string>
): Summary => {
  const [ours] = entered
  const base = ours?.reports ?? []
  const results = entered.map((entry): Result => {
    const { name: contender, reports, way } = entry
    const ways = entered.filter((other) => other.name === contender)
    const wall = spreadOf(reports, (report) => report.wall)
    const ratios = reports.map((report, round) => report.wall / (base[round]?.wall ?? Number.NaN))
    return {
      contender,
      label: labelOf(entry, contenders[contender], job, versions.get(contender)),
      durable: contenders[contender].durable,
      way,
      compared: entry === (contender === work.ours ? ours : fastest(ways)),
      wall,
      speed: (work.unit === "bytes" ? (reports[0]?.bytes ?? 0) : (job.count ?? 1)) / wall.median,
      cpu: spreadOf(reports, ({ cpu }) => cpu),
      idle: spreadOf(reports, ({ idle }) => idle),
      growth: spreadOf(reports, growth),
      delay: spreadIfAll(reports, ({ delay }) => delay),
      busy: spreadIfAll(reports, ({ busy }) => busy),
      threads: threadsOf(reports),
      ratio: entry === ours ? undefined : spread(ratios),
      reports
    }
  })
  const { limit, title, unit } = work
  return {
    name,
    title,
    figures: job,
    unit,
    limit,
    withinLimit: limit === undefined ? undefined : base.every((report) => growth(report) <= limit),
    rounds: base.length,
    results
  }
}

const growth = ({ idle, peak }: Report) => peak - idle

export const spread = (values: ReadonlyArray<number>): Spread => {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, min: at(0), max: at(sorted.length - 1) }
}

const spreadOf = (reports: ReadonlyArray<Report>, figure: (report: Report) => number) => spread(reports.map(figure))

const spreadIfAll = (reports: ReadonlyArray<Report>, figure: (report: Report) => number | undefined) => {
  const values = reports.flatMap((report) => figure(report) ?? [])
  return values.length < reports.length ? undefined : spread(values)
}

const threadsOf = (reports: ReadonlyArray<Report>) => {
  const count = Math.min(...reports.map(({ threads = [] }) => threads.length))
  return Array.from({ length: count }, (_, index) => spreadOf(reports, ({ threads = [] }) => threads[index] ?? 0))
}

const fastest = (ways: ReadonlyArray<Entered>) => {
  const medians = ways.map(({ reports }) => spreadOf(reports, ({ wall }) => wall).median)
  return ways[medians.indexOf(Math.min(...medians))]
}

const labelOf = (
  { name, way }: Entered,
  { durable, title }: Contender,
  { operation }: Pick<Job, "operation">,
  version: string | undefined
) =>
  [
    name === "original" ? `${title} ${version}` : title,
    ...(way.chunkSize === undefined ? [] : [bytes(way.chunkSize)]),
    ...(way.threads === undefined ? [] : [way.threads === 1 ? "1 thread" : `${way.threads} threads`]),
    ...(operation.startsWith("add") && durable === false ? ["no fsync"] : [])
  ].join(", ")

export const bytes = (count: number): string =>
  count >= 1024 * MiB
    ? `${Number((count / MiB / 1024).toFixed(1))} GiB`
    : count >= MiB
    ? `${Number((count / MiB).toFixed(1))} MiB`
    : `${Number((count / KiB).toFixed(1))} KiB`
