/**
 * A part of an image: `length` bytes (to the end, if absent) from `offset` (the beginning, if absent).
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { InvalidArgument, RangeBeyondEnd } from "./StoreError.js"

/**
 * In bytes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Range {
  readonly offset?: number | undefined
  readonly length?: number | undefined
}

/**
 * A range whose beginning is known.
 *
 * @since 0.1.0
 * @category models
 */
export interface Checked {
  readonly offset: number
  readonly length: number | undefined
}

/**
 * A number of bytes that JavaScript counts exactly.
 *
 * @since 0.1.0
 * @category schemas
 */
export const ByteCount = Schema.NonNegativeInt.pipe(Schema.lessThanOrEqualTo(Number.MAX_SAFE_INTEGER))

const isByteCount = Schema.is(ByteCount)

/**
 * That a size, offset or length is a whole number of bytes.
 *
 * @since 0.1.0
 * @category validation
 */
export const checkByteCount = (
  argument: "size" | "offset" | "length",
  value: number
): Effect.Effect<number, InvalidArgument> =>
  isByteCount(value)
    ? Effect.succeed(value)
    : new InvalidArgument({
      argument,
      received: String(value),
      allowed: `a whole number of bytes between 0 and ${Number.MAX_SAFE_INTEGER}`
    })

/**
 * @since 0.1.0
 * @category validation
 */
export const check = (range: Range): Effect.Effect<Checked, InvalidArgument> =>
  Effect.zipWith(
    checkByteCount("offset", range.offset ?? 0),
    range.length === undefined ? Effect.succeed(undefined) : checkByteCount("length", range.length),
    (offset, length) => ({ offset, length })
  )

/**
 * Whether more is asked for than the whole image. As in glance_store an offset of 0 asks for
 * nothing, and so does a length of 0.
 *
 * @since 0.1.0
 * @category predicates
 */
export const isPartial = (range: Range): boolean => (range.offset ?? 0) !== 0 || (range.length ?? 0) !== 0

/**
 * The range cut to an image of `size` bytes, so that `length` is what a reader will get.
 *
 * @since 0.1.0
 * @category conversions
 */
export const clip = (
  range: Checked,
  size: number,
  uri: string
): Effect.Effect<{ readonly offset: number; readonly length: number }, RangeBeyondEnd> =>
  range.offset > size
    ? new RangeBeyondEnd({ uri, offset: range.offset, size })
    : Effect.succeed({ offset: range.offset, length: Math.min(range.length ?? size, size - range.offset) })
