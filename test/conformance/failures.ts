/** An add whose source fails: it fails with the source's own error, and leaves nothing. */
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { UploadFailed } from "../../src/Driver.js"
import * as Store from "../../src/Store.js"
import { DuplicateImage, ImageNotFound, StorageFull } from "../../src/StoreError.js"
import { pattern } from "./bytes.js"
import { assertInterrupted, assertVery, failsWith, failureOf } from "./failure.js"
import { isNowhere, isStored, Storage } from "./harness.js"
import { type Chapter, freshId, law } from "./law.js"
import * as Source from "./source.js"

class ConnectionLost extends Data.TaggedError("ConnectionLost")<{ readonly host: string }> {}

/** Errors that a store might take for its own, or for none. */
const lookalikes: ReadonlyArray<readonly [string, unknown]> = [
  ["an error that looks like a full disk", Object.assign(new Error("no space left"), { code: "ENOSPC", errno: -28 })],
  ["an error that looks like a refused permission", Object.assign(new Error("denied"), { code: "EACCES" })],
  ["an error that looks like a name that is taken", Object.assign(new Error("exists"), { code: "EEXIST" })],
  ["the store's own DuplicateImage", new DuplicateImage({ store: "another", imageId: "another" })],
  ["the store's own StorageFull", new StorageFull({ store: "another", reason: "it says" })],
  ["the store's own ImageNotFound", new ImageNotFound({ uri: "another://image" })],
  ["what drivers are told", new UploadFailed()],
  ["an object with a tag of the store's", { _tag: "UploadFailed" }],
  ["no object", "a string"],
  ["undefined", undefined],
  ["null", null]
]

const bytes = pattern(10_000)

/** A source that gives so many bytes and then fails. */
const failing = <E>(after: number, error: E) => Source.followedBy(bytes.subarray(0, after), Effect.fail(error))

export const failures: Chapter = {
  name: "add, of a source that fails",
  needs: ["write"],
  laws: [
    law("fails with the source's own error, wherever it comes, and leaves nothing", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        for (const after of [0, 1, 1000, 5500, 10_000]) {
          const id = yield* freshId
          const lost = new ConnectionLost({ host: `after ${after} bytes` })
          assertVery(yield* failureOf(store.add(id, failing(after, lost))), lost)
          yield* isNowhere(id)
          // Also where the store knows how much is to come, and may have made room for it.
          assertVery(yield* failureOf(store.add(id, failing(after, lost), { size: 10_000 })), lost)
          yield* isNowhere(id)
        }
      })),

    ...lookalikes.map(([what, error]) =>
      law(`is not deceived by a source that fails with ${what}`, () =>
        Effect.gen(function*() {
          const store = yield* Store.Store
          const id = yield* freshId
          assertVery(yield* failureOf(store.add(id, failing(2500, error))), error)
          yield* isNowhere(id)
        }))
    ),

    law("lets a defect of the source be a defect, and leaves nothing", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        for (const after of [0, 2500, 10_000]) {
          const id = yield* freshId
          const bug = new TypeError("undefined is not a function")
          const data = Source.followedBy(bytes.subarray(0, after), Effect.die(bug))
          const exit = yield* Effect.exit(store.add(id, data))
          const cause = Exit.isFailure(exit) ? exit.cause : Cause.empty
          assert.strictEqual(Cause.defects(cause).length, 1)
          assertVery(Option.getOrUndefined(Cause.dieOption(cause)), bug)
          assert.deepStrictEqual(Array.from(Cause.failures(cause)), [])
          yield* isNowhere(id)
        }
      })),

    law("is interrupted by a source that interrupts itself, and leaves nothing", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const data = Source.followedBy(bytes.subarray(0, 2500), Effect.interrupt)
        assertInterrupted(yield* Effect.exit(store.add(id, data)))
        yield* isNowhere(id)
      })),

    law("has closed the source when it fails", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const lost = new ConnectionLost({ host: "closed" })
        let closed = false
        const data = Stream.ensuring(failing(2500, lost), Effect.sync(() => (closed = true)))
        yield* failureOf(store.add(yield* freshId, data))
        assert.isTrue(closed)
      })),

    law("leaves the id free after a failure: the image can be added then", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        yield* failureOf(store.add(id, failing(5000, new ConnectionLost({ host: "first" }))))
        yield* failsWith(store.add(id, Source.make(bytes).data, { size: 1 }), "SizeMismatch")
        yield* store.add(id, Source.make(bytes).data)
        yield* isStored(id, bytes)
      })),

    law("harms no image that was there before", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const { seed } = yield* Storage
        const id = yield* freshId
        yield* seed(id, bytes)
        for (const after of [0, 2500]) {
          yield* failureOf(store.add(id, failing(after, new ConnectionLost({ host: "again" }))))
          yield* isStored(id, bytes)
        }
      }))
  ],
  // That nothing at all is added is a law of `add`.
  otherwise: []
}
