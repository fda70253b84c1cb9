/**
 * An image put by one request.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import type { Readable } from "node:stream"
import type { UploadFailed } from "../../Driver.js"
import { BackendException } from "../../StoreError.js"
import type { AddError, Adding } from "./adding.js"
import * as Checksums from "./checksums.js"
import type { Cutter } from "./cutting.js"
import * as Kept from "./kept.js"
import { isAbsent } from "./objects.js"
import * as Publishing from "./publishing.js"

/**
 * Bytes up to which it is faster to have all of an image, and its MD5, before anything is sent.
 *
 * @internal
 */
export const small = 1024 * 1024

/**
 * All of the image is in memory, and right. Its MD5 is known by then, so the service compares it for nothing.
 *
 * @internal
 */
export const putWhole = (adding: Adding, body: Uint8Array): Effect.Effect<void, AddError, Scope.Scope> =>
  Effect.gen(function*() {
    const { checksum } = yield* adding.digest
    const put = yield* prepare(adding)
    yield* takeTurn(adding)
    const published = yield* put(body.length, () => ({ body, sums: Checksums.ofMd5(checksum) }), () => true)
    yield* compare(adding, published, checksum)
  })

/**
 * The same of an image of which it was known that it is small; those that follow may profit from what is learnt.
 *
 * @internal
 */
export const putSmall = (adding: Adding, body: Uint8Array): Effect.Effect<void, AddError, Scope.Scope> => {
  const { conditions, digest, place, requests, token } = adding
  const again = Effect.flatMap(
    digest,
    ({ checksum }) => requests.put(place, token, body, body.length, Checksums.ofMd5(checksum))
  )
  return Effect.zipRight(putWhole(adding, body), conditions.prove(Publishing.awaited(again, () => true)))
}

/**
 * The image is sent while it comes.
 *
 * @internal
 */
export const putAsItComes = (
  adding: Adding,
  cutter: Cutter,
  size: number
): Effect.Effect<void, AddError | UploadFailed, Scope.Scope> =>
  Effect.gen(function*() {
    const put = yield* prepare(adding)
    const kept = Kept.make(size)
    let finished = false
    const filling = Effect.gen(function*() {
      for (let at = 0; at < size; at += step) {
        yield* cutter.fill(kept.memory.subarray(at, at + step))
        kept.filled(Math.min(at + step, size))
      }
      yield* cutter.more
      yield* takeTurn(adding)
      finished = true
      kept.finish()
    })
    const published = yield* Effect.acquireUseRelease(
      Effect.fork(Effect.interruptible(put(size, () => ({ body: kept.body(), sums: {} }), () => finished))),
      // Nothing more is read of an image that cannot be put.
      (putting) => Effect.raceFirst(Effect.zipRight(filling, Fiber.join(putting)), Fiber.join(putting)),
      Fiber.interrupt
    )
    const { checksum } = yield* adding.digest
    yield* compare(adding, published, checksum)
  })

// -----------------------------------------------------------------------------

interface Sent {
  readonly body: Uint8Array | Readable
  readonly sums: Checksums.Sums
}

const prepare = (adding: Adding) =>
  Effect.gen(function*() {
    const { place, requests, token } = adding
    const publish = yield* Publishing.make(adding)
    return (size: number, send: () => Sent, decisive: () => boolean) =>
      publish({
        decisive,
        size,
        request: Effect.suspend(() => {
          const { body, sums } = send()
          const sending = Effect.map(requests.put(place, token, body, size, sums), Publishing.published)
          return body instanceof Uint8Array ? sending : Effect.ensuring(sending, Effect.sync(() => body.destroy()))
        })
      })
  })

/** Somebody may have been faster while this add waited for its turn. */
const takeTurn = (adding: Adding) =>
  adding.settings.conditionalPut
    ? adding.turns(adding.place.key)
    : Effect.zipRight(adding.turns(adding.place.key), isAbsent(adding))

/** Of what was put by one request the ETag is the MD5, unless it was encrypted. */
const compare = (
  { settings: { customerKey, encryption, store } }: Adding,
  { encrypted, etag }: Publishing.Published,
  checksum: string
) =>
  etag === undefined || !/^[0-9a-f]{32}$/u.test(etag) || etag === checksum || encrypted || customerKey !== undefined ||
    encryption === "aws:kms"
    ? Effect.void
    : new BackendException({
      store,
      operation: "add",
      cause: new Error(`the service has stored something else: its ETag is ${etag}, the MD5 of the image ${checksum}`)
    })

/** Bytes after which the connection is told that there are more. */
const step = 256 * 1024
