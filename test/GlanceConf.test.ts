import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as fs from "node:fs"
import { inspect } from "node:util"
import * as Backend from "../src/Backend.js"
import * as FileStore from "../src/FileStore.js"
import * as GlanceConf from "../src/GlanceConf.js"
import * as HttpStore from "../src/HttpStore.js"
import * as MemoryStore from "../src/MemoryStore.js"
import * as StoreKind from "../src/StoreKind.js"
import * as StoreOption from "../src/StoreOption.js"
import * as Directory from "./internal/file/Directory.js"
import { source } from "./Shelf.js"

const Config = Schema.Struct({
  path: StoreOption.unset(Schema.String, { name: "tape_path", type: "string", help: "Where it is." }),
  drives: StoreOption.withDefault(Schema.Int.pipe(Schema.positive()), {
    name: "tape_drives",
    type: "integer",
    default: 2,
    help: "How many."
  }),
  speed: StoreOption.unset(Schema.Number, { name: "tape_speed", type: "number", help: "How fast." }),
  loud: StoreOption.unset(Schema.Boolean, { name: "tape_loud", type: "boolean", help: "Whether it is." }),
  labels: StoreOption.unset(Schema.Array(Schema.String), {
    name: "tape_labels",
    type: "list of strings",
    help: "What is on them."
  }),
  rooms: StoreOption.unset(Schema.Array(Schema.String), {
    name: "tape_rooms",
    type: "repeated strings",
    help: "Where they are."
  }),
  owners: StoreOption.unset(Schema.Record({ key: Schema.String, value: Schema.String }), {
    name: "tape_owners",
    type: "map of strings",
    help: "Whose they are."
  }),
  key: StoreOption.unset(Schema.RedactedFromSelf(Schema.String.pipe(Schema.minLength(4))), {
    name: "tape_key",
    type: "string",
    secret: true,
    help: "What opens them."
  })
})
type Config = typeof Config.Encoded

/** A kind whose options can be seen: they are put into `made` when its store is made. */
const tapes = (made: Map<string, Config> = new Map()) =>
  StoreKind.make({
    type: "tape",
    config: Config,
    make: (options, identity) => {
      made.set(identity.id ?? "", options)
      return MemoryStore.make({ schemes: ["tape"] }, identity)
    },
    reserved: (id) => ({ path: `/reserved/${id}` })
  })

type Told = Partial<GlanceConf.Options>

/** What the options of each store are, by its id, in what the texts of files say. */
const optionsIn = (texts: ReadonlyArray<string>, told: Told = {}) =>
  Effect.gen(function*() {
    const made = new Map<string, Config>()
    const files = texts.map((text, index) => ({ file: `${index}.conf`, text }))
    const { plan, warnings } = yield* GlanceConf.fromTexts(files, { ...told, kinds: [tapes(made)] })
    yield* Effect.forEach(plan.stores, ({ identity, make }) => make(identity))
    return { options: Object.fromEntries(made), plan, warnings }
  })

/** The options of the one store `a` that has these lines in its group. */
const optionsOf = (...lines: ReadonlyArray<string>) =>
  Effect.map(
    optionsIn([["[DEFAULT]", "enabled_backends = a:tape", "[a]", ...lines].join("\n")]),
    ({ options }) => options["a"]
  )

const problemsIn = (text: string, told: Told = {}) =>
  Effect.map(
    Effect.flip(
      GlanceConf.fromTexts([{ file: "glance-api.conf", text }], {
        kinds: [FileStore.kind, HttpStore.kind, tapes()],
        ...told
      })
    ),
    ({ problems }) => problems.map(GlanceConf.format)
  )

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

