/**
 * An image read: by one request, or by several for ranges of it at the same time.
 *
 * What comes is held against what was asked for: the part by its `Content-Range`, the object by its ETag.
 *
 * @internal
 */
import type { GetObjectCommandOutput } from "@aws-sdk/client-s3"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { Readable } from "node:stream"
import type * as Driver from "../../Driver.js"
import * as Range from "../../Range.js"
import {
  BackendException,
  ImageChanged,
  type ImageNotFound,
  type ImageTruncated,
  type RangeBeyondEnd,
  type StorageReadDenied
} from "../../StoreError.js"
import * as ContentRange from "../remote/contentRange.js"
import * as Fault from "../remote/fault.js"
import * as NodeStream from "../remote/readable.js"
import * as Resuming from "../remote/resuming.js"
import * as Retrying from "../remote/retrying.js"
import * as Failures from "./failures.js"
import * as Ranges from "./ranges.js"
import type { Place, Requests } from "./requests.js"
import type { S3Failure } from "./s3Failure.js"
import type { Settings } from "./settings.js"

/** @internal */
export interface Target {
  readonly settings: Settings
  readonly requests: Requests
  readonly place: Place
  /** As it may be shown. */
  readonly uri: string
}

type OpenError = ImageNotFound | StorageReadDenied | RangeBeyondEnd | Failures.CallError

type ReadError = ImageChanged | ImageTruncated | Failures.CallError

/** What is read: these bytes of this object. */
interface Head {
  readonly etag: string | undefined
  /** Of the whole object. */
  readonly size: number
  readonly offset: number
  readonly length: number
}

/** @internal */
export const read = (
  target: Target,
  range: Range.Checked
): Effect.Effect<Driver.ImageData, OpenError, Scope.Scope> => {
  const { parallel, rangeSize } = target.settings
  return range.length === 0
    ? Effect.map(nothingOf(target, range), () => ({ size: Option.some(0), data: Ranges.none }))
    : parallel === 1 || (range.length ?? Number.POSITIVE_INFINITY) <= rangeSize
    ? Effect.map(open(target, range), ({ data, head }) => ({ size: Option.some(head.length), data }))
    : readRanges(target, range)
}

// -----------------------------------------------------------------------------

const patience = ({ settings }: Target): Resuming.Patience => ({
  idle: settings.idle,
  retries: Retrying.schedule(settings.retrying)
})

/** By one request, which is made again from where it broke. */
const open = (target: Target, range: Range.Checked) =>
  Resuming.open<Head, OpenError, ReadError>({
    store: target.settings.store,
    uri: target.uri,
    begin: begin(target, range),
    length: ({ length }) => length,
    resume: (head, received) => resume(target, head, received)
  }, patience(target))

const begin = (target: Target, range: Range.Checked) => {
  const { place, requests, uri } = target
  const header = headerOf(range.offset, range.length)
  return requests.get(place, { range: header, etag: undefined }).pipe(
    Effect.matchEffect({
      onFailure: (failure) =>
        Failures.conditionOf(failure) === "range"
          ? Effect.map(emptyBehind(target, range, failure), (head) => ({ head, body: Ranges.nothing }))
          : Effect.fail(toOpenFault(target)(failure)),
      onSuccess: (answer) =>
        Effect.gen(function*() {
          const body = yield* bodyOf(target, answer)
          const size = header === undefined ? answer.ContentLength : partOf(answer, range.offset)
          if (size === undefined) {
            const reason = header === undefined
              ? "it does not say how long the object is"
              : "it does not keep to ranges"
            return yield* Effect.fail(
              Fault.final(
                new BackendException({ store: target.settings.store, operation: "get", cause: new Error(reason) })
              )
            )
          }
          const { length, offset } = yield* Effect.mapError(Range.clip(range, size, uri), Fault.final)
          return { head: { etag: answer.ETag, size, offset, length }, body }
        })
    })
  )
}

/** The size of the whole, if the answer is the part from this byte on. */
const partOf = ({ ContentRange: header }: GetObjectCommandOutput, offset: number): number | undefined => {
  const given = ContentRange.parse(header)
  return given?.part?.first === offset ? given.size : undefined
}

