/**
 * Reads that survive: where the body of an answer breaks off or stalls, it is asked for again from the byte
 * it has reached, and the reader notices nothing but the delay.
 *
 * What is read has the length that was announced, or the stream fails: it is never silently short. Tries
 * are counted anew once bytes flow again. There is a limit for the time in which nothing comes, none for the
 * whole, and a slow reader does not run into it. A body is closed before the next one is opened, and at once
 * where the reader stops or is interrupted.
 *
 * It knows no protocol. The driver opens bodies, checks that what a server sends is the part that was asked
 * for and of the same object, and says by a `Fault` what another try may heal.
 *
 * @internal
 */
import * as Chunk from "effect/Chunk"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { BackendException, ImageTruncated, StoreTimeout } from "../../StoreError.js"
import * as Pulled from "../pulled.js"
import * as Fault from "./fault.js"
import * as Idle from "./idle.js"
import * as Retrying from "./retrying.js"

/** The bytes of one answer. Each chunk is the reader's to keep. */
export type Body<E> = Pulled.Pull<Fault.Fault<E>, never>

/** @internal */
export interface Reading<A, E0, E> {
  readonly store: string
  readonly uri: string
  /** Asks for the first time. What it learns of the object (its size, its ETag) is `head`. */
  readonly begin: Effect.Effect<{ readonly head: A; readonly body: Body<E> }, Fault.Fault<E0>, Scope.Scope>
  /** How many bytes there will be, if it is known. */
  readonly length: (head: A) => number | undefined
  /** Asks for what comes after the first `received` bytes of it. */
  readonly resume: (head: A, received: number) => Effect.Effect<Body<E>, Fault.Fault<E>, Scope.Scope>
}

/** @internal */
export interface Patience {
  readonly retries: Retrying.Retries
  /** How long nothing may come, be it an answer or its next byte. */
  readonly idle: Duration.Duration
  /** How long an answer may be waited for, if that is not the same. */
  readonly answer?: Duration.Duration
}

/** @internal */
export interface Opened<A, E> {
  readonly head: A
  /** It can be run again, and then asks anew. */
  readonly data: Stream.Stream<Uint8Array, E | StoreTimeout | ImageTruncated>
}

/**
 * Open as long as the scope is, whether it is read or not.
 *
 * @internal
 */
