/**
 * The request after which an image is there: a put, or the end of an upload.
 *
 * Whether it took effect may stay unknown, where a connection is lost or the add is interrupted. Then the object
 * is looked at: it is this add's if it bears its token. What an add has published and cannot keep is taken
 * back the same way, and nobody else's object ever is.
 *
 * @internal
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { StoreTimeout } from "../../StoreError.js"
import * as Retrying from "../remote/retrying.js"
import type { AddError, Adding } from "./adding.js"
import * as Failures from "./failures.js"
import * as Requests from "./requests.js"
import { S3Failure } from "./s3Failure.js"

/** @internal */
export interface Published {
  /** Of the object, without quotes; absent where the service does not say. */
  readonly etag: string | undefined
  /** Whether the service has encrypted it with a key of its own keeping. */
  readonly encrypted: boolean
}

/**
 * What an answer says of the object.
 *
 * @internal
 */
export const published = (
  { ETag, ServerSideEncryption }: {
    readonly ETag?: string | undefined
    readonly ServerSideEncryption?: string | undefined
  }
): Published => ({
  etag: ETag?.replaceAll("\"", ""),
  encrypted: ServerSideEncryption !== undefined && ServerSideEncryption !== "AES256"
})

/** @internal */
export interface Publication {
  /** Bytes of the object; one of another size is not this add's. */
  readonly size: number
  /** One try. */
  readonly request: Effect.Effect<Published, S3Failure>
  /** Whether it may take effect by now: before that an interruption ends it, after it the answer is awaited. */
  readonly decisive: () => boolean
}

/** Publishes, with the tries that the store makes. */
export type Publish = (publication: Publication) => Effect.Effect<Published, AddError>

/**
 * What is published is there for good once the scope has closed well; closed with a failure or an
 * interruption, the scope takes it away.
 *
 * @internal
 */
export const make = (
  { place, requests, retries, settings, toFault, token }: Adding
): Effect.Effect<Publish, never, Scope.Scope> =>
  Effect.gen(function*() {
    /** The size of what may have been published. */
    let doubt: number | undefined

    /** This add's object, if the one that is there is it. */
    const find = (size: number) =>
      Effect.map(requests.head(place), (head): Published | undefined =>
        head.Metadata?.[Requests.tokenKey] === token && head.ContentLength === size ? published(head) : undefined)

    const takeBack = (size: number) =>
      Effect.flatMap(find(size), (found) =>
        found === undefined ? Effect.void : Effect.asVoid(requests.remove(place)))
        .pipe(
          Effect.catchIf((failure) =>
            Failures.conditionOf(failure) === "absent", () => Effect.void),
          Effect.mapError(toFault),
          Retrying.retrying(retries),
          cleaningUp(settings.store),
          Effect.catchAll((cause) =>
            Effect.logError(
              `The object ${place.key} in the bucket ${place.bucket}, of an add that has failed, may be left behind`,
              cause
            )
          )
        )

    yield* Effect.addFinalizer((exit) => Exit.isFailure(exit) && doubt !== undefined ? takeBack(doubt) : Effect.void)

    return ({ decisive, request, size }) => {
      let tries = 0

      /** What was answered by an error may have been done after all. */
      const settle = (failure: S3Failure) => {
        const condition = Failures.conditionOf(failure)
        if (!unknown.has(condition) && (tries === 1 || !answersOurselves.has(condition))) {
          doubt = tries === 1 ? undefined : size
          return Effect.fail(toFault(failure))
        }
        return Effect.matchEffect(find(size), {
          onFailure: () => Effect.fail(toFault(failure)),
          onSuccess: (found) =>
            found === undefined ? Effect.fail(toFault(S3Failure.exists(failure.operation))) : Effect.succeed(found)
        })
      }

      const attempt = Effect.suspend(() => {
        tries++
        doubt = size
        return Effect.catchAll(request, settle)
      })
      return awaited(Retrying.retrying(retries)(attempt), decisive)
    }
  })

/**
 * Bounded, so that a service which is stuck does not hold up who is interrupted for ever.
 *
 * @internal
 */
export const cleaningUp = (store: string) => <E>(self: Effect.Effect<void, E>): Effect.Effect<void, E | StoreTimeout> =>
  Effect.timeoutFail(Effect.interruptible(self), {
    duration: patience,
    onTimeout: () => new StoreTimeout({ store, operation: "add", after: patience })
  })

/**
 * A request that changes something: one that is interrupted is given a moment to be answered, so that it
 * is known what there is to take back. It goes on in a fiber of its own, whose end comes within that time.
 *
 * @internal
 */
export const awaited = <A, E>(request: Effect.Effect<A, E>, decisive: () => boolean): Effect.Effect<A, E> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDaemon(Effect.interruptible(request)), (fiber) =>
      restore(Fiber.join(fiber)).pipe(
        Effect.onInterrupt(() =>
          Effect.suspend(() => decisive() ? Effect.exit(inAMoment(fiber)) : Fiber.interrupt(fiber))
        )
      ))
  )

/**
 * What has become of a request, when there is no more time for it than a moment.
 *
 * @internal
 */
export const inAMoment = <A, E>(fiber: Fiber.RuntimeFiber<A, E>): Effect.Effect<A, E> =>
  Effect.timeoutOption(Effect.interruptible(Fiber.await(fiber)), moment).pipe(
    Effect.flatMap(Option.match({ onNone: () => Fiber.interrupt(fiber), onSome: Effect.succeed })),
    Effect.flatten
  )

// -----------------------------------------------------------------------------

/** After these nobody knows what was done. */
const unknown: ReadonlySet<Failures.Condition> = new Set(["unavailable", "stalled", "other"])

/** What a service answers to somebody who has just done that very thing. */
const answersOurselves: ReadonlySet<Failures.Condition> = new Set(["precondition", "conflict", "noUpload"])

const moment = Duration.seconds(5)

const patience = Duration.seconds(30)
