/**
 * glance_store's `backend` module under its own names: the operations on images, over whatever
 * stores the program's `StoreRegistry` holds.
 *
 * Where an operation takes a `store`, it is the operator's id of one. Without it an image is looked
 * for in all stores of the URI's scheme, and one that has no URI yet goes to the default store.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { AddOptions, AddOptionsWithMultihash } from "./AddOptions.js"
import type { Acls, ImageData } from "./Driver.js"
import { listing } from "./internal/backend/listing.js"
import * as Search from "./internal/backend/search.js"
import * as CoreOptions from "./internal/coreOptions.js"
import * as Location from "./Location.js"
import * as LocationMetadata from "./LocationMetadata.js"
import type { Range } from "./Range.js"
import type {
  AddError,
  AddResult,
  AddResultWithMultihash,
  DeleteError,
  GetError,
  GetSizeError,
  SetAclsError,
  Store
} from "./Store.js"
import type {
  AmbiguousStore,
  BadStoreConfiguration,
  BadStoreUri,
  DefaultStoreNotFound,
  UnknownScheme,
  UnknownStore
} from "./StoreError.js"
import { DriverLoadFailure } from "./StoreError.js"
import type { StoreKind } from "./StoreKind.js"
import type { Group, StoreOption } from "./StoreOption.js"
import * as StoreRegistry from "./StoreRegistry.js"

/**
 * Which store an operation is for.
 *
 * @since 0.1.0
 * @category models
 */
export interface Choice {
  /** The id of a store. */
  readonly store?: string | undefined
}

/**
 * As `Choice`, or any store of a scheme.
 *
 * @since 0.1.0
 * @category models
 */
export interface ChoiceForAdd extends Choice {
  readonly scheme?: string | undefined
}

/**
 * No store was found for the operation.
 *
 * @since 0.1.0
 * @category errors
 */
export type LookupError = UnknownScheme | UnknownStore | BadStoreUri

/**
 * Adds an image to the default store, or to that of `store` or `scheme`. The result has the MD5
 * checksum and no multihash.
 *
 * @since 0.1.0
 * @category operations
 */
export const addToBackend = <E, R, VE = never, VR = never>(
  imageId: string,
  data: Stream.Stream<Uint8Array, E, R>,
  options: Omit<AddOptions<VE, VR>, "hashingAlgo"> & ChoiceForAdd = {}
): Effect.Effect<
  AddResult,
  AddError | UnknownScheme | UnknownStore | DefaultStoreNotFound | E | NoInfer<VE>,
  StoreRegistry.StoreRegistry | R | NoInfer<VR>
> => Effect.flatMap(Search.chosen(options), (store) => storeAddToBackend(store, imageId, data, options))

/**
 * Adds an image, and makes a multihash of it by `hashingAlgo`.
 *
 * @since 0.1.0
 * @category operations
 */
export const addToBackendWithMultihash = <E, R, VE = never, VR = never>(
  imageId: string,
  data: Stream.Stream<Uint8Array, E, R>,
  options: AddOptionsWithMultihash<VE, VR> & ChoiceForAdd
): Effect.Effect<
  AddResultWithMultihash,
  AddError | UnknownScheme | UnknownStore | DefaultStoreNotFound | E | NoInfer<VE>,
  StoreRegistry.StoreRegistry | R | NoInfer<VR>
> => Effect.flatMap(Search.chosen(options), (store) => storeAddToBackendWithMultihash(store, imageId, data, options))

/**
 * Adds an image to a store that the caller holds.
 *
 * @since 0.1.0
 * @category operations
 */
export const storeAddToBackend = <E, R, VE = never, VR = never>(
  store: Store,
  imageId: string,
  data: Stream.Stream<Uint8Array, E, R>,
  { expected, onProgress, size, verifier }: Omit<AddOptions<VE, VR>, "hashingAlgo"> = {}
): Effect.Effect<AddResult, AddError | E | NoInfer<VE>, R | NoInfer<VR>> =>
  store.add(imageId, data, { expected, onProgress, size, verifier })

/**
 * Adds an image to a store that the caller holds, and makes a multihash of it.
 *
 * @since 0.1.0
 * @category operations
 */
export const storeAddToBackendWithMultihash = <E, R, VE = never, VR = never>(
  store: Store,
  imageId: string,
  data: Stream.Stream<Uint8Array, E, R>,
  options: AddOptionsWithMultihash<VE, VR>
): Effect.Effect<AddResultWithMultihash, AddError | E | NoInfer<VE>, R | NoInfer<VR>> =>
  store.add(imageId, data, options)

