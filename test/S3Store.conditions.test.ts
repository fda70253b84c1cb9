/** That a small image is not looked for before it is put, where, and only where, the service was seen to keep what is there. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { assertSame, pattern, text } from "./conformance/bytes.js"
import { failsWith } from "./conformance/failure.js"
import { asked, bucket, isNowhere, pieces, prepare } from "./internal/s3/Prepared.js"

const size = 5 * 1024
const image = pattern(size)

describe("a small image", () => {
  it.scopedLive("is looked for every time on a service that ignores the condition, and so never replaced", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare({}, { conditionalPut: false })
      yield* store.add("first", pieces(image), { size })
      assert.deepStrictEqual(asked(server), ["HeadBucket", "HeadObject", "PutObject", "PutObject"])
      yield* store.add("second", pieces(image), { size })
      assert.deepStrictEqual(asked(server).slice(4), ["HeadObject", "PutObject"])
      server.put(bucket, "third", text("there"))
      yield* failsWith(store.add("third", pieces(image), { size }), "DuplicateImage")
      assertSame(server.bytes(bucket, "third") ?? image, text("there"))
    }))

  it.scopedLive("is put again later where the service could not say", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      server.faults.add({ type: "refused", code: "SlowDown", operation: "PutObject", skip: 1 })
      yield* store.add("first", pieces(image), { size })
      yield* store.add("second", pieces(image), { size })
      yield* store.add("third", pieces(image), { size })
      assert.deepStrictEqual(asked(server).slice(1, 4), ["HeadObject", "PutObject", "PutObject"])
      assert.deepStrictEqual(asked(server).slice(4, 7), ["HeadObject", "PutObject", "PutObject"])
      assert.deepStrictEqual(asked(server).slice(7), ["PutObject"])
    }))

  it.scopedLive("is put again by one only of those that come at the same time", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      const ids = Array.from({ length: 16 }, (_, index) => `id-${index}`)
      yield* Effect.forEach(ids, (id) => store.add(id, pieces(image), { size }), { concurrency: "unbounded" })
      assert.strictEqual(asked(server).filter((operation) => operation === "PutObject").length, 17)
    }))

  it.scopedLive("leaves nothing where the add is interrupted while it is put again", () =>
    Effect.gen(function*() {
      const { server, store } = yield* prepare()
      server.faults.add({ type: "silent", operation: "PutObject", skip: 1 })
      yield* Effect.timeoutOption(store.add("id", pieces(image), { size }), "200 millis")
      isNowhere(server, "id")
    }), 20_000)
})
