/**
 * A process that adds an image of unknown size to an S3 store and reports by how many bytes its memory has grown at most.
 * Its argument is a `Plan`.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { readFileSync, writeFileSync } from "node:fs"
import * as S3Store from "../../src/S3Store.js"

export interface Plan {
  readonly options: S3Store.Options
  /** Bytes of the image. */
  readonly size: number
}

export interface Growth {
  readonly size: number
  readonly bytes: number
}

const KiB = 1024

const run = ({ options, size }: Plan) =>
  Effect.gen(function*() {
    const store = yield* S3Store.make(options)
    // A source that uses its memory again, so that what grows is the store.
    const block = new Uint8Array(256 * KiB).fill(42)
    const add = (imageId: string, length: number) =>
      store.add(imageId, Stream.range(1, length / block.length).pipe(Stream.map(() => block), Stream.rechunk(1)))
    yield* add("warm", block.length)
    globalThis.gc?.()
    writeFileSync("/proc/self/clear_refs", "5")
    const before = peak()
    const added = yield* add("giant", size)
    const growth: Growth = { size: added.size, bytes: peak() - before }
    return growth
  }).pipe(
    Effect.scoped
  )

const peak = () => Number(/^VmHWM:\s+(\d+) kB$/mu.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * KiB

const [, , json] = process.argv
if (json !== undefined) {
  // What the test that has started it has written.
  const plan = JSON.parse(json) as Plan
  Effect.runFork(Effect.map(run(plan), (growth) => process.stdout.write(JSON.stringify(growth))))
}
