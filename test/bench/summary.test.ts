import { assert, describe, it } from "@effect/vitest"
import { chart } from "./chart.js"
import { MiB, type Report } from "./job.js"
import type { Entered } from "./rounds.js"
import { spread, summarize } from "./summary.js"
import { table } from "./table.js"
import type { Work } from "./works.js"

const work: Work = {
  title: "add & compare",
  job: { operation: "add", size: 8 * MiB },
  quick: {},
  ours: "file",
  rivals: { node: [{ chunkSize: MiB }, { chunkSize: 2 * MiB }] },
  unit: "bytes",
  limit: 4 * MiB
}

const report = (wall: number, growth = MiB): Report => ({
  bytes: 8 * MiB,
  wall,
  cpu: wall / 2,
  idle: 10 * MiB,
  peak: 10 * MiB + growth
})

const entered = (...ours: ReadonlyArray<Report>): ReadonlyArray<Entered> => [
  { name: "file", way: {}, reports: ours },
  { name: "node", way: { chunkSize: MiB }, reports: [report(2), report(6), report(30)] },
  { name: "node", way: { chunkSize: 2 * MiB }, reports: [report(3), report(5), report(40)] }
]

const summary = (...ours: ReadonlyArray<Report>) => summarize("add", work, work.job, entered(...ours), new Map())

describe("the benchmark's figures", () => {
  it("the median of an even number of rounds lies between the two in the middle", () => {
    assert.deepStrictEqual(spread([7, 1, 3, 2]), { median: 2.5, min: 1, max: 7 })
  })

  it("a rival is compared with what ran in the same round", () => {
    const [ours, rival] = summary(report(1), report(2), report(30)).results
    assert.isUndefined(ours?.ratio)
    assert.deepStrictEqual(rival?.ratio, { median: 2, min: 1, max: 3 })
  })

  it("of a rival's ways the fastest is compared", () => {
    const { results } = summary(report(1), report(1), report(1))
    assert.deepStrictEqual(results.map(({ compared, label }) => [label, compared]), [
      ["effect-glance-store, file", true],
      ["Node streams by hand, 1 MiB", false],
      ["Node streams by hand, 2 MiB", true]
    ])
  })

  it("speed is what a round of median length moves in a second", () => {
    assert.strictEqual(summary(report(1), report(4), report(2)).results[0]?.speed, 4 * MiB)
  })

  it("one run beyond the limit is one too many", () => {
    const within = summary(report(1), report(1, 4 * MiB), report(1))
    const beyond = summary(report(1), report(1, 4 * MiB + 1), report(1))
    assert.deepStrictEqual([within.withinLimit, beyond.withinLimit], [true, false])
    assert.include(table(within), "ours stays within 4 MiB")
    assert.include(table(beyond), "ours DOES NOT STAY within 4 MiB")
  })

  it("the chart has a bar for each that is compared, and its text is escaped", () => {
    const svg = chart([summary(report(1), report(1), report(1))], "a < b")
    assert.lengthOf(svg.match(/<rect x=/g) ?? [], 2)
    assert.include(svg, "a &lt; b")
    assert.include(svg, "add &amp; compare")
  })
})
