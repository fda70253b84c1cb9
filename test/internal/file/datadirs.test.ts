import { assert, describe, it } from "@effect/vitest"
import { parseEntry } from "../../../src/internal/file/datadirs.js"
import { parse } from "../../../src/internal/file/permissions.js"

describe("an entry of filesystem_store_datadirs", () => {
  const entries = {
    "/a": { path: "/a", priority: 0 },
    "/a:": { path: "/a", priority: 0 },
    "/a:100": { path: "/a", priority: 100 },
    "/a: 3 ": { path: "/a", priority: 3 },
    " /a :3": { path: "/a", priority: 3 },
    "/a:-5": { path: "/a", priority: -5 },
    "/a:+5": { path: "/a", priority: 5 },
    "/a:007": { path: "/a", priority: 7 },
    "/a:b:1": { path: "/a:b", priority: 1 },
    "/a:1:": { path: "/a:1", priority: 0 }
  }
  for (const [entry, parsed] of Object.entries(entries)) {
    it(`"${entry}" is ${parsed.path} with ${parsed.priority}`, () => {
      assert.deepStrictEqual(parseEntry(entry), parsed)
    })
  }

  for (const entry of [":5", ":", "", " : 5", "/a:x", "/a:1.5", "/a:1_000", "/a:0x1", "/a:1e3", "/a:- 5", "/a:b"]) {
    it(`"${entry}" is none, and the reason shows it`, () => {
      const parsed = parseEntry(entry)
      assert.property(parsed, "reason")
      assert.include("reason" in parsed ? parsed.reason : "", `"${entry}"`)
    })
  }
})

describe("the digits of filesystem_store_file_perm", () => {
  for (
    const [digits, mode] of [
      [640, 0o640],
      ["640", 0o640],
      ["0640", 0o640],
      [" 0640 ", 0o640],
      [777, 0o777],
      [400, 0o400],
      [0, undefined],
      ["0", undefined],
      ["000", undefined],
      [-1, undefined],
      ["-5", undefined]
    ] as const
  ) {
    it(`${JSON.stringify(digits)} are ${mode === undefined ? "the umask's matter" : mode.toString(8)}`, () => {
      assert.deepStrictEqual(parse(digits), { mode })
    })
  }

  for (
    const digits of [
      7,
      77,
      377,
      200,
      899,
      648,
      1000,
      1640,
      7777,
      0.5,
      64.4,
      NaN,
      Infinity,
      "",
      "rw",
      "0o640",
      "0x1ff",
      "6 40"
    ]
  ) {
    it(`${JSON.stringify(digits)} are none`, () => {
      assert.property(parse(digits), "reason")
    })
  }
})
