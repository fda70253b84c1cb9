/**
 * Adds that go wrong in every way there is, many beside each other, drawn by a seed: what was not reported as added is
 * not there, and nothing is left of it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Arr from "effect/Array"
import * as Cause from "effect/Cause"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Hash from "effect/Hash"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Random from "effect/Random"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import { inspect } from "node:util"
import * as S3Store from "../src/S3Store.js"
import { pattern } from "./conformance/bytes.js"
import type { Fault, Kind } from "./s3/faults.js"
import * as Held from "./s3/Held.js"
import type { Operation } from "./s3/routes.js"
import * as Server from "./s3/Server.js"

const MiB = 1024 * 1024
const KiB = 1024

/** An image, and how it is put. */
const shapes = {
  "in one request": { size: 100 * KiB, declared: true, parts: false },
  "in one request, as it comes": { size: 2 * MiB, declared: true, parts: false },
  "in parts": { size: 5 * MiB + 1000, declared: true, parts: true },
  "in parts, of unknown size": { size: 5 * MiB + 1000, declared: false, parts: true },
  "in one request, of unknown size": { size: 300 * KiB, declared: false, parts: false }
} as const

type Shape = typeof shapes[keyof typeof shapes]

/** The requests that an image of a shape is made by, each of which may fail. */
const sending = ({ parts }: Shape): ReadonlyArray<Operation> =>
  parts ? ["CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"] : ["PutObject"]

const bodies = ({ parts }: Shape): ReadonlyArray<Operation> => [parts ? "UploadPart" : "PutObject"]

const last = ({ parts }: Shape): ReadonlyArray<Operation> => [parts ? "CompleteMultipartUpload" : "PutObject"]

interface Trouble {
  readonly kind: Kind
  readonly operations: (shape: Shape) => ReadonlyArray<Operation>
  /** What the add fails with where the fault stays. */
  readonly error: string | undefined
  /** And where it passes: with the same, or, tried again, not at all. */
  readonly passes: boolean
}

const passing = (kind: Kind, operations: Trouble["operations"], error: string): Trouble => ({
  kind,
  operations,
  error,
  passes: true
})

const final = (kind: Kind, operations: Trouble["operations"], error: string): Trouble => ({
  kind,
  operations,
  error,
  passes: false
})

const harmless = (kind: Kind, operations: Trouble["operations"]): Trouble => ({
  kind,
  operations,
  error: undefined,
  passes: true
})

const troubles: Readonly<Record<string, Trouble>> = {
  "500": passing({ type: "refused", code: "InternalError" }, sending, "RemoteServiceUnavailable"),
  "503 with Retry-After": passing(
    { type: "refused", code: "SlowDown", retryAfter: 0 },
    sending,
    "RemoteServiceUnavailable"
  ),
  "a reset in the body": passing({ type: "reset", after: 50 * KiB }, bodies, "RemoteServiceUnavailable"),
  "a body that stalls": passing({ type: "stalled", after: 50 * KiB }, bodies, "StoreTimeout"),
  "no answer": passing({ type: "silent" }, sending, "StoreTimeout"),
  "a body refused at once": passing(
    { type: "refused", code: "ServiceUnavailable", atOnce: true },
    bodies,
    "RemoteServiceUnavailable"
  ),
  "a clock that is wrong": passing({ type: "skewed" }, bodies, "NotAuthenticated"),
  "an error behind a 200": passing(
    { type: "failedWith200", code: "InternalError" },
    ({ parts }) => parts ? ["CompleteMultipartUpload"] : [],
    "RemoteServiceUnavailable"
  ),
  "an answer lost after it was done": harmless({ type: "lost" }, last),
  "a part's answer lost": passing(
    { type: "lost" },
    ({ parts }) => parts ? ["UploadPart"] : [],
    "RemoteServiceUnavailable"
  ),
  "a wrong ETag": final({ type: "wrongETag" }, bodies, "BackendException"),
  "no permission": final({ type: "refused", code: "AccessDenied" }, sending, "StorageWriteDenied"),
  "a full bucket": final({ type: "refused", code: "QuotaExceeded" }, bodies, "StorageFull"),
  "credentials that expire": final({ type: "refused", code: "ExpiredToken" }, sending, "NotAuthenticated"),
  "a part that is refused": final({ type: "refused", code: "InvalidArgument" }, bodies, "BackendException")
}

class SourceFailed extends Data.TaggedError("SourceFailed") {}

