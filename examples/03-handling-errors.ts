/** Every failure is a value with a tag and its facts; what may fail is in the type. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Backend, MemoryStore, StoreRegistry } from "effect-glance-store"
import * as Console from "effect/Console"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"

class LinkDown extends Data.TaggedError("LinkDown")<{ readonly host: string }> {}

const bytes = Stream.make(new TextEncoder().encode("an image"))

/** An add that says how it went. The error of the source is handled like the others, and leaves the type with them. */
const add = (
  imageId: string,
  data: Stream.Stream<Uint8Array, LinkDown>,
  { hashingAlgo = "sha512", size }: { readonly hashingAlgo?: string; readonly size?: number } = {}
) =>
  Backend.addToBackendWithMultihash(imageId, data, { hashingAlgo, size }).pipe(
    Effect.map(({ uri }) => `stored at ${uri}`),
    Effect.catchTags({
      DuplicateImage: ({ store }) => Effect.succeed(`the store ${store} has it already`),
      UnknownHashingAlgo: ({ algo, available }) =>
        Effect.succeed(`no algorithm ${algo}, but ${available.length} others, ${available[0]} for one`),
      SizeMismatch: ({ actual, expected }) => Effect.succeed(`${actual} bytes came instead of ${expected}`),
      LinkDown: ({ host }) => Effect.succeed(`the link to ${host} is down, nothing was stored`)
    }),
    Effect.flatMap((outcome) => Console.log(`${imageId}: ${outcome}`))
  )

const program = Effect.gen(function*() {
  yield* add("image-1", bytes)
  yield* add("image-1", bytes)
  yield* add("image-2", bytes, { hashingAlgo: "md6" })
  yield* add("image-3", bytes, { size: 100 })
  yield* add("image-4", Stream.concat(bytes, Stream.fail(new LinkDown({ host: "mirror" }))))

  // Reading has errors of its own: no image there, a scheme that nobody serves, text that is no URI.
  yield* Effect.forEach(
    ["memory://image-4", "tape://image-1", "image-1"],
    (uri) =>
      Backend.getSizeFromBackend(uri).pipe(
        Effect.catchTags({
          ImageNotFound: (error) => Console.log(error.message),
          UnknownScheme: (error) => Console.log(error.message),
          BadStoreUri: (error) => Console.log(error.message)
        })
      )
  )
})

const stores = Layer.provideMerge(MemoryStore.layer(), StoreRegistry.layer({ default: "memory" }))

program.pipe(Effect.provide(stores), NodeRuntime.runMain)
