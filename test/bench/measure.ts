/** One measured run: a process of its own, and what it says at the end. */
import * as Command from "@effect/platform/Command"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Job, Report } from "./job.js"

const Report: Schema.Schema<Report> = Schema.Struct({
  bytes: Schema.Number,
  checksum: Schema.optionalWith(Schema.String, { exact: true }),
  wall: Schema.Positive,
  cpu: Schema.NonNegative,
  idle: Schema.Positive,
  peak: Schema.Positive,
  delay: Schema.optionalWith(Schema.NonNegative, { exact: true }),
  busy: Schema.optionalWith(Schema.NonNegative, { exact: true }),
  threads: Schema.optionalWith(Schema.Array(Schema.NonNegative), { exact: true })
})

/** A run that came to nothing; why is what the process wrote to the standard error. */
export class RunFailed extends Schema.TaggedError<RunFailed>("effect-glance-store/bench/RunFailed")("RunFailed", {
  contender: Schema.String,
  operation: Schema.String,
  exitCode: Schema.Number
}) {
  override get message() {
    return `${this.contender} could not ${this.operation}: its process ended with ${this.exitCode}`
  }
}

export const measure = (contender: string, command: readonly [string, ...ReadonlyArray<string>], job: Job) =>
  Effect.gen(function*() {
    const [program, ...options] = command
    const child = yield* Command.make(program, ...options, contender, JSON.stringify(job)).pipe(
      Command.stderr("inherit"),
      Command.start
    )
    const output = yield* Stream.mkString(Stream.decodeText(child.stdout))
    const exitCode = yield* child.exitCode
    if (exitCode !== 0) {
      return yield* new RunFailed({ contender, operation: job.operation, exitCode })
    }
    return yield* Schema.decode(Schema.parseJson(Report))(output)
  }).pipe(
    Effect.scoped
  )
