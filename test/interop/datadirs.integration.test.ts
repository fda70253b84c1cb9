/** Several data directories: which of them each store puts an image into, and whether the other finds it there. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Syscalls from "../../src/internal/disk/Syscalls.js"
import * as Directory from "../internal/file/Directory.js"
import * as Image from "../internal/file/Image.js"
import { Oracle } from "./Oracle.js"
import * as Pair from "./Pair.js"
import type { Added } from "./Side.js"

interface Choice {
  /** Name, priority as it is written, and free bytes. */
  readonly directories: ReadonlyArray<readonly [name: string, priority: string, free: number]>
  readonly size: number
  /** The directory of both, or the error. */
  readonly chosen: string
}

const choices: ReadonlyArray<Choice> = [
  { directories: [["a", "100", 50], ["b", "200", 50]], size: 10, chosen: "b" },
  { directories: [["a", "200", 50], ["b", "100", 50]], size: 10, chosen: "a" },
  { directories: [["a", "", 50], ["b", "-1", 90]], size: 10, chosen: "a" },
  { directories: [["a", "-5", 50], ["b", "", 50]], size: 10, chosen: "b" },
  { directories: [["a", "+5", 50], ["b", " 3 ", 50]], size: 10, chosen: "a" },
  { directories: [["a", "9", 50], ["b", "10", 50]], size: 10, chosen: "b" },
  { directories: [["a", "1", 50], ["b", "1", 51]], size: 10, chosen: "b" },
  { directories: [["a", "1", 50], ["b", "1", 50], ["c", "1", 50]], size: 10, chosen: "a" },
  { directories: [["a", "100", 9], ["b", "50", 50]], size: 10, chosen: "b" },
  { directories: [["a", "100", 10], ["b", "50", 50]], size: 10, chosen: "a" },
  { directories: [["a", "100", 9], ["b", "100", 8], ["c", "", 10], ["d", "", 11]], size: 10, chosen: "d" },
  { directories: [["a", "100", 0], ["b", "50", 1]], size: 1, chosen: "b" },
  { directories: [["a", "100", 9], ["b", "50", 9]], size: 10, chosen: "StorageFull" },
  { directories: [["a", "100", 0], ["b", "50", 0]], size: 1, chosen: "StorageFull" }
]

/** Ours and the original's, with the same directories, each of which has the free bytes that it is said to have. */
const withFreeSpace = (directories: Choice["directories"]) =>
  Effect.gen(function*() {
    const oracle = yield* Oracle
    const root = yield* Directory.make
    const free = Object.fromEntries(directories.map(([name, , bytes]) => [path.join(root, name), bytes]))
    const datadirs = directories.map(([name, priority]) =>
      priority === "" ? path.join(root, name) : `${path.join(root, name)}:${priority}`
    )
    const statfs: Syscalls.Calls["statfs"] = (directory, callback) => {
      const bavail = free[directory] ?? 0
      callback(null, { type: 0, bsize: 1, blocks: bavail, bfree: bavail, bavail, files: 0, ffree: 0 })
    }
    return {
      root,
      ours: yield* Effect.provideService(Pair.ours({ datadirs }), Syscalls.Syscalls, { ...Syscalls.node, statfs }),
      original: yield* oracle.configure(Pair.inConfigurationFile({ datadirs }), free)
    }
  })

const describe = ({ chosen, directories, size }: Choice) =>
  `${chosen} for ${size} bytes and ${
    directories.map(([name, priority, free]) => `${name}:${priority} with ${free}`).join(", ")
  }`