describe("GlanceConf: what is wrong", () => {
  const head = "[DEFAULT]\nenabled_backends = a:tape\n[a]\n"
  const wrong: ReadonlyArray<
    readonly [what: string, text: string, problems: ReadonlyArray<string>, told?: Told]
  > = [
    ["a line without =", `${head}tape_path`, ["glance-api.conf:4: there is no = in this line"]],
    ["a line without a name", `${head}= x`, ["glance-api.conf:4: there is no name before the ="]],
    ["a group that is not closed", "[a\nx = 1\n[glance_store]\nstores = tape", [
      "glance-api.conf:1: a group is [name], and nothing behind it"
    ]],
    ["a comment behind a group", "[glance_store] # here\nstores = tape\n[glance_store]\nstores = tape", [
      "glance-api.conf:1: a group is [name], and nothing behind it"
    ]],
    ["a continuation of nothing", `${head}\n  x`, [
      "glance-api.conf:5: this line continues none: an option begins at the start of its line"
    ]],
    ["an option before the first group", "x = 1\n[glance_store]\nstores = tape", [
      "glance-api.conf:1: x stands before the first [group]"
    ]],
    ["a group that begins twice", `${head}tape_drives = 1\n[a]\ntape_drives = 2`, [
      "glance-api.conf:5: [a] this group began in line 3 already"
    ]],
    ["an unknown type", "[DEFAULT]\nenabled_backends = a:tape, b:disc\n[a]\n[b]", [
      "glance-api.conf:2: [DEFAULT] enabled_backends: \"b\" is of an unknown type, \"disc\"; known are: file, http, tape"
    ]],
    ["an unknown type without ids", "[glance_store]\nstores = tape, disc", [
      "glance-api.conf:2: [glance_store] stores: \"disc\" is an unknown type; allowed is file, http, tape"
    ]],
    ["a store without a group", "[DEFAULT]\nenabled_backends = a:tape\n[b]", [
      "glance-api.conf:2: [DEFAULT] enabled_backends: \"a\" has no group; add [a], empty if all the defaults are right"
    ]],
    [
      "entries that cannot be",
      "[DEFAULT]\nenabled_backends = a,:tape,b:tape,b:tape,glance_store:tape,c d:tape\n[b]",
      [
        "\"a\" has no type; an entry is id:type",
        "\":tape\" has no id that can be: one or more characters without blanks, : , or /",
        "\"b\" is there twice",
        "\"glance_store\" cannot be a store's id, for its group is no store's",
        "\"c d:tape\" has no id that can be: one or more characters without blanks, : , or /"
      ].map((reason) => `glance-api.conf:2: [DEFAULT] enabled_backends: ${reason}`)
    ],
    ["a default that is not enabled", `${head}[glance_store]\ndefault_backend = b`, [
      "glance-api.conf:5: [glance_store] default_backend: \"b\" is not enabled; allowed is a"
    ]],
    ["a reserved id that is enabled", head, [
      "glance-api.conf:2: [DEFAULT] enabled_backends: \"a\" is reserved to the service"
    ], { reserved: { a: "tape" } }],
    ["a reserved store of a kind that cannot be", head, [
      "glance-api.conf:2: [DEFAULT] enabled_backends: \"r\" cannot be reserved: no kind of store that is given can be, and has the type \"http\""
    ], { reserved: { r: "http" } }],
    [
      "values of other types",
      `${head}tape_drives = two\ntape_loud = perhaps\ntape_speed = nan\ntape_owners = a\nweight = 1.5`,
      [
        "glance-api.conf:4: [a] tape_drives: \"two\" is not allowed; allowed is a whole number",
        "glance-api.conf:5: [a] tape_loud: \"perhaps\" is not allowed; allowed is one of true, 1, on, yes, false, 0, off, no",
        "glance-api.conf:6: [a] tape_speed: \"nan\" is not allowed; allowed is a number",
        "glance-api.conf:7: [a] tape_owners: \"a\" is not allowed; allowed is name:value pairs with commas between them, each name once",
        "glance-api.conf:8: [a] weight: \"1.5\" is not allowed; allowed is a whole number"
      ]
    ],
    ["a number out of its range, in the group that it is from", `${head}[backend_defaults]\ntape_drives = 0`, [
      "glance-api.conf:5: [a] tape_drives: Expected a positive number, actual 0"
    ]],
    ["a reference to nothing", `${head}tape_path = /a$nowhere`, [
      "glance-api.conf:4: [a] tape_path: $nowhere stands for nothing here; a $ that is meant as one is written $$"
    ]],
    ["a reference to itself", `${head}tape_path = $tape_labels\ntape_labels = $tape_path`, [
      "glance-api.conf:4: [a] tape_path: tape_path refers to itself",
      "glance-api.conf:5: [a] tape_labels: tape_labels refers to itself"
    ]],
    ["an option that no store has, where that is a problem", `${head}tape_drive = 1`, [
      "glance-api.conf:4: [a] tape_drive: no store has this option; did you mean tape_drives?"
    ], { strictKeys: true }]
  ]

  for (const [what, text, problems, told] of wrong) {
    it.effect(`tells of ${what}`, () =>
      Effect.gen(function*() {
        assert.deepStrictEqual(yield* problemsIn(text, told), problems)
      }))
  }

  it.effect("tells of everything at once, file by file and line by line, and can be sent", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(GlanceConf.fromTexts([
        {
          file: "one.conf",
          text: "[DEFAULT]\nenabled_backends = a:tape,b:nope\n[a]\ntape_drives = x\nweight = y\ntape_lout = 1"
        },
        { file: "two.conf", text: "nonsense\n[glance_store]\ndefault_backend = c" }
      ], { kinds: [tapes()] }))
      assert.deepStrictEqual(error.problems.map(({ file, line }) => [file, line]), [
        ["one.conf", 2],
        ["one.conf", 4],
        ["one.conf", 5],
        ["two.conf", 1],
        ["two.conf", 3]
      ])
      assert.deepStrictEqual(error.warnings.map(({ line }) => line), [6])
      for (const { file, line } of error.problems) assert.include(error.message, `${file}:${line}: `)
      const Json = Schema.parseJson(GlanceConf.InvalidGlanceConf)
      const back = yield* Effect.flatMap(Schema.encode(Json)(error), Schema.decode(Json))
      assert.strictEqual(back.message, error.message)
    }))

  it.scoped("tells of files that cannot be read, and of nothing that would be in them", () =>
    Effect.gen(function*() {
      const root = yield* Directory.make
      fs.writeFileSync(`${root}/latin.conf`, Uint8Array.from([0x5b, 0xe4, 0x5d]))
      fs.writeFileSync(`${root}/empty.conf`, "")
      const error = yield* Effect.flip(GlanceConf.read({
        files: [`${root}/gone.conf`, root, `${root}/latin.conf`, `${root}/empty.conf`],
        directory: `${root}/conf.d`,
        kinds: [tapes()]
      }))
      assert.deepStrictEqual(error.problems.map(GlanceConf.format), [
        `${root}/gone.conf: it is not there`,
        `${root}: it is a directory`,
        `${root}/latin.conf: it is no text in UTF-8`,
        `${root}/conf.d: it is not there`
      ])
    }))

  it.effect("warns of what no store has, with the name that may be meant, and goes on", () =>
    Effect.gen(function*() {
      const { warnings } = yield* optionsIn([
        `${head}tape_drive = 1\nsomething_else = 1\n[glance_store]\ndefault_backnd = a\n[oslo_policy]\nx = 1`
      ])
      assert.deepStrictEqual(warnings.map(GlanceConf.format), [
        "0.conf:4: [a] tape_drive: no store has this option; did you mean tape_drives?",
        "0.conf:5: [a] something_else: no store has this option",
        "0.conf:7: [glance_store] default_backnd: no store has this option; did you mean default_backend?"
      ])
    }))

  it.scoped("a CA file that cannot be read fails the layer, under the name of its store", () =>
    Effect.gen(function*() {
      const root = yield* Directory.make
      fs.writeFileSync(
        `${root}/a.conf`,
        `[DEFAULT]\nenabled_backends = web:http\n[web]\nhttps_ca_certificates_file = ${root}/ca.pem`
      )
      const stores = GlanceConf.layer({ files: [`${root}/a.conf`], kinds: [HttpStore.kind] })
      const error = yield* Effect.flip(Effect.scoped(Layer.build(stores)))
      assert(error._tag === "StoresNotCreated")
      assert.deepStrictEqual(error.failures.map(({ store }) => store), ["web"])
      assert.include(error.message, `${root}/ca.pem`)
    }))
})

