/**
 * An image put in parts, of whatever size.
 *
 * Parts are sent beside each other, each from memory of its own, and each is tried again by itself. Whatever
 * goes wrong, in a part, in the source or by an interruption, stops all at once; what is still being sent is awaited,
 * and then the upload is given up, so that no part is left behind.
 *
 * @internal
 */
import type { CompletedPart } from "@aws-sdk/client-s3"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { UploadFailed } from "../../Driver.js"
import { StorageFull } from "../../StoreError.js"
import * as Retrying from "../remote/retrying.js"
import type { AddError, Adding } from "./adding.js"
import * as Buffers from "./buffers.js"
import * as Checksums from "./checksums.js"
import type { Cutter } from "./cutting.js"
import * as Failures from "./failures.js"
import { isAbsent } from "./objects.js"
import * as Parts from "./parts.js"
import * as Publishing from "./publishing.js"
import type { Upload } from "./requests.js"
import type { S3Failure } from "./s3Failure.js"

/**
 * `begun` is what was read of the image so far: it is all of the first part, or nothing.
 *
 * @internal
 */
export const put = (
  adding: Adding,
  cutter: Cutter,
  plan: Parts.Plan,
  begun: Uint8Array
): Effect.Effect<void, AddError | UploadFailed, Scope.Scope> =>
  Effect.gen(function*() {
    const { place, requests, settings, turns } = adding
    // First of all, so that it is looked for what there is to take back when the upload cannot end any more.
    const publish = yield* Publishing.make(adding)
    const upload = yield* open(adding)
    const { parts, size } = yield* sendAll(adding, upload, cutter, plan, begun)
    if (!settings.conditionalComplete) {
      yield* turns(place.key)
      yield* isAbsent(adding)
    }
    yield* publish({
      decisive: () => true,
      size,
      request: Effect.map(requests.complete(upload, parts), Publishing.published)
    })
    upload.completed = true
  })

// -----------------------------------------------------------------------------

interface Open extends Upload {
  /** There is nothing to give up any more. */
  completed: boolean
}

/** Given up with the scope, unless it was completed. */
const open = (adding: Adding): Effect.Effect<Open, AddError, Scope.Scope> => {
  const { place, requests, retries, settings, toFault, token } = adding
  const begin = requests.begin(place, token, Checksums.kindOfUpload(settings.checksum)).pipe(
    Effect.mapError(toFault),
    Retrying.retrying(retries),
    Effect.map(({ UploadId }): Open => ({ ...place, uploadId: UploadId ?? "", completed: false }))
  )
  return Effect.uninterruptibleMask((restore) =>
    Effect.gen(function*() {
      const begun = yield* Effect.forkDaemon(Effect.interruptible(begin))
      yield* Effect.addFinalizer((exit) =>
        Effect.matchEffect(Publishing.inAMoment(begun), {
          onFailure: () => Effect.void,
          onSuccess: (upload) => upload.completed ? Effect.void : giveUp(adding, upload, exit)
        })
      )
      return yield* restore(Fiber.join(begun))
    })
  )
}

/**
 * Parts that arrive late are kept by some services after the upload was given up: it is looked after once more.
 */
const giveUp = (
  { requests, retries, settings: { store }, toFault }: Adding,
  upload: Upload,
  exit: Exit.Exit<unknown, unknown>
): Effect.Effect<void> => {
  /** Whether the service knows the upload no more. */
  const gone = (request: Effect.Effect<unknown, S3Failure>) =>
    request.pipe(Effect.as(false), Effect.catchIf(isGone, () => Effect.succeed(true)))
  const aborted = gone(requests.abort(upload))
  const once = Effect.gen(function*() {
    if ((yield* aborted) || (yield* gone(requests.parts(upload)))) {
      return
    }
    yield* aborted
  })
  return once.pipe(
    Effect.mapError(toFault),
    Retrying.retrying(retries),
    Publishing.cleaningUp(store),
    Effect.catchAll((cause) =>
      Effect.logWarning(
        `The upload ${upload.uploadId} of ${upload.key} to the bucket ${upload.bucket} of the store ${store} could not be ` +
          "given up; its parts take room until S3Store.abortIncompleteUploads removes them",
        Exit.isFailure(exit) ? Cause.sequential(Cause.fail(cause), exit.cause) : Cause.fail(cause)
      )
    )
  )
}

const isGone = (failure: S3Failure) => ["noUpload", "absent", "noBucket"].includes(Failures.conditionOf(failure))

interface All {
  readonly parts: ReadonlyArray<CompletedPart>
  readonly size: number
}

const sendAll = (
  adding: Adding,
  upload: Upload,
  cutter: Cutter,
  plan: Parts.Plan,
  begun: Uint8Array
): Effect.Effect<All, AddError | UploadFailed> => {
  const { requests, retries, settings, toFault } = adding
  const send = (number: number, body: Uint8Array) =>
    Effect.suspend(() => requests.putPart(upload, number, body, Checksums.ofBody(settings.checksum, body))).pipe(
      Effect.mapError(toFault),
      Retrying.retrying(retries),
      Effect.map((answer): CompletedPart => ({
        PartNumber: number,
        ETag: answer.ETag,
        ChecksumCRC32: answer.ChecksumCRC32,
        ChecksumCRC64NVME: answer.ChecksumCRC64NVME,
        ChecksumSHA256: answer.ChecksumSHA256
      }))
    )

  return Effect.scoped(Effect.gen(function*() {
    const scope = yield* Effect.scope
    const buffers = yield* Buffers.make(plan.buffersOf)
    const failed = yield* Deferred.make<never, AddError>()
    const sent: Array<CompletedPart> = []
    let size = 0

    const sending = (number: number, body: Uint8Array, release: Effect.Effect<void>) =>
      Effect.forkIn(
        Effect.interruptible(send(number, body)).pipe(
          Effect.tap((part) => Effect.sync(() => sent.push(part))),
          Effect.matchCauseEffect({
            onFailure: (cause) => Deferred.failCause(failed, cause),
            onSuccess: () => release
          })
        ),
        scope
      )

    const cut = Effect.gen(function*() {
      let number = 0
      let first = begun
      while (first.length > 0 || (yield* cutter.more)) {
        number++
        if (number > Parts.most) {
          return yield* new StorageFull({
            store: settings.store,
            reason:
              `an image of unknown size has more than ${Parts.most} parts; declare its size, or configure larger parts`
          })
        }
        const { memory, release } = first.length > 0 ? buffers.adopt(first) : yield* buffers.take(plan.sizeOf(number))
        const filled = first.length > 0 ? first.length : yield* cutter.fill(memory)
        first = nothing
        size += filled
        yield* sending(number, memory.subarray(0, filled), release)
      }
      yield* buffers.idle
    })

    // A part that fails is not kept waiting by a source that gives nothing.
    yield* Effect.raceFirst(cut, Deferred.await(failed))
    return { parts: sent.toSorted((one, other) => (one.PartNumber ?? 0) - (other.PartNumber ?? 0)), size }
  }))
}

const nothing = new Uint8Array()
