/**
 * The way of an image's bytes from the caller to the driver: counted, hashed, verified, and at the
 * end held against all that was declared. The driver's stream ends well only if everything is right.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Channel from "effect/Channel"
import * as Chunk from "effect/Chunk"
import type * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as AddOptions from "../../AddOptions.js"
import * as Digest from "../../Digest.js"
import { UploadFailed } from "../../Driver.js"
import { DigestMismatch, type HashingFailed, SizeMismatch } from "../../StoreError.js"
import * as Source from "../source.js"

/** @internal */
export interface Intake<E> {
  /** What the driver writes. */
  readonly data: Stream.Stream<Uint8Array, UploadFailed>
  /** Why the driver's stream failed; waits until it has. */
  readonly failure: Effect.Effect<never, E>
  /** Of the bytes that passed; a driver that did not take them all is a bug. */
  readonly digest: Effect.Effect<Digest.Digest>
}

type IntakeError = SizeMismatch | DigestMismatch | HashingFailed

/** @internal */
export const make = <E, R, VE, VR>(
  data: Stream.Stream<Uint8Array, E, R>,
  options: AddOptions.Checked<VE, VR>,
  context: Context.Context<R | VR>
): Effect.Effect<Intake<E | VE | IntakeError>, HashingFailed, Scope.Scope> =>
  Effect.gen(function*() {
    const failure = yield* Deferred.make<never, E | VE | IntakeError>()
    const digester = yield* Digest.make(options.algorithm, options.size)
    const { expected, size, verifier } = options
    let received = 0
    let concluded: Digest.Digest | undefined

    const accept = (bytes: Uint8Array): Effect.Effect<void, VE | SizeMismatch | HashingFailed, VR> => {
      received += bytes.length
      if (size !== undefined && received > size) {
        return new SizeMismatch({ expected: size, actual: received })
      }
      const hashed = digester.update(bytes)
      return verifier === undefined ? hashed : Effect.zipRight(hashed, verifier.update(bytes))
    }

    const conclude = Effect.gen(function*() {
      if (size !== undefined && received !== size) {
        return yield* new SizeMismatch({ expected: size, actual: received })
      }
      const digest = yield* digester.digest
      yield* compare("md5", expected.checksum, digest.checksum)
      yield* compare(options.algorithm?.name, expected.multihash, digest.multihash)
      yield* verifier?.complete ?? Effect.void
      concluded = digest
    })

    const stage: Channel.Channel<
      Chunk.Chunk<Uint8Array>,
      Chunk.Chunk<Uint8Array>,
      E | VE | IntakeError,
      E | HashingFailed,
      void,
      unknown,
      VR
    > = Channel.readWithCause({
      onInput: (chunk: Chunk.Chunk<Uint8Array>) => {
        const bytes = Chunk.filter(chunk, isNotEmpty)
        return Channel.flatMap(
          Channel.fromEffect(Effect.forEach(bytes, accept, { discard: true })),
          () => Chunk.isEmpty(bytes) ? stage : Channel.flatMap(Channel.write(bytes), () => stage)
        )
      },
      onFailure: Channel.failCause,
      onDone: () => Channel.fromEffect(conclude)
    })

    /** Keeps the reason and lets the driver know no more than that there is one. */
    const withhold = <F extends E | VE | IntakeError>(cause: Cause.Cause<F>) =>
      Either.match(Cause.failureOrCause(cause), {
        onLeft: () => Effect.zipRight(Deferred.failCause(failure, cause), new UploadFailed()),
        onRight: Effect.failCause
      })

    // What can fill memory is given the hasher's, and then none of it is copied.
    const source = Source.find(data)
    const bytes: Stream.Stream<Uint8Array, E | HashingFailed, R> = source === undefined
      ? data
      : Stream.unwrapScoped(Effect.map(source.open, (fill) => Source.chunks(fill, digester.lease)))

    return {
      data: bytes.pipe(
        Stream.pipeThroughChannelOrFail(stage),
        Stream.catchAllCause((cause) => Stream.fromEffect(withhold(cause))),
        Stream.provideContext(context)
      ),
      failure: Deferred.await(failure),
      digest: Effect.suspend(() =>
        concluded === undefined
          ? Effect.dieMessage("The driver has stored an image without reading its input to the end")
          : Effect.succeed(concluded)
      )
    }
  })

const compare = (algorithm: string | undefined, expected: string | undefined, actual: string | undefined) =>
  algorithm === undefined || expected === undefined || actual === undefined || expected === actual
    ? Effect.void
    : new DigestMismatch({ algorithm, expected, actual })

const isNotEmpty = (bytes: Uint8Array) => bytes.length > 0
