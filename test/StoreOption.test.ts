import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as StoreOption from "../src/StoreOption.js"

const host = { name: "tape_store_host", type: "string", default: "localhost", help: "Where the library is." } as const
const drives = { name: "tape_store_drives", type: "integer", default: 2, help: "How many tapes at once." } as const
const label = { name: "tape_store_label", type: "string", help: "Written on each tape." } as const
const block = { name: "tape_store_block", type: "integer", default: 512, help: "Depends on the drive." } as const

class Config extends Schema.Class<Config>("effect-glance-store/test/StoreOption/Config")({
  host: StoreOption.withDefault(Schema.String, host),
  internal: Schema.optional(Schema.String),
  required: Schema.Number,
  label: StoreOption.unset(Schema.NonEmptyString, label),
  block: StoreOption.unset(Schema.Int, block),
  drives: StoreOption.withDefault(Schema.Int, drives)
}) {}

describe("StoreOption", () => {
  it("the options among the fields come in the order of the fields, and no other field does", () => {
    assert.deepStrictEqual(StoreOption.fromFields(Config.fields), [host, label, block, drives])
  })

  it("a struct without options has none", () => {
    assert.deepStrictEqual(StoreOption.fromFields({ a: Schema.String, b: Schema.optional(Schema.String) }), [])
    assert.deepStrictEqual(StoreOption.fromFields({}), [])
  })

  it.effect("what is said of the default is what is decoded", () =>
    Effect.gen(function*() {
      const config = yield* Schema.decode(Config)({ required: 1 })
      assert.strictEqual(config.host, host.default)
      assert.strictEqual(config.drives, drives.default)
    }))

  it.effect("what is unset is absent, whatever is said of its absence", () =>
    Effect.gen(function*() {
      const config = yield* Schema.decode(Config)({ required: 1 })
      assert.notProperty(config, "label")
      assert.notProperty(config, "block")
    }))

  it.effect("a value counts more than the default, and is checked", () =>
    Effect.gen(function*() {
      const config = yield* Schema.decode(Config)({ required: 1, host: "", drives: 0, label: "A1" })
      assert.deepStrictEqual({ ...config }, { required: 1, host: "", drives: 0, label: "A1" })
      const error = yield* Effect.flip(Schema.decode(Config)({ required: 1, drives: 1.5 }))
      assert.include(error.message, "drives")
    }))

  it("a default has the type of its field, and what is unset may be absent", () => {
    expectTypeOf<Config["host"]>().toEqualTypeOf<string>()
    expectTypeOf<Config["label"]>().toEqualTypeOf<string | undefined>()
    // @ts-expect-error -- the default of an integer is no string
    const misfit = StoreOption.withDefault(Schema.Int, { ...drives, default: "2" })
    assert.throws(() => Schema.encodeSync(Schema.Struct({ misfit }))(Schema.decodeSync(Schema.Struct({ misfit }))({})))
  })
})
