/** What a store says of itself. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Store from "../../src/Store.js"
import { text } from "./bytes.js"
import { locationOf } from "./harness.js"
import { type Chapter, freshId, law } from "./law.js"
import { watched } from "./tracing.js"

export const store: Chapter = {
  name: "store",
  needs: [],
  laws: [
    law("has the schemes, the capabilities and the id that it should have", (harness) =>
      Effect.gen(function*() {
        const { capabilities, id, schemes, type } = yield* Store.Store
        assert.deepStrictEqual({ ...capabilities }, { ...harness.capabilities })
        assert.deepStrictEqual(schemes, harness.schemes)
        assert.deepStrictEqual(id, Option.fromNullable(harness.id))
        assert.isNotEmpty(type)
      })),

    law("shows each operation as a span that names the store and how it ended", (harness) =>
      Effect.gen(function*() {
        const { add, delete: remove, get, getSize, setAcls, type } = yield* Store.Store
        const id = yield* freshId
        const location = yield* locationOf(id)
        const acls = { public: false, readTenants: [], writeTenants: [] }
        const operations: Readonly<Record<string, Effect.Effect<unknown, unknown>>> = {
          "Store.get": Effect.scoped(get(location)),
          "Store.getSize": getSize(location),
          "Store.delete": remove(location),
          "Store.setAcls": setAcls(location, acls),
          "Store.add": add(id, Stream.make(text("traced")))
        }
        for (const [name, operation] of Object.entries(operations)) {
          const { exit, seen } = yield* watched(operation)
          const spans = seen.spans.filter((span) => span.name === name)
          assert.strictEqual(spans.length, 1, name)
          assert.strictEqual(spans[0]?.attributes.get("store"), harness.id ?? type, name)
          assert.strictEqual(spans[0]?.exit && Exit.isSuccess(spans[0].exit), Exit.isSuccess(exit), name)
        }
      }))
  ],
  // It applies to all.
  otherwise: []
}
