import * as Effect from "effect/Effect"
import * as Capabilities from "../../src/Capabilities.js"
import { DuplicateImage } from "../../src/StoreError.js"
import * as Reference from "./reference.js"
import { suite } from "./suite.js"

suite("The reference", Reference.harness())

suite("A stand-in that only reads", Reference.harness({ capabilities: Capabilities.make("read") }))

suite("A stand-in that reads ranges", Reference.harness({ capabilities: Capabilities.make("readRange") }))

suite("A stand-in that only writes", Reference.harness({ capabilities: Capabilities.make("write") }))

suite(
  "A stand-in that knows no ranges and no access lists",
  Reference.harness({ capabilities: Capabilities.make("read", "write") })
)

suite(
  "A stand-in that gives an id to the first writer that begins",
  Reference.harness({
    driver: (driver, shelf) => {
      const reserved = new Set<string>()
      const reserve = (imageId: string) =>
        Effect.acquireRelease(
          Effect.suspend(() =>
            reserved.has(imageId) || shelf.images.has(imageId)
              ? new DuplicateImage({ store: driver.type, imageId })
              : Effect.succeed(reserved.add(imageId))
          ),
          () => Effect.sync(() => reserved.delete(imageId))
        )
      return {
        ...driver,
        write: (imageId, data, options) => Effect.zipRight(reserve(imageId), driver.write(imageId, data, options))
      }
    }
  })
)