it.layer(Oracle.layer)("data directories", (it) => {
  for (const choice of choices) {
    it.scoped(`both choose ${describe(choice)}`, () =>
      Effect.gen(function*() {
        const { original, ours, root } = yield* withFreeSpace(choice.directories)
        const bytes = Image.noise(choice.size)
        const directory = ({ uri }: Added) => path.basename(path.dirname(uri))
        const came = yield* Effect.all([
          Pair.outcome(Effect.map(ours.add("ours", bytes), directory)),
          Pair.outcome(Effect.map(original.add("original", bytes), directory))
        ])
        assert.deepStrictEqual(came, [choice.chosen, choice.chosen])
        const there = Directory.list(root).filter((file) => file.includes("/"))
        assert.deepStrictEqual(
          there,
          choice.chosen === "StorageFull" ? [] : [`${choice.chosen}/original`, `${choice.chosen}/ours`]
        )
      }))
  }

  it.scoped("that are all full take an empty image in ours, which needs no room; the original refuses it", () =>
    Effect.gen(function*() {
      const { original, ours } = yield* withFreeSpace([["a", "2", 0], ["b", "1", 0]])
      assert.strictEqual(yield* Pair.outcome(original.add("image", new Uint8Array(0))), "StorageFull")
      assert.strictEqual((yield* ours.add("image", new Uint8Array(0))).size, 0)
    }))

  it.scoped("hold an id once in ours; the original looks for it in the chosen one alone", () =>
    Effect.gen(function*() {
      const { original, ours, root } = yield* withFreeSpace([["a", "2", 50], ["b", "1", 50]])
      fs.writeFileSync(path.join(root, "b", "image"), "there before")
      assert.strictEqual(yield* Pair.outcome(ours.add("image", Image.noise(3))), "DuplicateImage")
      yield* original.add("image", Image.noise(3))
      assert.deepStrictEqual(Directory.list(root).filter((file) => file.includes("/")), ["a/image", "b/image"])
    }))

  it.scoped("are all read by both, wherever the other has put an image", () =>
    Effect.gen(function*() {
      const { original, ours, root } = yield* withFreeSpace([["a", "2", 5], ["b", "1", 1000]])
      for (const [writer, reader] of [[ours, original], [original, ours]] as const) {
        const small = yield* writer.add("small", Image.noise(5))
        const large = yield* writer.add("large", Image.noise(6))
        assert.deepStrictEqual([small.uri, large.uri], [`file://${root}/a/small`, `file://${root}/b/large`])
        assert.deepStrictEqual([yield* reader.getSize(small.uri), yield* reader.getSize(large.uri)], [5, 6])
        yield* reader.delete(small.uri)
        yield* reader.delete(large.uri)
      }
    }))

  it.scoped("with the disk's own free space: both prefer the greater priority", () =>
    Effect.gen(function*() {
      const oracle = yield* Oracle
      const root = yield* Directory.make
      const datadirs = [`${root}/low:1`, `${root}/high:2`, `${root}/middle`]
      const ours = yield* Pair.ours({ datadirs })
      const original = yield* oracle.configure(Pair.inConfigurationFile({ datadirs }))
      assert.strictEqual((yield* ours.add("ours", Image.noise(3))).uri, `file://${root}/high/ours`)
      assert.strictEqual((yield* original.add("original", Image.noise(3))).uri, `file://${root}/high/original`)
    }))

  it.scoped("may be written with more slashes or dots than they need, or lead over a symbolic link", () =>
    Effect.gen(function*() {
      const oracle = yield* Oracle
      const root = yield* Directory.make
      fs.mkdirSync(path.join(root, "images"))
      fs.symlinkSync("images", path.join(root, "link"))
      const written = [`${root}/images`, `${root}//images/`, `${root}/./images`, `${root}/link`]
      const ours = yield* Effect.forEach(written, (datadir) => Pair.ours({ datadir }))
      const originals = yield* Effect.forEach(
        written,
        (datadir) => oracle.configure(Pair.inConfigurationFile({ datadir }))
      )
      for (const [writers, readers] of [[ours, originals], [originals, ours]] as const) {
        for (const writer of writers) {
          const { uri } = yield* writer.add("image", Image.noise(7))
          for (const reader of readers) {
            assert.strictEqual(yield* reader.getSize(uri), 7, uri)
            assert.strictEqual((yield* reader.get(uri)).bytes.length, 7, uri)
          }
          yield* Effect.all(readers.slice(0, 1).map((reader) => reader.delete(uri)))
        }
      }
    }))
})
