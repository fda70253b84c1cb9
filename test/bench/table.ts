/** The figures as text, a block a work. */
import { bytes, type Result, type Spread, type Summary } from "./summary.js"

type Column = readonly [heading: string, cell: (result: Result, summary: Summary) => string]

const columns: ReadonlyArray<Column> = [
  ["", ({ compared, label }) => `${compared ? " " : "-"} ${label}`],
  ["seconds", ({ wall }) => spread(wall, seconds)],
  ["speed", speedOf],
  ["ours is", ({ ratio }) => ratio === undefined ? "" : spread(ratio, (value) => `${value.toFixed(2)}x`)],
  ["cpu s", ({ cpu }) => seconds(cpu.median)],
  ["idle", ({ idle }) => bytes(idle.median)],
  ["peak over idle", ({ growth }) => spread(growth, (value) => bytes(Math.max(0, value)))],
  ["loop p99", ({ delay }) => delay === undefined ? "" : `${delay.median.toFixed(0)} ms`],
  ["main busy", ({ busy }) => busy === undefined ? "" : percent(busy)],
  ["its threads", ({ threads }) => threads.map(percent).join(", ")]
]

export const table = (summary: Summary): string => {
  const rows = [
    columns.map(([heading]) => heading),
    ...summary.results.map((result) => columns.map(([, cell]) => cell(result, summary)))
  ]
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const lines = rows.map((row) =>
    row.map((cell, column) => column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)).join(
      "  "
    )
  )
  return [heading(summary), ...lines, ...verdict(summary)].map((line) => line.trimEnd()).join("\n")
}

export const heading = ({ figures, name, rounds, title }: Summary): string =>
  `${name}: ${title}; ${figures.count === undefined ? "" : `${figures.count} of `}${
    bytes(figures.length ?? figures.size)
  }, ${rounds === 1 ? "one round" : `median of ${rounds} rounds (min to max)`}`

export function speedOf({ speed }: Result, { unit }: Summary): string {
  return unit === "bytes" ? `${(speed / 2 ** 20).toFixed(0)} MiB/s` : `${speed.toFixed(0)} images/s`
}

const verdict = ({ limit, withinLimit }: Summary): ReadonlyArray<string> =>
  limit === undefined ? [] : [`  ours ${withinLimit ? "stays" : "DOES NOT STAY"} within ${bytes(limit)} over idle`]

function percent({ median }: Spread): string {
  return `${(median * 100).toFixed(0)} %`
}

const seconds = (value: number) => value.toFixed(value < 10 ? 2 : 1)

const spread = ({ max, median, min }: Spread, show: (value: number) => string) =>
  min === max ? show(median) : `${show(median)} (${show(min)} to ${show(max)})`
