/**
 * Throughput and memory of the stores, beside what else one could use: `npm run bench`, `npm run bench -- --help`.
 *
 * Every measured run is a process of its own. What is measured is in `works.ts`, who takes part in `contenders.ts`.
 */
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import * as os from "node:os"
import { type Backend, type Place, start } from "./backends.js"
import { chart } from "./chart.js"
import { compile } from "./compile.js"
import { contenders, type Name } from "./contenders.js"
import { runRounds } from "./rounds.js"
import { requireSpace, sourceSize, writeSource } from "./source.js"
import { bytes, summarize } from "./summary.js"
import { table } from "./table.js"
import { figures, type Work, works } from "./works.js"

const all: Readonly<Record<string, Work>> = works

const options = {
  quick: Options.boolean("quick").pipe(
    Options.withDescription("Small images and one round: that everything works, not how fast it is")
  ),
  rounds: Options.integer("rounds").pipe(
    Options.withSchema(Schema.Int.pipe(Schema.positive())),
    Options.withDescription("How often everybody runs; 5 if absent, 1 with --quick"),
    Options.optional
  ),
  only: Options.choice("only", Struct.keys(works)).pipe(
    Options.withPseudoName("work"),
    Options.withDescription(
      "Measure this; may be given several times. What needs a service, as the works on S3, is measured only if given"
    ),
    Options.repeated
  ),
  directory: Options.directory("directory", { exists: "yes" }).pipe(
    Options.withDescription("Where images are written, on the file system that is to be measured"),
    Options.withDefault(os.tmpdir())
  ),
  json: Options.file("json").pipe(
    Options.withDescription("Write every figure to this file"),
    Options.optional
  ),
  chart: Options.file("chart").pipe(
    Options.withDescription("Draw the figures into this SVG file"),
    Options.optional
  )
}

const bench = Command.make("bench", options, (given) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const { quick } = given
    const rounds = Option.getOrElse(given.rounds, () => quick ? 1 : 5)
    const only = new Set<string>(given.only)
    const chosen = Object.entries(all)
      .filter(([name, { backend }]) => only.size === 0 ? backend === undefined : only.has(name))
      .map(([name, work]) => ({ name, work, job: figures(work, quick) }))
    const jobs = chosen.map(({ job }) => job)
    const machine = describeMachine()
    yield* Console.log(captionOf(machine) + (quick ? "\nA quick run: that it works is all that its figures say" : ""))

    yield* requireSpace(given.directory, jobs)
    const present = yield* findContenders
    const directory = yield* fs.makeTempDirectoryScoped({ directory: given.directory, prefix: "glance-store-bench-" })
    const source = `${directory}/source`
    yield* writeSource(source, sourceSize(jobs))
    const scripts = yield* compile
    const backends = new Map<Backend, Place>()
    for (const backend of new Set(chosen.flatMap(({ work }) => work.backend ?? []))) {
      backends.set(backend, yield* start(backend, scripts))
    }

    const summaries = yield* Effect.forEach(chosen, ({ job, name, work }) =>
      runRounds(work, job, { quick, rounds, directory, source, scripts, backends, present }).pipe(
        Effect.map((entered) =>
          summarize(name, work, job, entered, present)
        ),
        Effect.tap((summary) => Console.log(`\n${table(summary)}`))
      ))

    if (Option.isSome(given.json)) {
      yield* fs.writeFileString(given.json.value, JSON.stringify({ machine, quick, works: summaries }, null, 2))
    }
    if (Option.isSome(given.chart)) {
      yield* fs.writeFileString(given.chart.value, chart(summaries, captionOf(machine)))
    }
    const exceeding = summaries.filter(({ withinLimit }) => withinLimit === false).map(({ name }) => name)
    if (exceeding.length > 0) {
      return yield* new LimitExceeded({ works: exceeding })
    }
  }).pipe(
    Effect.scoped
  )).pipe(
    Command.withDescription("Measures the stores beside what else one could use")
  )

/** Ours took more memory than a work allows. */
class LimitExceeded extends Schema.TaggedError<LimitExceeded>("effect-glance-store/bench/LimitExceeded")(
  "LimitExceeded",
  { works: Schema.Array(Schema.String) }
) {
  override get message() {
    return `Ours grew beyond the limit in: ${this.works.join(", ")}`
  }
}

/** Who is installed; says who is not. */
const findContenders = Effect.gen(function*() {
  const present = new Map<Name, string>()
  for (const name of Struct.keys(contenders)) {
    const { note, remedy, title, version } = contenders[name]
    const found = yield* version
    if (Option.isNone(found)) {
      yield* Console.log(`${title} is not installed and takes no part: ${remedy}`)
      continue
    }
    present.set(name, found.value)
    if (note !== undefined) {
      yield* Console.log(`${title} ${found.value}: ${note}`)
    }
  }
  return present
})

const describeMachine = () => ({
  processor: os.cpus()[0]?.model ?? "unknown",
  cores: os.availableParallelism(),
  memory: os.totalmem(),
  system: `${os.type()} ${os.release()}`,
  node: process.version,
  /** Of the last minute, before the first run: what else the machine had to do. */
  load: os.loadavg()[0] ?? 0
})

const captionOf = ({ cores, load, memory, node, processor, system }: ReturnType<typeof describeMachine>) =>
  `Node ${node} on ${cores} x ${processor}, ${bytes(memory)}, ${system}; load ${load.toFixed(1)} at the start`

Command.run(bench, { name: "bench", version: "0.1.0" })(process.argv).pipe(
  Effect.provide(NodeContext.layer),
  NodeRuntime.runMain
)
