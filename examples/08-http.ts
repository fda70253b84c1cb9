/** An image from a web server into a store of one's own, over a line that breaks: nobody notices. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Backend, MemoryStore, StoreRegistry } from "effect-glance-store"
import * as HttpStore from "effect-glance-store/HttpStore"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { createServer } from "node:http"

const image = Buffer.alloc(3_000_000, "an image ")

/** It hangs up after a million bytes of each answer. */
const server = createServer((request, response) => {
  const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0)
  response.writeHead(start === 0 ? 200 : 206, {
    "Content-Length": image.length - start,
    ...(start === 0 ? {} : { "Content-Range": `bytes ${start}-${image.length - 1}/${image.length}` }),
    "ETag": "\"1\""
  })
  response.write(image.subarray(start, start + 1_000_000), () => response.socket?.end())
})

const port = Effect.acquireRelease(
  Effect.async<number>((resume) => {
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(Effect.succeed(typeof address === "object" && address !== null ? address.port : 0))
    })
  }),
  () => Effect.sync(() => server.close())
)

const program = Effect.gen(function*() {
  const uri = `http://user:secret@127.0.0.1:${yield* port}/disk?signature=secret`
  const { data } = yield* Backend.getFromBackend(uri)
  const { checksum, size } = yield* Backend.addToBackend("disk", data)
  yield* Console.log(`${size} bytes were stored, MD5 ${checksum}`)

  // What is inside of a network is asked only if that is allowed, as loopback is here.
  yield* Console.log((yield* Effect.flip(Backend.getFromBackend("http://169.254.169.254/latest/meta-data"))).message)
  yield* Console.log((yield* Effect.flip(Backend.deleteFromBackend(uri))).message)
}).pipe(Effect.scoped)

const stores = Layer.mergeAll(
  HttpStore.layer({ allowedNetworks: ["127.0.0.1"], retryPause: 0.01 }),
  MemoryStore.layer()
).pipe(
  Layer.provideMerge(StoreRegistry.layer({ default: "memory" }))
)

program.pipe(Effect.provide(stores), NodeRuntime.runMain)
