/** A plan, written as a configuration, is read as it was. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { inspect } from "node:util"
import * as FileStore from "../src/FileStore.js"
import * as GlanceConf from "../src/GlanceConf.js"
import * as HttpStore from "../src/HttpStore.js"
import * as MemoryStore from "../src/MemoryStore.js"
import * as S3Store from "../src/S3Store.js"
import * as StoreKind from "../src/StoreKind.js"
import * as Stores from "../src/Stores.js"
import { type Config, tapes } from "./conf/Tapes.js"

const kinds = [FileStore.kind, HttpStore.kind, S3Store.kind, tapes()]

const reveal = (value: unknown): unknown =>
  Redacted.isRedacted(value)
    ? reveal(Redacted.value(value))
    : Array.isArray(value)
    ? value.map(reveal)
    : typeof value === "object" && value !== null
    ? Object.fromEntries(
      Object.entries(value).filter(([, inner]) => inner !== undefined).map(([key, inner]) => [key, reveal(inner)])
    )
    : value

/** All that is said of the stores of a plan. */
const said = (plan: Stores.Plan<unknown>) => ({
  default: plan.default,
  stores: plan.stores.map(({ identity: { description, id, reserved = false, weight }, options, type }) => ({
    id,
    type,
    reserved,
    weight,
    description,
    options: reveal(options)
  }))
})

const readAgain = (text: Redacted.Redacted<string>, reserved: Readonly<Record<string, string>> = {}) =>
  Effect.map(
    GlanceConf.fromTexts([{ file: "glance-api.conf", text: Redacted.value(text) }], { kinds, reserved }),
    ({ plan, warnings }) => {
      assert.deepStrictEqual(warnings, [])
      return plan
    }
  )

