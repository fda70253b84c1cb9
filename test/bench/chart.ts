/** The figures as a picture: for each work a bar a contender, as long as it is fast; the fastest is the full width. */
import type { Result, Summary } from "./summary.js"
import { heading, speedOf } from "./table.js"

const width = 1040
const left = 300
const full = 380
const bar = 18
const gap = 6

export const chart = (summaries: ReadonlyArray<Summary>, caption: string): string => {
  const blocks: Array<string> = []
  let y = 56
  for (const summary of summaries) {
    const results = summary.results.filter(({ compared }) => compared)
    const fastest = Math.max(...results.map(({ speed }) => speed))
    blocks.push(text(16, y, heading(summary), "bold"))
    y += 12
    for (const result of results) {
      blocks.push(row(result, summary, fastest, y))
      y += bar + gap
    }
    y += 32
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" font-family="sans-serif" font-size="13">
<rect width="100%" height="100%" fill="#ffffff"/>
${text(16, 24, caption, "normal", "#57606a")}
${blocks.join("\n")}
</svg>
`
}

const row = (result: Result, summary: Summary, fastest: number, y: number): string => {
  const { ratio, speed, wall } = result
  const x = (value: number) => left + full * Math.min(1.08, value / fastest)
  const middle = y + bar / 2
  const slowest = x(speed * wall.median / wall.max)
  const quickest = x(speed * wall.median / wall.min)
  const told = ratio === undefined ? "" : `, ours is ${ratio.median.toFixed(2)}x as fast`
  return [
    text(left - 8, middle + 5, result.label, "normal", "#1f2328", "end"),
    `<rect x="${left}" y="${y}" width="${n(x(speed) - left)}" height="${bar}" fill="${
      ratio === undefined ? "#2f6feb" : "#9aa4b2"
    }"/>`,
    `<path d="M${n(slowest)} ${middle}H${n(quickest)}" stroke="#1f2328"/>`,
    text(left + full * 1.08 + 10, middle + 5, speedOf(result, summary) + told)
  ].join("\n")
}

const text = (x: number, y: number, content: string, weight = "normal", fill = "#1f2328", anchor = "start") =>
  `<text x="${n(x)}" y="${n(y)}" font-weight="${weight}" fill="${fill}" text-anchor="${anchor}">${
    escape(content)
  }</text>`

const n = (value: number) => value.toFixed(1)

const escape = (content: string) => content.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