export const open = <A, E0, E>(
  reading: Reading<A, E0, E>,
  { answer, idle, retries }: Patience
): Effect.Effect<Opened<A, E>, E0 | StoreTimeout, Scope.Scope> =>
  Effect.gen(function*() {
    type Failure = E | StoreTimeout | ImageTruncated
    const { store, uri } = reading
    const scope = yield* Effect.scope
    const timeout = (after: Duration.Duration) => (): Fault.Fault<StoreTimeout> =>
      Fault.passing(new StoreTimeout({ store, operation: "get", after }))
    const inTime = <B, E1, R>(
      opening: Effect.Effect<B, Fault.Fault<E1>, R>
    ): Effect.Effect<B, Fault.Fault<E1 | StoreTimeout>, R> =>
      Effect.timeoutFail(opening, { duration: answer ?? idle, onTimeout: timeout(answer ?? idle) })

    const begun = yield* inScopeOfItsOwn(scope, inTime(reading.begin)).pipe(Retrying.retrying(retries))
    const { head } = begun.value
    const length = reading.length(head)
    let first: Held<Body<E>> | undefined = { value: begun.value.body, close: begun.close }

    const truncated = (received: number, cause?: unknown) =>
      length === undefined ? undefined : new ImageTruncated({ uri, expected: length, actual: received, cause })

    const run: Pulled.Open<Failure, never> = Effect.gen(function*() {
      const limit = yield* Idle.limit(idle)
      const tries = yield* Schedule.driver(retries)
      let received = 0
      let body = first
      first = undefined
      // Whether tries have been counted since bytes came.
      let counting = false

      const close = Effect.suspend(() => {
        const old = body
        body = undefined
        return old?.close ?? Effect.void
      })
      yield* Effect.addFinalizer(() => close)

      const reopen = inScopeOfItsOwn(scope, inTime(Effect.suspend(() => reading.resume(head, received)))).pipe(
        Effect.map((opened) => {
          body = opened
          return opened.value
        })
      )

      const take = (chunk: Chunk.Chunk<Uint8Array>): Effect.Effect<Chunk.Chunk<Uint8Array>> => {
        const size = sizeOf(chunk)
        const left = length === undefined ? size : Math.min(size, length - received)
        const wanted = left === size ? chunk : cut(chunk, left)
        received += left
        if (!counting || Chunk.isEmpty(wanted)) {
          return Effect.succeed(wanted)
        }
        counting = false
        return Effect.as(tries.reset, wanted)
      }

      const recover = (fault: Fault.Fault<Failure>): Pulled.Pull<Failure, never> =>
        Effect.suspend(() => {
          counting = true
          return Effect.zipRight(
            close,
            Effect.matchEffect(tries.next(fault), {
              onFailure: () => Effect.fail(Option.some(fault.error)),
              onSuccess: () => next
            })
          )
        })

      /** What has broken off can be continued, but was an image that is cut where it cannot. */
      const brokenOff = (fault: Fault.Fault<Failure>): Fault.Fault<Failure> => {
        const error = fault.passing && !isTimeout(fault.error)
          ? truncated(received, fault.error)
          : undefined
        return error === undefined ? fault : { ...fault, error }
      }

      const next: Pulled.Pull<Failure, never> = Effect.suspend(() => {
        if (length !== undefined && received >= length) {
          return Effect.fail(Option.none())
        }
        if (body === undefined) {
          return Effect.matchEffect(reopen, { onFailure: recover, onSuccess: () => next })
        }
        return Effect.matchEffect(limit(body.value, () => Option.some(timeout(idle)())), {
          onSuccess: take,
          onFailure: Option.match({
            onNone: () => {
              const short = truncated(received)
              return short === undefined ? Effect.fail(Option.none()) : recover(Fault.passing(short))
            },
            onSome: (fault: Fault.Fault<Failure>) => recover(brokenOff(fault))
          })
        })
      })
      return next
    })

    return { head, data: Pulled.toStream(run) }
  })

/**
 * For a driver whose server does not continue where it is asked to.
 *
 * @internal
 */
export const cannotResume = (
  { length, reason, received, store, uri }: {
    readonly store: string
    readonly uri: string
    readonly length: number | undefined
    readonly received: number
    readonly reason: string
  }
): Fault.Fault<ImageTruncated | BackendException> => {
  const cause = new Error(`the image cannot be continued after ${received} bytes: ${reason}`)
  return Fault.final(
    length === undefined
      ? new BackendException({ store, operation: "get", cause })
      : new ImageTruncated({ uri, expected: length, actual: received, cause })
  )
}

// -----------------------------------------------------------------------------

interface Held<out A> {
  readonly value: A
  readonly close: Effect.Effect<void>
}

/** Closed by itself, or at the latest with the scope; right away if it does not open. */
const inScopeOfItsOwn = <A, E>(
  scope: Scope.Scope,
  opening: Effect.Effect<A, E, Scope.Scope>
): Effect.Effect<Held<A>, E> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Scope.fork(scope, ExecutionStrategy.sequential), (own) =>
      restore(Scope.extend(opening, own)).pipe(
        Effect.map((value): Held<A> => ({ value, close: Scope.close(own, Exit.void) })),
        Effect.onError((cause) => Scope.close(own, Exit.failCause(cause)))
      ))
  )

const isTimeout = Schema.is(StoreTimeout)

const sizeOf = (chunk: Chunk.Chunk<Uint8Array>): number => {
  let size = 0
  for (const { length } of chunk) {
    size += length
  }
  return size
}

/** At most so many bytes: what a server sends beyond the end is not the image's. */
const cut = (chunk: Chunk.Chunk<Uint8Array>, most: number): Chunk.Chunk<Uint8Array> => {
  let left = most
  return Chunk.map(chunk, (bytes) => {
    const part = bytes.subarray(0, left)
    left -= part.length
    return part
  })
}
