/** The library inside a program that was made one file, as users deploy it. */
import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { execFile } from "node:child_process"
import * as path from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../..", import.meta.url))

/** Bundled with all that it needs; `effect-glance-store` is what stands in src. */
const options = {
  absWorkingDir: root,
  bundle: true,
  format: "esm",
  logLevel: "error",
  metafile: true,
  packages: "bundle",
  platform: "node",
  target: "node20",
  tsconfig: path.join(root, "tsconfig.base.json")
} as const

/** One of the programs beside this, as one file in the directory. */
export const make = (program: string, directory: string): Effect.Effect<string> =>
  Effect.gen(function*() {
    const outfile = path.join(directory, `${program}.mjs`)
    const entry = `test/package/programs/${program}.ts`
    yield* Effect.promise(() => build({ ...options, entryPoints: [entry], outfile }))
    return outfile
  })

/** What a program says on its way to a good end. */
export const run = (file: string, ...flags: ReadonlyArray<string>): Effect.Effect<unknown> =>
  Effect.async((resume) => {
    execFile(process.execPath, [...flags, file], { timeout: 25_000 }, (error, stdout, stderr) => {
      resume(error === null ? Effect.sync(() => JSON.parse(stdout)) : Effect.die(new Error(stderr, { cause: error })))
    })
  })

/** The files that importing a module loads, itself among them, as paths from the root. */
export const loaded = (modules: ReadonlyArray<string>): Effect.Effect<ReadonlyMap<string, ReadonlySet<string>>> =>
  Effect.gen(function*() {
    const entryPoints = modules.map((module) => `src/${module}`)
    const { metafile: { inputs } } = yield* Effect.promise(() =>
      build({ ...options, entryPoints, outdir: "build/never-written", write: false })
    )
    const from = (entry: string): ReadonlySet<string> => {
      const files = new Set([entry])
      // A Set shows in its loop what the loop adds to it.
      for (const file of files) {
        for (const { external = false, path: imported } of inputs[file]?.imports ?? []) {
          if (!external) files.add(imported)
        }
      }
      return files
    }
    return new Map(modules.map((module, index) => [module, from(entryPoints[index] ?? "")]))
  })
