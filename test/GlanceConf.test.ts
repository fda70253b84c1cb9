import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as fs from "node:fs"
import * as Backend from "../src/Backend.js"
import * as FileStore from "../src/FileStore.js"
import * as GlanceConf from "../src/GlanceConf.js"
import * as HttpStore from "../src/HttpStore.js"
import * as MemoryStore from "../src/MemoryStore.js"
import type * as StoreKind from "../src/StoreKind.js"
import { type Config, optionsIn, optionsOf, tapes } from "./conf/Tapes.js"
import * as Directory from "./internal/file/Directory.js"
import { source } from "./Shelf.js"

describe("GlanceConf: the dialect", () => {
  const values: ReadonlyArray<readonly [lines: ReadonlyArray<string>, options: Config]> = [
    [["tape_path = /a b/c "], { path: "/a b/c" }],
    [["tape_path: /a=b"], { path: "/a=b" }],
    [["tape_path=\"  quoted \""], { path: "  quoted " }],
    [["tape_path = 'it''s'"], { path: "it''s" }],
    [["tape_path = \"half"], { path: "\"half" }],
    [["tape_path ="], { path: "" }],
    [["tape_path = a # no comment ; here"], { path: "a # no comment ; here" }],
    [["# tape_path = b", "; tape_path = c", "tape_path = a"], { path: "a" }],
    [["tape_path = one", "  two", "\tthree"], { path: "one\ntwo\nthree" }],
    [["tape_path = one", "tape_path = two"], { path: "two" }],
    [["tape_labels = a, b ,c,"], { labels: ["a", "b", "c"] }],
    [["tape_labels = a,", "  b,", "  c"], { labels: ["a", "b", "c"] }],
    [["tape_labels ="], { labels: [] }],
    [["tape_rooms = a:1", "tape_drives = 3", "tape_rooms = b,c"], { rooms: ["a:1", "b,c"], drives: 3 }],
    [["tape_owners = http:http://p:1, https : b"], { owners: { http: "http://p:1", https: "b" } }],
    [["tape_owners ="], { owners: {} }],
    [["tape_drives = 007"], { drives: 7 }],
    [["tape_drives ="], {}],
    [["tape_speed = 1.5e1"], { speed: 15 }],
    [["tape_loud = Yes"], { loud: true }],
    [["tape_loud = 0"], { loud: false }],
    [["tape_path = /x", "tape_labels = $tape_path,$$tape_path,\\$5"], {
      path: "/x",
      labels: ["/x", "$tape_path", "$5"]
    }],
    [["tape_path = ${tape_drives}$tape_drives$ 5"], { path: "22$ 5" }],
    [["tape_path = ${A.tape_labels}", "tape_labels = b"], { path: "b", labels: ["b"] }],
    [["tape_path = [$tape_speed]"], { path: "[]" }]
  ]

  for (const [lines, options] of values) {
    it.effect(`reads ${JSON.stringify(lines)}`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* optionsOf(...lines), options)
      }))
  }

  it.effect("reads any string that has neither a $ nor blanks around it, and any list of such", () =>
    Effect.promise(() =>
      FastCheck.assert(
        FastCheck.asyncProperty(
          FastCheck.string({ unit: "grapheme" }).filter((text) =>
            !/[$\\]|^\s|\s$|[\r\n]|^["'].*["']$|^["']$/su.test(text)
          ),
          FastCheck.array(
            FastCheck.string({ unit: "grapheme-ascii", minLength: 1 }).filter((text) => /^[^\s,$\\"']+$/u.test(text))
          ),
          async (text, labels) => {
            const found = await Effect.runPromise(optionsOf(`tape_path = ${text}`, `tape_labels = ${labels.join(",")}`))
            assert.deepStrictEqual(found, { path: text, labels })
          }
        ),
        { numRuns: 200 }
      )
    ))

  it.effect("takes files in their order: the last value counts, what is repeated adds up", () =>
    Effect.gen(function*() {
      const { options, plan } = yield* optionsIn([
        "[DEFAULT]\r\nenabled_backends = a:tape\r\nroot = /one\r\n[a]\r\ntape_rooms = x\ntape_path = $root\n",
        "[A]\ntape_rooms = y\n[DEFAULT]\nroot = /two\nenabled_backends = b:tape, a:tape\n[b]"
      ])
      assert.deepStrictEqual(options, { b: {}, a: { rooms: ["x", "y"], path: "/two" } })
      assert.deepStrictEqual(plan.stores.map(({ identity }) => identity.id), ["b", "a"])
    }))

  it.scoped("reads files, and then those of a directory, by name", () =>
    Effect.gen(function*() {
      const root = yield* Directory.make
      const write = (name: string, text: string) => fs.writeFileSync(`${root}/${name}`, text)
      fs.mkdirSync(`${root}/conf.d`)
      write("glance-api.conf", "[DEFAULT]\nenabled_backends = a:memory\n[a]\nmemory_store_capacity = 1\nweight = 1")
      write("conf.d/20.conf", "[a]\nmemory_store_capacity = 3")
      write("conf.d/10.conf", "[a]\nmemory_store_capacity = 20\nweight = 2")
      write("conf.d/30.conf.bak", "[a]\nweight = 9")
      write("conf.d/.hidden.conf", "[a]\nweight = 9")
      const stores = GlanceConf.layer({
        files: [`${root}/glance-api.conf`],
        directory: `${root}/conf.d`,
        kinds: [MemoryStore.kind]
      })
      yield* Effect.gen(function*() {
        assert.strictEqual(yield* Backend.getStoreWeight("a"), 2)
        yield* Backend.addToBackend("x", source("abc"), { store: "a" })
        const full = yield* Effect.flip(Backend.addToBackend("y", source("d"), { store: "a" }))
        assert.strictEqual(full._tag, "StorageFull")
      }).pipe(Effect.provide(stores))
    }))
})

