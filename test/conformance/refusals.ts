/** What an add refuses before it has asked the source for a byte. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type * as AddOptions from "../../src/AddOptions.js"
import * as HashingAlgorithm from "../../src/HashingAlgorithm.js"
import * as Store from "../../src/Store.js"
import { hex, pattern } from "./bytes.js"
import { failsWith } from "./failure.js"
import { isNowhere } from "./harness.js"
import { type Chapter, freshId, law } from "./law.js"
import * as Source from "./source.js"

const bytes = pattern(10)

/** That the options are refused with this error, and the source left alone. */
const refused = <const Tag extends string>(options: AddOptions.AddOptions, tag: Tag) =>
  Effect.gen(function*() {
    const store = yield* Store.Store
    const id = yield* freshId
    const source = Source.make(bytes)
    const error = yield* failsWith(store.add(id, source.data, options), tag)
    assert.strictEqual(source.pulls(), 0, "how often the source was asked")
    yield* isNowhere(id)
    return error
  })

export const refusals: Chapter = {
  name: "add, before a byte is read",
  needs: ["write"],
  laws: [
    law(
      "refuses an algorithm that it does not know, and names those it knows",
      () =>
        Effect.forEach(
          ["nope", "", "SHA256", "sha-256", "sha3-256", "rmd160"],
          (hashingAlgo) =>
            Effect.gen(function*() {
              const error = yield* refused({ hashingAlgo }, "UnknownHashingAlgo")
              assert.deepInclude(error, { algo: hashingAlgo, available: HashingAlgorithm.available() })
            }),
          { discard: true }
        )
    ),

    law("refuses SHAKE without a length, or with one that is none", () =>
      Effect.forEach(
        ["shake_256", { algo: "shake_256", length: 0 }, { algo: "shake_128", length: 1.5 }] as const,
        (hashingAlgo) => refused({ hashingAlgo }, "UnknownHashingAlgo"),
        { discard: true }
      )),

    law("refuses a size that is no number of bytes", () =>
      Effect.forEach(
        [-1, -0.5, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53],
        (size) =>
          Effect.gen(function*() {
            const error = yield* refused({ size }, "InvalidArgument")
            assert.deepInclude(error, { argument: "size", received: String(size) })
          }),
        { discard: true }
      )),

    law("refuses to expect what can be no digest", () =>
      Effect.forEach(
        [
          { expected: { checksum: "" } },
          { expected: { checksum: "d41d8cd98f00b204e9800998ecf8427" } },
          { expected: { checksum: `${hex("md5", bytes)} ` } },
          { expected: { checksum: hex("sha256", bytes) } },
          { expected: { multihash: "no hex" }, hashingAlgo: "sha256" },
          // By which algorithm?
          { expected: { multihash: hex("sha256", bytes) } }
        ],
        (options) =>
          Effect.map(refused(options, "InvalidArgument"), ({ argument }) => {
            assert.strictEqual(argument, "expected")
          }),
        { discard: true }
      )),

    law("refuses an id that is empty", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const source = Source.make(bytes)
        const error = yield* failsWith(store.add("", source.data), "InvalidArgument")
        assert.strictEqual(error.argument, "imageId")
        assert.strictEqual(source.pulls(), 0)
      }))
  ],
  // That nothing at all is added is a law of `add`.
  otherwise: []
}
