/** A memory store behind the harness. It has no backend but itself, so it is looked at through itself. */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Capabilities from "../../src/Capabilities.js"
import * as Location from "../../src/Location.js"
import * as MemoryStore from "../../src/MemoryStore.js"
import * as Store from "../../src/Store.js"
import { concat } from "./bytes.js"
import { type Harness, Storage } from "./harness.js"

export interface Options {
  readonly schemes?: readonly [string, ...ReadonlyArray<string>]
  /** `read` and `write` must be among them. */
  readonly capabilities?: Capabilities.Capabilities
  readonly id?: string
}

export const harness = (
  { capabilities = Capabilities.make("readRange", "write", "acls"), id, schemes = ["memory"] }: Options = {}
): Harness => {
  const make = MemoryStore.make({ schemes, capabilities }, { id })
  const uriOf = (imageId: string) => `${schemes[0]}://${encodeURIComponent(imageId)}`
  return {
    schemes,
    capabilities,
    ...(id === undefined ? {} : { id }),
    tellsSize: true,
    durable: false,
    layer: Layer.effectContext(Effect.map(make, (store) =>
      Context.make(Store.Store, store).pipe(Context.add(Storage, {
        uriOf,
        seed: (imageId, bytes) => Effect.map(store.add(imageId, Stream.make(bytes)), ({ uri }) => uri),
        find: (imageId) =>
          Location.fromUri(uriOf(imageId)).pipe(
            Effect.flatMap((location) => store.get(location)),
            Effect.flatMap(({ data }) => Stream.runCollect(data)),
            Effect.scoped,
            Effect.map((parts) => Option.some(concat(parts))),
            Effect.catchTag("ImageNotFound", () => Effect.succeedNone)
          ),
        litter: () => Effect.succeed([]),
        another: make
      }))))
  }
}
