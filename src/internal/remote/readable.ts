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
import { acquireRelease } from "../acquired.js"
import type * as Pulled from "../pulled.js"
import * as Idle from "./idle.js"

/**
 * Ends when the stream has ended; if it closes before that, or breaks, it fails with what `broken` makes
 * of it. With the scope it is let go: its connection can be used again if the answer was read to its end,
 * and is closed if not.
 *
 * A reader that waits is not woken for each piece, but once the event loop has come round: what has arrived until
 * then is one chunk, of as many pieces, and to wake a reader costs as much as to receive one of them.
 *
 * @internal
 */
export const pull = <E>(
  readable: Readable,
  broken: (cause: unknown) => E
): Effect.Effect<Pulled.Pull<E, never>, never, Scope.Scope> =>
  acquireRelease(
    Effect.sync(() => {
      let wake: (() => void) | undefined
      let outcome: Effect.Effect<never, Option.Option<E>> | undefined
      let arrived: Array<Uint8Array> = []
      let size = 0
      const awaken = () => {
        const waiting = wake
        wake = undefined
        waiting?.()
      }
      const settle = (end: Effect.Effect<never, Option.Option<E>>) => {
        outcome ??= end
        awaken()
      }
      const onData = (bytes: Uint8Array) => {
        size += bytes.length
        if (arrived.push(bytes) === 1 && wake !== undefined) {
          setImmediate(awaken)
        }
        if (size >= most) {
          readable.pause()
        }
      }
      const onEnd = () => settle(Effect.fail(Option.none()))
      const onError = (cause: unknown) => settle(Effect.fail(Option.some(broken(cause))))
      const onClose = () => onError(readable.errored ?? new Error("the connection was closed before the end"))
      // The listener for errors stays for good: one that comes after the release has nobody to go to.
      readable.on("data", onData).on("end", onEnd).on("error", onError).on("close", onClose)

      const next: Pulled.Pull<E, never> = Effect.suspend(() => {
        if (arrived.length > 0) {
          const chunk = Chunk.unsafeFromArray(arrived)
          arrived = []
          if (size >= most) {
            readable.resume()
          }
          size = 0
          return Effect.succeed(chunk)
        }
        return outcome ?? Effect.async((resume) => {
          wake = () => resume(next)
          return Effect.sync(() => {
            wake = undefined
          })
        })
      })
      return {
        next: Idle.endable(next, () => onError(new Error("nothing came in time"))),
        release: () => {
          readable.off("data", onData).off("end", onEnd).off("close", onClose)
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

/** Bytes that are kept for a reader who does not take them, and the bytes of a chunk at the most, or little more. */
const most = 512 * 1024

/** Of an answer of HTTP: whether all of it has arrived, read or not. */
const isComplete = (readable: Readable & { readonly complete?: boolean }): boolean => readable.complete === true
