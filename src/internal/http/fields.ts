/**
 * What the header fields of a response say of an image, read strictly: a length that is none is no guess.
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
  const text = headers["content-length"]?.trim()
  return text === undefined
    ? Either.right(Option.none())
    : /^[0-9]+$/u.test(text) && Number.isSafeInteger(Number(text))
    ? Either.right(Option.some(Number(text)))
    : Either.left("the Content-Length that its server told is no number of bytes")
}

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
 * What a server has to find unchanged before it goes on with an image; nothing where nothing tells. A weak tag may be
 * the same for other bytes, and then the date has to do.
 *
 * @internal
 */
export const ifRange = ({ etag, lastModified }: Validator): string | undefined =>
  etag !== undefined && /^"[^"]*"$/u.test(etag) ? etag : lastModified

/**
 * Whether a later answer is of the same state as the first: it has the tag of that, and no other date. A date may be left
 * out of a part, a tag may not.
 *
 * @internal
 */
export const agree = (first: Validator, later: Validator): boolean =>
  (first.etag === undefined || first.etag === later.etag) &&
  (first.lastModified === undefined || later.lastModified === undefined || first.lastModified === later.lastModified)
