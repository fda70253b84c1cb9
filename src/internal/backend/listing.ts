/**
 * What there is in a registry, in the words of an operator.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as StoreRegistry from "../../StoreRegistry.js"

/** @internal */
export const listing = Effect.gen(function*() {
  const registry = yield* StoreRegistry.StoreRegistry
  const fallback = yield* Effect.option(registry.fromDefault)
  const stores = (yield* registry.stores).map((store): StoreRegistry.StoreInfo => ({
    id: StoreRegistry.nameOf(store),
    type: store.type,
    schemes: store.schemes,
    description: Option.getOrUndefined(store.description),
    weight: store.weight,
    capabilities: store.capabilities,
    default: Option.contains(fallback, store),
    reserved: store.reserved
  }))
  return { stores, failures: yield* registry.failures }
})
