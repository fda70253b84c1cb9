/** File systems of a test's own, for what only a real one says. It takes root to mount them. */
import * as Effect from "effect/Effect"
import { execFileSync } from "node:child_process"
import * as Directory from "./Directory.js"

const root = (command: string, ...args: ReadonlyArray<string>) =>
  Effect.sync(() => {
    execFileSync(command, args, { stdio: ["ignore", "pipe", "pipe"] })
  })

/** An empty one in memory; `options` are mount's. Gone with the scope. */
export const make = (options: string) =>
  Effect.gen(function*() {
    const directory = yield* Directory.make
    yield* Effect.acquireRelease(
      root("mount", "-t", "tmpfs", "-o", options, "effect-glance-store-test", directory),
      () => Effect.ignore(Effect.sandbox(unmount(directory)))
    )
    return directory
  })

export const remount = (directory: string, options: string) => root("mount", "-o", `remount,${options}`, directory)

/** At once, whoever still uses it. */
export const unmount = (directory: string) => root("umount", "--lazy", directory)
