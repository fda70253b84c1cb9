/** Options and the metadata file: their names and defaults, what both refuse, and the metadata that both give. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Backend from "../../src/Backend.js"
import * as FileStore from "../../src/FileStore.js"
import * as Directory from "../internal/file/Directory.js"
import * as Image from "../internal/file/Image.js"
import { Oracle } from "./Oracle.js"
import * as Pair from "./Pair.js"

/** What comes of making a store: `made`, or the error. */
const attempts = (options: (root: string) => Pair.Options) =>
  Effect.gen(function*() {
    const oracle = yield* Oracle
    const root = yield* Directory.make
    fs.writeFileSync(path.join(root, "a-file"), "")
    return {
      ours: yield* Pair.outcome(Effect.as(Pair.ours(options(root)), "made")),
      original: yield* Pair.outcome(Effect.as(oracle.configure(Pair.inConfigurationFile(options(root))), "made"))
    }
  })

const configurations: ReadonlyArray<readonly [name: string, options: (root: string) => Pair.Options]> = [
  ["an empty directory and no others", () => ({ datadir: "" })],
  ["an empty list of directories", () => ({ datadir: "", datadirs: [] })],
  ["one directory and several", (root) => ({ datadir: `${root}/a`, datadirs: [`${root}/b:1`] })],
  ["a priority that is no number", (root) => ({ datadirs: [`${root}/a:x`] })],
  ["a priority that is a fraction", (root) => ({ datadirs: [`${root}/a:1.5`] })],
  ["a priority without a path", () => ({ datadirs: [":5"] })],
  ["an empty path among others", (root) => ({ datadirs: [`${root}/a:1`, " "] })],
  ["two priorities of one directory", (root) => ({ datadirs: [`${root}/a:1`, `${root}/b:2`, `${root}/a:3`] })],
  ["a directory below a file", (root) => ({ datadir: `${root}/a-file/images` })],
  ["a file mode that its owner may not read", (root) => ({ datadir: `${root}/a`, filePerm: 7 })],
  ["a file mode that its owner may only write", (root) => ({ datadir: `${root}/a`, filePerm: 200 })],
  ["a metadata file that is not there", (root) => ({ datadir: `${root}/a`, metadataFile: `${root}/nothing` })],
  ["a metadata file that is a directory", (root) => ({ datadir: `${root}/a`, metadataFile: root })],
  ["an empty metadata file", (root) => ({ datadir: `${root}/a`, metadataFile: `${root}/a-file` })]
]

const good: ReadonlyArray<readonly [name: string, options: (root: string) => Pair.Options]> = [
  ["a directory that has to be made", (root) => ({ datadir: `${root}/a/b/c` })],
  ["a directory without a priority after its colon", (root) => ({ datadirs: [`${root}/a:`] })],
  ["a directory given twice with one priority", (root) => ({ datadirs: [`${root}/a:1`, `${root}/a:1`] })],
  ["a directory with a colon in its path", (root) => ({ datadirs: [`${root}/a:b:1`] })]
]

const differences: ReadonlyArray<{
  readonly name: string
  readonly options: (root: string) => Pair.Options
  readonly original: string
  readonly ours: string
}> = [
  {
    name: "digits that are not octal: a mistake in the options, and no error of the language",
    options: (root) => ({ datadir: `${root}/a`, filePerm: 899 }),
    original: "ValueError",
    ours: "BadStoreConfiguration"
  },
  {
    name: "a file in the place of the directory: no image could ever be added",
    options: (root) => ({ datadir: `${root}/a-file` }),
    original: "made",
    ours: "BadStoreConfiguration"
  },
  {
    name: "a path that a location cannot have: what is added there is never found again",
    options: (root) => ({ datadir: `${root}/a?b` }),
    original: "made",
    ours: "BadStoreConfiguration"
  },
  {
    name: "one directory under two names and priorities: an image would be in both",
    options: (root) => ({ datadirs: [`${root}/a:1`, `${root}/a/:2`] }),
    original: "made",
    ours: "BadStoreConfiguration"
  },
  {
    name: "Python's way of writing a number: other readers of the option do not know it",
    options: (root) => ({ datadirs: [`${root}/a:1_000`] }),
    original: "made",
    ours: "BadStoreConfiguration"
  }
]

/** Each a metadata file for images below `$`, and what is said of them there. */
const metadataFiles: ReadonlyArray<readonly [content: string, metadata: unknown]> = [
  [`{"id": "one", "mountpoint": "$"}`, { id: "one", mountpoint: "$" }],
  [`[{"id": "one", "mountpoint": "$"}]`, { id: "one", mountpoint: "$" }],
  [`[]`, {}],
  [`[{"id": "other", "mountpoint": "/elsewhere"}]`, {}],
  [
    `[{"id": "other", "mountpoint": "/elsewhere"}, {"id": "one", "mountpoint": "$"}]`,
    { id: "one", mountpoint: "$" }
  ],
  [`{"id": "slash", "mountpoint": "$/"}`, { id: "slash", mountpoint: "$/" }],
  [
    `{"id": "more", "mountpoint": "$", "hosts": ["a", "b"], "at": {"zone": "ö\\u00e4", "rack": [{"of": "it"}]}}`,
    { id: "more", mountpoint: "$", hosts: ["a", "b"], at: { zone: "öä", rack: [{ of: "it" }] } }
  ],
  [
    `[{"id": "first", "mountpoint": "$"}, {"id": "second", "mountpoint": "$"}]`,
    { id: "first", mountpoint: "$" }
  ]
]

