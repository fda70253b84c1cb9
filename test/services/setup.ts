import * as Effect from "effect/Effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import type { TestProject } from "vitest/node"
import { install, names, stop } from "./control.js"

/**
 * Vitest's set-up of the integration tests: installs the original glance_store, which they read and write with. What
 * else they need they start themselves (`started.ts`), once a run, and it is stopped here.
 */
export const setup = async ({ provide }: TestProject): Promise<() => Promise<void>> => {
  await Effect.runPromise(install("oracle"))
  // A short path: it will have Unix sockets in it.
  const directory = mkdtempSync(`${tmpdir()}/gs-`)
  provide("services", { directory, owner: process.pid })
  return async () => {
    await Effect.runPromise(Effect.forEach(names, (name) => stop(name, directory), { discard: true }))
    rmSync(directory, { recursive: true, force: true })
  }
}
