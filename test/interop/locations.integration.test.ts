/** What both read from a URI, and the URIs that ours refuses on purpose, each with the reason. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Directory from "../internal/file/Directory.js"
import { Oracle } from "./Oracle.js"
import * as Pair from "./Pair.js"

/** Files whose sizes tell them apart, in the data directory and, the last one, beside it. */
const files: Readonly<Record<string, number>> = {
  "datadir/plain": 1,
  "datadir/a b": 2,
  "datadir/a%20b": 3,
  "datadir/a;b": 4,
  "datadir/a": 5,
  "datadir/back\\slash": 6,
  "datadir/ö": 7,
  "datadir/o\u0308": 8,
  "datadir/sub/below": 9,
  "datadir/mark\uFEFF": 10,
  "outside": 11
}

const prepare = Effect.gen(function*() {
  const oracle = yield* Oracle
  const root = yield* Directory.make
  const datadir = path.join(root, "datadir")
  fs.mkdirSync(path.join(datadir, "sub"), { recursive: true })
  for (const [name, size] of Object.entries(files)) {
    fs.writeFileSync(path.join(root, name), new Uint8Array(size))
  }
  fs.symlinkSync("plain", path.join(datadir, "link"))
  fs.symlinkSync("nothing", path.join(datadir, "dangling"))
  fs.symlinkSync("..", path.join(datadir, "up"))
  return {
    root,
    datadir,
    ours: yield* Pair.ours({ datadir }),
    unconfined: yield* Pair.ours({ datadir, confine: false }),
    original: yield* oracle.configure(Pair.inConfigurationFile({ datadir }))
  }
})

/** Where `$` stands for the data directory, and `@` for the one above it. */
const read: ReadonlyArray<readonly [uri: string, size: number]> = [
  ["file://$/plain", 1],
  ["filesystem://$/plain", 1],
  ["file:///$/plain", 1],
  ["file://$//plain", 1],
  ["file://$/./plain", 1],
  ["file://$/a b", 2],
  ["file://$/a%20b", 3],
  ["file://$/a;b", 4],
  ["file://$/a", 5],
  ["file://$/a ", 5],
  ["file://$/a\u0085", 5],
  ["file://$/a\u00A0\u3000", 5],
  ["file://$/a?b", 5],
  ["file://$/a#b", 5],
  ["file://$/a?b#c", 5],
  ["file://$/back\\slash", 6],
  ["file://$/ö", 7],
  ["file://$/o\u0308", 8],
  ["file://$/sub/below", 9],
  ["file://$/mark\uFEFF", 10]
]

/** Neither reads them; the error is that of ours. */
const refused: ReadonlyArray<readonly [uri: string, error: string]> = [
  ["file://$/nothing", "ImageNotFound"],
  ["file://$/a+b", "ImageNotFound"],
  ["file://$/PLAIN", "ImageNotFound"],
  ["file://$/plain/below", "ImageNotFound"],
  ["file://$/nothing/below", "ImageNotFound"],
  ["file://$/dangling", "ImageNotFound"],
  ["file://$/" + "n".repeat(256), "ImageNotFound"],
  ["file://", "BadStoreUri"],
  ["file:// ", "BadStoreUri"],
  ["file://?a", "BadStoreUri"],
  ["file:$/plain", "BadStoreUri"],
  ["file:plain", "BadStoreUri"],
  ["fake://$/plain", "UnknownScheme"],
  ["files://$/plain", "UnknownScheme"]
]

interface Difference {
  readonly uri: string
  /** A size, or an error. */
  readonly original: number | string
  readonly ours: number | string
  readonly because: string
}