describe("GlanceConf: stores", () => {
  it.effect("takes each option from the store's group, else from backend_defaults, else its default", () =>
    Effect.gen(function*() {
      const { options, plan } = yield* optionsIn([`
[DEFAULT]
enabled_backends = a:tape, b:tape
[glance_store]
default_backend = b
[backend_defaults]
tape_drives = 45
tape_loud = true
tape_path = /shared
tape_labels = x
weight = 100
[a]
tape_drives =
store_description = "Old tapes"
weight = -3
[b]
tape_drives = 1
tape_loud = false
tape_path =
tape_labels =
`])
      assert.deepStrictEqual(options, {
        a: { drives: 45, loud: true, path: "/shared", labels: ["x"] },
        b: { drives: 1, loud: false, path: "", labels: [] }
      })
      assert.strictEqual(plan.default, "b")
      assert.deepStrictEqual(plan.stores.map(({ identity }) => identity), [
        { id: "a", reserved: false, weight: -3, description: "Old tapes" },
        { id: "b", reserved: false, weight: undefined, description: undefined }
      ])
    }))

  it.effect("gives reserved stores a place of their own, which a group can change", () =>
    Effect.gen(function*() {
      const { options, plan } = yield* optionsIn(
        ["[DEFAULT]\nenabled_backends = a:tape\n[a]\n[backend_defaults]\ntape_path = /shared\ntape_drives = 5\n[r2]\ntape_path = /mine"],
        { reserved: { r1: "tape", r2: "tape", r3: "tape" } }
      )
      assert.deepStrictEqual(options, {
        a: { path: "/shared", drives: 5 },
        r1: { path: "/reserved/r1", drives: 5 },
        r2: { path: "/mine", drives: 5 },
        r3: { path: "/reserved/r3", drives: 5 }
      })
      assert.deepStrictEqual(plan.stores.map(({ identity }) => identity.reserved), [false, true, true, true])
      // Nothing of it is left for the next one.
      const { plan: next } = yield* optionsIn(["[DEFAULT]\nenabled_backends = a:tape\n[a]"])
      assert.strictEqual(next.stores.length, 1)
    }))

  it.effect("reads the older way, of stores without ids", () =>
    Effect.gen(function*() {
      const { options, plan } = yield* optionsIn([
        "[glance_store]\nstores = tape,tape\ndefault_store = tape\ntape_drives = 3"
      ])
      assert.deepStrictEqual(options, { "": { drives: 3 } })
      assert.strictEqual(plan.default, "tape")
      assert.isUndefined(plan.stores[0]?.identity.id)
    }))

  it.scoped("has file and http where nothing is said, as far as these kinds are given", () =>
    Effect.gen(function*() {
      const root = yield* Directory.make
      const file = { file: "a.conf", text: `[glance_store]\nfilesystem_store_datadir = ${root}` }
      const types = (kinds: ReadonlyArray<StoreKind.StoreKind<never, unknown>>) =>
        Effect.map(GlanceConf.fromTexts([file], { kinds }), ({ plan }) => plan.stores.map(({ type }) => type))
      assert.deepStrictEqual(yield* types([FileStore.kind, HttpStore.kind]), ["file", "http"])
      assert.deepStrictEqual(yield* types([FileStore.kind]), ["file"])
    }))

  it.scoped("makes them, of several kinds, as one layer", () =>
    Effect.gen(function*() {
      const root = yield* Directory.make
      fs.writeFileSync(
        `${root}/glance-api.conf`,
        `
[DEFAULT]
enabled_backends = fast:file,cheap:file,web:http
[glance_store]
default_backend = fast
[backend_defaults]
filesystem_store_datadir = ${root}/cheap
[fast]
filesystem_store_datadir = ${root}/fast
weight = 7
[cheap]
[web]
https_insecure = false
[keystone_authtoken]
password = of another service
`
      )
      const stores = GlanceConf.layer({
        files: [`${root}/glance-api.conf`],
        kinds: [FileStore.kind, HttpStore.kind],
        reserved: { os_glance_tasks_store: "file" }
      })
      const withReserved = fs.readFileSync(`${root}/glance-api.conf`, "utf8")
      fs.writeFileSync(
        `${root}/glance-api.conf`,
        `${withReserved}[os_glance_tasks_store]\nfilesystem_store_datadir = ${root}/tasks\n`
      )
      yield* Effect.gen(function*() {
        const info = yield* Backend.getStoresInfo
        assert.deepStrictEqual(info.stores.map((store) => [store.id, store.weight, store.default, store.reserved]), [
          ["fast", 7, true, false],
          ["cheap", 0, false, false],
          ["web", 0, false, false],
          ["os_glance_tasks_store", 0, false, true]
        ])
        assert.deepStrictEqual(yield* Backend.getKnownSchemes, ["file", "filesystem", "http", "https"])
        const added = yield* Effect.forEach(["fast", "cheap", "os_glance_tasks_store"], (store) =>
          Backend.addToBackend("a", source("abc"), { store }))
        assert.deepStrictEqual(
          added.map(({ uri }) =>
            uri
          ),
          [
            `file://${root}/fast/a`,
            `file://${root}/cheap/a`,
            `file://${root}/tasks/a`
          ]
        )
        assert.deepStrictEqual(added[1]?.metadata, { store: "cheap" })
        const { _tag } = yield* Effect.flip(Backend.addToBackend("a", source("abc"), { store: "web" }))
        assert.strictEqual(_tag, "NotSupported")
      }).pipe(Effect.provide(stores))
    }))

  it.effect("takes the program's values where the file has no option for them", () =>
    Effect.gen(function*() {
      const made = new Map<string, Config>()
      const kinds = [tapes(made).withDefaults({ drives: 8, speed: 9 })]
      const { plan } = yield* GlanceConf.fromTexts(
        [{ file: "a.conf", text: "[glance_store]\nstores = tape\ntape_drives = 3" }],
        { kinds }
      )
      yield* Effect.forEach(plan.stores, ({ identity, make }) => make(identity))
      assert.deepStrictEqual(made.get(""), { drives: 3, speed: 9 })
    }))
})