/**
 * Opens an image, or a part of it, for as long as the scope lives.
 *
 * @since 0.1.0
 * @category operations
 */
export const getFromBackend = (
  uri: string,
  options: Range & Choice = {}
): Effect.Effect<ImageData, GetError | LookupError, StoreRegistry.StoreRegistry | Scope.Scope> =>
  Search.located(uri, options, (store, location) => store.get(location, options))

/**
 * The size of an image in bytes, read from the backend; none if that cannot tell.
 *
 * @since 0.1.0
 * @category operations
 */
export const getSizeFromBackend = (
  uri: string,
  options: Choice = {}
): Effect.Effect<Option.Option<number>, GetSizeError | LookupError, StoreRegistry.StoreRegistry> =>
  Search.located(uri, options, (store, location) => store.getSize(location))

/**
 * Deletes an image. Where several stores serve its scheme and none is named, exactly one of them must
 * have it.
 *
 * @since 0.1.0
 * @category operations
 */
export const deleteFromBackend = (
  uri: string,
  options: Choice = {}
): Effect.Effect<void, DeleteError | GetSizeError | LookupError | AmbiguousStore, StoreRegistry.StoreRegistry> =>
  Search.delete(uri, options)

/**
 * Replaces the access list of an image. A store that has no such lists succeeds and says so in the
 * debug log only, as the original does: to be told, use the store's own `setAcls`.
 *
 * @since 0.1.0
 * @category operations
 */
export const setAcls = (
  uri: string,
  { public: isPublic = false, readTenants = [], store, writeTenants = [] }: Partial<Acls> & Choice = {}
): Effect.Effect<
  void,
  Exclude<SetAclsError, { readonly _tag: "NotSupported" }> | LookupError,
  StoreRegistry.StoreRegistry
> =>
  Search.located(
    uri,
    { store },
    (found, location) =>
      found.setAcls(location, { public: isPublic, readTenants, writeTenants }).pipe(
        Effect.catchTag("NotSupported", (error) => Effect.logDebug(error.message))
      )
  )

/**
 * The store of a scheme.
 *
 * @since 0.1.0
 * @category lookups
 */
export const getStoreFromScheme = (
  scheme: string
): Effect.Effect<Store, UnknownScheme, StoreRegistry.StoreRegistry> =>
  Effect.flatMap(StoreRegistry.StoreRegistry, (registry) => registry.fromScheme(scheme))

/**
 * The store of a URI's scheme.
 *
 * @since 0.1.0
 * @category lookups
 */
export const getStoreFromUri = (
  uri: string
): Effect.Effect<Store, UnknownScheme | BadStoreUri, StoreRegistry.StoreRegistry> =>
  Effect.flatMap(Location.fromUri(uri), (location) => getStoreFromScheme(location.scheme))

/**
 * The scheme of a location, if some store serves it: the name of a store, as the original has it,
 * and not the store.
 *
 * @since 0.1.0
 * @category lookups
 */
export const getStoreFromLocation = (
  uri: string
): Effect.Effect<string, UnknownScheme | BadStoreUri, StoreRegistry.StoreRegistry> =>
  Effect.flatMap(Location.fromUri(uri), ({ scheme }) => Effect.as(getStoreFromScheme(scheme), scheme))

/**
 * The store of an operator's id.
 *
 * @since 0.1.0
 * @category lookups
 */
export const getStoreFromStoreIdentifier = (
  store: string
): Effect.Effect<Store, UnknownStore, StoreRegistry.StoreRegistry> =>
  Effect.flatMap(StoreRegistry.StoreRegistry, (registry) => registry.fromId(store))

/**
 * How a store compares with others in preference; 0 where nobody has said.
 *
 * @since 0.1.0
 * @category lookups
 */
export const getStoreWeight = (store: string): Effect.Effect<number, UnknownStore, StoreRegistry.StoreRegistry> =>
  Effect.map(getStoreFromStoreIdentifier(store), ({ weight }) => weight)

/**
 * What an operator may want to know of a store. Plain data: it is JSON as it stands.
 *
 * @since 0.1.0
 * @category models
 */
export type StoreInfo = StoreRegistry.StoreInfo

/**
 * All stores, in their order, and those that could not be made and are done without.
 *
 * @since 0.1.0
 * @category lookups
 */
export const getStoresInfo: Effect.Effect<
  { readonly stores: ReadonlyArray<StoreInfo>; readonly failures: ReadonlyArray<Failure> },
  never,
  StoreRegistry.StoreRegistry
