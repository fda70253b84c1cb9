/** A bar on stderr while bytes pass, if there is a terminal to draw it on; else nothing. */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

const width = 30

export const progress = (total: number | undefined) => <E, R>(data: Stream.Stream<Uint8Array, E, R>) =>
  process.stderr.isTTY ? Stream.unwrap(Effect.sync(() => drawn(data, total))) : data

const drawn = <E, R>(data: Stream.Stream<Uint8Array, E, R>, total: number | undefined) => {
  let done = 0
  let shown = ""
  const draw = (bytes: Uint8Array) => {
    done += bytes.length
    const line = `${total === undefined ? "" : bar(done / total)}${(done / 2 ** 20).toFixed(1)} MiB`
    if (line !== shown) {
      process.stderr.write(`\r${line}`)
      shown = line
    }
  }
  return data.pipe(
    Stream.tap((bytes) => Effect.sync(() => draw(bytes))),
    // What is written next, a result or an error, begins on an empty line.
    Stream.ensuring(Effect.sync(() => process.stderr.write("\r\u001B[K")))
  )
}

const bar = (fraction: number) => `[${"#".repeat(Math.min(width, Math.floor(fraction * width))).padEnd(width, ".")}] `
