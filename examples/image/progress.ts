/** A bar on stderr while bytes pass, if there is a terminal to draw it on; else nothing. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

const width = 30

/** What draws for an add, and what clears the line again: a result or an error is written next. */
export const meter = (total: number | undefined) => {
  let shown = ""
  const draw = (done: number) => {
    const line = `${total === undefined ? "" : bar(done / total)}${(done / 2 ** 20).toFixed(1)} MiB`
    if (line !== shown) {
      process.stderr.write(`\r${line}`)
      shown = line
    }
  }
  return process.stderr.isTTY
    ? {
      onProgress: (done: number) => Effect.sync(() => draw(done)),
      clear: Effect.asVoid(Effect.sync(() => process.stderr.write("\r\u001B[K")))
    }
    : { onProgress: undefined, clear: Effect.void }
}

/** For a stream that is read; the stream itself where there is nothing to draw on. */
export const progress = (total: number | undefined) => <E, R>(data: Stream.Stream<Uint8Array, E, R>) => {
  const { clear, onProgress } = meter(total)
  if (onProgress === undefined) {
    return data
  }
  let done = 0
  return data.pipe(
    Stream.tap((bytes) => onProgress(done += bytes.length)),
    Stream.ensuring(clear)
  )
}

const bar = (fraction: number) => `[${"#".repeat(Math.min(width, Math.floor(fraction * width))).padEnd(width, ".")}] `