const resume = (
  target: Target,
  { etag, length, offset, size }: Head,
  received: number
): Effect.Effect<Resuming.Body<ReadError>, Fault.Fault<ReadError>, Scope.Scope> => {
  const { place, requests, settings: { store }, uri } = target
  const cannot = (reason: string) => Resuming.cannotResume({ store, uri, length, received, reason })
  const from = offset + received
  if (etag === undefined) {
    return Effect.fail(cannot("the object has no ETag by which it could be known again"))
  }
  return requests.get(place, { range: headerOf(from, length - received), etag }).pipe(
    Effect.mapError(toReadFault(target)),
    Effect.flatMap((answer) =>
      Effect.flatMap(
        bodyOf(target, answer),
        (body): Effect.Effect<Resuming.Body<ReadError>, Fault.Fault<ReadError>> =>
          answer.ETag !== undefined && answer.ETag !== etag
            ? Effect.fail(Fault.final(new ImageChanged({ uri })))
            : partOf(answer, from) === size
            ? Effect.succeed(body)
            : Effect.fail(cannot("the service sends another part than was asked for"))
      )
    )
  )
}

/** None for all of it. */
const headerOf = (offset: number, length: number | undefined): string | undefined =>
  offset === 0 && length === undefined
    ? undefined
    : `bytes=${offset}-${length === undefined ? "" : offset + length - 1}`

/** An answer that is not read is let go as one that is. */
const bodyOf = (target: Target, { Body }: GetObjectCommandOutput) =>
  Body instanceof Readable
    ? NodeStream.pull(Body, (cause) => Failures.ofBody(target.settings, cause))
    : Effect.succeed(Ranges.nothing)

const toOpenFault = ({ settings, uri }: Target) => Failures.ofGet(settings, "get", uri)

const toReadFault = ({ settings, uri }: Target) => Failures.ofResume(settings, uri)

const nothingOf = (target: Target, range: Range.Checked) =>
  Effect.flatMap(measure(target, "get"), (size) => Range.clip(range, size, target.uri))

/** A range that begins at the end is empty, and no error, whatever S3 says of it. */
const emptyBehind = (target: Target, range: Range.Checked, failure: S3Failure) => {
  const size = ContentRange.parse(failure.contentRange)?.size
  return (size === undefined ? Effect.mapError(measure(target, "get"), Fault.final) : Effect.succeed(size)).pipe(
    Effect.flatMap((known) =>
      Effect.mapBoth(Range.clip(range, known, target.uri), {
        onFailure: Fault.final,
        onSuccess: ({ length, offset }): Head => ({ etag: undefined, size: known, offset, length })
      })
    )
  )
}

/**
 * Bytes of the whole image, by one HEAD.
 *
 * @internal
 */
export const measure = (
  { place, requests, settings, uri }: Target,
  operation: "get" | "getSize"
): Effect.Effect<number, ImageNotFound | StorageReadDenied | Failures.CallError> =>
  requests.head(place).pipe(
    Effect.mapError(Failures.ofGet(settings, operation, uri)),
    Retrying.retrying(Retrying.schedule(settings.retrying)),
    Effect.map(({ ContentLength }) => ContentLength ?? 0)
  )

/**
 * The first range tells how long the image is; the others are asked for while it is read, and only of the
 * same object. Each is read as one request would be, and survives as that does.
 */
const readRanges = (target: Target, range: Range.Checked) =>
  Effect.map(
    open(target, { offset: range.offset, length: target.settings.rangeSize }),
    ({ data, head }): Driver.ImageData => {
      const end = Math.min(head.size, range.offset + (range.length ?? head.size))
      const length = Math.max(0, end - range.offset)
      const following = (index: number) => {
        const offset = range.offset + index * target.settings.rangeSize
        const part: Head = { ...head, offset, length: Math.min(target.settings.rangeSize, end - offset) }
        return Effect.map(
          Resuming.open<Head, ReadError, ReadError>({
            store: target.settings.store,
            uri: target.uri,
            begin: Effect.map(resume(target, part, 0), (body) => ({ head: part, body })),
            length: (own) => own.length,
            resume: (own, received) => resume(target, own, received)
          }, patience(target)),
          (opened) => opened.data
        )
      }
      return {
        size: Option.some(length),
        data: Ranges.inOrder({
          first: data,
          count: Math.max(1, Math.ceil(length / target.settings.rangeSize)),
          parallel: target.settings.parallel,
          open: following
        })
      }
    }
  )
