/**
 * The rounds of a work: everybody runs once a round, one after the other, so that whatever else the machine does falls
 * on all alike, and a contender is compared with what ran beside it.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Struct from "effect/Struct"
import type { Backend, Place } from "./backends.js"
import { contenders, type Name } from "./contenders.js"
import type { Job, Report, Way } from "./job.js"
import { measure } from "./measure.js"
import type { Work } from "./works.js"

export interface Settings {
  readonly quick: boolean
  readonly rounds: number
  /** Where everything is written. */
  readonly directory: string
  /** The file the images' bytes come from. */
  readonly source: string
  readonly scripts: string
  /** What was started for the works that need it. */
  readonly backends: ReadonlyMap<Backend, Place>
  /** Who can take part. */
  readonly present: ReadonlyMap<Name, string>
}

/** A contender, and one way of using it. */
export interface Entry {
  readonly name: Name
  readonly way: Way
}

export interface Entered extends Entry {
  /** By round. */
  readonly reports: ReadonlyArray<Report>
}

/** Two that were given the same work did not do the same. */
export class Disagreement extends Schema.TaggedError<Disagreement>("effect-glance-store/bench/Disagreement")(
  "Disagreement",
  { work: Schema.String, outcomes: Schema.Array(Schema.String) }
) {
  override get message() {
    return `Not everybody did the same work in "${this.work}": ${this.outcomes.join("; ")}`
  }
}

export const runRounds = (work: Work, job: Work["job"], settings: Settings) =>
  Effect.gen(function*() {
    const { atMost = Infinity, title } = work
    const entries = entriesOf(work, settings)
    const rounds = Math.min(settings.rounds, atMost)
    const reports: Array<ReadonlyArray<Report>> = []
    for (let round = 1; round <= rounds; round++) {
      yield* Console.error(`${title}: round ${round} of ${rounds}`)
      reports.push(yield* Effect.forEach(entries, (entry) => runEntry(entry, { ...work, job }, settings)))
    }
    yield* sameWork(title, entries, reports)
    return entries.map(({ name, way }, index): Entered => ({
      name,
      way,
      reports: reports.flatMap((round) => round[index] ?? [])
    }))
  })

const entriesOf = ({ ours, rivals }: Work, { present, quick }: Settings): ReadonlyArray<Entry> => [
  { name: ours, way: {} },
  ...Struct.entries(rivals).flatMap(([name, ways = []]) =>
    !present.has(name) ? [] : ways.slice(0, quick ? 1 : undefined).map((way) => ({ name, way }))
  )
]

const runEntry = (
  { name, way }: Entry,
  { backend, job: figures, seed }: Work,
  { backends, directory, scripts, source }: Settings
) =>
  Effect.gen(function*() {
    const fs = yield* FileSystem.FileSystem
    const place = { directory, prefix: "run-" }
    // Many files stay until all has been measured: ext4 gives no inode away again for minutes after its file is gone, and
    // looks at each of them whenever it creates one. The next contender would pay for the last one's files.
    const run = yield* figures.count === undefined ? fs.makeTempDirectoryScoped(place) : fs.makeTempDirectory(place)
    const datadir = `${run}/images`
    const service = backend === undefined ? undefined : backends.get(backend)
    yield* fs.makeDirectory(datadir)
    const job: Job = {
      count: 1,
      concurrency: 1,
      length: 0,
      ...figures,
      ...way,
      ...(service === undefined ? {} : yield* service),
      source,
      datadir,
      target: `${run}/copy`
    }
    if (seed !== undefined) {
      yield* measure(seed, contenders[seed].command(scripts), { ...job, operation: "add" })
    }
    return yield* measure(name, contenders[name].command(scripts), job)
  }).pipe(
    Effect.scoped
  )

const sameWork = (
  work: string,
  entries: ReadonlyArray<Entry>,
  reports: ReadonlyArray<ReadonlyArray<Report>>
) => {
  const outcomes = reports.flatMap((round) => round.map(({ bytes, checksum = "" }) => `${bytes} bytes ${checksum}`))
  return new Set(outcomes).size === 1
    ? Effect.void
    : new Disagreement({
      work,
      outcomes: outcomes.map((outcome, index) => `${entries[index % entries.length]?.name}: ${outcome}`)
    })
}
