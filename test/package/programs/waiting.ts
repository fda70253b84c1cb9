/** Adds an image whose bytes are all there: while it is hashed, nothing but the threads keeps the process from ending. */
import * as Hashing from "effect-glance-store/Hashing"
import * as MemoryStore from "effect-glance-store/MemoryStore"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

const program = Effect.gen(function*() {
  const store = yield* MemoryStore.make()
  const data = Stream.take(Stream.repeatValue(new Uint8Array(1024 * 1024)), 16)
  return yield* store.add("image", data, { hashingAlgo: "sha3_512" })
})

const { size } = await Effect.runPromise(Effect.provide(program, Hashing.layerWorkers({ threads: 2 })))
console.log(JSON.stringify({ size }))