> = listing

/**
 * The schemes that some store serves, sorted.
 *
 * @since 0.1.0
 * @category lookups
 */
export const getKnownSchemes: Effect.Effect<ReadonlyArray<string>, never, StoreRegistry.StoreRegistry> = Effect.flatMap(
  StoreRegistry.StoreRegistry,
  (registry) => registry.schemes
)

/**
 * That there is a default store.
 *
 * @since 0.1.0
 * @category lookups
 */
export const verifyDefaultStore: Effect.Effect<void, DefaultStoreNotFound, StoreRegistry.StoreRegistry> = Effect
  .flatMap(
    StoreRegistry.StoreRegistry,
    (registry) => Effect.asVoid(registry.fromDefault)
  )

/**
 * Gives back a copy of valid metadata. Every add runs it on what it returns.
 *
 * @since 0.1.0
 * @category validation
 */
export const checkLocationMetadata = LocationMetadata.checkLocationMetadata

/**
 * A store that could not be created, and why.
 *
 * @since 0.1.0
 * @category models
 */
export type Failure = StoreRegistry.Failure

/**
 * Stores that could not be created, all of them, with the cause of each.
 *
 * @since 0.1.0
 * @category errors
 */
export class StoresNotCreated extends Schema.TaggedError<StoresNotCreated>(
  "effect-glance-store/Backend/StoresNotCreated"
)("StoresNotCreated", {
  failures: Schema.Array(StoreRegistry.Failure)
}) {
  override get message() {
    return `Stores could not be created: ${this.failures.map(({ error }) => error.message).join("; ")}`
  }
}

/**
 * Creates the named stores, at the same time, and registers them in their order for as long as the scope
 * lives. A name that occurs twice counts once.
 *
 * With the policy `strict` any failure fails the whole, after all were tried and with every cause;
 * with `degrade` the others are registered, and the failures are handed back and kept in the registry.
 * `Stores` makes layers of it.
 *
 * @since 0.1.0
 * @category constructors
 */
export const createStores = <R>(
  stores: Iterable<string>,
  drivers: ReadonlyMap<string, Effect.Effect<Store, BadStoreConfiguration, R>>,
  policy: "strict" | "degrade" = "strict"
): Effect.Effect<
  { readonly count: number; readonly failures: ReadonlyArray<Failure> },
  StoresNotCreated,
  StoreRegistry.StoreRegistry | Scope.Scope | R
> =>
  Effect.gen(function*() {
    const registry = yield* StoreRegistry.StoreRegistry
    const attempts = yield* Effect.forEach(new Set(stores), (store) => {
      const make: Effect.Effect<Store, Failure["error"], R> = drivers.get(store) ??
        new DriverLoadFailure({ driver: store, known: Array.from(drivers.keys()) })
      return Effect.map(Effect.either(make), (made) => ({ store, made }))
    }, { concurrency: "unbounded" })
    // One after the other again, so that the order of the names is that of the registry.
    const [failures, created] = yield* Effect.partition(
      attempts,
      ({ made, store }) =>
        Effect.mapError(Effect.flatMap(made, registry.register), (error): Failure => ({ store, error }))
    )
    if (policy === "strict" && failures.length > 0) {
      return yield* new StoresNotCreated({ failures })
    }
    yield* Effect.forEach(failures, registry.recordFailure, { discard: true })
    return { count: created.length, failures }
  })

/**
 * All options as data, in the two groups that stores without ids have: those of the library itself, and
 * those of the stores that are given (`FileStore.storeOptions`).
 *
 * @since 0.1.0
 * @category configuration
 */
export const registerOpts = (
  stores: ReadonlyArray<ReadonlyArray<StoreOption>>
): readonly [core: Group, stores: Group] => [
  { name: "glance_store", options: [CoreOptions.stores, CoreOptions.defaultStore] },
  { name: "glance_store", options: stores.flat() }
]

/**
 * All options as data, where stores have ids: those that name the stores, and a group for each kind, which
 * in a configuration has the id of a store in the place of the type.
 *
 * @since 0.1.0
 * @category configuration
 */
export const registerStoreOpts = (kinds: ReadonlyArray<StoreKind<never, unknown>>): ReadonlyArray<Group> => [
  { name: "DEFAULT", options: [CoreOptions.enabledBackends] },
  { name: "glance_store", options: [CoreOptions.defaultBackend] },
  ...kinds.map(({ options, type }) => ({
    name: type,
    options: [CoreOptions.description, CoreOptions.weight, ...options.map(({ option }) => option)]
  }))
]
