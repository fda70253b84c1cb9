import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as Directory from "../internal/file/Directory.js"
import { publicModules } from "../sources.js"
import * as Bundle from "./Bundle.js"

const expected = (bytes: Uint8Array, algorithms = ["md5", "sha512"]) => {
  const [checksum, multihash] = algorithms.map((algorithm) => createHash(algorithm).update(bytes).digest("hex"))
  return { checksum, ...(multihash === undefined ? {} : { multihash }), size: bytes.length }
}

const images = (file: string) => [
  expected(new Uint8Array(100_000).fill(1)),
  expected(new Uint8Array(3_000_000).fill(1)),
  expected(new Uint8Array(2_000_000).fill(1), ["md5"]),
  expected(fs.readFileSync(file))
]

/** Of Node 20; later ones say the shorter. */
const permission = process.allowedNodeEnvironmentFlags.has("--permission")
  ? "--permission"
  : "--experimental-permission"

describe("A program that is one file", () => {
  it.scoped("hashes in threads, which do not keep it from ending", () =>
    Effect.gen(function*() {
      const file = yield* Bundle.make("adding", yield* Directory.make)
      assert.isAbove(fs.statSync(file).size, 600_000)
      assert.deepStrictEqual(yield* Bundle.run(file), { results: images(file), threads: 2, warnings: [] })
    }))

  it.scoped("hashes without threads where Node may start none, and warns of it once", () =>
    Effect.gen(function*() {
      const file = yield* Bundle.make("adding", yield* Directory.make)
      const said = yield* Bundle.run(file, permission, "--allow-fs-read=*", "--allow-fs-write=*")
      const warnings = ["No hashing thread can be started; digests are made without"]
      assert.deepStrictEqual(said, { results: images(file), threads: 0, warnings })
    }))

  it.scoped("does not end while only threads are at work", () =>
    Effect.gen(function*() {
      const file = yield* Bundle.make("waiting", yield* Directory.make)
      assert.deepStrictEqual(yield* Bundle.run(file), { size: 16 * 1024 * 1024 })
    }))
})

/** Modules that are not reached through the index, and what each of them needs besides. */
const heavy: Readonly<Record<string, string>> = {
  "HttpStore.ts": "undici",
  "S3Store.ts": "@aws-sdk/client-s3"
}

describe("Importing a module", () => {
  /** The package that a file belongs to. */
  const packageOf = (file: string) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//u.exec(file)?.[1]

  it.effect("loads Effect, and of its platform no more than the errors", () =>
    Effect.gen(function*() {
      const loaded = yield* Bundle.loaded(publicModules)
      assert.sameMembers([...loaded.keys()], [...publicModules])
      for (const [module, files] of loaded) {
        const packages = new Set(Array.from(files).map(packageOf).filter((name) => name !== undefined))
        packages.delete("effect")
        // What Effect's Schema needs.
        packages.delete("fast-check")
        packages.delete("pure-rand")
        const needed = heavy[module]
        if (needed !== undefined) {
          assert.isTrue(packages.has(needed), `${module} has no ${needed}`)
          continue
        }
        const platform = Array.from(files).filter((file) => packageOf(file) === "@effect/platform")
        if (module === "ImageFile.ts" || module === "index.ts") {
          assert.deepStrictEqual([...packages], ["@effect/platform"], module)
          assert.deepStrictEqual(
            platform.map((file) => file.replace(/.*\/esm\//u, "")).toSorted(),
            ["Error.js"],
            module
          )
        } else {
          assert.deepStrictEqual([...packages], [], module)
        }
      }
    }))
})
