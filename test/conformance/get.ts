/** Reading whole images. */
import { assert } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Store from "../../src/Store.js"
import { assertSame, concat, pattern, text } from "./bytes.js"
import { failsWith, failureOf } from "./failure.js"
import { isStored, locationOf, read, seeded, Storage } from "./harness.js"
import { type Chapter, freshId, law } from "./law.js"

class Distracted extends Data.TaggedError("Distracted") {}

const large = 3 * 1024 * 1024 + 1

export const get: Chapter = {
  name: "get",
  needs: ["read"],
  laws: [
    law(
      "gives the bytes, and says how many if the backend can tell",
      (harness) =>
        Effect.forEach([0, 1, 1000, large], (length) =>
          Effect.gen(function*() {
            const store = yield* Store.Store
            const bytes = pattern(length)
            const location = yield* seeded(yield* freshId, bytes)
            const { data, size } = yield* store.get(location)
            assert.deepStrictEqual(size, harness.tellsSize ? Option.some(length) : Option.none())
            assertSame(concat(yield* Stream.runCollect(data)), bytes)
          }), { discard: true })
    ),

    law("gives the whole image to each of many readers at the same time", () =>
      Effect.gen(function*() {
        const bytes = pattern(large)
        const location = yield* seeded(yield* freshId, bytes)
        const all = yield* Effect.all(Array.from({ length: 20 }, () => read(location)), { concurrency: "unbounded" })
        for (const image of all) {
          assertSame(image, bytes)
        }
      })),

    law(
      "gives each reader bytes of its own: what it writes on them nobody else reads",
      () =>
        Effect.forEach([pattern(large), Buffer.from(pattern(70_000))], (bytes) =>
          Effect.gen(function*() {
            const store = yield* Store.Store
            const id = yield* freshId
            const original = new Uint8Array(bytes)
            const location = yield* seeded(id, bytes)
            const scribble = Effect.flatMap(
              store.get(location),
              ({ data }) =>
                Stream.runForEach(data, (part) => Effect.zipLeft(Effect.sync(() => part.fill(0xff)), Effect.yieldNow()))
            ).pipe(Effect.scoped)
            const [, image] = yield* Effect.all([scribble, read(location), scribble], { concurrency: "unbounded" })
            assertSame(image, original)
            assertSame(yield* read(location), original)
            yield* isStored(id, original)
          }), { discard: true })
    ),

    law("lets a reader keep what it was given while it reads on", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const bytes = pattern(large)
        const location = yield* seeded(yield* freshId, bytes)
        const { data } = yield* store.get(location)
        const kept: Array<Uint8Array> = []
        const copied: Array<Uint8Array> = []
        yield* Stream.runForEach(data, (part) =>
          Effect.sync(() => {
            kept.push(part)
            copied.push(part.slice())
          }))
        assertSame(concat(kept), concat(copied))
      })),

    law("fails with ImageNotFound where there is none, and names the location", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const location = yield* locationOf(yield* freshId)
        const { uri } = yield* failsWith(store.get(location), "ImageNotFound")
        assert.strictEqual(uri, location.toString())
      })),

    law("frees what a reader held that stops early", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const bytes = pattern(large)
        const location = yield* seeded(id, bytes)
        const first = yield* Effect.scoped(
          Effect.flatMap(store.get(location), ({ data }) => Stream.runHead(data))
        )
        assert.isTrue(Option.isSome(first))
        yield* isStored(id, bytes)
      })),

    law("frees what a reader held that fails", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const bytes = pattern(large)
        const location = yield* seeded(id, bytes)
        const failing = Effect.flatMap(
          store.get(location),
          ({ data }) => Stream.runForEach(data, () => new Distracted())
        )
        assert.instanceOf(yield* failureOf(Effect.scoped(failing)), Distracted)
        yield* isStored(id, bytes)
      })),

    law("frees what a reader held that is interrupted", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const bytes = pattern(large)
        const location = yield* seeded(id, bytes)
        const reached = yield* Deferred.make<void>()
        const stuck = Effect.zipRight(Deferred.succeed(reached, undefined), Effect.never)
        const reading = yield* Effect.flatMap(store.get(location), ({ data }) => Stream.runForEach(data, () => stuck))
          .pipe(
            Effect.scoped,
            Effect.fork
          )
        yield* Deferred.await(reached)
        yield* Fiber.interrupt(reading)
        yield* isStored(id, bytes)
      })),

    law("frees what a reader held that never read", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const location = yield* seeded(id, text("unread"))
        yield* Effect.scoped(store.get(location))
        yield* isStored(id, text("unread"))
      })),

    law("holds an image for the time of its scope, whatever the scope ends with", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const bytes = pattern(10_000)
        const location = yield* seeded(id, bytes)
        const scope = yield* Scope.make()
        const { data } = yield* Scope.extend(store.get(location), scope)
        assertSame(concat(yield* Stream.runCollect(data)), bytes)
        yield* Scope.close(scope, Exit.die("whatever"))
        yield* isStored(id, bytes)
      }))
  ],
  otherwise: [
    law("fails with NotSupported, of a range too, whether there is an image or not", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const there = yield* seeded(yield* freshId, text("there"))
        for (const location of [there, yield* locationOf(yield* freshId)]) {
          for (const range of [{}, { offset: 1 }, { length: 1 }]) {
            const error = yield* failsWith(store.get(location, range), "NotSupported")
            assert.strictEqual(error.operation, "get")
          }
        }
      }))
  ]
}

export const whileDeleted: Chapter = {
  name: "get, of an image that is deleted meanwhile",
  needs: ["read", "write"],
  laws: [
    law(
      "gives an open reader the whole image or a typed error, and never silently less",
      () =>
        Effect.forEach([0, 1, 2], (parts) =>
          Effect.gen(function*() {
            const store = yield* Store.Store
            const { litter } = yield* Storage
            const id = yield* freshId
            const bytes = pattern(large)
            const location = yield* seeded(id, bytes)
            yield* Effect.scoped(Effect.gen(function*() {
              const { data } = yield* store.get(location)
              let seen = 0
              const deleteOnce = Effect.suspend(() => seen++ === parts ? store.delete(location) : Effect.void)
              const reading = Stream.onStart(Stream.mapEffect(data, (part) => Effect.as(deleteOnce, part)), deleteOnce)
              const result = yield* Effect.exit(Stream.runCollect(reading))
              if (Exit.isSuccess(result)) {
                return assertSame(concat(result.value), bytes)
              }
              yield* failureOf(result)
            }))
            assert.deepStrictEqual(yield* litter(id), [])
          }), { discard: true })
    )
  ],
  // A store that cannot do both has no such reader.
  otherwise: []
}
