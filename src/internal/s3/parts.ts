/**
 * How an image is cut into the parts of an upload: S3 takes at most ten thousand of at most 5 GiB.
 *
 * @internal
 */

/** @internal */
export interface Plan {
  /** Bytes of the part of this number, from 1; the last part has what is left. */
  readonly sizeOf: (number: number) => number
  /** How many parts of this size may be in memory at one time. */
  readonly buffersOf: (size: number) => number
}

/** @internal */
export interface Rules {
  /** Bytes of a part, if nothing asks for larger ones. */
  readonly partSize: number
  readonly concurrency: number
  readonly uniform: boolean
}

/**
 * Of a known size the parts are as large as it needs, and all the same. Of an unknown one they double every
 * nine hundred parts, so that no image is too large, unless the service wants all of them the same. What may be in
 * memory does not grow with them, but for the two that it takes to read one while the other is sent.
 *
 * @internal
 */
export const plan = ({ concurrency, partSize, uniform }: Rules, size: number | undefined): Plan => {
  const memory = (concurrency + 1) * partSize
  const needed = size === undefined ? 0 : Math.ceil(size / most / mebibyte) * mebibyte
  const first = Math.max(partSize, needed)
  return {
    sizeOf: size !== undefined || uniform
      ? () => first
      : (number) => Math.min(first * 2 ** Math.floor((number - 1) / generation), largest),
    buffersOf: (length) => Math.max(2, Math.floor(memory / length))
  }
}

/** Parts of a size: with as many, ten thousand parts of 5 MiB and more are enough for 5 TiB. */
const generation = 900

/** Parts of one upload. */
export const most = 10_000

/** Bytes of one part. */
export const largest = 5 * 1024 ** 3

const mebibyte = 1024 * 1024
