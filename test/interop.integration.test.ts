/** Images that one glance_store has written, read, sized and deleted by the other, through the URI that it gave. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as Directory from "./internal/file/Directory.js"
import * as Image from "./internal/file/Image.js"
import { Oracle } from "./interop/Oracle.js"
import * as Pair from "./interop/Pair.js"

const KiB = 1024
const zeros = (size: number) => new Uint8Array(size)

const images: ReadonlyArray<readonly [name: string, bytes: Uint8Array, thinProvisioning?: boolean]> = [
  ["no bytes", zeros(0)],
  ["one byte", Image.noise(1)],
  ["64 KiB", Image.noise(64 * KiB)],
  ["64 KiB and a byte", Image.noise(64 * KiB + 1)],
  ["5 MiB", Image.noise(5 * KiB * KiB)],
  [
    "holes between its data",
    Image.concat(Image.noise(64 * KiB), zeros(192 * KiB), Image.noise(100 * KiB), zeros(200 * KiB), Image.noise(3)),
    true
  ],
  ["a hole at its end", Image.concat(Image.noise(10), zeros(300 * KiB)), true],
  ["nothing but a hole", zeros(256 * KiB), true]
]

const ids = [
  "f9f1b0b4-2f5a-4ac4-a1c5-f2ac6fd8a3b1",
  "two  blanks",
  "100%25%2F%00%",
  "semi;colon;v=1",
  "plus+plus",
  "a&b=c,d:e@f!g$h'i(j)k*l",
  "back\\slash|pipe^caret`tick\"quote<angle>{brace}[bracket]~tilde",
  ".hidden",
  "..two dots",
  "ends.with.dot.",
  "-rf",
  "Äpfel und Öl",
  "A\u0308 decomposed",
  "日本語の画像",
  "disk 💾 image",
  "right to left עברית",
  "zero\u200Bwidth\u2028line",
  "next\u0085line",
  "no\u00A0break",
  "\uFEFFmark",
  "a".repeat(229)
]

/** Each of the two as the writer, with the other as the reader. */
const directions = [["ours", "original"], ["original", "ours"]] as const

it.layer(Oracle.layer)("an image", (it) => {
  for (const [writing, reading] of directions) {
    for (const [name, bytes, thinProvisioning = false] of images) {
      it.scoped(`with ${name}, added by ${writing}, is read, sized and deleted by ${reading}`, () =>
        Effect.gen(function*() {
          const { datadir, ...sides } = yield* Pair.make({ chunkSize: 64 * KiB, thinProvisioning })
          const added = yield* sides[writing].add("image", bytes, { algorithm: "sha512" })
          assert.strictEqual(yield* sides[reading].getSize(added.uri), bytes.length)
          const { bytes: read, size } = yield* sides[reading].get(added.uri)
          assert.strictEqual(size, bytes.length)
          assert.isTrue(Buffer.from(read).equals(bytes))
          yield* sides[reading].delete(added.uri)
          assert.deepStrictEqual(Directory.list(datadir), [])
        }))
    }

    for (const id of ids) {
      it.scoped(`of the id ${JSON.stringify(id)}, added by ${writing}, is read, sized and deleted by ${reading}`, () =>
        Effect.gen(function*() {
          const { datadir, ...sides } = yield* Pair.make()
          const bytes = Image.text(id)
          const added = yield* sides[writing].add(id, bytes)
          assert.deepStrictEqual(Directory.list(datadir), [id])
          assert.strictEqual(yield* sides[reading].getSize(added.uri), bytes.length)
          assert.deepStrictEqual(Image.concat((yield* sides[reading].get(added.uri)).bytes), bytes)
          yield* sides[reading].delete(added.uri)
          assert.deepStrictEqual(Directory.list(datadir), [])
        }))
    }

    it.scoped(`added by ${writing} is gone for ${writing} when ${reading} has deleted it, and its id is free`, () =>
      Effect.gen(function*() {
        const sides = yield* Pair.make()
        const { uri } = yield* sides[writing].add("image", Image.text("first"))
        yield* sides[reading].delete(uri)
        yield* Pair.failAlike(sides.ours.get(uri), sides.original.get(uri))
        const again = yield* sides[reading].add("image", Image.text("second"))
        assert.strictEqual(again.uri, uri)
        assert.strictEqual(yield* sides[writing].getSize(uri), "second".length)
      }))
  }

  for (const [name, bytes, thinProvisioning = false] of images) {
    it.scoped(`with ${name} is said to be the same by both, and lies on the disk in the same way`, () =>
      Effect.gen(function*() {
        const oracle = yield* Oracle
        const options = { chunkSize: 64 * KiB, thinProvisioning }
        const here = yield* Pair.make(options)
        const there = yield* Pair.make(options)
        const ours = yield* here.ours.add("image", bytes, { algorithm: "sha256" })
        const original = yield* there.original.add("image", bytes, { algorithm: "sha256" })
        assert.deepStrictEqual(ours, { ...original, uri: original.uri.replace(there.datadir, here.datadir) })
        assert.deepStrictEqual(
          yield* oracle.dataExtents(`${here.datadir}/image`),
          yield* oracle.dataExtents(`${there.datadir}/image`)
        )
      }))
  }

  it.scoped("added without an algorithm has the checksum alone", () =>
    Effect.gen(function*() {
      const here = yield* Pair.make()
      const there = yield* Pair.make()
      const ours = yield* here.ours.add("image", Image.text("abc"))
      const original = yield* there.original.add("image", Image.text("abc"))
      assert.deepStrictEqual(ours, { ...original, uri: original.uri.replace(there.datadir, here.datadir) })
      assert.strictEqual(ours.checksum, "900150983cd24fb0d6963f7d28e17f72")
      assert.notProperty(ours, "multihash")
    }))

  it.scoped("of a name of 255 bytes, as only the original gives it, can be read and deleted by ours", () =>
    Effect.gen(function*() {
      const { datadir, original, ours } = yield* Pair.make()
      const { uri } = yield* original.add("n".repeat(255), Image.text("long"))
      assert.deepStrictEqual(Image.concat((yield* ours.get(uri)).bytes), Image.text("long"))
      yield* ours.delete(uri)
      assert.deepStrictEqual(fs.readdirSync(datadir), [])
    }))
})
