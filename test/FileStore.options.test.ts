import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Backend from "../src/Backend.js"
import * as FileStore from "../src/FileStore.js"
import type * as Store from "../src/Store.js"
import * as StoreRegistry from "../src/StoreRegistry.js"
import * as Directory from "./internal/file/Directory.js"
import { identities } from "./internal/file/identities.js"
import * as Image from "./internal/file/Image.js"
import * as Reader from "./internal/file/Reader.js"
import * as Warnings from "./internal/file/Warnings.js"

const modeOf = (file: string) => (fs.statSync(file).mode & 0o7777).toString(8)

/** Why a store cannot be made of these options. */
const reason = (options: FileStore.Options, identity?: Store.Identity) =>
  Effect.flip(FileStore.make(options, identity)).pipe(
    Effect.map((error) => {
      assert.strictEqual(error._tag, "BadStoreConfiguration")
      return error.message
    })
  )

const add = (options: FileStore.Options, imageId: string, identity?: Store.Identity) =>
  Effect.flatMap(FileStore.make(options, identity), (store) => store.add(imageId, Stream.make(Image.text("content"))))

describe("the options of FileStore", () => {
  it("are listed under the names of glance_store, with its defaults", () => {
    const byName = new Map(FileStore.storeOptions.map((option) => [option.name, option]))
    assert.includeMembers(Array.from(byName.keys()), [
      "filesystem_store_datadir",
      "filesystem_store_datadirs",
      "filesystem_store_metadata_file",
      "filesystem_store_file_perm",
      "filesystem_store_chunk_size",
      "filesystem_thin_provisioning",
      "filesystem_store_timeout",
      "filesystem_store_thread_pool_size",
      "filesystem_store_threadpool_threshold"
    ])
    assert.strictEqual(byName.size, FileStore.storeOptions.length)
    // Unset, for what is set explicitly excludes filesystem_store_datadirs.
    assert.include(byName.get("filesystem_store_datadir")?.help, "/var/lib/glance/images")
    assert.strictEqual(byName.get("filesystem_store_file_perm")?.default, 0)
    assert.strictEqual(byName.get("filesystem_thin_provisioning")?.default, false)
    assert.strictEqual(byName.get("filesystem_store_timeout")?.default, 0)
    assert.strictEqual(byName.get("filesystem_store_thread_pool_size")?.default, 10)
    assert.strictEqual(byName.get("filesystem_store_threadpool_threshold")?.default, 75)
    for (const { help } of FileStore.storeOptions) assert.match(help, /\.$/)
  })

  it.effect("out of bounds are refused, each by its name", () =>
    Effect.gen(function*() {
      const wrong: ReadonlyArray<FileStore.Options> = [
        { chunkSize: 0 },
        { chunkSize: -1 },
        { chunkSize: 1.5 },
        { timeout: -1 },
        { timeout: NaN },
        { threadPoolSize: 0 },
        { threadPoolSize: 2.5 },
        { threadpoolThreshold: -1 },
        { threadpoolThreshold: 101 },
        { reserveBytes: -1 },
        { sweepAfterHours: -1 }
      ]
      for (const options of wrong) {
        const [name = ""] = Object.keys(options)
        assert.include(yield* reason({ datadir: "/nowhere", ...options }), name)
      }
      assert.isFalse(fs.existsSync("/nowhere"))
    }))

  it.scoped.each(identities.slice())(
    "take a chunk size of a gibibyte without claiming one for an image",
    ({ identity }) =>
      Effect.gen(function*() {
        const datadir = yield* Directory.make
        const store = yield* FileStore.make({ datadir, chunkSize: 2 ** 30 }, identity)
        const before = process.memoryUsage().arrayBuffers
        const { uri } = yield* store.add("small", Stream.make(Image.text("content")))
        const image = yield* store.get(Reader.location(uri))
        const used = yield* Stream.runFold(image.data, 0, (most) => Math.max(most, process.memoryUsage().arrayBuffers))
        assert.isBelow(used - before, 2 ** 29)
        assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, Image.text("content"))
      })
  )

  it.scoped("can come from configuration", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const registry = StoreRegistry.layer({ default: "file" })
      const layer = FileStore.layerConfig({ datadir: Config.string("DATADIR"), filePerm: Config.integer("FILE_PERM") })
      const provider = ConfigProvider.fromMap(new Map([["DATADIR", datadir], ["FILE_PERM", "640"]]))
      const added = yield* Backend.addToBackend("configured", Stream.make(Image.text("content"))).pipe(
        Effect.provide(Layer.provideMerge(layer, registry)),
        Effect.withConfigProvider(provider)
      )
      assert.strictEqual(added.uri, `file://${datadir}/configured`)
      assert.strictEqual(modeOf(`${datadir}/configured`), "640")

      const error = yield* Layer.build(Layer.provide(layer, registry)).pipe(
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map([["DATADIR", datadir]]))),
        Effect.flip
      )
      assert.include(String(error), "FILE_PERM")
    }))

  it.scoped("of two stores in one registry are each store's own", () =>
    Effect.gen(function*() {
      const one = yield* Directory.make
      const other = yield* Directory.make
      const stores = Layer.merge(
        FileStore.layer({ datadir: one }, { id: "file1" }),
        FileStore.layer({ datadir: other, filePerm: 600 }, { id: "file2" })
      )
      const registry = StoreRegistry.layer({ default: "file1" })
      yield* Effect.gen(function*() {
        const first = yield* Backend.addToBackend("image", Stream.make(Image.text("content")))
        const second = yield* Backend.addToBackend("image", Stream.make(Image.text("content")), { store: "file2" })
        assert.deepInclude(first, { uri: `file://${one}/image`, metadata: { store: "file1" } })
        assert.deepInclude(second, { uri: `file://${other}/image`, metadata: { store: "file2" } })
        assert.strictEqual(modeOf(`${other}/image`), "600")
        const stranger = yield* Effect.flip(Backend.getSizeFromBackend(second.uri, { store: "file1" }))
        assert.strictEqual(stranger._tag, "BadStoreUri")
      }).pipe(Effect.provide(Layer.provideMerge(stores, registry)))
    }))

  it.scoped("two file stores without ids are a conflict of their scheme", () =>
    Effect.gen(function*() {
      const one = yield* Directory.make
      const other = yield* Directory.make
      const both = Layer.merge(FileStore.layer({ datadir: one }), FileStore.layer({ datadir: other }))
      const error = yield* Effect.flip(Layer.build(Layer.provide(both, StoreRegistry.layer())))
      assert.strictEqual(error._tag, "StoreConflict")
    }))
})

