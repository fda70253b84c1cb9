/** Where an image's bytes come from, so that one can see what was taken of them. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { cut } from "./bytes.js"

export interface Source {
  readonly data: Stream.Stream<Uint8Array>
  /** Bytes it has handed out. */
  readonly given: () => number
  /** How often it was asked. */
  readonly pulls: () => number
  /** Whether it was opened, and closed again. */
  readonly closed: () => boolean
}

/** Hands out what `next` gives, one piece a pull and none ahead of time. */
const fromNext = (next: (pull: number) => Uint8Array | undefined): Source => {
  let given = 0
  let pulls = 0
  let closed = false
  const pull = Effect.suspend(() => {
    const bytes = next(pulls++)
    given += bytes?.length ?? 0
    return bytes === undefined ? Effect.fail(Option.none()) : Effect.succeed(Chunk.of(bytes))
  })
  return {
    data: Stream.fromPull(Effect.acquireRelease(Effect.succeed(pull), () => Effect.sync(() => (closed = true)))),
    given: () => given,
    pulls: () => pulls,
    closed: () => closed
  }
}

export const make = (bytes: Uint8Array, chunkSize = 1000): Source => {
  const parts = cut(bytes, chunkSize)
  return fromNext((pull) => parts[pull])
}

/** Has no end. */
export const endless = (chunkSize: number): Source => fromNext(() => new Uint8Array(chunkSize).fill(42))

/** Hands out the same memory again and again, as a file read into one buffer does. */
export const reusing = (bytes: Uint8Array, memory: Uint8Array): Source =>
  fromNext((pull) => {
    const part = bytes.subarray(pull * memory.length, (pull + 1) * memory.length)
    memory.fill(0xee)
    memory.set(part)
    return part.length === 0 ? undefined : memory.subarray(0, part.length)
  })

/** The bytes, and then whatever `then` does instead of an end. */
export const followedBy = <E, R>(
  bytes: Uint8Array,
  then: Effect.Effect<never, E, R>,
  chunkSize = 1000
): Stream.Stream<Uint8Array, E, R> => Stream.concat(make(bytes, chunkSize).data, Stream.fromEffect(then))

/** Lets other fibers run between two pieces. */
export const yielding = (bytes: Uint8Array, chunkSize = 1000): Stream.Stream<Uint8Array> =>
  Stream.tap(make(bytes, chunkSize).data, () => Effect.yieldNow())
