/**
 * What an add opens and a scope closes.
 *
 * Effect's own `acquireRelease` takes the references of the fiber along to the release; to compare them costs about as
 * much as to hash a small image. What is released here reads none that could differ.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"

/** @internal */
export const acquireRelease = <A, E, R>(
  acquire: Effect.Effect<A, E, R>,
  release: (acquired: A, exit: Exit.Exit<unknown, unknown>) => Effect.Effect<unknown>
): Effect.Effect<A, E, R | Scope.Scope> =>
  Effect.flatMap(Effect.scope, (scope) =>
    Effect.uninterruptible(
      Effect.tap(
        acquire,
        (acquired) => Scope.addFinalizerExit(scope, (exit) => Effect.uninterruptible(release(acquired, exit)))
      )
    ))
