/** The encoding aws-chunked, in which a checksum comes behind the bytes. */
import { refuse } from "./refusals.js"

export interface Decoded {
  readonly pieces: ReadonlyArray<Uint8Array>
  readonly trailers: Readonly<Record<string, string>>
}

/** Chunks of `<size in hex>\r\n<bytes>\r\n`, the last of them empty and followed by lines of `name:value`. */
export const decode = (encoded: Buffer): Decoded => {
  const pieces: Array<Uint8Array> = []
  let at = 0
  for (;;) {
    const end = encoded.indexOf("\r\n", at)
    if (end === -1) return refuse("IncompleteBody")
    const [digits = ""] = encoded.toString("latin1", at, end).split(";")
    const size = /^[0-9a-f]+$/iu.test(digits) ? Number.parseInt(digits, 16) : refuse("IncompleteBody")
    at = end + 2
    if (size === 0) break
    if (at + size + 2 > encoded.length) return refuse("IncompleteBody")
    pieces.push(encoded.subarray(at, at + size))
    at += size + 2
  }
  const lines = encoded.toString("latin1", at).split("\r\n").filter((line) => line !== "")
  return {
    pieces,
    trailers: Object.fromEntries(
      lines.map((line) => line.split(/:(.*)/su)).map(([name = "", value = ""]) => [
        name.trim().toLowerCase(),
        value.trim()
      ])
    )
  }
}
