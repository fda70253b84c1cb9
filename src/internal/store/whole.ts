/**
 * A stream that is as long as was said, or fails: no reader takes a part for the whole.
 *
 * @internal
 */
import * as Channel from "effect/Channel"
import type * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
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
  if (source !== undefined) {
    return wholeSource(source, size.value, uri)
  }
  const opening = Pulled.find(data)
  return opening === undefined ? wholeStream(data, size.value, uri) : wholePulled(opening, size.value, uri)
}

const wholeStream = (data: Data, expected: number, uri: string): Data =>
  Stream.suspend(() => {
    let actual = 0
    const count: Channel.Channel<
      Chunk.Chunk<Uint8Array>,
      Chunk.Chunk<Uint8Array>,
      ReadError,
      ReadError,
      void,
      unknown
    > = Channel.readWithCause({
      onInput: (chunk: Chunk.Chunk<Uint8Array>) => {
        for (const bytes of chunk) {
          actual += bytes.length
        }
        return Channel.flatMap(Channel.write(chunk), () => count)
      },
      onFailure: Channel.failCause,
      onDone: () => actual < expected ? Channel.fail(new ImageTruncated({ uri, expected, actual })) : Channel.void
    })
    return Stream.pipeThroughChannelOrFail(data, count)
  })

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
