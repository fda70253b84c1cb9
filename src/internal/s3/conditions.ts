/**
 * Whether the service was seen to keep an object that is there, when it is told not to replace one.
 *
 * Its preset says so, but a service may be older than the preset knows, and one that does not heed the condition
 * replaces an image without a word. So one small image is put twice, which harms nobody. Where the second put was
 * refused, other small images are not looked for before they are put, which saves every second request.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Failures from "./failures.js"
import type { S3Failure } from "./s3Failure.js"

/** @internal */
export interface Conditions {
  readonly areHeeded: () => boolean
  /** Puts again what has just been put, unless the answer is known or being waited for. */
  readonly prove: (again: Effect.Effect<unknown, S3Failure>) => Effect.Effect<void>
}

/**
 * `promised` is what the preset says, or the operator.
 *
 * @internal
 */
export const make = (promised: boolean): Conditions => {
  let known: "nothing" | "heeded" | "not to ask" = promised ? "nothing" : "not to ask"
  return {
    areHeeded: () => known === "heeded",
    prove: (again) =>
      Effect.suspend(() => {
        if (known !== "nothing") {
          return Effect.void
        }
        known = "not to ask"
        return Effect.match(again, {
          onSuccess: () => {},
          onFailure: (failure) => {
            known = Failures.conditionOf(failure) === "precondition" ? "heeded" : "nothing"
          }
        })
      })
  }
}