describe("GlanceConf: secrets", () => {
  const secret = "hunter2-and-more"

  it.effect("of a proxy are kept, too", () =>
    Effect.gen(function*() {
      const text = `[DEFAULT]\nenabled_backends = web:http\n[web]\nhttp_proxy_information = user:${secret}@proxy, x`
      const said = yield* problemsIn(text)
      assert.strictEqual(said.length, 1)
      assert.notInclude(said.join(), secret)
    }))

  it.effect("are redacted where they are read", () =>
    Effect.gen(function*() {
      const options = yield* optionsOf(`tape_key = ${secret}`, "tape_path = x")
      assert(options?.key !== undefined)
      assert.strictEqual(Redacted.value(options.key), secret)
      assert.notInclude(inspect(options, { depth: null }), secret)
    }))

  const leaking: ReadonlyArray<readonly [what: string, lines: ReadonlyArray<string>]> = [
    ["too short a secret", ["tape_key = hun"]],
    ["a secret in a line without =", [`tape_key ${secret}`]],
    ["a secret behind a name that is wrong", [`tape_kee = ${secret}`, "tape_drives = x"]],
    ["a secret in the place of a number", [`tape_key = ${secret}`, "tape_drives = $tape_key"]],
    ["a secret that another option would tell", [`tape_key = ${secret}`, "tape_path = $tape_key"]],
    ["a secret that a description would tell", [`tape_key = ${secret}`, "store_description = ${a.tape_key}"]],
    ["a secret in a URL in the place of a number", [`tape_drives = https://user:${secret}@host/`]]
  ]

  for (const [what, lines] of leaking) {
    it.effect(`no problem repeats ${what}`, () =>
      Effect.gen(function*() {
        const logged: Array<unknown> = []
        const text = ["[DEFAULT]", "enabled_backends = a:tape", "[a]", ...lines].join("\n")
        const error = yield* Effect.flip(GlanceConf.fromTexts([{ file: "a.conf", text }], { kinds: [tapes()] })).pipe(
          Effect.tapErrorCause(Effect.logError),
          Effect.provide(Logger.replace(Logger.defaultLogger, Logger.make(({ message }) => void logged.push(message))))
        )
        const faces = [error.message, inspect(error, { depth: null }), JSON.stringify(error), inspect(logged)].join()
        assert.notInclude(faces, "hun")
        assert.isTrue(Option.isSome(Option.fromNullable(error.problems[0].line)))
      }))
  }
})
