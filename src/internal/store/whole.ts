/**
 * A stream that is as long as was said, or fails: no reader takes a part for the whole.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Stream from "effect/Stream"
import type { ImageData, ReadError } from "../../Driver.js"
import { ImageTruncated } from "../../StoreError.js"
import * as Pulled from "../pulled.js"
import * as Source from "../source.js"

type Data = Stream.Stream<Uint8Array, ReadError>

/** @internal */
export const whole = ({ data, size }: ImageData, uri: string): Data => {
  if (Option.isNone(size)) {
    return data
  }
  const source = Source.find(data)
  return source === undefined
    ? wholePulled(Pulled.open(data), size.value, uri)
    : wholeSource(source, size.value, uri)
}

const wholePulled = (opening: Pulled.Open<ReadError, never>, expected: number, uri: string): Data =>
  Pulled.toStream(Effect.map(opening, (pull): Pulled.Pull<ReadError, never> => {
    let actual = 0
    return Effect.matchEffect(pull, {
      onSuccess: (chunk) => {
        for (const bytes of chunk) {
          actual += bytes.length
        }
        return Effect.succeed(chunk)
      },
      onFailure: (end) =>
        Effect.fail(
          Option.isNone(end) && actual < expected
            ? Option.some(new ImageTruncated({ uri, expected, actual }))
            : end
        )
    })
  }))

const wholeSource = (source: Source.Source<ReadError>, expected: number, uri: string): Data =>
  Source.toStream({
    chunkSize: source.chunkSize,
    open: Effect.map(source.open, ({ fill, isIdle }): Source.Opened<ReadError> => {
      let actual = 0
      return {
        fill: (memory) =>
          Effect.flatMap(fill(memory), (length) => {
            actual += length
            return length === 0 && actual < expected
              ? new ImageTruncated({ uri, expected, actual })
              : Effect.succeed(length)
          }),
        isIdle
      }
    })
  })