/** What befalls an add. */
type Plan =
  | { readonly type: "nothing" }
  | { readonly type: "trouble"; readonly trouble: Trouble; readonly name: string; readonly times: number }
  | { readonly type: "interrupted"; readonly after: number; readonly stalled: boolean }
  | { readonly type: "source"; readonly after: number }

const drawPlan = Effect.gen(function*() {
  const dice = yield* Random.nextIntBetween(0, 10)
  if (dice === 0) return { type: "nothing" } as const
  if (dice === 1) return { type: "source", after: yield* Random.nextIntBetween(0, 8) } as const
  if (dice <= 4) {
    return {
      type: "interrupted",
      after: yield* Random.nextIntBetween(0, 6),
      stalled: yield* Random.nextBoolean
    } as const
  }
  const [name, trouble] = yield* Random.choice(Object.entries(troubles))
  const times = yield* Random.choice([1, 2, Infinity])
  return { type: "trouble", name, trouble, times } as const
})

/** One after the other, before anything is done: so that a seed gives the same adds again. */
const draw = (count: number, seed: number) =>
  Effect.replicateEffect(Effect.all({ plan: drawPlan, shape: Random.choice(Object.entries(shapes)) }), count).pipe(
    Effect.orDie,
    Effect.withRandom(Random.make(Hash.hash(seed)))
  )

const patience = 600_000

// One after the other: what waits for an answer must not wait for the other tests.
describe.sequential("an S3 store in whatever trouble", () => {
  it.scopedLive("says what is wrong, and leaves nothing of what it did not add", () =>
    Effect.gen(function*() {
      const server = yield* Server.make()
      const { bucket, options, s3 } = yield* Held.optionsFor(server, {
        preset: "aws",
        retries: 2,
        retryPause: 0.01,
        idleTimeout: 4,
        largeObjectChunkSize: 5
      })
      const single = yield* S3Store.make(options)
      const multipart = yield* S3Store.make({ ...options, largeObjectSize: 0 })
      const warnings: Array<unknown> = []
      const output: Array<string> = []
      const logger = Logger.replace(
        Logger.defaultLogger,
        Logger.make(({ annotations, cause, logLevel, message }) => {
          output.push(inspect({ annotations, cause, message }, { depth: Infinity }))
          if (LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)) warnings.push(message)
        })
      )

      const one = (
        { plan, shape: [shapeName, shape] }: { readonly plan: Plan; readonly shape: [string, Shape] },
        index: number
      ) =>
        Effect.gen(function*() {
          const key = `image-${index}`
          const bytes = pattern(shape.size, index)
          const told = `${key}, ${shapeName}: ${
            plan.type === "trouble" ? `${plan.name} x ${plan.times}` : JSON.stringify(plan)
          }`
          if (plan.type === "trouble") {
            const operation = plan.trouble.operations(shape)
            const fault: Fault = { ...plan.trouble.kind, operation, key, times: plan.times }
            if (operation.length > 0) server.faults.add(fault)
          }
          const store = shape.parts ? multipart : single
          const stalled = yield* Deferred.make<void>()
          const adding = yield* Effect.fork(
            store.add(key, sourceOf(bytes, plan, stalled), shape.declared ? { size: shape.size } : {})
          )
          if (plan.type === "interrupted") {
            const reached = plan.stalled
              ? Deferred.await(stalled)
              : server.until((all) => all.filter((request) => request.key === key).length >= plan.after)
            // It may have ended by then.
            yield* Effect.raceFirst(reached, Fiber.await(adding))
            yield* Fiber.interrupt(adding)
          }
          const exit = yield* Fiber.await(adding)
          judge(told, plan, shape, exit)
          output.push(inspect(exit, { depth: Infinity, showHidden: true }), JSON.stringify(exit))
          return Exit.isSuccess(exit) ? [{ key, md5: md5(bytes), size: bytes.length }] : []
        })

      const drawn = yield* draw(200, 20_261_124)
      const added = yield* Effect.forEach(drawn, one, { concurrency: 4 }).pipe(
        Effect.map(Arr.flatten),
        Effect.provide(logger),
        Logger.withMinimumLogLevel(LogLevel.All)
      )

      server.faults.clear()
      assert.deepStrictEqual(yield* Held.uploads(s3, bucket), [], "uploads that are left")
      const visible = Array.from(server.buckets.get(bucket)?.objects ?? [], ([key, { pieces, size }]) => ({
        key,
        md5: md5(...pieces),
        size
      }))
      const byKey = <A extends { readonly key: string }>(all: ReadonlyArray<A>) =>
        all.toSorted((one_, other) => one_.key < other.key ? -1 : 1)
      assert.deepStrictEqual(byKey(visible), byKey(added), "images that are visible, and those that were added")
      assert.deepStrictEqual(warnings, [], "what was given up")
      const { accessKeyId, secretAccessKey } = server.account
      for (const secret of [accessKeyId, secretAccessKey, "Signature="]) {
        assert.isFalse(output.some((text) => text.includes(secret)), "a secret is in the output")
      }
      assert.isAbove(added.length, 40)
      assert.isBelow(added.length, 160)
    }), patience)

  for (const [shapeName, shape] of Object.entries(shapes)) {
    it.scopedLive(`that stays says what it is (${shapeName})`, () =>
      Effect.gen(function*() {
        const server = yield* Server.make()
        const { bucket, options, s3 } = yield* Held.optionsFor(server, {
          preset: "aws",
          retries: 1,
          retryPause: 0.01,
          idleTimeout: 4,
          largeObjectChunkSize: 5,
          ...(shape.parts ? { largeObjectSize: 0 } : {})
        })
        const store = yield* S3Store.make(options)
        const bytes = pattern(shape.size)
        yield* Effect.forEach(Object.entries(troubles), ([name, { error, kind, operations }]) =>
          Effect.forEach(operations(shape), (operation) =>
            Effect.gen(function*() {
              const key = `${name} at ${operation}`
              server.faults.add({ ...kind, operation, key, times: Infinity })
              const outcome = yield* store.add(key, sourceOf(bytes), shape.declared ? { size: shape.size } : {}).pipe(
                Effect.match({
                  onFailure: ({ _tag }): string | undefined =>
                    _tag,
                  onSuccess: () => undefined
                })
              )
              assert.strictEqual(outcome, error, key)
              const found = yield* Held.head(s3, bucket, key)
              assert.strictEqual(found._tag, error === undefined ? "Some" : "None", key)
            })), { concurrency: 4 })
        assert.deepStrictEqual(yield* Held.uploads(s3, bucket), [])
      }), patience)
  }
})

