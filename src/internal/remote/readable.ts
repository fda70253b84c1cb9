/**
 * A Node stream of bytes, read by pulling.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { Readable } from "node:stream"
import type * as Pulled from "../pulled.js"

/**
 * Ends when the stream has ended; if it closes before that, or breaks, it fails with what `broken` makes
 * of it. With the scope it is let go: its connection can be used again if the answer was read to its end,
 * and is closed if not.
 *
 * @internal
 */
export const pull = <E>(
  readable: Readable,
  broken: (cause: unknown) => E
): Effect.Effect<Pulled.Pull<E, never>, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.sync(() => {
      let wake: () => void = ignore
      let outcome: Effect.Effect<never, Option.Option<E>> | undefined
      const settle = (end: Effect.Effect<never, Option.Option<E>>) => {
        outcome ??= end
        wake()
      }
      const onReadable = () => wake()
      const onEnd = () => settle(Effect.fail(Option.none()))
      const onError = (cause: unknown) => settle(Effect.fail(Option.some(broken(cause))))
      const onClose = () => onError(readable.errored ?? new Error("the connection was closed before the end"))
      // The listener for errors stays for good: one that comes after the release has nobody to go to.
      readable.on("readable", onReadable).on("end", onEnd).on("error", onError).on("close", onClose)

      const next: Pulled.Pull<E, never> = Effect.suspend(() => {
        const bytes: unknown = readable.read()
        if (bytes instanceof Uint8Array) {
          return Effect.succeed(Chunk.of(bytes))
        }
        return outcome ?? Effect.async((resume) => {
          wake = () => {
            wake = ignore
            resume(next)
          }
          return Effect.sync(() => {
            wake = ignore
          })
        })
      })
      return {
        next,
        release: () => {
          readable.off("readable", onReadable).off("end", onEnd).off("close", onClose)
          if (isComplete(readable)) {
            readable.resume()
          } else {
            readable.destroy()
          }
        }
      }
    }),
    ({ release }) => Effect.sync(release)
  ).pipe(Effect.map(({ next }) => next))

const ignore = () => {}

/** Of an answer of HTTP: whether all of it has arrived, read or not. */
const isComplete = (readable: Readable & { readonly complete?: boolean }): boolean => readable.complete === true
