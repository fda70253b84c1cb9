import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as FileStore from "../src/FileStore.js"
import * as MemoryStore from "../src/MemoryStore.js"
import * as StoreKind from "../src/StoreKind.js"
import * as StoreOption from "../src/StoreOption.js"

const Config = Schema.Struct({
  host: StoreOption.required(Schema.NonEmptyString, { name: "tape_store_host", type: "string", help: "Where it is." }),
  key: StoreOption.required(Schema.Redacted(Schema.String.pipe(Schema.minLength(8))), {
    name: "tape_store_key",
    type: "string",
    secret: true,
    help: "What opens it."
  }),
  drives: StoreOption.withDefault(Schema.Int.pipe(Schema.positive()), {
    name: "tape_store_drives",
    type: "integer",
    default: 2,
    help: "How many."
  }),
  quiet: Schema.optionalWith(Schema.Boolean, { default: () => false })
})

/** A memory store that says in its metadata what it was made of. */
const tape = StoreKind.make({
  type: "tape",
  config: Config,
  make: (options, identity) =>
    MemoryStore.make({ metadata: { drives: String(options.drives), quiet: String(options.quiet) } }, identity)
})

const issues = <A>(read: Either.Either<A, ReadonlyArray<StoreKind.Issue>>) =>
  Either.match(read, { onLeft: (found) => found, onRight: () => [] })

describe("StoreKind", () => {
  it("has the options of its Config, by field, and no other field", () => {
    assert.deepStrictEqual(tape.options.map(({ field, option }) => [field, option.name]), [
      ["host", "tape_store_host"],
      ["key", "tape_store_key"],
      ["drives", "tape_store_drives"]
    ])
    assert.deepStrictEqual(FileStore.kind.options.map(({ option }) => option), FileStore.storeOptions)
    assert.deepStrictEqual(MemoryStore.kind.options.map(({ option }) => option), MemoryStore.storeOptions)
  })

  it("finds everything that is wrong, each under its field", () => {
    const found = issues(tape.read({ drives: 0, speed: 9, quiet: "no" }, {}))
    assert.sameMembers(found.map(({ field }) => field), ["host", "key", "drives", "speed", "quiet"])
    assert.include(found.find(({ field }) => field === "drives")?.reason, "positive")
  })

  it("repeats no value of a secret field", () => {
    const found = issues(tape.read({ host: "a", key: "hunter2" }, {}))
    assert.deepStrictEqual(found.map(({ field }) => field), ["key"])
    assert.notInclude(JSON.stringify(found), "hunter2")
    assert.notInclude(JSON.stringify(issues(tape.read({ host: "a", key: Redacted.make("hunter2") }, {}))), "hunter2")
  })

  it.effect("takes the program's values where the configuration has none", () =>
    Effect.gen(function*() {
      const kind = tape.withDefaults({ host: "h", key: "long enough", drives: 4 }).withDefaults({ quiet: true })
      const stored = (values: StoreOption.Values) =>
        Effect.gen(function*() {
          const { identity, make } = Either.getOrThrow(kind.read(values, { weight: 3 }))
          const store = yield* make({ ...identity, id: "deep" })
          const { metadata } = yield* store.add("a", Stream.empty)
          return [metadata, store.weight]
        })
      assert.deepStrictEqual(yield* stored({}), [{ drives: "4", quiet: "true", store: "deep" }, 3])
      assert.deepStrictEqual(yield* stored({ drives: 1 }), [{ drives: "1", quiet: "true", store: "deep" }, 3])
    }))

  it("gives a reserved file store a directory of its own", () => {
    assert.deepStrictEqual(FileStore.kind.reserved?.("os_glance_tasks_store"), {
      datadir: "/var/lib/glance/os_glance_tasks_store",
      datadirs: undefined
    })
    assert.isUndefined(MemoryStore.kind.reserved)
  })
})
