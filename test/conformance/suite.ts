/**
 * The laws that every store keeps, whatever its backend.
 *
 * A store is held against them with a harness of its own; for what it cannot do there are laws too, so that nothing is
 * passed over in silence.
 */
import { describe, layer } from "@effect/vitest"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Capabilities from "../../src/Capabilities.js"
import { add } from "./add.js"
import { checks } from "./checks.js"
import * as Delete from "./delete.js"
import { failures } from "./failures.js"
import { get, whileDeleted } from "./get.js"
import { getSize } from "./getSize.js"
import type { Harness } from "./harness.js"
import { interruptions } from "./interruptions.js"
import type { Chapter, Law } from "./law.js"
import { instances, location, roundTrip } from "./location.js"
import { model } from "./model.js"
import { races } from "./races.js"
import { range } from "./range.js"
import { refusals } from "./refusals.js"
import { secrets } from "./secrets.js"
import { setAcls } from "./setAcls.js"
import { store } from "./store.js"

/** All there are. */
export const chapters: ReadonlyArray<Chapter> = [
  store,
  add,
  refusals,
  checks,
  failures,
  interruptions,
  races,
  get,
  whileDeleted,
  range,
  getSize,
  Delete.delete,
  setAcls,
  location,
  roundTrip,
  instances,
  secrets,
  model
]

/** The chapters that apply to a store of these capabilities, each with the laws that it has to keep. */
export const lawsFor = (
  capabilities: Capabilities.Capabilities
): ReadonlyArray<{ readonly chapter: string; readonly laws: ReadonlyArray<Law> }> =>
  chapters
    .map(({ laws, name, needs, otherwise }) => ({
      chapter: name,
      laws: Capabilities.supports(capabilities, ...needs) ? laws : otherwise
    }))
    .filter(({ laws }) => laws.length > 0)

/** Milliseconds for a law that is tried many times, on a machine that has much else to do. */
const patience = 120_000

/** Registers a test for each law that the store has to keep. */
export const suite = (subject: string, harness: Harness): void =>
  // A store may wait for its backend, so the clock must not stand still.
  layer(Layer.provideMerge(harness.layer, Logger.remove(Logger.defaultLogger)), {
    timeout: "30 seconds",
    excludeTestServices: true
  })(`${subject} as a store`, (it) => {
    for (const { chapter, laws } of lawsFor(harness.capabilities)) {
      describe(`${chapter}`, () => {
        for (const { holds, name } of laws) {
          it.scoped(name, () => holds(harness), patience)
        }
      })
    }
  })
