/**
 * The way of an image's bytes from the caller to the driver: counted, hashed, verified, and at the
 * end held against all that was declared. The driver's stream ends well only if everything is right.
 *
 * @internal
 */
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type * as AddOptions from "../../AddOptions.js"
import * as Digest from "../../Digest.js"
import { UploadFailed } from "../../Driver.js"
import * as Hashing from "../../Hashing.js"
import { DigestMismatch, type HashingFailed, SizeMismatch } from "../../StoreError.js"
import * as Pulled from "../pulled.js"
import * as Source from "../source.js"

/** @internal */
export interface Intake<E> {
  /** What the driver writes. */
  readonly data: Stream.Stream<Uint8Array, UploadFailed>
  /** Why the driver's stream failed. */
  readonly failure: Effect.Effect<never, E>
  /** Of the bytes that passed; a driver that did not take them all is a bug. */
  readonly digest: Effect.Effect<Digest.Digest>
}

type IntakeError = SizeMismatch | DigestMismatch | HashingFailed

/** @internal */
export const make = <E, R, VE, VR>(
  data: Stream.Stream<Uint8Array, E, R>,
  options: AddOptions.Checked<VE, VR>,
  { context, hashing }: {
    /** The caller's services, for the source and the verifier. */
    readonly context: Context.Context<R | VR>
    readonly hashing: Hashing.Service
  }
): Effect.Effect<Intake<E | VE | IntakeError>, HashingFailed, Scope.Scope> =>
  Effect.gen(function*() {
    const digester = yield* Effect.provideService(
      Digest.make(options.algorithm, options.size),
      Hashing.Hashing,
      hashing
    )
    const { expected, onProgress, size, verifier } = options
    let received = 0
    let failure: Cause.Cause<E | VE | IntakeError> | undefined
    let concluded: Digest.Digest | undefined

    const accept = (bytes: Uint8Array): Effect.Effect<void, VE | SizeMismatch | HashingFailed, VR> => {
      received += bytes.length
      if (size !== undefined && received > size) {
        return new SizeMismatch({ expected: size, actual: received })
      }
      const total = received
      const hashed = digester.update(bytes)
      const verified = verifier === undefined ? hashed : Effect.zipRight(hashed, verifier.update(bytes))
      return onProgress === undefined ? verified : Effect.zipLeft(verified, Effect.suspend(() => onProgress(total)))
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

    /** Keeps the reason and lets the driver know no more than that there is one. */
    const withhold = (cause: Cause.Cause<E | VE | IntakeError>) =>
      Either.match(Cause.failureOrCause(cause), {
        onLeft: () => {
          failure ??= cause
          return Effect.fail(Option.some(new UploadFailed()))
        },
        onRight: Effect.failCause
      })

    const toDriver = (pull: Pulled.Pull<E | HashingFailed, R>): Pulled.Pull<UploadFailed, never> => {
      const next: Effect.Effect<Chunk.Chunk<Uint8Array>, Option.Option<E | VE | IntakeError>, R | VR> = Effect.flatMap(
        pull,
        (chunk) => {
          const bytes = Chunk.filter(chunk, isNotEmpty)
          return Chunk.isEmpty(bytes)
            ? next
            : Effect.as(Effect.mapError(Effect.forEach(bytes, accept, { discard: true }), Option.some), bytes)
        }
      )
      return next.pipe(
        Effect.catchAllCause((cause) =>
          isEnd(cause)
            ? Effect.zipRight(Effect.catchAllCause(conclude, withhold), Effect.fail(Option.none()))
            : withhold(Cause.flatMap(cause, Option.match({ onNone: () => Cause.empty, onSome: Cause.fail })))
        ),
        Effect.provide(context)
      )
    }

    // What can fill memory is given the hasher's, and then none of it is copied.
    const source = Source.find(data)
    const opened: Pulled.Open<E | HashingFailed, R> = source === undefined
      ? Pulled.open(data)
      : Source.pull(source, digester, { ahead: true })

    return {
      data: Pulled.toStream(Effect.map(inScopeOf(opened, context), toDriver)),
      failure: Effect.suspend(() =>
        failure === undefined
          ? Effect.dieMessage("The driver has failed with UploadFailed, and its input has not")
          : Effect.failCause(failure)
      ),
      digest: Effect.suspend(() =>
        concluded === undefined
          ? Effect.dieMessage("The driver has stored an image without reading its input to the end")
          : Effect.succeed(concluded)
      )
    }
  })

/** With the caller's services, but the scope is the driver's: what the source holds open is freed as it ends. */
const inScopeOf = <A, R, R2>(opened: Effect.Effect<A, never, Scope.Scope | R>, context: Context.Context<R | R2>) =>
  Effect.mapInputContext(
    opened,
    (current: Context.Context<Scope.Scope>): Context.Context<Scope.Scope | R> =>
      Context.add(context, Scope.Scope, Context.get(current, Scope.Scope))
  )

const isEnd = (cause: Cause.Cause<Option.Option<unknown>>) =>
  Option.match(Cause.failureOption(cause), { onNone: () => false, onSome: Option.isNone })

const compare = (algorithm: string | undefined, expected: string | undefined, actual: string | undefined) =>
  algorithm === undefined || expected === undefined || actual === undefined || expected === actual
    ? Effect.void
    : new DigestMismatch({ algorithm, expected, actual })

const isNotEmpty = (bytes: Uint8Array) => bytes.length > 0
