/** The modes of image files and of their directories: the same from both, for every permission that is configured. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Directory from "../internal/file/Directory.js"
import * as Image from "../internal/file/Image.js"
import { Oracle } from "./Oracle.js"
import * as Pair from "./Pair.js"

const modeOf = (file: string) => (fs.statSync(file).mode & 0o7777).toString(8)

/** `before` is the mode of the directory, which both find there. */
const cases: ReadonlyArray<readonly [filePerm: number, before: number]> = [
  [744, 0o700],
  [641, 0o700],
  [640, 0o700],
  [604, 0o700],
  [600, 0o700],
  [400, 0o700],
  [777, 0o700],
  [700, 0o750],
  [660, 0o751],
  [754, 0o755],
  [666, 0o2750],
  [640, 0o1700],
  [0, 0o700],
  [-5, 0o711]
]

it.layer(Oracle.layer)("permissions", (it) => {
  for (const [filePerm, before] of cases) {
    it.scoped(`of ${filePerm} in a directory of ${before.toString(8)} give the same modes in both`, () =>
      Effect.gen(function*() {
        const oracle = yield* Oracle
        const root = yield* Directory.make
        const modes = yield* Effect.forEach(["ours", "original"] as const, (name) =>
          Effect.gen(function*() {
            const datadir = path.join(root, name)
            fs.mkdirSync(datadir)
            fs.chmodSync(datadir, before)
            const options = { datadir, filePerm }
            const side = name === "ours"
              ? yield* Pair.ours(options)
              : yield* oracle.configure(Pair.inConfigurationFile(options))
            yield* side.add("image", Image.text("abc"))
            return { directory: modeOf(datadir), file: modeOf(path.join(datadir, "image")) }
          }))
        assert.deepStrictEqual(modes[0], modes[1])
      }))
  }

  it.scoped("of directories that have to be made are the same in both, down from the first that was missing", () =>
    Effect.gen(function*() {
      const oracle = yield* Oracle
      const root = yield* Directory.make
      const below = ["", "first", "first/second"]
      yield* Pair.ours({ datadir: path.join(root, "ours/first/second"), filePerm: 640 })
      yield* oracle.configure(
        Pair.inConfigurationFile({ datadir: path.join(root, "original/first/second"), filePerm: 640 })
      )
      assert.deepStrictEqual(
        below.map((name) => modeOf(path.join(root, "ours", name))),
        below.map((name) => modeOf(path.join(root, "original", name)))
      )
    }))
})
