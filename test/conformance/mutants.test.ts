/** The laws can be broken: each one is, by some store that has a fault. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import type { Law } from "./law.js"
import { readMutants } from "./readMutants.js"
import * as Reference from "./reference.js"
import { storeMutants } from "./storeMutants.js"
import { chapters, lawsFor } from "./suite.js"
import { writeMutants } from "./writeMutants.js"

const mutants = [...writeMutants, ...readMutants, ...storeMutants]

const named = (chapter: string, laws: ReadonlyArray<Law>): ReadonlyArray<readonly [name: string, law: Law]> =>
  laws.map((law) => [`${chapter}: ${law.name}`, law])

describe("A store that", () => {
  for (const { alteration, breaks, name } of mutants) {
    it.live(`${name} is found out`, () =>
      Effect.gen(function*() {
        const harness = Reference.harness(alteration)
        const known = new Map(lawsFor(harness.capabilities).flatMap(({ chapter, laws }) => named(chapter, laws)))
        assert.isNotEmpty(breaks)
        yield* Effect.forEach(breaks, (broken) =>
          Effect.gen(function*() {
            const law = known.get(broken) ?? assert.fail(`there is no law "${broken}" for it`)
            const exit = yield* law.holds(harness).pipe(
              Effect.scoped,
              Effect.provide(Layer.merge(harness.layer, Logger.remove(Logger.defaultLogger))),
              Effect.exit
            )
            assert.isTrue(Exit.isFailure(exit), `the law "${broken}" has not noticed`)
          }))
      }), 120_000)
  }
})

describe("Every law", () => {
  it("is broken by a store that has a fault", () => {
    const broken = new Set(mutants.flatMap(({ breaks }) => breaks))
    const all = chapters.flatMap(({ laws, name, otherwise }) => named(name, [...laws, ...otherwise]))
    assert.deepStrictEqual(all.map(([name]) => name).filter((name) => !broken.has(name)), [])
  })
})
