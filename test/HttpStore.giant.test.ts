/** HTTP stores and an image that is large, and nowhere as a whole. 1 GiB of it is read in the integration tests. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import type * as Driver from "../src/Driver.js"
import * as Location from "../src/Location.js"
import { cutTwentyTimes } from "./http/cutTwentyTimes.js"
import * as Giant from "./http/Giant.js"
import * as Site from "./http/Site.js"

const MiB = 1024 * 1024

describe("a large image over HTTP", () => {
  it.scoped("that is cut twenty times at any byte has the right digest, and less than 1 % of it is sent twice", () =>
    Effect.gen(function*() {
      const size = 64 * MiB + 12_345
      assert.isBelow(yield* cutTwentyTimes(size), size / 100)
    }))

  it.scoped("whose connection is reset twenty times has the right digest, whatever was lost on the way", () =>
    cutTwentyTimes(64 * MiB, { reset: true }))

  it.scoped("that is interrupted while it flows is sent no further, and its connection is closed", () =>
    Effect.gen(function*() {
      const { giant, reading } = yield* begin(Stream.runDrain)
      yield* Site.until(() => giant.sent() > 4 * MiB)
      yield* Fiber.interrupt(reading)
      yield* Site.until(() => giant.openConnections() === 0)
      assert.isBelow(giant.sent(), whole)
    }))

  it.scopedLive("that nobody goes on reading is sent no further than the buffers reach", () =>
    Effect.gen(function*() {
      const { giant, reading } = yield* begin((data) => Stream.runForEach(data, () => Effect.never))
      yield* settled(giant.sent)
      assert.isBelow(giant.sent(), 64 * MiB)
      yield* Fiber.interrupt(reading)
      yield* Site.until(() => giant.openConnections() === 0)
    }))
})

const whole = 1024 * MiB

/** Reads an image in a fiber of its own. */
const begin = (read: (data: Driver.ImageData["data"]) => Effect.Effect<void, Driver.ReadError>) =>
  Effect.gen(function*() {
    const giant = yield* Giant.make({ size: whole, cuts: [] })
    const store = yield* Site.store()
    const location = yield* Location.fromUri(giant.uri)
    const reading = yield* Effect.fork(
      Effect.scoped(Effect.flatMap(store.get(location), ({ data }) => read(data)))
    )
    return { giant, reading }
  })

/** Waits until it is the same for a while. */
const settled = (count: () => number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const before = count()
    return Effect.sleep("200 millis").pipe(
      Effect.flatMap(() => before > 0 && count() === before ? Effect.void : settled(count))
    )
  })
