/**
 * Adds images below and above the threshold, to their end and not, and says what became of them. Nobody ends the threads:
 * the process ends by itself, or its test fails.
 */
import * as Hashing from "effect-glance-store/Hashing"
import * as ImageFile from "effect-glance-store/ImageFile"
import * as MemoryStore from "effect-glance-store/MemoryStore"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as ManagedRuntime from "effect/ManagedRuntime"
import * as Stream from "effect/Stream"

const self = process.argv[1] ?? ""

let threads = 0
process.on("worker", () => threads++)

const warnings: Array<string> = []
const logger = Logger.make(({ logLevel, message }) => {
  if (LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)) {
    warnings.push(Array.isArray(message) ? String(message[0]) : String(message))
  }
})

const both = { hashingAlgo: "sha512" } as const

const program = Effect.gen(function*() {
  const store = yield* MemoryStore.make()
  const chunk = new Uint8Array(100_000).fill(1)
  const adds = [
    store.add("small", Stream.make(chunk), both),
    store.add("large", Stream.take(Stream.repeatValue(chunk), 30), both),
    store.add("checksum", Stream.take(Stream.repeatValue(chunk), 20)),
    store.add("self", ImageFile.stream(self), both)
  ]
  const results = yield* Effect.all(adds, { concurrency: "unbounded" })
  const some = Stream.take(Stream.repeatValue(chunk), 20)
  const begun = yield* Deferred.make<void>()
  const stalled = Stream.concat(some, Stream.execute(Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never)))
  yield* Effect.raceFirst(store.add("stalled", stalled, both), Deferred.await(begun))
  yield* Effect.flip(store.add("failed", Stream.concat(some, Stream.fail("no more")), both))
  return results.map(({ checksum, multihash, size }) => ({ checksum, multihash, size }))
})

const runtime = ManagedRuntime.make(
  Layer.provideMerge(Hashing.layerWorkers({ threads: 2 }), Logger.replace(Logger.defaultLogger, logger))
)
const results = await runtime.runPromise(program)
console.log(JSON.stringify({ results, threads, warnings }))
