/**
 * A law is data: the suite registers it as a test, and the mutants are held against the same ones to see that it can
 * be broken.
 */
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import type * as Capabilities from "../../src/Capabilities.js"
import type * as Store from "../../src/Store.js"
import type { Harness, Storage } from "./harness.js"

export interface Law {
  /** A sentence that is true of every store. */
  readonly name: string
  readonly holds: (harness: Harness) => Effect.Effect<void, unknown, Store.Store | Storage | Scope.Scope>
}

/** The laws of one operation. */
export interface Chapter {
  readonly name: string
  /** What a store must be able to do for the laws to apply. */
  readonly needs: ReadonlyArray<Capabilities.Capability>
  readonly laws: ReadonlyArray<Law>
  /** The laws of a store that cannot. */
  readonly otherwise: ReadonlyArray<Law>
}

export const law = (name: string, holds: Law["holds"]): Law => ({ name, holds })

/** An id that no other law, and no other run of this one, will use. */
export const freshId: Effect.Effect<string> = Effect.sync(() => randomUUID())

/** That it holds for any value; a value for which it does not is made as small as it can be. */
export const forAll = <A, E, R>(
  arbitrary: FastCheck.Arbitrary<A>,
  holds: (value: A) => Effect.Effect<void, E, R>,
  numRuns = 40
): Effect.Effect<void, never, R> =>
  Effect.flatMap(Effect.runtime<R>(), (runtime) =>
    Effect.promise((signal) =>
      FastCheck.assert(
        FastCheck.asyncProperty(arbitrary, (value) => Runtime.runPromise(runtime)(holds(value), { signal })),
        { numRuns }
      )
    ))
