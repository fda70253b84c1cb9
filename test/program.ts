/** A program of the repository as its users run it: a process of its own, TypeScript and all. */
import * as Command from "@effect/platform/Command"
import type { CommandExecutor, Process } from "@effect/platform/CommandExecutor"
import type { PlatformError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))

/** How a program has ended, and what it has said. */
export interface Outcome {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface Options {
  readonly env?: Readonly<Record<string, string>>
  /** Standard input; without it, an empty one. */
  readonly stdin?: Stream.Stream<Uint8Array>
}

/** The command line that runs the program, for a shell. */
export const commandLine = (program: string, ...args: ReadonlyArray<string>): ReadonlyArray<string> => [
  process.execPath,
  "--import",
  "tsx",
  program,
  ...args
]

/** Starts it; it is ended with the scope at the latest. */
export const start = (
  [command = "", ...args]: ReadonlyArray<string>,
  { env = {}, stdin = Stream.empty }: Options = {}
): Effect.Effect<Process, PlatformError, CommandExecutor | Scope.Scope> =>
  Effect.gen(function*() {
    const child = yield* Command.make(command, ...args).pipe(
      Command.workingDirectory(root),
      Command.env({ NO_COLOR: "1", ...env }),
      Command.start
    )
    // A program that ends before it has read its input is no fault of the test.
    yield* Effect.forkScoped(Effect.ignore(Stream.run(stdin, child.stdin)))
    return child
  })

/** All that it says, once it has ended. */
export const outcome = (child: Process): Effect.Effect<Outcome, PlatformError> =>
  Effect.all({
    exitCode: child.exitCode,
    stdout: text(child.stdout),
    stderr: text(child.stderr)
  }, { concurrency: "unbounded" })

/** Runs it to its end. */
export const run = (command: ReadonlyArray<string>, options?: Options) =>
  Effect.scoped(Effect.flatMap(start(command, options), outcome))

const text = <E>(bytes: Stream.Stream<Uint8Array, E>) => Stream.mkString(Stream.decodeText(bytes))
