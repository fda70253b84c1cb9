/** A file of this directory as a program of its own: compiled once, for one that compiles itself outlives its crash. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { spawn } from "node:child_process"
import * as fs from "node:fs"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import * as Directory from "../internal/file/Directory.js"
import { modules } from "../sources.js"

const root = fileURLToPath(new URL("../../", import.meta.url))

const sources = [
  ...modules.map((module) => `src/${module}`),
  "test/crash/giant.ts",
  "test/crash/writer.ts",
  "test/internal/file/Faults.ts",
  "test/internal/file/Image.ts",
  "test/internal/file/Reader.ts"
]

/** The compiled program, until the end of the scope. */
export const make = (name: "giant" | "writer") =>
  Effect.map(Directory.make, (directory) => {
    for (const source of sources) {
      const { outputText } = ts.transpileModule(fs.readFileSync(path.join(root, source), "utf8"), {
        compilerOptions: { module: ts.ModuleKind.ES2022, target: ts.ScriptTarget.ES2022, verbatimModuleSyntax: true }
      })
      const compiled = path.join(directory, source.replace(/\.ts$/, ".js"))
      fs.mkdirSync(path.dirname(compiled), { recursive: true })
      fs.writeFileSync(compiled, outputText)
    }
    fs.writeFileSync(path.join(directory, "package.json"), JSON.stringify({ type: "module" }))
    fs.symlinkSync(path.join(root, "node_modules"), path.join(directory, "node_modules"))
    return path.join(directory, `test/crash/${name}.js`)
  })

export interface Ending {
  readonly signal: NodeJS.Signals | null
  /** The last line of its standard output. */
  readonly said: string
  readonly complaints: string
}

/** A process of the program; killed with the scope, if it still runs. `before` is a command that runs commands. */
export const start = (program: string, args: ReadonlyArray<string>, before: ReadonlyArray<string> = []) =>
  Effect.gen(function*() {
    const ready = yield* Deferred.make<void>()
    const ended = yield* Deferred.make<Ending>()
    const child = yield* Effect.acquireRelease(
      Effect.sync(() => {
        const [executable = "", ...all] = [...before, process.execPath, program, ...args]
        return spawn(executable, all, { stdio: "pipe" })
      }),
      (running) => Effect.sync(() => running.kill("SIGKILL"))
    )
    let said = ""
    let complaints = ""
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text
      Deferred.unsafeDone(ready, Effect.void)
    })
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      complaints += text
    })
    // It may be gone when it is told to go.
    child.stdin.on("error", () => {})
    child.on("close", (_, signal) => {
      Deferred.unsafeDone(ready, Effect.void)
      Deferred.unsafeDone(ended, Effect.succeed({ signal, said: said.trim().split("\n").at(-1) ?? "", complaints }))
    })
    return {
      /** When it has said something, or has ended. */
      ready: Deferred.await(ready),
      go: Effect.sync(() => child.stdin.write("go")),
      kill: Effect.sync(() => child.kill("SIGKILL")),
      ended: Deferred.await(ended)
    }
  })

/** Lets a process go as soon as it is ready, after what is to be done then, and waits for its end. */
export const run = (
  program: string,
  args: ReadonlyArray<string>,
  { before = [], whenReady = Effect.void }: {
    readonly before?: ReadonlyArray<string>
    readonly whenReady?: Effect.Effect<void>
  } = {}
): Effect.Effect<Ending> =>
  Effect.scoped(Effect.gen(function*() {
    const running = yield* start(program, args, before)
    yield* running.ready
    yield* whenReady
    yield* running.go
    return yield* running.ended
  }))

/** What a process has reported that was not killed. */
export const reported = ({ complaints, said, signal }: Ending): unknown => {
  if (signal !== null || complaints !== "") throw new Error(`the process ended with ${signal}: ${complaints}`)
  return JSON.parse(said)
}
