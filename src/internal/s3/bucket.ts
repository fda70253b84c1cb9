/**
 * The bucket for new images: looked for once, and made if that is allowed.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import { BackendException } from "../../StoreError.js"
import * as Retrying from "../remote/retrying.js"
import type { AddError } from "./adding.js"
import * as Failures from "./failures.js"
import type { Requests } from "./requests.js"
import type { S3Failure } from "./s3Failure.js"
import type { Settings } from "./settings.js"

/**
 * Costs a request the first time, and nothing once it is known.
 *
 * @internal
 */
export const make = (settings: Settings, requests: Requests): Effect.Effect<void, AddError> => {
  const { bucket = "", store } = settings
  const place = { ...settings, bucket }
  const toFault = Failures.ofAdd(place, "")
  let known = false

  const create = (missing: S3Failure) =>
    settings.createBucket
      ? requests.createBucket(bucket).pipe(
        Effect.asVoid,
        Effect.catchIf(({ code }) => code === "BucketAlreadyOwnedByYou", () => Effect.void),
        Effect.mapError(toFault),
        Retrying.retrying(Retrying.schedule(settings.retrying)),
        Effect.mapError((error) =>
          error._tag === "RemoteServiceUnavailable" || error._tag === "NotAuthenticated"
            ? error
            : new BackendException({
              store,
              operation: "add",
              cause: new Error(`the bucket ${bucket} cannot be created`, { cause: error })
            })
        )
      )
      : Failures.noBucket(place, "add", missing)

  return Effect.suspend(() =>
    known ? Effect.void : requests.headBucket(bucket).pipe(
      Effect.matchEffect({
        onFailure: (failure) =>
          ["absent", "noBucket"].includes(Failures.conditionOf(failure))
            ? Effect.succeed(failure)
            : Effect.fail(toFault(failure)),
        onSuccess: () => Effect.succeed(undefined)
      }),
      Retrying.retrying(Retrying.schedule(settings.retrying)),
      Effect.flatMap((missing) => missing === undefined ? Effect.void : create(missing)),
      Effect.tap(() =>
        Effect.sync(() => {
          known = true
        })
      )
    )
  )
}
