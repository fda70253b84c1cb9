/**
 * An image on a web server, or a part of it, as something to be read to its end: how it is asked for, how one goes on
 * in the middle of it, and how one knows that it is still the same.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type * as Driver from "../../Driver.js"
import * as Range from "../../Range.js"
import {
  type BackendException,
  BadStoreUri,
  ImageChanged,
  type ImageTruncated,
  NotSupported,
  type RangeBeyondEnd,
  RemoteServiceUnavailable
} from "../../StoreError.js"
import * as Pulled from "../pulled.js"
import * as ContentRange from "../remote/contentRange.js"
import * as Fault from "../remote/fault.js"
import * as Idle from "../remote/idle.js"
import * as Resuming from "../remote/resuming.js"
import type { Answer, Ask } from "./exchange.js"
import * as failures from "./failures.js"
import * as fields from "./fields.js"
import type { HttpLocation } from "./httpLocation.js"

/** What the first answer has told. */
export interface Head {
  /** Who gave it, at the end of redirects. */
  readonly location: HttpLocation
  readonly validator: fields.Validator
  /** Bytes to come, if it is known. */
  readonly length: number | undefined
}

type BeginFailure = failures.Failure | NotSupported | RangeBeyondEnd

type ResumeFailure = RemoteServiceUnavailable | ImageChanged | ImageTruncated | BackendException

type Body = Resuming.Body<RemoteServiceUnavailable>

type Beginning = Effect.Effect<
  { readonly head: Head; readonly body: Body },
  Fault.Fault<BeginFailure>,
  Scope.Scope
>

type Continuation = Effect.Effect<Body, Fault.Fault<failures.Failure | ResumeFailure>, Scope.Scope>