const word = FastCheck.stringMatching(/^[A-Za-z0-9._~/@=+$"' #;[\]%-]{1,12}$/u).map((text) => text.trim() || "x")
const anything = FastCheck.oneof(
  word,
  FastCheck.string({ unit: "grapheme" }),
  FastCheck.constantFrom("", " ", "\"", "$a", "\\$", "a\nb", "a\n\nb")
)

const optional = <A>(arbitrary: FastCheck.Arbitrary<A>) => FastCheck.option(arbitrary, { nil: undefined })

const optionsOfTape = (text: FastCheck.Arbitrary<string>, item: FastCheck.Arbitrary<string>) =>
  FastCheck.record({
    path: optional(text),
    drives: optional(FastCheck.integer({ min: 1 })),
    speed: optional(FastCheck.double({ noNaN: true, noDefaultInfinity: true }).map((speed) => speed + 0)),
    loud: optional(FastCheck.boolean()),
    labels: optional(FastCheck.array(item, { maxLength: 3 })),
    rooms: optional(FastCheck.array(text, { minLength: 1, maxLength: 3 })),
    owners: optional(FastCheck.dictionary(FastCheck.stringMatching(/^[a-z]{1,5}$/u), item)),
    key: optional(text.map((secret) => Redacted.make(`${secret}-key`)))
  })

/** What is in a list or a map of a configuration has no commas. */
const plainItem = word.map((text) => text.replaceAll(/[$\s]/gu, "") || "x")

const identity = FastCheck.record({ weight: optional(FastCheck.integer()), description: optional(word) })

const tapeOf = (options: FastCheck.Arbitrary<Config>) =>
  FastCheck.tuple(options, identity).map(([given, who]) =>
    StoreKind.configured("tape", given, () => MemoryStore.make({ schemes: ["tape"] }), who)
  )

const file = FastCheck.record({
  datadirs: FastCheck.array(FastCheck.tuple(word, FastCheck.nat()).map(([path, priority]) => `/${path}:${priority}`), {
    minLength: 1,
    maxLength: 3
  }),
  metadataFile: optional(word),
  filePerm: optional(FastCheck.integer({ min: 0, max: 777 })),
  chunkSize: optional(FastCheck.integer({ min: 1 })),
  thinProvisioning: optional(FastCheck.boolean()),
  timeout: optional(FastCheck.double({ min: 0, max: 1e6, noNaN: true })),
  threadPoolSize: optional(FastCheck.integer({ min: 1 })),
  threadpoolThreshold: optional(FastCheck.integer({ min: 0, max: 100 }))
}).map((options) => FileStore.config(options))

const web = FastCheck.record({
  caFile: optional(word),
  insecure: optional(FastCheck.boolean()),
  proxies: optional(
    FastCheck.dictionary(FastCheck.constantFrom("http", "https", "all"), plainItem.map((host) => Redacted.make(host)))
  )
}).map((options) => HttpStore.config(options))

const cold = FastCheck.record({
  host: word,
  accessKey: word.map(Redacted.make),
  secretKey: FastCheck.oneof(word, word.map(Redacted.make)),
  bucket: word,
  bucketUrlFormat: optional(FastCheck.constantFrom("auto" as const, "virtual" as const, "path" as const)),
  createBucketOnPut: optional(FastCheck.boolean()),
  largeObjectSize: optional(FastCheck.nat())
}).map((options) => S3Store.config(options))

const storeId = FastCheck.stringMatching(/^[a-z][a-z0-9._-]{0,8}$/u)

const planOf = (store: FastCheck.Arbitrary<StoreKind.ConfiguredStore<Scope.Scope>>) =>
  FastCheck.dictionary(storeId, store, { maxKeys: 4 }).chain((stores) =>
    FastCheck.constantFrom(undefined, ...Object.keys(stores)).map((fallback) =>
      Stores.plan({ stores, default: fallback })
    )
  )

describe("a plan that is written as a configuration", () => {
  it.effect.prop("is read as it was", [
    planOf(FastCheck.oneof(file, web, cold, tapeOf(optionsOfTape(word, plainItem))))
  ], ([plan]) =>
    Effect.gen(function*() {
      const text = yield* GlanceConf.toText(plan, { kinds })
      assert.deepStrictEqual(said(yield* readAgain(text)), said(plan))
    }), { fastCheck: { numRuns: 100 } })

  it.effect.prop("is read as it was, or is not written, whatever the texts in it", [
    planOf(tapeOf(optionsOfTape(anything, anything)))
  ], ([plan]) =>
    Effect.gen(function*() {
      const written = yield* Effect.either(GlanceConf.toText(plan, { kinds }))
      if (Either.isRight(written)) {
        assert.deepStrictEqual(said(yield* readAgain(written.right)), said(plan))
      } else {
        assert.isNotEmpty(written.left.problems)
      }
    }), { fastCheck: { numRuns: 200 } })

  it.effect("has a group for each store, and nothing in it that was not said", () =>
    Effect.gen(function*() {
      const plan = Stores.plan({
        default: "fast",
        stores: {
          fast: FileStore.config({ datadir: "/srv/$5 ", filePerm: "0640" }, { weight: 7, description: "SSD" }),
          deep: FileStore.config({ datadirs: ["/srv/a:2", "/srv/b:1"] }),
          cold: S3Store.config({
            host: "https://s3.example.org",
            accessKey: "key",
            secretKey: Redacted.make("secret"),
            bucket: "images"
          }),
          web: HttpStore.config({ proxies: "http:proxy:3128" })
        }
      })
      const text = yield* GlanceConf.toText(plan, { kinds })
      assert.notInclude(
        inspect(text, { depth: null }) + JSON.stringify(text) + inspect(plan, { depth: null }),
        "secret"
      )
      assert.strictEqual(
        Redacted.value(text),
        `[DEFAULT]
enabled_backends = fast:file,deep:file,cold:s3,web:http

[glance_store]
default_backend = fast

[fast]
store_description = SSD
weight = 7
filesystem_store_datadir = "/srv/$$5 "
filesystem_store_file_perm = 0640

[deep]
filesystem_store_datadirs = /srv/a:2
filesystem_store_datadirs = /srv/b:1

[cold]
s3_store_host = https://s3.example.org
s3_store_access_key = key
s3_store_secret_key = secret
s3_store_bucket = images

[web]
http_proxy_information = http:proxy:3128
`
      )
    }))

  it.effect("leaves out which stores are reserved, which the service says, and keeps what was said of them", () =>
    Effect.gen(function*() {
      const reserved = { staging: "tape" }
      const text = "[DEFAULT]\nenabled_backends = a:tape\n[a]\n[backend_defaults]\ntape_drives = 2\n"
      const { plan } = yield* GlanceConf.fromTexts([{ file: "a.conf", text }], { kinds, reserved })
      const written = yield* GlanceConf.toText(plan, { kinds })
      assert.deepStrictEqual(said(yield* readAgain(written, reserved)), said(plan))
      assert.include(Redacted.value(written), "[staging]\ntape_path = /reserved/staging\ntape_drives = 2\n")
    }))

  it.effect("says nothing of what the program gives to the kinds", () =>
    Effect.gen(function*() {
      const own = [FileStore.kind.withDefaults({ fsync: false })]
      const text = "[DEFAULT]\nenabled_backends = a:file\n\n[glance_store]\n\n[a]\nfilesystem_store_datadir = /srv\n"
      const { plan } = yield* GlanceConf.fromTexts([{ file: "a.conf", text }], { kinds: own })
      assert.strictEqual(Redacted.value(yield* GlanceConf.toText(plan, { kinds: own })), text)
    }))

  const stray = (options: Config, id = "a") =>
    Stores.plan({ stores: { [id]: StoreKind.configured("tape", options, () => MemoryStore.make()) } })
  const unwritable: ReadonlyArray<
    readonly [what: string, plan: Stores.Plan<Scope.Scope>, problem: GlanceConf.Unwritten]
  > = [
    ["a line break with blanks", stray({ path: "a\n b" }), { group: "a", option: "tape_path", reason: "its value" }],
    ["a backslash before a $", stray({ path: "\\$" }), { group: "a", option: "tape_path", reason: "its value" }],
    ["a secret with a line break", stray({ key: Redacted.make("a\n\nZq") }), {
      group: "a",
      option: "tape_key",
      reason: "its value"
    }],
    ["a comma in a list", stray({ labels: ["a,b"] }), { group: "a", option: "tape_labels", reason: "its value" }],
    ["a repeated option that is not given once", stray({ rooms: [] }), {
      group: "a",
      option: "tape_rooms",
      reason: "its value"
    }],
    ["a field without an option", Stores.plan({ stores: { a: FileStore.config({ fsync: false }) } }), {
      group: "a",
      option: "fsync",
      reason: "give it to the kind"
    }],
    ["a kind that is not given", Stores.plan({ stores: { a: MemoryStore.config() } }), { reason: "unknown type" }],
    ["a store without an id", { stores: [MemoryStore.config()] }, { reason: "has no id" }],
    ["an id that cannot be", stray({}, "backend_defaults"), { reason: "cannot be a store's id" }],
    ["the group of others", stray({}, "Glance_Store"), { group: "Glance_Store", reason: "there is [glance_store]" }],
    ["ids that differ in their case", { stores: [...stray({}, "a").stores, ...stray({}, "A").stores] }, {
      group: "A",
      reason: "there is [a]"
    }],
    ["a default that is none of them", { default: "b", stores: stray({}).stores }, {
      option: "default_backend",
      reason: "\"b\" is none"
    }]
  ]
  for (const [what, plan, { reason, ...place }] of unwritable) {
    it.effect(`cannot have ${what}`, () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(GlanceConf.toText(plan, { kinds }))
        const found = error.problems.find((problem) => problem.reason.includes(reason))
        assert.deepInclude(found, place, error.message)
        assert.notInclude(error.message + JSON.stringify(error), "Zq")
        const Json = Schema.parseJson(GlanceConf.PlanNotWritable)
        const back = yield* Effect.flatMap(Schema.encode(Json)(error), Schema.decode(Json))
        assert.strictEqual(back.message, error.message)
      }))
  }
})
