/**
 * Uploads that nobody has ended.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { BadStoreConfiguration } from "../../StoreError.js"
import * as Retrying from "../remote/retrying.js"
import * as Client from "./client.js"
import * as Failures from "./failures.js"
import * as Requests from "./requests.js"
import type { S3Failure } from "./s3Failure.js"
import type { Settings } from "./settings.js"

interface Incomplete {
  readonly imageId: string
  readonly uploadId: string
  readonly initiated: Date
}

type All = Effect.Effect<ReadonlyArray<Incomplete>, BadStoreConfiguration | Failures.CallError, Scope.Scope>

/** @internal */
export const list = (settings: Settings): All => Effect.flatMap(connect(settings), listing)

/**
 * Those that were begun at least so long ago; gives them, given up or not.
 *
 * @internal
 */
export const abort = (
  settings: Settings,
  { dryRun, olderThan }: { readonly olderThan: Duration.Duration; readonly dryRun: boolean }
): All =>
  Effect.gen(function*() {
    const connection = yield* connect(settings)
    const { bucket, requests, tried } = connection
    const before = (yield* Clock.currentTimeMillis) - Duration.toMillis(olderThan)
    const all = yield* listing(connection)
    const old = all.filter(({ initiated }) => initiated.getTime() <= before)
    if (!dryRun) {
      yield* Effect.forEach(old, ({ imageId, uploadId }) =>
        requests.abort({ bucket, key: imageId, uploadId }).pipe(
          Effect.asVoid,
          // Somebody has ended it meanwhile.
          Effect.catchIf(
            (failure) => ["noUpload", "absent"].includes(Failures.conditionOf(failure)),
            () => Effect.void
          ),
          tried("abortIncompleteUploads")
        ), { discard: true })
    }
    return old
  })

// -----------------------------------------------------------------------------

const connect = (settings: Settings) =>
  Effect.gen(function*() {
    const { bucket, store } = settings
    if (bucket === undefined) {
      return yield* new BadStoreConfiguration({ store, reason: "s3_store_bucket is missing" })
    }
    const requests = Requests.make(yield* Client.make(settings, settings.credentials), settings)
    const tried = (operation: string) => <A>(request: Effect.Effect<A, S3Failure>) =>
      request.pipe(
        Effect.mapError(Failures.ofCall(settings, operation)),
        Retrying.retrying(Retrying.schedule(settings.retrying))
      )
    return { bucket, requests, tried }
  })

type Connection = Effect.Effect.Success<ReturnType<typeof connect>>

/** Page by page. */
const listing = ({ bucket, requests, tried }: Connection) => {
  const from = (
    after: { readonly key: string; readonly uploadId: string } | undefined,
    found: ReadonlyArray<Incomplete>
  ): Effect.Effect<ReadonlyArray<Incomplete>, Failures.CallError> =>
    Effect.flatMap(tried("listIncompleteUploads")(requests.uploads(bucket, after)), (page) => {
      const all = [
        ...found,
        ...(page.Uploads ?? []).flatMap(({ Initiated, Key, UploadId }) =>
          Key === undefined || UploadId === undefined || Initiated === undefined
            ? []
            : [{ imageId: Key, uploadId: UploadId, initiated: Initiated }]
        )
      ]
      const { IsTruncated, NextKeyMarker: key, NextUploadIdMarker: uploadId } = page
      return IsTruncated === true && key !== undefined && uploadId !== undefined
        ? from({ key, uploadId }, all)
        : Effect.succeed(all)
    })
  return from(undefined, [])
}
