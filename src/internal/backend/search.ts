/**
 * Which store an operation on a URI is for: the one that is named, or else whichever of those of the
 * URI's scheme has the image.
 *
 * @internal
 */
import type { NonEmptyReadonlyArray } from "effect/Array"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import * as Capabilities from "../../Capabilities.js"
import * as Location from "../../Location.js"
import type * as Store from "../../Store.js"
import type { DefaultStoreNotFound, UnknownScheme, UnknownStore } from "../../StoreError.js"
import { AmbiguousStore, BadStoreUri, ImageNotFound } from "../../StoreError.js"
import * as StoreRegistry from "../../StoreRegistry.js"

/**
 * For an image that has no URI yet.
 *
 * @internal
 */
export const chosen = (
  { scheme, store }: { readonly scheme?: string | undefined; readonly store?: string | undefined }
) =>
  Effect.flatMap(
    StoreRegistry.StoreRegistry,
    (registry): Effect.Effect<Store.Store, UnknownScheme | UnknownStore | DefaultStoreNotFound> =>
      store !== undefined
        ? registry.fromId(store)
        : scheme !== undefined
        ? registry.fromScheme(scheme)
        : registry.fromDefault
  )

/**
 * The location first, then the store, as the original has it: a bad URI is reported as such.
 *
 * @internal
 */
export const located = <A, E, R>(
  uri: string,
  { store }: { readonly store?: string | undefined },
  use: (store: Store.Store, location: Location.Location) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function*() {
    const location = yield* Location.fromUri(uri)
    const registry = yield* StoreRegistry.StoreRegistry
    return store === undefined
      ? yield* first(yield* registry.serving(location.scheme), location, use)
      : yield* use(yield* registry.fromId(store), location)
  })

const delete_ = (uri: string, choice: { readonly store?: string | undefined }) =>
  Effect.gen(function*() {
    if (choice.store !== undefined) {
      return yield* located(uri, choice, (store, location) => store.delete(location))
    }
    const location = yield* Location.fromUri(uri)
    const registry = yield* StoreRegistry.StoreRegistry
    const candidates = yield* registry.serving(location.scheme)
    return yield* (yield* owner(candidates, location)).delete(location)
  })

export {
  /**
   * Deletes from the one store that has the image, and from none where several do.
   *
   * @internal
   */
  delete_ as delete
}

// -----------------------------------------------------------------------------

/** The first that has the image. What is not about the image's absence ends the search. */
const first = <A, E, R>(
  candidates: NonEmptyReadonlyArray<Store.Store>,
  location: Location.Location,
  use: (store: Store.Store, location: Location.Location) => Effect.Effect<A, E, R>
): Effect.Effect<A, E | ImageNotFound, R> =>
  Effect.gen(function*() {
    const [heaviest, ...others] = candidates
    if (others.length === 0) {
      return yield* use(heaviest, location)
    }
    const refusals: Array<E> = []
    for (const store of candidates) {
      const tried = yield* Effect.either(use(store, location))
      if (Either.isRight(tried)) {
        return tried.right
      }
      if (!isElsewhere(tried.left)) {
        return yield* Effect.fail(tried.left)
      }
      refusals.push(tried.left)
    }
    const [refusal] = refusals
    // That none of them can have it says more than that none of them has.
    return yield* refusal !== undefined && refusals.every(Schema.is(BadStoreUri))
      ? Effect.fail(refusal)
      : new ImageNotFound({ uri: location.toString(), tried: candidates.map(StoreRegistry.nameOf) })
  })

/** Of those that can delete the one that has the image; a single one is taken without a look. */
const owner = (candidates: NonEmptyReadonlyArray<Store.Store>, location: Location.Location) =>
  Effect.gen(function*() {
    const writable = candidates.filter(({ capabilities }) => Capabilities.supports(capabilities, "write"))
    const [only = candidates[0], ...others] = writable
    if (others.length === 0) {
      return only
    }
    const owners: Array<Store.Store> = []
    for (const store of writable) {
      const found = yield* Effect.either(store.getSize(location))
      if (Either.isRight(found)) {
        owners.push(store)
      } else if (!isElsewhere(found.left)) {
        return yield* found.left
      }
    }
    const [one, another] = owners
    if (another !== undefined) {
      return yield* new AmbiguousStore({ uri: location.toString(), stores: owners.map(StoreRegistry.nameOf) })
    }
    return one ?? (yield* new ImageNotFound({ uri: location.toString(), tried: writable.map(StoreRegistry.nameOf) }))
  })

/** Whether it says only that this store does not have the image. A URI that a server had its say about is this store's. */
const isElsewhere = (error: unknown): boolean =>
  Schema.is(ImageNotFound)(error) ||
  Schema.is(BadStoreUri)(error) && error.status === undefined && error.cause === undefined
