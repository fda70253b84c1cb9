import { Effect, Stream, Layer } from "effect"
import { Backend, FileStore, StoreRegistry, ImageFile, Hashing, Digest } from "../src/index.js"
import { mkdtempSync, rmSync } from "node:fs"
import { createHash } from "node:crypto"
import { execSync } from "node:child_process"
const dir = mkdtempSync("/tmp/probe/fs-")
const src = "/tmp/probe/p/src.bin"
const timed = (name: string, bytes: number) => <A, E, R>(e: Effect.Effect<A, E, R>) => Effect.gen(function*() {
  const t = process.hrtime.bigint(), c = process.cpuUsage()
  const a = yield* e
  const d = Number(process.hrtime.bigint() - t) / 1e9, u = process.cpuUsage(c)
  console.log(name.padEnd(30), (bytes / 1048576 / d).toFixed(0), "MiB/s  cpu", ((u.user + u.system) / 1e6).toFixed(2), "s")
  return a
})
const G = 1073741824
const main = Effect.gen(function*() {
  for (let i = 0; i < 2; i++) {
  const a = yield* Backend.addToBackendWithMultihash("p" + i, ImageFile.stream(src), { hashingAlgo: "sha512" }).pipe(timed("add path 2", G))
  if (i === 0) console.log(a.checksum)
  const b = yield* Backend.addToBackend("q" + i, ImageFile.stream(src)).pipe(timed("add path md5", G))
  yield* Effect.scoped(Effect.flatMap(Backend.getFromBackend(a.uri), (im) => Stream.runDrain(im.data))).pipe(timed("get drain", G))
  yield* Effect.scoped(Effect.flatMap(Backend.getFromBackend(a.uri), (im) => ImageFile.save(im.data, dir + "/../out"))).pipe(timed("get save", G))
  yield* Backend.deleteFromBackend(a.uri)
  yield* Backend.deleteFromBackend(b.uri)
  }
  console.log(process.memoryUsage().rss / 1048576)
}).pipe(Effect.scoped)
await Effect.runPromise(main.pipe(Effect.provide(FileStore.layer({datadir: dir}).pipe(Layer.provideMerge(StoreRegistry.layer({ default: "file" }))))))
rmSync(dir, {recursive: true})