const badMetadataFiles = [
  `5`,
  `null`,
  `"text"`,
  `{`,
  `{}`,
  `{"id": "one"}`,
  `{"mountpoint": "/"}`,
  `{"id": 1, "mountpoint": "/"}`,
  `{"id": "one", "mountpoint": 1}`,
  `{"id": "one", "mountpoint": "/", "size": 10}`,
  `{"id": "one", "mountpoint": "/", "deep": {"list": ["good", null]}}`,
  `[{"id": "one", "mountpoint": "/"}, {"id": "two"}]`,
  `[{"mountpoint": "/"}, {"id": "two", "mountpoint": "/"}]`,
  `[{"id": "one", "mountpoint": "/"}, "two"]`
]

/** The metadata that both give to an image of the same path: first added by ours and deleted, then by the original. */
const metadataOf = (content: string, datadir: (root: string) => string = (root) => path.join(root, "images")) =>
  Effect.gen(function*() {
    const oracle = yield* Oracle
    const root = yield* Directory.make
    const metadataFile = path.join(root, "metadata.json")
    fs.writeFileSync(metadataFile, content.replaceAll("$", root))
    const options = { datadir: datadir(root), metadataFile }
    const ours = yield* Pair.ours(options)
    const original = yield* oracle.configure(Pair.inConfigurationFile(options))
    const here = yield* ours.add("image", Image.text("abc"))
    yield* ours.delete(here.uri)
    const there = yield* original.add("image", Image.text("abc"))
    const shorten = (metadata: unknown): unknown => JSON.parse(JSON.stringify(metadata).replaceAll(root, "$"))
    return { ours: shorten(here.metadata), original: shorten(there.metadata) }
  })

it.layer(Oracle.layer)("configuration", (it) => {
  it.effect("has every option of the original in ours, and its default", () =>
    Effect.gen(function*() {
      const oracle = yield* Oracle
      const theirs = yield* oracle.options
      const own = Object.fromEntries(
        Backend.registerOpts([FileStore.storeOptions]).flatMap(({ options }) => options).map((option) => [
          option.name,
          option.default ?? null
        ])
      )
      assert.containsAllKeys(own, Object.keys(theirs))
      for (const [name, value] of Object.entries(theirs)) {
        // 64 KiB there; in ours that and 1 MiB, as the provisioning is thin or not.
        assert.deepStrictEqual(own[name], name === "filesystem_store_chunk_size" ? null : value, name)
      }
    }))

  for (const [name, options] of configurations) {
    it.scoped(`with ${name} is refused by both`, () =>
      Effect.gen(function*() {
        const { original, ours } = yield* attempts(options)
        assert.deepStrictEqual([ours, original], ["BadStoreConfiguration", "BadStoreConfiguration"])
      }))
  }

  for (const [name, options] of good) {
    it.scoped(`with ${name} is good for both`, () =>
      Effect.gen(function*() {
        const { original, ours } = yield* attempts(options)
        assert.deepStrictEqual([ours, original], ["made", "made"])
      }))
  }

  for (const { name, options, original, ours } of differences) {
    it.scoped(`is not the same for both with ${name}`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* attempts(options), { original, ours })
      }))
  }

  it.scoped("with several directories need not blank the single one in ours, of which nobody has spoken", () =>
    Effect.gen(function*() {
      const oracle = yield* Oracle
      const datadir = yield* Directory.make
      yield* Pair.ours({ datadirs: [datadir] })
      const error = yield* Effect.flip(oracle.configure({ filesystem_store_datadirs: [datadir] }))
      assert.strictEqual(error.exception, "BadStoreConfiguration")
    }))

  for (const [content, metadata] of metadataFiles) {
    it.scoped(`with the metadata file ${content} gives the same metadata in both`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* metadataOf(content), { ours: metadata, original: metadata })
      }))
  }

  for (const content of badMetadataFiles) {
    it.scoped(`with the metadata file ${content} is refused by both`, () =>
      Effect.gen(function*() {
        const { original, ours } = yield* attempts((root) => {
          fs.writeFileSync(path.join(root, "metadata.json"), content)
          return { datadir: path.join(root, "images"), metadataFile: path.join(root, "metadata.json") }
        })
        assert.deepStrictEqual([ours, original], ["BadStoreConfiguration", "BadStoreConfiguration"])
      }))
  }

  it.scoped("with a mount point that only begins like the path: the original takes it, ours goes by whole names", () =>
    Effect.gen(function*() {
      const entry = { id: "one", mountpoint: "$/ima" }
      assert.deepStrictEqual(yield* metadataOf(JSON.stringify(entry)), { ours: {}, original: entry })
    }))

  it.scoped("with a mount point inside another: the original takes the first, ours the longest", () =>
    Effect.gen(function*() {
      const outer = { id: "outer", mountpoint: "$" }
      const inner = { id: "inner", mountpoint: "$/images" }
      assert.deepStrictEqual(yield* metadataOf(JSON.stringify([outer, inner])), { ours: inner, original: outer })
      assert.deepStrictEqual(yield* metadataOf(JSON.stringify([inner, outer])), { ours: inner, original: inner })
    }))
})