const differences: ReadonlyArray<Difference> = [
  {
    uri: "FILE://$/plain",
    original: "BadStoreUri",
    ours: 1,
    because: "the case of a scheme has no meaning, and the original itself finds the store"
  },
  {
    uri: "",
    original: "UnknownScheme",
    ours: "BadStoreUri",
    because: "what has no scheme is no URI"
  },
  {
    uri: "//$/plain",
    original: "UnknownScheme",
    ours: "BadStoreUri",
    because: "what has no scheme is no URI"
  },
  {
    uri: "file://plain",
    original: "NotFound",
    ours: "BadStoreUri",
    because: "a relative path means something else in each process"
  },
  {
    uri: "file://host/plain",
    original: "NotFound",
    ours: "BadStoreUri",
    because: "the original glues the host to the path, which is relative then"
  },
  {
    uri: "file://$/pla\nin",
    original: 1,
    ours: "BadStoreUri",
    because: "the original takes line ends and tabs out of a URI, so that two of them are one"
  },
  {
    uri: "file://$/pla\u0001in",
    original: "NotFound",
    ours: "BadStoreUri",
    because: "control characters are in no location that can be logged"
  },
  {
    uri: "file://[$/plain",
    original: "ValueError",
    ours: "BadStoreUri",
    because: "unbalanced brackets are a bad URI, and no error of the language"
  },
  {
    uri: "file://$/../outside",
    original: 11,
    ours: "BadStoreUri",
    because: "a location does not lead out of the data directories"
  },
  {
    uri: "file://$/../datadir/plain",
    original: 1,
    ours: "BadStoreUri",
    because: "none of ours has .., and with symbolic links it leads anywhere"
  },
  {
    uri: "file://$/up/outside",
    original: 11,
    ours: "BadStoreUri",
    because: "a symbolic link does not lead out of the data directories either"
  },
  {
    uri: "file://@/outside",
    original: 11,
    ours: "BadStoreUri",
    because: "a location does not lead out of the data directories"
  },
  {
    uri: "file://$/link",
    original: 1,
    ours: "ImageNotFound",
    because: "an image is a file, and links are not followed"
  }
]

it.layer(Oracle.layer)("the URI", (it) => {
  for (const [template, size] of read) {
    it.scoped(`${JSON.stringify(template)} is the same file for both`, () =>
      Effect.gen(function*() {
        const { datadir, original, ours } = yield* prepare
        const uri = template.replace("$", datadir)
        assert.deepStrictEqual([yield* ours.getSize(uri), yield* original.getSize(uri)], [size, size])
        assert.strictEqual((yield* ours.get(uri)).bytes.length, size)
        yield* ours.delete(uri)
        yield* Pair.failAlike(ours.getSize(uri), original.getSize(uri))
      }))
  }

  for (const [template, error] of refused) {
    it.scoped(`${JSON.stringify(template)} is refused by both`, () =>
      Effect.gen(function*() {
        const { datadir, original, ours } = yield* prepare
        const uri = template.replace("$", datadir)
        for (const operation of ["get", "getSize", "delete"] as const) {
          assert.strictEqual(yield* Pair.failAlike(ours[operation](uri), original[operation](uri)), error)
        }
      }))
  }

  for (const { because, original: theirs, ours: own, uri: template } of differences) {
    it.scoped(`${JSON.stringify(template)} is not the same for both: ${because}`, () =>
      Effect.gen(function*() {
        const { datadir, original, ours, root } = yield* prepare
        const uri = template.replace("$", datadir).replace("@", root)
        assert.strictEqual(yield* Pair.outcome(original.getSize(uri)), theirs)
        assert.strictEqual(yield* Pair.outcome(ours.getSize(uri)), own)
        assert.strictEqual(
          yield* Pair.outcome(Effect.map(ours.get(uri), ({ bytes }) => bytes.length)),
          own
        )
        if (typeof own === "string") {
          assert.strictEqual(yield* Pair.outcome(ours.delete(uri)), own)
        }
      }))
  }

  for (
    const template of ["file://@/outside", "file://$/../outside", "file://$/../datadir/plain", "file://$/up/outside"]
  ) {
    it.scoped(`${JSON.stringify(template)} is the same file for both where ours is not confined`, () =>
      Effect.gen(function*() {
        const { datadir, original, root, unconfined } = yield* prepare
        const uri = template.replace("$", datadir).replace("@", root)
        const size = yield* original.getSize(uri)
        assert.strictEqual(yield* unconfined.getSize(uri), size)
        assert.strictEqual((yield* unconfined.get(uri)).bytes.length, size)
        yield* unconfined.delete(uri)
        yield* Pair.failAlike(unconfined.getSize(uri), original.getSize(uri))
      }))
  }

  it.scoped("of a relative path is the same file for both where ours is not confined", () =>
    Effect.gen(function*() {
      const { datadir, original, unconfined } = yield* prepare
      const uri = `file://${path.relative(process.cwd(), datadir)}/plain`
      assert.deepStrictEqual([yield* unconfined.getSize(uri), yield* original.getSize(uri)], [1, 1])
    }))

  it.scoped("of an image is written by ours as the original writes the one it has read", () =>
    Effect.gen(function*() {
      const { datadir, original, ours } = yield* prepare
      const { uri } = yield* ours.add("new image; 100%", new Uint8Array(3))
      assert.deepStrictEqual(yield* original.parse(uri), { path: `${datadir}/new image; 100%`, uri })
    }))
})
