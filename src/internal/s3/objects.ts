/**
 * Whether there is an object of the name.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Retrying from "../remote/retrying.js"
import type { AddError, Adding } from "./adding.js"
import * as Failures from "./failures.js"
import { S3Failure } from "./s3Failure.js"

/**
 * Fails as the service itself would if it had been told not to replace one.
 *
 * @internal
 */
export const isAbsent = (
  { place, requests, retries, toFault }: Pick<Adding, "place" | "requests" | "retries" | "toFault">
): Effect.Effect<void, AddError> =>
  requests.head(place).pipe(
    Effect.matchEffect({
      onFailure: (failure) => Failures.conditionOf(failure) === "absent" ? Effect.void : Effect.fail(failure),
      onSuccess: () => Effect.fail(S3Failure.exists("HeadObject"))
    }),
    Effect.mapError(toFault),
    Retrying.retrying(retries)
  )