describe("the data directory of FileStore", () => {
  it.effect("has to be named, in one of two ways", () =>
    Effect.gen(function*() {
      const wrong = [{ datadir: "" }, { datadir: "", datadirs: [] }, { datadir: "/a", datadirs: ["/b"] }]
      for (const [options, { identity }] of Arr.cartesian(wrong, identities)) {
        // Not even a store that may do with less can do without.
        yield* reason({ ...options, degrade: true }, identity)
        const message = yield* reason(options, identity)
        assert.include(message, "filesystem_store_datadir")
        assert.include(message, "filesystem_store_datadirs")
      }
    }))

  it.scoped("is made where it is missing, with all above it", () =>
    Effect.gen(function*() {
      const parent = yield* Directory.make
      yield* add({ datadir: `${parent}/a/b/c` }, "deep")
      assert.deepStrictEqual(Directory.list(parent), ["a", "a/b", "a/b/c", "a/b/c/deep"])
    }))

  it.scoped("is probed without a trace", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      yield* FileStore.make({ datadir })
      assert.deepStrictEqual(Directory.list(datadir), [])
    }))

  it.scoped("may not be a file, nor lie below one, nor be a link to nothing, nor be unwritable", () =>
    Effect.gen(function*() {
      const parent = yield* Directory.make
      fs.writeFileSync(`${parent}/file`, "")
      fs.symlinkSync(`${parent}/nothing`, `${parent}/dangling`)
      for (const datadir of [`${parent}/file`, `${parent}/file/below`, `${parent}/dangling`, "/proc"]) {
        const message = yield* reason({ datadir })
        assert.include(message, datadir)
      }
      assert.deepStrictEqual(Directory.list(parent), ["dangling", "file"])
    }))

  it.effect("may not have a name that a location could not carry", () =>
    Effect.gen(function*() {
      for (const name of ["/a?b", "/a#b", "/a\u0000b", "/a\nb", "/a\u007Fb", "/a\uD800b"]) {
        assert.match(yield* reason({ datadir: name }), /\?|#|control/)
        yield* reason({ datadir: "", datadirs: [`${name}:1`] })
      }
    }))

  it.scoped("may be a link to a directory, and locations keep its name", () =>
    Effect.gen(function*() {
      const parent = yield* Directory.make
      fs.mkdirSync(`${parent}/real`)
      fs.symlinkSync("real", `${parent}/link`)
      const store = yield* FileStore.make({ datadir: `${parent}/link` })
      const { uri } = yield* store.add("linked", Stream.make(Image.text("content")))
      assert.strictEqual(uri, `file://${parent}/link/linked`)
      assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, Image.text("content"))
      assert.strictEqual(yield* Reader.getSize(store, `file://${parent}/real/linked`), 7)
      yield* Reader.remove(store, uri)
      assert.deepStrictEqual(Directory.list(`${parent}/real`), [])
    }))

  it.scoped("is taken from the working directory of the moment where it is relative", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const { uri } = yield* add({ datadir: path.relative(process.cwd(), datadir) }, "relative")
      assert.strictEqual(uri, `file://${datadir}/relative`)
    }))

  it.scoped("that cannot be used fails the store, or with degrade takes add and delete from it", () =>
    Effect.gen(function*() {
      const parent = yield* Directory.make
      fs.writeFileSync(`${parent}/file`, "")
      for (const datadir of [`${parent}/file/below`, "/proc"]) {
        const store = yield* FileStore.make({ datadir, degrade: true })
        const source = Image.counted(Image.text("content"), 1)
        const added = yield* Effect.flip(store.add("refused", source.data))
        assert.deepInclude(added, { _tag: "NotSupported", operation: "add" })
        assert.strictEqual(source.pulled(), 0)
        const deleted = yield* Effect.flip(Reader.remove(store, `file://${datadir}/version`))
        assert.deepInclude(deleted, { _tag: "NotSupported", operation: "delete" })
        assert.deepStrictEqual({ ...store.capabilities }, { read: true, readRange: true, write: false, acls: false })
      }
      const readable = yield* FileStore.make({ datadir: "/proc", degrade: true })
      assert.strictEqual((yield* Effect.flip(Reader.read(readable, "file:///proc/absent")))._tag, "ImageNotFound")
    }))

  it.scoped("that cannot be used is one warning with degrade", () =>
    Effect.gen(function*() {
      const warnings = Warnings.make()
      yield* warnings.listen(FileStore.make({ datadir: "/proc", degrade: true }))
      assert.strictEqual(warnings.messages().length, 1)
      assert.include(warnings.messages()[0], "/proc")
    }))
})

