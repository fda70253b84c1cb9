/**
 * Counts a vitest report: prints "<passed> <failed>".
 *
 * What did not pass has failed, skipped or not. A file that could not be read, no tests at all, and an exit code that
 * no test explains (an unhandled error, a set-up that fell over) count one each.
 *
 * usage: node .ci/count.mjs <report.json> <exit code>
 */
import * as fs from "node:fs"

const [report = "", exitCode = ""] = process.argv.slice(2)

const count = () => {
  if (!fs.existsSync(report)) return { passed: 0, failed: 1 }
  const files = JSON.parse(fs.readFileSync(report, "utf8")).testResults
  const tests = files.flatMap((file) => file.assertionResults)
  const unreadable = files.filter((file) => file.status !== "passed" && file.assertionResults.length === 0)
  const passed = tests.filter((test) => test.status === "passed").length
  const failed = tests.length - passed + unreadable.length
  const unexplained = failed === 0 && (exitCode !== "0" || passed === 0)
  return { passed, failed: unexplained ? 1 : failed }
}

const { failed, passed } = count()
process.stdout.write(`${passed} ${failed}\n`)
