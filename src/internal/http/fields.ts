/**
 * What the header fields of a response say of an image, read strictly: a length or a range that is not one is no guess.
 *
 * @internal
 */
import type * as Headers from "@effect/platform/Headers"
import * as Either from "effect/Either"
import * as Option from "effect/Option"

/**
 * The left is why it is none.
 *
 * @internal
 */
export const contentLength = (headers: Headers.Headers): Either.Either<Option.Option<number>, string> => {
  const text = headers["content-length"]
  return text === undefined
    ? Either.right(Option.none())
    : Either.mapBoth(bytes(text), { onLeft: () => "its Content-Length is no number of bytes", onRight: Option.some })
}

/**
 * The bytes from `start` to `end`, which is not one of them, of so many if the server tells.
 *
 * @internal
 */
export interface ContentRange {
  readonly start: number
  readonly end: number
  readonly total: Option.Option<number>
}

/** @internal */
export const contentRange = (headers: Headers.Headers): Option.Option<ContentRange> =>
  Option.gen(function*() {
    const text = yield* Option.fromNullable(headers["content-range"])
    const [, first = "", last = "", all = ""] = yield* Option.fromNullable(
      /^bytes +([0-9]+)-([0-9]+)\/([0-9]+|\*)$/iu.exec(text.trim())
    )
    const [start, inclusive] = yield* Option.all([Either.getRight(bytes(first)), Either.getRight(bytes(last))])
    const total = all === "*" ? Option.none() : Option.some(yield* Either.getRight(bytes(all)))
    const end = inclusive + 1
    return yield* end <= start || Option.exists(total, (size) => end > size)
      ? Option.none()
      : Option.some({ start, end, total })
  })

/**
 * How long an image is, of a range of which nothing could be satisfied.
 *
 * @internal
 */
export const unsatisfied = (headers: Headers.Headers): Option.Option<number> =>
  Option.fromNullable(/^bytes +\*\/([0-9]+)$/iu.exec(headers["content-range"]?.trim() ?? "")).pipe(
    Option.flatMap(([, size = ""]) => Either.getRight(bytes(size)))
  )

/**
 * What tells one state of an image from another.
 *
 * @internal
 */
export interface Validator {
  readonly etag: string | undefined
  readonly lastModified: string | undefined
}

/** @internal */
export const validator = (headers: Headers.Headers): Validator => ({
  etag: headers["etag"],
  lastModified: headers["last-modified"]
})

/**
 * What a server has to find unchanged before it goes on with an image; none where nothing tells. A weak tag may be the
 * same for other bytes, and then the date has to do.
 *
 * @internal
 */
export const ifRange = ({ etag, lastModified }: Validator): string | undefined =>
  etag !== undefined && /^"[^"]*"$/u.test(etag) ? etag : lastModified

/**
 * Whether both may be of one state: nothing that both tell differs.
 *
 * @internal
 */
export const agree = (one: Validator, other: Validator): boolean =>
  (["etag", "lastModified"] as const).every((name) =>
    one[name] === undefined || other[name] === undefined || one[name] === other[name]
  )

/**
 * The coding that was applied in spite of what was asked for.
 *
 * @internal
 */
export const contentEncoding = (headers: Headers.Headers): Option.Option<string> =>
  Option.fromNullable(headers["content-encoding"]).pipe(
    Option.map((coding) => coding.trim().toLowerCase()),
    Option.filter((coding) => coding !== "" && coding !== "identity")
  )

// -----------------------------------------------------------------------------

const bytes = (text: string): Either.Either<number, void> => {
  const value = /^[0-9]+$/u.test(text.trim()) ? Number(text) : NaN
  return Number.isSafeInteger(value) ? Either.right(value) : Either.left(undefined)
}