describe("the file mode of FileStore", () => {
  const table: ReadonlyArray<readonly [perm: number | string, before: string, after: string, file: string]> = [
    [744, "700", "711", "744"],
    ["0744", "700", "711", "744"],
    [641, "700", "711", "641"],
    [640, "700", "710", "640"],
    ["0640", "700", "710", "640"],
    [604, "700", "701", "604"],
    [600, "700", "700", "600"],
    [400, "700", "700", "400"],
    [700, "700", "700", "700"],
    [754, "755", "755", "754"],
    // Never takes bits away.
    [600, "777", "777", "600"]
  ]

  for (const [[filePerm, before, after, file], { identity, name }] of Arr.cartesian(table, identities)) {
    it.scoped(`${JSON.stringify(filePerm)} in ${before} makes files of ${file} and it ${after}, ${name}`, () =>
      Effect.gen(function*() {
        const datadir = yield* Directory.make
        fs.chmodSync(datadir, Number.parseInt(before, 8))
        const { uri } = yield* add({ datadir, filePerm }, "mode", identity)
        assert.strictEqual(modeOf(datadir), after)
        assert.strictEqual(modeOf(`${datadir}/mode`), file)
        const store = yield* FileStore.make({ datadir })
        assert.deepStrictEqual((yield* Reader.read(store, uri)).bytes, Image.text("content"))
      }))
  }

  for (const filePerm of [undefined, 0, "0", -5]) {
    it.scoped(`${String(filePerm)} is what the umask leaves`, () =>
      Effect.gen(function*() {
        const datadir = yield* Directory.make
        yield* add(filePerm === undefined ? { datadir } : { datadir, filePerm }, "mode")
        assert.strictEqual(modeOf(`${datadir}/mode`), (0o666 & ~process.umask()).toString(8))
        assert.strictEqual(modeOf(datadir), "700")
      }))
  }

  it.scoped("holds before an image can be seen, and nobody else reads it until then", () =>
    Effect.gen(function*() {
      const datadir = yield* Directory.make
      const store = yield* FileStore.make({ datadir, filePerm: 644, chunkSize: 10 })
      const modes: Array<string> = []
      const source = Image.pieces(Image.noise(1000), 10).pipe(
        Stream.tap(() =>
          Effect.sync(() => modes.push(...Directory.list(datadir).map((f) => modeOf(`${datadir}/${f}`))))
        )
      )
      yield* store.add("private", source)
      assert.deepStrictEqual(Array.from(new Set(modes)), ["600"])
      assert.strictEqual(modeOf(`${datadir}/private`), "644")
    }))

  it.effect("has to let the owner read, and to be one", () =>
    Effect.gen(function*() {
      const wrong = [7, 200, "0200", 899, 648, "0o640", "rw-r-----", 1000, 7777, 0.5, NaN, ""]
      for (const [filePerm, { identity }] of Arr.cartesian(wrong, identities)) {
        assert.match(yield* reason({ datadir: "/nowhere", filePerm }, identity), /filePerm/, String(filePerm))
      }
      assert.isFalse(fs.existsSync("/nowhere"))
    }))
})
