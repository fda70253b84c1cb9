/**
 * What a put and an upload in parts have in common: one add of one image.
 *
 * @internal
 */
import type * as Effect from "effect/Effect"
import type { Digest } from "../../Digest.js"
import type { DuplicateImage, StorageFull, StorageWriteDenied } from "../../StoreError.js"
import type * as Fault from "../remote/fault.js"
import type * as Retrying from "../remote/retrying.js"
import type { Conditions } from "./conditions.js"
import type { CallError } from "./failures.js"
import type * as Requests from "./requests.js"
import type { S3Failure } from "./s3Failure.js"
import type { Settings } from "./settings.js"
import type { Turns } from "./turns.js"

/** @internal */
export type AddError = DuplicateImage | StorageFull | StorageWriteDenied | CallError

/** @internal */
export interface Adding {
  readonly settings: Settings
  readonly requests: Requests.Requests
  readonly place: Requests.Place
  /** By which it knows its object again. */
  readonly token: string
  readonly retries: Retrying.Retries
  readonly turns: Turns
  readonly conditions: Conditions
  readonly digest: Effect.Effect<Digest>
  readonly toFault: (failure: S3Failure) => Fault.Fault<AddError>
}
