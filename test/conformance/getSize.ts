/** Asking how long an image is. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Store from "../../src/Store.js"
import { pattern, text } from "./bytes.js"
import { failsWith } from "./failure.js"
import { locationOf, seeded } from "./harness.js"
import { type Chapter, freshId, law } from "./law.js"

export const getSize: Chapter = {
  name: "getSize",
  needs: ["read"],
  laws: [
    law(
      "is the number of bytes, or none where the backend cannot tell",
      (harness) =>
        Effect.forEach([0, 1, 70_001], (length) =>
          Effect.gen(function*() {
            const store = yield* Store.Store
            const size = yield* store.getSize(yield* seeded(yield* freshId, pattern(length)))
            assert.deepStrictEqual(size, harness.tellsSize ? Option.some(length) : Option.none())
          }), { discard: true })
    ),

    law("fails with ImageNotFound where there is none, and names the location", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const location = yield* locationOf(yield* freshId)
        const { uri } = yield* failsWith(store.getSize(location), "ImageNotFound")
        assert.strictEqual(uri, location.toString())
      }))
  ],
  otherwise: [
    law("fails with NotSupported, whether there is an image or not", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const there = yield* seeded(yield* freshId, text("there"))
        for (const location of [there, yield* locationOf(yield* freshId)]) {
          const error = yield* failsWith(store.getSize(location), "NotSupported")
          assert.strictEqual(error.operation, "getSize")
        }
      }))
  ]
}
