/**
 * What it costs to import the library: for each of its modules a fresh process that imports nothing else, beside one that
 * imports what of Effect every program here has. Of the published JavaScript: `npm run build` comes first.
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Command from "@effect/platform/Command"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { spread } from "./summary.js"

const rounds = 5

const effect = ["effect/Effect", "effect/Layer", "effect/Schema", "effect/Stream"]

const contenders: ReadonlyArray<readonly [title: string, modules: ReadonlyArray<string>]> = [
  ["nothing", []],
  ["Effect, Layer, Schema and Stream of effect", effect],
  ...[
    "effect-glance-store",
    "effect-glance-store/FileStore",
    "effect-glance-store/MemoryStore",
    "effect-glance-store/HttpStore",
    "effect-glance-store/S3Store",
    "effect-glance-store/GlanceConf"
  ].map((module) => [module, [module]] as const)
]

const Cost = Schema.parseJson(Schema.Struct({ milliseconds: Schema.Number, resident: Schema.Number }))

const measure = (modules: ReadonlyArray<string>) => {
  const script = `
    const begin = performance.now()
    for (const module of ${JSON.stringify(modules)}) await import(module)
    const milliseconds = performance.now() - begin
    console.log(JSON.stringify({ milliseconds, resident: process.memoryUsage().rss / 2 ** 20 }))`
  return Effect.flatMap(
    Command.string(Command.make(process.execPath, "--no-warnings", "--input-type=module", "--eval", script)),
    Schema.decode(Cost)
  )
}

const bench = Effect.gen(function*() {
  const measured = yield* Effect.replicateEffect(
    Effect.forEach(contenders, ([, modules]) => measure(modules)),
    rounds
  )
  yield* Console.log(`Importing, median of ${rounds} rounds (min to max), Node ${process.version}\n`)
  yield* Effect.forEach(contenders, ([title], index) => {
    const costs = measured.flatMap((round) => round[index] ?? [])
    const time = spread(costs.map(({ milliseconds }) => milliseconds))
    const memory = spread(costs.map(({ resident }) => resident))
    return Console.log(
      `${title.padEnd(44)}${time.median.toFixed(0).padStart(6)} ms (${time.min.toFixed(0)} to ${time.max.toFixed(0)})` +
        `${memory.median.toFixed(0).padStart(8)} MiB resident`
    )
  }, { discard: true })
})

NodeRuntime.runMain(Effect.provide(bench, NodeContext.layer))
