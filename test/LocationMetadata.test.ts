import { assert, describe, expectTypeOf, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Schema from "effect/Schema"
import * as LocationMetadata from "../src/LocationMetadata.js"
import type { BadLocationMetadata } from "../src/StoreError.js"

const { checkLocationMetadata } = LocationMetadata

const ordinaryKeys = FastCheck.oneof(
  FastCheck.string().filter((key) => key !== "__proto__"),
  FastCheck.constantFrom("", "store", "a.b", "[0]", "0", "constructor", "toString")
)

const keys = FastCheck.oneof({ arbitrary: ordinaryKeys, weight: 9 }, {
  arbitrary: FastCheck.constant("__proto__"),
  weight: 1
})

/** Any tree of objects, lists and strings. */
const trees = (anyKey: FastCheck.Arbitrary<string>) =>
  FastCheck.letrec<{ value: LocationMetadata.Value; record: LocationMetadata.LocationMetadata }>((tie) => ({
    value: FastCheck.oneof(
      { maxDepth: 4, depthSize: "small" },
      FastCheck.string({ unit: "grapheme" }),
      FastCheck.array(tie("value"), { maxLength: 4 }),
      tie("record")
    ),
    record: FastCheck.array(FastCheck.tuple(anyKey, tie("value")), { maxLength: 4 }).map(
      Object.fromEntries<LocationMetadata.Value>
    )
  }))

const { record: anyMetadata, value: anyValue } = trees(keys)

class Point {
  readonly x = "1"
}

/** What no metadata may hold, with the name that the error has for its kind. */
const intruders: ReadonlyArray<readonly [kind: string, value: unknown]> = [
  ["number", 1],
  ["number", 0],
  ["number", Number.NaN],
  ["boolean", true],
  ["boolean", false],
  ["null", null],
  ["undefined", undefined],
  ["bigint", 1n],
  ["symbol", Symbol("secret")],
  ["function", () => "secret"],
  ["bytes", new TextEncoder().encode("secret")],
  ["bytes", Buffer.from("secret")],
  ["ArrayBuffer", new ArrayBuffer(6)],
  ["Date", new Date(0)],
  ["Map", new Map([["secret", "secret"]])],
  ["Set", new Set(["secret"])],
  ["RegExp", /secret/u],
  ["Error", new Error("secret")],
  ["Promise", Promise.resolve("secret")],
  ["String", Object("secret")],
  ["Object", new Point()],
  ["Object", Object.create({ inherited: "secret" })]
]

/** A way down to a leaf: by a key of an object or an index of a list, past siblings that are all right. */
const steps = FastCheck.array(
  FastCheck.record({
    into: FastCheck.oneof(FastCheck.stringMatching(/^[a-z]{1,5}$/u), FastCheck.nat({ max: 3 })),
    siblings: FastCheck.array(anyValue, { minLength: 3, maxLength: 3 })
  }),
  { minLength: 1, maxLength: 5 }
).filter(([root]) => typeof root?.into === "string")

type Steps = typeof steps extends FastCheck.Arbitrary<infer A> ? A : never

const buried = (path: Steps, leaf: unknown): unknown =>
  path.reduceRight<unknown>(
    (inner, { into, siblings }) =>
      typeof into === "string"
        ? { A: siblings[0], B: siblings[1], [into]: inner, C: siblings[2] }
        : [...siblings.slice(0, into), inner, ...siblings.slice(into)],
    leaf
  )

const fullPath = (path: Steps) =>
  path.map(({ into }) => typeof into === "string" ? `.${into}` : `[${into}]`).join("").slice(1)

/** As glance_store says it: from the last key on. */
const shortPath = (path: Steps) => fullPath(path).replace(/^.*\./u, "")

describe("LocationMetadata", () => {
  it.effect.each<unknown>([
    {},
    { key: "v" },
    { key: "" },
    { key: [] },
    { key: {} },
    { key: ["v", "2"] },
    { key: { inner: "v" } },
    { a: { b: "c" }, d: ["e"], f: "g" },
    { a: { b: { c: ["d", { e: ["f"] }] } } },
    Object.assign(Object.create(null), { key: "v" })
  ])("is given back: %j", (metadata) =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* checkLocationMetadata(metadata), { ...Object(metadata) })
    }))

  it.effect.prop(
    "any tree of objects, lists and strings is given back",
    { metadata: anyMetadata },
    ({ metadata }) =>
      Effect.gen(function*() {
        const checked = yield* checkLocationMetadata(metadata)
        assert.strictEqual(JSON.stringify(checked), JSON.stringify(metadata))
      })
  )

  it.effect.prop("one bad leaf is found, with its path and its kind", {
    path: steps,
    intruder: FastCheck.constantFrom(...intruders)
  }, ({ intruder: [kind, value], path }) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(checkLocationMetadata(buried(path, value)))
      assert.strictEqual(error._tag, "BadLocationMetadata")
      assert.deepStrictEqual({ path: error.path, key: error.key, kind: error.actualType }, {
        path: fullPath(path),
        key: shortPath(path),
        kind
      })
    }))

  it.effect.each(intruders)(
    "a %s is neither a leaf nor the whole, and the error does not repeat it",
    ([kind, value]) =>
      Effect.gen(function*() {
        const leaf = yield* Effect.flip(checkLocationMetadata({ key: ["v", value] }))
        assert.deepStrictEqual([leaf.path, leaf.key, leaf.actualType], ["key[1]", "key[1]", kind])
        const root = yield* Effect.flip(checkLocationMetadata(value))
        assert.deepStrictEqual([root.path, root.key, root.actualType], ["", "", kind])
        assert.notInclude(JSON.stringify([leaf, root]) + leaf.message + root.message, "secret")
      })
  )

  it.effect.each<[metadata: unknown, path: string, key: string, kind: string]>([
    [{ topkey: { k3: [1] } }, "topkey.k3[0]", "k3[0]", "number"],
    [{ a: [["x", Buffer.from("y")]] }, "a[0][1]", "a[0][1]", "bytes"],
    [{ a: [{ b: [{ c: null }] }] }, "a[0].b[0].c", "c", "null"],
    [{ a: { b: 1, c: 2 }, d: 3 }, "a.b", "b", "number"],
    [{ a: "x", b: ["y", {}, []], c: [{ d: true }], e: 1 }, "c[0].d", "d", "boolean"],
    // oxlint-disable-next-line no-sparse-arrays -- a hole in a list is what is looked for
    [{ a: ["x", , "y"] }, "a[1]", "a[1]", "undefined"],
    [["v"], "", "", "list"],
    ["v", "", "", "string"]
  ])("the first bad value is reported, depth first: %j", ([metadata, path, key, kind]) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(checkLocationMetadata(metadata))
      assert.deepStrictEqual([error.path, error.key, error.actualType], [path, key, kind])
    }))

  it.effect("an object or a list that holds itself is reported, not followed", () =>
    Effect.gen(function*() {
      const object: Record<string, unknown> = { a: "b" }
      object["self"] = { deeper: [object] }
      const list: Array<unknown> = ["a"]
      list.push(list)
      const inObject = yield* Effect.flip(checkLocationMetadata(object))
      assert.deepStrictEqual([inObject.path, inObject.key, inObject.actualType], [
        "self.deeper[0]",
        "deeper[0]",
        "cycle"
      ])
      const inList = yield* Effect.flip(checkLocationMetadata({ list }))
      assert.deepStrictEqual([inList.path, inList.actualType], ["list[1]", "cycle"])
    }))

  it.effect("what occurs twice without holding itself is no cycle", () =>
    Effect.gen(function*() {
      const twice = { a: ["b"] }
      const checked = yield* checkLocationMetadata({ first: twice, second: [twice, twice] })
      assert.deepStrictEqual(checked, { first: { a: ["b"] }, second: [{ a: ["b"] }, { a: ["b"] }] })
    }))

  it.effect("gives a copy, which nobody changes by changing the original", () =>
    Effect.gen(function*() {
      const original = { list: ["a"], object: { key: "v" } }
      const checked = yield* checkLocationMetadata(original)
      original.list.push("b")
      original.object.key = "w"
      assert.deepStrictEqual(checked, { list: ["a"], object: { key: "v" } })
    }))

  it.effect("a key named __proto__ is a key like any other", () =>
    Effect.gen(function*() {
      const text = "{\"__proto__\":{\"inherited\":\"v\"},\"a\":{\"__proto__\":\"v\"}}"
      const checked = yield* checkLocationMetadata(JSON.parse(text))
      assert.strictEqual(JSON.stringify(checked), text)
      assert.isUndefined(checked["inherited"])
    }))

  it.effect.prop(
    "as a Schema, any valid tree decodes and encodes to itself",
    { metadata: trees(ordinaryKeys).record },
    ({ metadata }) =>
      Effect.gen(function*() {
        const decoded = yield* Schema.decodeUnknown(LocationMetadata.LocationMetadata)(metadata)
        const encoded = yield* Schema.encode(LocationMetadata.LocationMetadata)(decoded)
        assert.deepStrictEqual(encoded, metadata)
        const travelled = yield* Schema.decode(Schema.parseJson(LocationMetadata.LocationMetadata))(
          JSON.stringify(encoded)
        )
        assert.deepStrictEqual(travelled, metadata)
      })
  )

  it.prop(
    "as a Schema, it refuses one bad leaf anywhere",
    { path: steps, leaf: FastCheck.constantFrom(1, 0, Number.NaN, true, false, null, undefined, 1n, Buffer.from("x")) },
    ({ leaf, path }) => {
      assert.isFalse(Schema.is(LocationMetadata.LocationMetadata)(buried(path, leaf)))
    }
  )

  it("fails with BadLocationMetadata alone", () => {
    expectTypeOf(checkLocationMetadata).returns.toEqualTypeOf<
      Effect.Effect<LocationMetadata.LocationMetadata, BadLocationMetadata>
    >()
    expectTypeOf<{ a: { b: ReadonlyArray<string> } }>().toExtend<LocationMetadata.LocationMetadata>()
    expectTypeOf<{ a: { b: ReadonlyArray<number> } }>().not.toExtend<LocationMetadata.LocationMetadata>()
    expectTypeOf<ReadonlyArray<string>>().not.toExtend<LocationMetadata.LocationMetadata>()
  })
})
