/**
 * What a process leaves that is killed with SIGKILL while it adds images: whole images, and temporaries that the sweep
 * knows. That what is on the disk is there after a power failure too is the operating system's matter, and the order of the
 * calls that ask for it is held elsewhere.
 */
import { afterAll, assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as FileStore from "../../src/FileStore.js"
import * as Directory from "../internal/file/Directory.js"
import * as Image from "../internal/file/Image.js"
import * as Reader from "../internal/file/Reader.js"
import * as Program from "./Program.js"
import * as Writer from "./writer.js"

const scope = Effect.runSync(Scope.make())
const compiled = Effect.runSync(Effect.cached(Scope.extend(Program.make("writer"), scope)))
afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))

/** What a writer has made from a Report. */
const reportOf = (ending: Program.Ending) => Program.reported(ending) as Writer.Report

const isTemporary = (name: string) => /^\.image-\d+-\d+\.[0-9a-f]{16}\.partial$/.test(name)

/** The image that a visible file must be. */
const described = (name: string) => {
  const [, size, seed] = /^image-(\d+)-(\d+)$/.exec(name) ?? []
  if (size === undefined || seed === undefined) throw new Error(`${name} is neither an image nor a temporary`)
  return Writer.describe(Number(size), Number(seed))
}

/** Looks at what a crash has left, adds the image again, and sweeps. */
const inspect = (datadir: string, where: string, again?: Writer.Description) =>
  Effect.gen(function*() {
    const visible = Directory.list(datadir).filter((name) => !isTemporary(name))
    for (const name of visible) {
      const bytes = fs.readFileSync(`${datadir}/${name}`)
      assert.isTrue(bytes.equals(Writer.bytesOf(described(name))), `${where}: ${name} has ${bytes.length} bytes`)
    }
    const store = yield* FileStore.make({ datadir })
    if (again !== undefined) {
      const added = yield* Effect.either(store.add(again.imageId, Stream.make(Writer.bytesOf(again))))
      assert.strictEqual(added._tag, visible.includes(again.imageId) ? "Left" : "Right", where)
      const read = yield* Reader.read(store, `file://${datadir}/${again.imageId}`)
      assert.strictEqual(Image.md5(read.bytes), Image.md5(Writer.bytesOf(again)), where)
    }
    const before = Directory.snapshot(datadir)
    const left = Directory.list(datadir).filter(isTemporary)
    assert.deepStrictEqual(yield* FileStore.sweep({ datadir }, { olderThan: "1 hour" }), [], where)
    assert.deepStrictEqual(Directory.snapshot(datadir), before, where)
    const swept = yield* FileStore.sweep({ datadir }, { olderThan: 0 })
    assert.deepStrictEqual(swept.toSorted(), left.map((name) => `${datadir}/${name}`), where)
    const images = Object.fromEntries(Object.entries(before).filter(([name]) => !isTemporary(name)))
    assert.deepStrictEqual(Directory.snapshot(datadir), images, where)
    return { left: left.length, visible: visible.length }
  })

const image = Writer.describe(3500, 1)

/** Where there are no links, an empty file holds the name until the temporary is renamed over it; a crash may leave it. */
const releaseClaim = (datadir: string, calls: ReadonlyArray<string>, place: number) =>
  Effect.sync(() => {
    const claim = `${datadir}/${image.imageId}`
    const claimed = calls.indexOf("open", calls.indexOf("link"))
    if (place >= claimed && place <= calls.indexOf("rename") && fs.existsSync(claim) && fs.statSync(claim).size === 0) {
      fs.rmSync(claim)
    }
  })

interface Variant {
  readonly name: string
  readonly moment: "before" | "during"
  readonly options?: FileStore.Options
  readonly links?: boolean
  readonly threads?: boolean
}

const variants: ReadonlyArray<Variant> = [
  { name: "plain", moment: "before" },
  { name: "plain", moment: "during" },
  { name: "hashed in threads", moment: "during", threads: true },
  {
    name: "thin, with a mode and a time limit",
    moment: "during",
    options: { thinProvisioning: true, filePerm: 640, timeout: 60 }
  },
  { name: "where there are no links", moment: "before", links: false },
  { name: "where there are no links, hashed in threads", moment: "before", links: false, threads: true }
]

