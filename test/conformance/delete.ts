/** Deleting images. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Store from "../../src/Store.js"
import { pattern, text } from "./bytes.js"
import { failsWith } from "./failure.js"
import { isNowhere, isStored, locationOf, seeded } from "./harness.js"
import { type Chapter, freshId, law } from "./law.js"
import * as Source from "./source.js"

const delete_: Chapter = {
  name: "delete",
  needs: ["write"],
  laws: [
    law("takes the image away, and leaves nothing of it", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const location = yield* seeded(id, pattern(10_000))
        yield* store.delete(location)
        yield* isNowhere(id)
        if (store.capabilities.read) {
          yield* failsWith(store.get(location), "ImageNotFound")
        }
      })),

    law("fails with ImageNotFound where there is none, and the second time", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const absent = yield* locationOf(yield* freshId)
        const { uri } = yield* failsWith(store.delete(absent), "ImageNotFound")
        assert.strictEqual(uri, absent.toString())
        const location = yield* seeded(yield* freshId, text("once"))
        yield* store.delete(location)
        yield* failsWith(store.delete(location), "ImageNotFound")
      })),

    law("takes no other image away", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const neighbours = [`${id}0`, `${id}.bak`, id.slice(0, -1)]
        yield* Effect.forEach(neighbours, (neighbour) => seeded(neighbour, text(neighbour)))
        yield* store.delete(yield* seeded(id, text(id)))
        yield* Effect.forEach(neighbours, (neighbour) => isStored(neighbour, text(neighbour)))
      })),

    law("frees the id: another image can be added under it", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        yield* store.delete(yield* seeded(id, pattern(5000, 1)))
        yield* store.add(id, Source.make(pattern(3000, 2)).data)
        yield* isStored(id, pattern(3000, 2))
      })),

    law("of many at the same time, one at least succeeds, and the others find no image", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const location = yield* seeded(id, pattern(1000))
        const attempts = Array.from({ length: 20 }, () => Effect.either(store.delete(location)))
        const results = yield* Effect.all(attempts, { concurrency: "unbounded" })
        assert.isTrue(results.some(Either.isRight))
        for (const result of results) {
          if (Either.isLeft(result)) {
            assert.strictEqual(result.left._tag, "ImageNotFound")
          }
        }
        yield* isNowhere(id)
      }))
  ],
  otherwise: [
    law("fails with NotSupported, and the image stays", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const there = yield* seeded(id, text("stays"))
        for (const location of [there, yield* locationOf(yield* freshId)]) {
          const error = yield* failsWith(store.delete(location), "NotSupported")
          assert.strictEqual(error.operation, "delete")
        }
        yield* isStored(id, text("stays"))
      }))
  ]
}

export { delete_ as delete }
