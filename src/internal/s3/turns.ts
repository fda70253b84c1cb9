/**
 * One after the other, of those who want the same id: for a service that would let two of them win.
 *
 * It holds among the adds of one store. Two processes that end their uploads of one id within the same moment can
 * still not see each other on such a service.
 *
 * @internal
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { acquireRelease } from "../acquired.js"

/** A turn lasts as long as the scope. */
export type Turns = (id: string) => Effect.Effect<void, never, Scope.Scope>

/** @internal */
export const make = (): Turns => {
  const last = new Map<string, Deferred.Deferred<void>>()
  return (id) =>
    acquireRelease(
      Effect.map(Deferred.make<void>(), (own) => {
        const before = last.get(id)
        last.set(id, own)
        return { own, begins: before === undefined ? Effect.void : Deferred.await(before) }
      }),
      ({ begins, own }) => {
        const pass = Effect.sync(() => {
          if (last.get(id) === own) {
            last.delete(id)
          }
          Deferred.unsafeDone(own, Effect.void)
        })
        // Who gives up while he waits passes his turn on when it comes.
        return begins === Effect.void ? pass : Effect.forkDaemon(Effect.zipRight(begins, pass))
      }
    ).pipe(Effect.flatMap(({ begins }) => begins))
}

/** Where the service itself sees to it. */
export const none: Turns = () => Effect.void