describe("a process that is killed while it adds an image", () => {
  for (const { links = true, moment, name, options = {}, threads = false } of variants) {
    it.scopedLive(
      `${moment} any of its system calls leaves the whole image or nothing, ${name}`,
      () =>
        Effect.gen(function*() {
          const program = yield* compiled
          const write = (datadir: string, more?: Pick<Writer.Plan, "suicide">) => {
            const plan: Writer.Plan = {
              options: { ...options, datadir, chunkSize: 1000 },
              links,
              threads,
              image,
              ...more
            }
            return Program.run(program, [JSON.stringify(plan)])
          }
          const { calls, outcome } = reportOf(yield* write(yield* Directory.make))
          assert.strictEqual(outcome, Image.md5(Writer.bytesOf(image)))
          assert.includeMembers(calls.slice(), ["open", "write", "fsync", links ? "link" : "rename", "unlink", "close"])

          const crashes = yield* Effect.forEach(calls, (call, place) =>
            Effect.scoped(Effect.gen(function*() {
              const where = `${moment} call ${place}, ${call}, of ${calls.join(" ")}`
              const datadir = yield* Directory.make
              const { complaints, signal } = yield* write(datadir, { suicide: { call: place, moment } })
              assert.strictEqual(signal, "SIGKILL", `${where}: ${complaints}`)
              if (!links) yield* releaseClaim(datadir, calls, place)
              return yield* inspect(datadir, where, image)
            })), { concurrency: 2 })
          // There were some of all kinds.
          assert.isTrue(crashes.some(({ left, visible }) => left === 0 && visible === 0))
          assert.isTrue(crashes.some(({ left, visible }) => left === 1 && visible === 0))
          assert.isTrue(crashes.some(({ visible }) => visible === 1))
        }),
      120_000
    )
  }

  it.scopedLive("at any moment leaves whole images and temporaries", () =>
    Effect.gen(function*() {
      const program = yield* compiled
      const kills = yield* Effect.forEach(Array.from({ length: 30 }, (_, round) => round), (round) =>
        Effect.scoped(Effect.gen(function*() {
          const datadir = yield* Directory.make
          const threads = round % 2 === 0
          const plan: Writer.Plan = { options: { datadir, chunkSize: 4096 }, threads, image: "many" }
          const writer = yield* Program.start(program, [JSON.stringify(plan)])
          const early = round % 10 === 0
          if (!early) {
            yield* Effect.zipRight(writer.ready, writer.go)
          }
          yield* Effect.sleep(yield* Random.nextIntBetween(0, early ? 400 : 100))
          yield* writer.kill
          const { complaints, signal } = yield* writer.ended
          assert.strictEqual(signal, "SIGKILL", complaints)
          return yield* inspect(datadir, `round ${round}`)
        })), { concurrency: 2 })
      assert.isTrue(kills.some(({ left }) =>
        left > 0
      ))
      assert.isTrue(kills.some(({ visible }) =>
        visible > 0
      ))
    }), 240_000)
})

describe("processes that add one id at one time", () => {
  for (const links of [true, false]) {
    it.scopedLive(
      `are one that wins and others that are told so${links ? "" : ", where there are no links"}`,
      () =>
        Effect.gen(function*() {
          const program = yield* compiled
          const datadir = yield* Directory.make
          const seeds = [1, 2, 3, 4]
          const contested = (seed: number) => ({ imageId: "contested", size: 20_000 + seed, seed })
          const writers = yield* Effect.forEach(seeds, (seed) => {
            const plan: Writer.Plan = { options: { datadir }, links, image: contested(seed) }
            return Program.start(program, [JSON.stringify(plan)])
          })
          yield* Effect.forEach(writers, ({ ready }) => ready)
          yield* Effect.forEach(writers, ({ go }) => go)
          const outcomes = yield* Effect.forEach(
            writers,
            ({ ended }) => Effect.map(ended, (ending) => reportOf(ending).outcome)
          )
          assert.strictEqual(outcomes.filter((outcome) => outcome === "DuplicateImage").length, seeds.length - 1)
          const winner = outcomes.findIndex((outcome) => outcome !== "DuplicateImage")
          const bytes = fs.readFileSync(`${datadir}/contested`)
          assert.isTrue(bytes.equals(Writer.bytesOf(contested(seeds[winner] ?? 0))))
          assert.strictEqual(outcomes[winner], Image.md5(bytes))
          assert.deepStrictEqual(Directory.list(datadir), ["contested"])
        }),
      60_000
    )
  }
})
