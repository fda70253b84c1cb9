/**
 * A stream that is as long as was said, or fails: no reader takes a part for the whole.
 *
 * @internal
 */
import * as Channel from "effect/Channel"
import type * as Chunk from "effect/Chunk"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { ImageData, ReadError } from "../../Driver.js"
import { ImageTruncated } from "../../StoreError.js"

/** @internal */
export const whole = ({ data, size }: ImageData, uri: string): Stream.Stream<Uint8Array, ReadError> =>
  Option.isNone(size) ? data : Stream.suspend(() => {
    const expected = size.value
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
