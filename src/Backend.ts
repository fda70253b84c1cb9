/**
 * glance_store's `backend` module under its own names: the operations on images, over whatever
 * stores the program's `StoreRegistry` holds.
 *
 * Where an operation takes a `store`, it is the operator's id of one; without it the scheme of the
 * URI decides, or the default store where there is no URI yet.
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
import type { BadStoreUri, DefaultStoreNotFound, UnknownScheme, UnknownStore } from "./StoreError.js"
import { BadStoreConfiguration } from "./StoreError.js"
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
> => Effect.flatMap(chosen(options), (store) => storeAddToBackend(store, imageId, data, options))

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
> => Effect.flatMap(chosen(options), (store) => storeAddToBackendWithMultihash(store, imageId, data, options))

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
  located(uri, options, (store, location) => store.get(location, options))

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
  located(uri, options, (store, location) => store.getSize(location))

/**
 * Deletes an image.
 *
 * @since 0.1.0
 * @category operations
 */
export const deleteFromBackend = (
  uri: string,
  options: Choice = {}
): Effect.Effect<void, DeleteError | LookupError, StoreRegistry.StoreRegistry> =>
  located(uri, options, (store, location) => store.delete(location))

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
  located(
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
 * No driver of this name is known where stores are created by name.
 *
 * @since 0.1.0
 * @category errors
 */
export class DriverLoadFailure
  extends Schema.TaggedError<DriverLoadFailure>("effect-glance-store/Backend/DriverLoadFailure")(
    "DriverLoadFailure",
    { driver: Schema.String, known: Schema.Array(Schema.String) }
  )
{
  override get message() {
    return `Unknown driver "${this.driver}"; known are: ${this.known.join(", ")}`
  }
}

/**
 * A store that could not be created, and why.
 *
 * @since 0.1.0
 * @category models
 */
export interface Failure {
  readonly store: string
  readonly error: BadStoreConfiguration | DriverLoadFailure | StoreRegistry.StoreConflict
}

/**
 * Stores that could not be created, all of them, with the cause of each.
 *
 * @since 0.1.0
 * @category errors
 */
export class StoresNotCreated extends Schema.TaggedError<StoresNotCreated>(
  "effect-glance-store/Backend/StoresNotCreated"
)("StoresNotCreated", {
  failures: Schema.Array(Schema.Struct({
    store: Schema.String,
    error: Schema.Union(BadStoreConfiguration, DriverLoadFailure, StoreRegistry.StoreConflict)
  }))
}) {
  override get message() {
    return `Stores could not be created: ${this.failures.map(({ error }) => error.message).join("; ")}`
  }
}

/**
 * Creates the named stores and registers them for as long as the scope lives. A name that occurs
 * twice counts once.
 *
 * With the policy `strict` any failure fails the whole, after all were tried and with every cause;
 * with `degrade` the others are registered and the failures are handed back. Programs that know
 * their stores compose layers instead.
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
    const [failures, created] = yield* Effect.partition(new Set(stores), (store) => {
      const make: Effect.Effect<Store, Failure["error"], R> = drivers.get(store) ??
        new DriverLoadFailure({ driver: store, known: Array.from(drivers.keys()) })
      return Effect.mapError(Effect.flatMap(make, registry.register), (error): Failure => ({ store, error }))
    })
    if (policy === "strict" && failures.length > 0) {
      return yield* new StoresNotCreated({ failures })
    }
    return { count: created.length, failures }
  })

/**
 * All options as data, in the two groups of the original: those of the library itself, and those
 * of the stores that are given (`FileStore.storeOptions`).
 *
 * @since 0.1.0
 * @category configuration
 */
export const registerOpts = (
  stores: ReadonlyArray<ReadonlyArray<StoreOption>>
): readonly [core: Group, stores: Group] => [
  { name: "glance_store", options: coreOptions },
  { name: "glance_store", options: stores.flat() }
]

// -----------------------------------------------------------------------------

const coreOptions: ReadonlyArray<StoreOption> = [
  {
    name: "stores",
    type: "list of strings",
    default: ["file", "http"],
    help: "The types of the stores to enable where stores have no ids. Use enabled_backends instead."
  },
  {
    name: "default_store",
    type: "string",
    default: "file",
    help: "The scheme of the store for images that name none. Use default_backend instead."
  }
]

const chosen = ({ scheme, store }: ChoiceForAdd) =>
  Effect.flatMap(
    StoreRegistry.StoreRegistry,
    (registry): Effect.Effect<Store, UnknownScheme | UnknownStore | DefaultStoreNotFound> =>
      store !== undefined
        ? registry.fromId(store)
        : scheme !== undefined
        ? registry.fromScheme(scheme)
        : registry.fromDefault
  )

/** The location first, then the store, as the original has it: a bad URI is reported as such. */
const located = <A, E, R>(
  uri: string,
  { store }: Choice,
  use: (store: Store, location: Location.Location) => Effect.Effect<A, E, R>
) =>
  Effect.gen(function*() {
    const location = yield* Location.fromUri(uri)
    const registry = yield* StoreRegistry.StoreRegistry
    const found = yield* store === undefined ? registry.fromLocation(location) : registry.fromId(store)
    return yield* use(found, location)
  })
