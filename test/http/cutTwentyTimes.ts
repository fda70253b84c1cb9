/** Reads an image over a connection that ends twenty times, each time after another number of bytes. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import { createHash, randomInt } from "node:crypto"
import * as Location from "../../src/Location.js"
import * as Giant from "./Giant.js"
import * as Site from "./Site.js"

/** Gives the bytes that were sent and then sent again. */
export const cutTwentyTimes = (size: number, { reset = false } = {}) =>
  Effect.gen(function*() {
    // Each is shorter than a twentieth, so that all of them happen.
    const cuts = Array.from({ length: 20 }, () => randomInt(Math.floor(size / 21)))
    const giant = yield* Giant.make({ size, cuts, reset })
    const store = yield* Site.store()
    const location = yield* Location.fromUri(giant.uri)
    const digest = createHash("sha256")
    yield* Effect.scoped(Effect.flatMap(store.get(location), ({ data }) =>
      Stream.runForEach(data, (bytes) =>
        Effect.sync(() => digest.update(bytes)))))
    const how = `cuts after ${cuts.join(", ")}`
    assert.strictEqual(digest.digest("hex"), giant.digest(), how)
    assert.strictEqual(giant.uncut(), 0)
    return giant.sent() - size
  })