// -----------------------------------------------------------------------------

const md5 = (...pieces: ReadonlyArray<Uint8Array>) => {
  const hash = createHash("md5")
  for (const piece of pieces) hash.update(piece)
  return hash.digest("hex")
}

/** In eighths; it fails or stands still before one of them, if it is to. */
const sourceOf = (
  bytes: Uint8Array,
  plan: Plan = { type: "nothing" },
  stalled?: Deferred.Deferred<void>
): Stream.Stream<Uint8Array, SourceFailed> => {
  const step = Math.ceil(bytes.length / 8)
  const pieces = Arr.range(0, 7).map((index) => bytes.subarray(index * step, (index + 1) * step))
  const data = (count: number) => Stream.fromIterable(pieces.slice(0, count)).pipe(Stream.rechunk(1))
  switch (plan.type) {
    case "source":
      return Stream.concat(data(plan.after), Stream.fail(new SourceFailed()))
    case "interrupted":
      return plan.stalled && stalled !== undefined
        ? Stream.concat(
          data(plan.after),
          Stream.fromEffect(Effect.zipRight(Deferred.succeed(stalled, undefined), Effect.never))
        )
        : data(8)
    default:
      return data(8)
  }
}

const judge = (told: string, plan: Plan, shape: Shape, exit: Exit.Exit<unknown, { readonly _tag: string }>) => {
  const outcome = Exit.match(exit, {
    onSuccess: () => "added",
    onFailure: (cause) => {
      assert.deepStrictEqual(Array.from(Cause.defects(cause)), [], `${told}: a defect`)
      return Cause.isInterruptedOnly(cause)
        ? "interrupted"
        : Array.from(Cause.failures(cause), ({ _tag }) => _tag).join(", ")
    }
  })
  switch (plan.type) {
    case "nothing":
      return assert.strictEqual(outcome, "added", told)
    case "source":
      return assert.strictEqual(outcome, "SourceFailed", told)
    case "interrupted":
      return assert.include(plan.stalled ? ["interrupted"] : ["interrupted", "added"], outcome, told)
    case "trouble": {
      const { error, operations, passes } = plan.trouble
      const expected = error === undefined || operations(shape).length === 0 || passes && plan.times < Infinity
        ? "added"
        : error
      return assert.strictEqual(outcome, expected, told)
    }
  }
}
