import { assert, describe, it } from "@effect/vitest"
import * as Parts from "../../../src/internal/s3/parts.js"

const MiB = 1024 ** 2
const TiB = 1024 ** 4
const rules = { partSize: 10 * MiB, concurrency: 10, uniform: false }

const total = ({ sizeOf }: Parts.Plan) =>
  Array.from({ length: Parts.most }, (_, index) => sizeOf(index + 1)).reduce((sum, size) => sum + size, 0)

describe("the parts of an image", () => {
  it("are as configured, and all the same, where its size allows", () => {
    const { buffersOf, sizeOf } = Parts.plan(rules, 1024 * MiB)
    assert.deepStrictEqual([1, 2, 9999].map(sizeOf), [10 * MiB, 10 * MiB, 10 * MiB])
    assert.strictEqual(buffersOf(10 * MiB), 11)
  })

  it("are larger, in whole MiB, where ten thousand would not do", () => {
    const size = Parts.plan(rules, 5 * TiB).sizeOf(1)
    assert.strictEqual(size, 525 * MiB)
    assert.isAtLeast(size * Parts.most, 5 * TiB)
    assert.strictEqual(Parts.plan(rules, 10_000 * 10 * MiB).sizeOf(1), 10 * MiB)
    assert.strictEqual(Parts.plan(rules, 10_000 * 10 * MiB + 1).sizeOf(1), 11 * MiB)
  })

  it("grow where the size is not known, so that ten thousand are enough for 5 TiB", () => {
    const plan = Parts.plan(rules, undefined)
    assert.deepStrictEqual([1, 900, 901, 1801].map(plan.sizeOf), [10 * MiB, 10 * MiB, 20 * MiB, 40 * MiB])
    assert.isAtLeast(total(plan), 5 * TiB)
    assert.isAtLeast(total(Parts.plan({ ...rules, partSize: 5 * MiB }, undefined)), 5 * TiB)
    assert.strictEqual(Parts.plan({ ...rules, partSize: 5120 * MiB }, undefined).sizeOf(10_000), Parts.largest)
  })

  it("do not grow where the service wants them all the same", () => {
    assert.strictEqual(Parts.plan({ ...rules, uniform: true }, undefined).sizeOf(10_000), 10 * MiB)
  })

  it("take no more memory when they are larger, but for the two that it needs", () => {
    const { buffersOf } = Parts.plan(rules, undefined)
    assert.deepStrictEqual([10, 20, 40, 80].map((size) => buffersOf(size * MiB)), [11, 5, 2, 2])
  })
})
