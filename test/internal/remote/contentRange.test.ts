import { assert, describe, it } from "@effect/vitest"
import * as ContentRange from "../../../src/internal/remote/contentRange.js"

describe("Content-Range", () => {
  it.each([
    ["bytes 0-4/10", { part: { first: 0, last: 4 }, size: 10 }],
    ["bytes 5-9/*", { part: { first: 5, last: 9 }, size: undefined }],
    ["bytes */10", { part: undefined, size: 10 }],
    ["Bytes  1-1/2 ", { part: { first: 1, last: 1 }, size: 2 }],
    ["bytes 0-4", undefined],
    ["bytes=0-4/10", undefined],
    ["lines 0-4/10", undefined],
    ["bytes -4/10", undefined],
    ["", undefined],
    [undefined, undefined]
  ])("%o is %o", (header, expected) => {
    assert.deepStrictEqual(ContentRange.parse(header), expected)
  })
})
