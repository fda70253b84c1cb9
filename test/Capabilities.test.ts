import { assert, describe, it } from "@effect/vitest"
import * as Equal from "effect/Equal"
import * as FastCheck from "effect/FastCheck"
import * as Hash from "effect/Hash"
import * as Capabilities from "../src/Capabilities.js"

const names = ["read", "readRange", "write", "acls"] as const

const anyOfThem = FastCheck.subarray([...names])

const anyChanges = FastCheck.array(FastCheck.record({ grant: FastCheck.boolean(), names: anyOfThem }), { maxLength: 8 })

const applied = (
  changes: ReadonlyArray<{ readonly grant: boolean; readonly names: ReadonlyArray<typeof names[number]> }>
) =>
  changes.reduce(
    (self, change) => (change.grant ? Capabilities.grant : Capabilities.revoke)(self, ...change.names),
    Capabilities.none
  )

const everySubset = names.reduce<ReadonlyArray<ReadonlyArray<Capabilities.Capability>>>(
  (subsets, name) => subsets.flatMap((subset) => [subset, [...subset, name]]),
  [[]]
)

describe("Capabilities", () => {
  it("can do what was granted, and nothing else", () => {
    const self = Capabilities.make("readRange", "acls")
    assert.isTrue(Capabilities.supports(self, "readRange", "acls"))
    assert.isFalse(Capabilities.supports(self, "write"))
    assert.isFalse(Capabilities.supports(self, "readRange", "write"))
  })

  it("comes out the same whether granted at once or later", () => {
    const later = Capabilities.grant(Capabilities.make("readRange"), "acls")
    assert.isTrue(Equal.equals(later, Capabilities.make("acls", "readRange")))
    assert.strictEqual(Hash.hash(later), Hash.hash(Capabilities.make("acls", "readRange")))
    assert.isFalse(Equal.equals(later, Capabilities.make("readRange")))
  })

  it("reading a range includes reading", () => {
    assert.isTrue(Capabilities.supports(Capabilities.make("readRange"), "read"))
    assert.isTrue(Capabilities.supports(Capabilities.grant(Capabilities.none, "readRange"), "read"))
    assert.isFalse(Capabilities.supports(Capabilities.make("read"), "readRange"))
  })

  it("without reading there is no reading of a range", () => {
    const self = Capabilities.revoke(Capabilities.make("readRange", "write", "acls"), "read")
    assert.isTrue(Equal.equals(self, Capabilities.make("write", "acls")))
  })

  it("without a range, the whole can still be read", () => {
    const self = Capabilities.revoke(Capabilities.make("readRange", "write"), "readRange")
    assert.isTrue(Equal.equals(self, Capabilities.make("read", "write")))
  })

  it("writing is granted and revoked without regard to the rest", () => {
    const self = Capabilities.grant(Capabilities.make("read", "acls"), "write")
    assert.isTrue(Capabilities.supports(self, "read", "write", "acls"))
    assert.isTrue(Equal.equals(Capabilities.revoke(self, "write"), Capabilities.make("read", "acls")))
  })

  it("several are revoked at once", () => {
    const self = Capabilities.make("readRange", "write", "acls")
    assert.isTrue(Equal.equals(Capabilities.revoke(self, "read", "write", "acls"), Capabilities.none))
  })

  it("none can do nothing, and an empty question is true of it", () => {
    for (const name of names) assert.isFalse(Capabilities.supports(Capabilities.none, name))
    assert.isTrue(Capabilities.supports(Capabilities.none))
  })

  it("each name but readRange grants exactly one thing", () => {
    const granted = names.map((name) => Object.values(Capabilities.make(name)).filter(Boolean).length)
    assert.deepStrictEqual(granted, [1, 2, 1, 1])
  })

  it.each(everySubset.map((asked) => [asked] as const))("supports exactly what it has, asked for %j", (asked) => {
    for (const subset of everySubset) {
      const self = Capabilities.make(...subset)
      assert.strictEqual(Capabilities.supports(self, ...asked), asked.every((name) => self[name]))
    }
  })

  it.prop("no changes lead to reading a range without reading", { changes: anyChanges }, ({ changes }) => {
    const self = applied(changes)
    assert.isTrue(self.read || !self.readRange)
  })

  it.prop(
    "what was granted last is there, what was revoked last is not",
    { changes: anyChanges, some: anyOfThem },
    ({ changes, some }) => {
      const self = applied(changes)
      assert.isTrue(Capabilities.supports(Capabilities.grant(self, ...some), ...some))
      const revoked = Capabilities.revoke(self, ...some)
      for (const name of some) assert.isFalse(Capabilities.supports(revoked, name))
    }
  )

  it("is not changed by granting or revoking", () => {
    const self = Capabilities.make("read")
    Capabilities.grant(self, "write")
    Capabilities.revoke(self, "read")
    assert.isTrue(Equal.equals(self, Capabilities.make("read")))
  })
})
