/** Saying who may read and write an image. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Store from "../../src/Store.js"
import { text } from "./bytes.js"
import { failsWith } from "./failure.js"
import { isStored, locationOf, seeded } from "./harness.js"
import { type Chapter, freshId, law } from "./law.js"

const shared = { public: false, readTenants: ["reader"], writeTenants: ["writer", "other"] }
const open = { public: true, readTenants: [], writeTenants: [] }

export const setAcls: Chapter = {
  name: "setAcls",
  needs: ["acls"],
  laws: [
    law("is done, and done again with another list, and the image is what it was", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const location = yield* seeded(id, text("shared"))
        for (const acls of [shared, open, shared]) {
          yield* store.setAcls(location, acls)
        }
        yield* isStored(id, text("shared"))
      })),

    law("fails with ImageNotFound where there is none, and names the location", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const location = yield* locationOf(yield* freshId)
        const { uri } = yield* failsWith(store.setAcls(location, open), "ImageNotFound")
        assert.strictEqual(uri, location.toString())
      }))
  ],
  otherwise: [
    law("fails with NotSupported, whether there is an image or not", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const there = yield* seeded(yield* freshId, text("there"))
        for (const location of [there, yield* locationOf(yield* freshId)]) {
          const error = yield* failsWith(store.setAcls(location, open), "NotSupported")
          assert.strictEqual(error.operation, "setAcls")
        }
      }))
  ]
}