/** @internal */
export const make = (
  ask: Ask,
  store: string,
  { location, uri }: Driver.Target<HttpLocation>,
  range: Range.Checked
): Resuming.Reading<Head, BeginFailure, ResumeFailure> => {
  const operation = "get"
  const whole = !Range.isPartial(range)

  const get = (from: HttpLocation, headers: Readonly<Record<string, string>>, expects: ReadonlyArray<number> = []) =>
    ask({ method: "GET", store, operation, uri, location: from, headers, expects })

  const bodyOf = ({ body }: Answer): Effect.Effect<Body, never, Scope.Scope> =>
    Effect.map(Pulled.open(body), (pull) => Idle.mapError(pull, Option.map(failures.ofBody({ operation, store }))))

  const begun = (answer: Answer, length: number | undefined): Beginning =>
    Effect.map(bodyOf(answer), (body) => ({
      head: { location: answer.location, validator: fields.validator(answer.headers), length },
      body
    }))

  const refuse = ({ status }: Answer, reason: string): Beginning =>
    Effect.fail(Fault.final(new BadStoreUri({ uri, reason, status })))

  const beginWhole = Effect.flatMap(get(location, {}), (answer) =>
    answer.status === 206
      ? refuse(answer, "its server gave a part of the image where all of it was asked for")
      : begun(answer, Option.getOrUndefined(answer.length)))

  const beginPart = Effect.flatMap(
    get(location, { range: rangeFrom(range, 0, range.length) }, [416]),
    (answer): Beginning => {
      const { part, size } = ContentRange.parse(answer.headers["content-range"]) ?? nothingTold
      // Of an empty image some servers give all of it, for it has no part.
      const isEmpty = answer.status === 200 && Option.contains(answer.length, 0)
      const end = isEmpty ? 0 : answer.status === 416 ? size : undefined
      if (end !== undefined && end <= range.offset) {
        return Effect.zipRight(Effect.mapError(Range.clip(range, end, uri), Fault.final), begun(answer, 0))
      }
      if (answer.status !== 206) {
        return answer.status === 416
          ? refuse(answer, "its server finds nothing in the range that was asked for, and does not say why")
          : Effect.fail(Fault.final(new NotSupported({ store, operation, range })))
      }
      const given = part === undefined ? 0 : part.last + 1 - part.first
      const length = size === undefined ? given : Math.min(range.length ?? size, size - range.offset)
      return part?.first !== range.offset || given > length || size === undefined && given !== range.length
        ? refuse(answer, "its server gave another range than was asked for, or did not say which")
        : begun(answer, length)
    }
  )

  const stillTheSame = (answer: Answer, head: Head, size: number | undefined) =>
    fields.agree(head.validator, fields.validator(answer.headers)) &&
    (size === undefined || !whole || head.length === undefined || size === head.length)

  const changed = Effect.fail(Fault.final(new ImageChanged({ uri })))

  const lost = ({ length }: Head, received: number, reason: string) =>
    Resuming.cannotResume({ store, uri, length, received, reason })

  /** From the beginning, where nothing of it was read. */
  const again = (head: Head) =>
    Effect.flatMap(get(location, {}), (answer): Continuation =>
      answer.status === 206
        ? Effect.fail(lost(head, 0, "its server gave only a part of it"))
        : stillTheSame(answer, head, Option.getOrUndefined(answer.length))
        ? bodyOf(answer)
        : changed)

  const goOn = (head: Head, received: number, condition: string): Continuation => {
    const headers = { range: rangeFrom(range, received, head.length), "if-range": condition }
    return get(head.location, headers, [412, 416]).pipe(
      // What a redirect has led to may have been meant for a short time.
      Effect.catchIf(
        ({ error }) => head.location !== location && isRefusal(error),
        () => get(location, headers, [412, 416])
      ),
      Effect.flatMap((answer): Continuation => {
        const { part, size } = ContentRange.parse(answer.headers["content-range"]) ?? nothingTold
        return !stillTheSame(answer, head, size) || answer.status === 412 || answer.status === 416
          ? changed
          : answer.status !== 206
          ? Effect.fail(lost(head, received, "its server has no ranges"))
          : part?.first !== range.offset + received
          ? Effect.fail(lost(head, received, "its server gave another range than was asked for"))
          : bodyOf(answer)
      })
    )
  }

  const inWordsOfReading =
    (head: Head, received: number) =>
    (fault: Fault.Fault<failures.Failure | ResumeFailure>): Fault.Fault<ResumeFailure> => {
      const { error } = fault
      switch (error._tag) {
        case "ImageNotFound":
          return Fault.final(new ImageChanged({ uri }))
        case "BadStoreUri":
        case "StorageReadDenied":
        case "MaxRedirectsExceeded":
          return fault.passing
            ? { ...fault, error: new RemoteServiceUnavailable({ store, operation, cause: new Error(error.message) }) }
            : lost(head, received, error.message)
        default:
          return { ...fault, error }
      }
    }

  return {
    store,
    uri,
    begin: whole ? beginWhole : beginPart,
    length: ({ length }) => length,
    resume: (head, received) => {
      const condition = fields.ifRange(head.validator)
      const resumed: Continuation = whole && received === 0
        ? again(head)
        : condition === undefined
        ? Effect.fail(lost(head, received, "its server tells nothing by which it would be known again"))
        : goOn(head, received, condition)
      return Effect.mapError(resumed, inWordsOfReading(head, received))
    }
  }
}

// -----------------------------------------------------------------------------

const nothingTold: ContentRange.ContentRange = { part: undefined, size: undefined }

/** What is left of the range after so many bytes of it, which has `length` in all. */
const rangeFrom = ({ offset }: Range.Checked, received: number, length: number | undefined): string =>
  `bytes=${offset + received}-${length === undefined ? "" : Math.min(offset + length, Number.MAX_SAFE_INTEGER) - 1}`

const isRefusal = (error: failures.Failure): boolean =>
  error._tag === "ImageNotFound" || error._tag === "StorageReadDenied" ||
  error._tag === "BadStoreUri" && error.status !== undefined && error.status >= 400 && error.status < 500
