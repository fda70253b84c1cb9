import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as fs from "node:fs"
import { inspect } from "node:util"
import * as Backend from "../src/Backend.js"
import * as GlanceConf from "../src/GlanceConf.js"
import * as HttpStore from "../src/HttpStore.js"
import * as Stores from "../src/Stores.js"
import { optionsIn, optionsOf, problemsIn, tapes, type Told } from "./conf/Tapes.js"
import * as Directory from "./internal/file/Directory.js"

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

  it.effect("a default without an id that nobody serves fails the layer, or is warned of", () =>
    Effect.gen(function*() {
      const text = "[glance_store]\nstores = tape\ndefault_store = file"
      const { plan } = yield* GlanceConf.fromTexts([{ file: "a.conf", text }], { kinds: [tapes()] })
      const error = yield* Effect.flip(Effect.scoped(Layer.build(Stores.layerPlan(plan))))
      assert.deepInclude(error, { _tag: "DefaultStoreNotFound", store: "file" })
      const found = yield* Effect.provide(Backend.getKnownSchemes, Stores.layerPlan(plan, "degrade"))
      assert.deepStrictEqual(found, ["tape"])
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
