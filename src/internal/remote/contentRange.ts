/**
 * What a server says of the part that it sends.
 *
 * @internal
 */

/** @internal */
export interface ContentRange {
  /** The first byte and the last one; absent where the range was not satisfiable. */
  readonly part: { readonly first: number; readonly last: number } | undefined
  /** Of the whole; absent where the server does not know. */
  readonly size: number | undefined
}

/**
 * A header that is not there, or not one of bytes, gives nothing.
 *
 * @internal
 */
export const parse = (header: string | undefined): ContentRange | undefined => {
  const match = /^\s*bytes\s+(?:(\d+)-(\d+)|\*)\/(?:(\d+)|\*)\s*$/iu.exec(header ?? "")
  if (match === null) {
    return undefined
  }
  const [, first, last, size] = match
  return {
    part: first === undefined || last === undefined ? undefined : { first: Number(first), last: Number(last) },
    size: size === undefined ? undefined : Number(size)
  }
}
