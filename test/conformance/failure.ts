/** How an operation is seen to fail. */
import { assert } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import { StoreError } from "../../src/StoreError.js"

const encode = Schema.encode(StoreError)

/** The error it fails with: one, typed, and nothing besides; a success, a defect or an interruption will not do. */
export const failureOf = <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<E, never, R> =>
  Effect.map(Effect.exit(self), (exit) => {
    const cause = Exit.isFailure(exit) ? exit.cause : assert.fail("it succeeded")
    assert.deepStrictEqual(Array.from(Cause.defects(cause)), [], "defects")
    assert.isFalse(Cause.isInterrupted(cause), "it was interrupted")
    assert.strictEqual(Cause.failures(cause).length, 1, "number of errors")
    return Option.getOrElse(Cause.failureOption(cause), () => assert.fail("it has no error"))
  })

/** The store's own error of that name; it has a message and can travel as data. */
export const failsWith = <A, E, R, const Tag extends string>(self: Effect.Effect<A, E, R>, tag: Tag) =>
  Effect.gen(function*() {
    const error = yield* failureOf(self)
    assert.isTrue(Schema.is(StoreError)(error), `an error of the store's, not ${String(error)}`)
    if (!Predicate.isTagged(error, tag)) {
      return assert.fail(`it failed with ${String(error)}, not with ${tag}`)
    }
    assert.isNotEmpty(String(error))
    yield* Effect.flatMap(Schema.decodeUnknown(StoreError)(error), encode)
    return error
  })

/** The store's own error, whichever it is: what a caller can act on. */
export const failsTyped = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.map(failureOf(self), (error) => {
    assert.isTrue(Schema.is(StoreError)(error), `an error of the store's, not ${String(error)}`)
    return error
  })

/** That it is the very one, and no copy: Effect hands out an error that has passed a span behind a proxy. */
export const assertVery = (actual: unknown, expected: unknown): void => {
  assert.isTrue(
    Cause.originalError(actual) === Cause.originalError(expected),
    `it is ${String(actual)}, and not the very ${String(expected)}`
  )
}

/** How it ends where it was interrupted: by the interruption, and neither by an error nor by a defect. */
export const assertInterrupted = <A, E>(exit: Exit.Exit<A, E>): void => {
  assert.isTrue(Exit.isFailure(exit) && Cause.isInterruptedOnly(exit.cause), `it ended with ${String(exit)}`)
}
