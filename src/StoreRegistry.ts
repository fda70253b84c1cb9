/**
 * The stores of a program, by id and by scheme.
 *
 * A store that is registered without an id goes by its driver's type, and then must be the only one
 * of its schemes; stores with ids may share schemes. Leaving the scope in which a store was
 * registered takes it out again. Nothing here is global: two registries in one process know nothing
 * of each other.
 *
 * @since 0.1.0
 */
import * as Array from "effect/Array"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { Capabilities } from "./Capabilities.js"
import * as Hashing from "./Hashing.js"
import type { Location } from "./Location.js"
import type { Store } from "./Store.js"
import {
  BadStoreConfiguration,
  DefaultStoreNotFound,
  DriverLoadFailure,
  UnknownScheme,
  UnknownStore
} from "./StoreError.js"

/**
 * What the tag holds.
 *
 * @since 0.1.0
 * @category models
 */
export interface Service {
  /** The id, or the scheme, of the store that is meant where none is named. */
  readonly default: Option.Option<string>
  /** Registers the store for as long as the scope lives. */
  readonly register: (store: Store) => Effect.Effect<void, StoreConflict, Scope.Scope>
  /** Notes that a store could not be made and is done without, for as long as the scope lives. */
  readonly recordFailure: (failure: Failure) => Effect.Effect<void, never, Scope.Scope>
  /** The stores that are done without, in the order they failed. */
  readonly failures: Effect.Effect<ReadonlyArray<Failure>>
  /** All of them, in the order they came. */
  readonly stores: Effect.Effect<ReadonlyArray<Store>>
  /** Those that some store serves, sorted. */
  readonly schemes: Effect.Effect<ReadonlyArray<string>>
  /** By the operator's id, or by the driver's type for a store without one. */
  readonly fromId: (id: string) => Effect.Effect<Store, UnknownStore>
  /**
   * The store of the scheme, which counts in any case. Where several share it: the default store if
   * it is one of them, else the one of the greatest weight, else the first that came. One that is
   * reserved is never meant.
   */
  readonly fromScheme: (scheme: string) => Effect.Effect<Store, UnknownScheme>
  /**
   * All that serve the scheme and are not reserved, where to look first for an image of which only the
   * URI is known: by weight, and of equals in the order they came.
   */
  readonly serving: (scheme: string) => Effect.Effect<Array.NonEmptyReadonlyArray<Store>, UnknownScheme>
  /** The stores of these ids by weight, the greatest first; equals in the order they came. */
  readonly byWeight: (ids: Iterable<string>) => Effect.Effect<ReadonlyArray<Store>, UnknownStore>
  /** The store of the location's scheme. */
  readonly fromLocation: (location: Location) => Effect.Effect<Store, UnknownScheme>
  /** The default store: by id, else by scheme. */
  readonly fromDefault: Effect.Effect<Store, DefaultStoreNotFound>
}

/**
 * Two stores want the same place in a registry: one id, or one scheme without ids to tell them apart.
 *
 * @since 0.1.0
 * @category errors
 */
export class StoreConflict
  extends Schema.TaggedError<StoreConflict>("effect-glance-store/StoreRegistry/StoreConflict")("StoreConflict", {
    claim: Schema.Literal("id", "scheme"),
    value: Schema.String,
    stores: Schema.Array(Schema.String)
  })
{
  override get message() {
    return `The ${this.claim} "${this.value}" is claimed by two stores (${
      this.stores.join(", ")
    }); give each store an id of its own`
  }
}

/**
 * A store that could not be made, and why.
 *
 * @since 0.1.0
 * @category models
 */
export const Failure = Schema.Struct({
  store: Schema.String,
  error: Schema.Union(BadStoreConfiguration, DriverLoadFailure, StoreConflict)
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Failure extends Schema.Schema.Type<typeof Failure> {}

/**
 * What an operator may want to know of a store. Plain data: it is JSON as it stands.
 *
 * @since 0.1.0
 * @category models
 */
export interface StoreInfo {
  /** As an operation takes it; the type of a store without an id. */
  readonly id: string
  readonly type: string
  readonly schemes: ReadonlyArray<string>
  readonly description: string | undefined
  readonly weight: number
  readonly capabilities: Capabilities
  /** Whether it is the one for images that name none. */
  readonly default: boolean
  readonly reserved: boolean
}

/**
 * @since 0.1.0
 * @category tags
 */
export class StoreRegistry extends Context.Tag("effect-glance-store/StoreRegistry")<StoreRegistry, Service>() {}

/**
 * An empty registry.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (options: { readonly default?: string | undefined } = {}): Effect.Effect<Service> =>
  Effect.sync(() => {
    // In the order of registration, which breaks ties; a Set and no Map by scheme, for programs
    // have a handful of stores and look one up once an image.
    const registered = new Set<Store>()
    const failed = new Set<Failure>()

    const serving = (scheme: string) => Array.filter(registered, ({ schemes }) => schemes.includes(scheme))
    const knownIds = () => Array.map(Array.fromIterable(registered), nameOf)
    const knownSchemes = () =>
      Array.dedupe(Array.flatMap(Array.fromIterable(registered), ({ schemes }) => schemes)).toSorted()
    const byId = (id: string) => Array.fromIterable(registered).find((store) => nameOf(store) === id)
    const candidates = (scheme: string) =>
      serving(scheme.toLowerCase()).filter(({ reserved }) => !reserved).toSorted(greaterWeight)
    const byScheme = (scheme: string) => {
      const found = candidates(scheme)
      return found.find((store) => nameOf(store) === options.default) ?? found[0]
    }
    const reasonFor = (id: string) => {
      const failure = Array.fromIterable(failed).find(({ store }) => store === id)
      return failure === undefined ? {} : { reason: failure.error.message }
    }

    const conflict = (store: Store): StoreConflict | undefined => {
      const twin = byId(nameOf(store))
      if (twin !== undefined) {
        return new StoreConflict({ claim: "id", value: nameOf(store), stores: [nameOf(twin), nameOf(store)] })
      }
      for (const scheme of store.schemes) {
        const rival = serving(scheme).find((other) => Option.isNone(other.id) || Option.isNone(store.id))
        if (rival !== undefined) {
          return new StoreConflict({ claim: "scheme", value: scheme, stores: [nameOf(rival), nameOf(store)] })
        }
      }
      return undefined
    }

    const fromScheme = (scheme: string) =>
      Effect.suspend(() => {
        const store = byScheme(scheme)
        return store === undefined
          ? new UnknownScheme({ scheme, known: knownSchemes() })
          : Effect.succeed(store)
      })

    const fromId = (id: string) =>
      Effect.suspend(() => {
        const store = byId(id)
        return store === undefined
          ? new UnknownStore({ store: id, known: knownIds(), ...reasonFor(id) })
          : Effect.succeed(store)
      })

    return {
      default: Option.fromNullable(options.default),
      register: (store) =>
        Effect.acquireRelease(
          Effect.suspend(() => conflict(store) ?? Effect.succeed(registered.add(store))),
          () => Effect.sync(() => registered.delete(store))
        ),
      recordFailure: (failure) =>
        Effect.acquireRelease(
          Effect.sync(() => failed.add(failure)),
          () => Effect.sync(() => failed.delete(failure))
        ),
      failures: Effect.sync(() => Array.fromIterable(failed)),
      stores: Effect.sync(() => Array.fromIterable(registered)),
      schemes: Effect.sync(knownSchemes),
      fromId,
      fromScheme,
      serving: (scheme) =>
        Effect.suspend(() => {
          const found = candidates(scheme)
          return Array.isNonEmptyArray(found)
            ? Effect.succeed(found)
            : new UnknownScheme({ scheme, known: knownSchemes() })
        }),
      byWeight: (ids) =>
        Effect.map(
          Effect.forEach(ids, fromId),
          (found) => Array.filter(registered, (store) => found.includes(store)).toSorted(greaterWeight)
        ),
      fromLocation: (location) => fromScheme(location.scheme),
      fromDefault: Effect.suspend(() => {
        const store = options.default === undefined ? undefined : byId(options.default) ?? byScheme(options.default)
        return store === undefined
          ? new DefaultStoreNotFound({ store: options.default, known: knownIds() })
          : Effect.succeed(store)
      })
    }
  })

/**
 * A registry for store layers to add themselves to, and threads for the digests of what they store
 * (`Hashing.layerWorkers`; give the stores `Hashing.layerInThread` to do without). `default` names the store that is meant where
 * a program names none; whether it is there shows at the first use, or with
 * `Backend.verifyDefaultStore`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (options: { readonly default?: string | undefined } = {}): Layer.Layer<StoreRegistry> =>
  Layer.merge(Layer.effect(StoreRegistry, make(options)), Hashing.layerWorkers())

/**
 * A layer that adds a store to the registry, for as long as the layer lives: what `layer` of every
 * store is made with.
 *
 * @since 0.1.0
 * @category layers
 */
export const register = <E, R>(
  store: Effect.Effect<Store, E, R>
): Layer.Layer<never, E | StoreConflict, StoreRegistry | Exclude<R, Scope.Scope>> =>
  Layer.scopedDiscard(
    Effect.zipWith(StoreRegistry, store, (registry, made) => registry.register(made)).pipe(Effect.flatten)
  )

/**
 * What an operation names a store by: its id, or the type of one without.
 *
 * @since 0.1.0
 * @category accessors
 */
export const nameOf = (store: Store): string => Option.getOrElse(store.id, () => store.type)

// -----------------------------------------------------------------------------

const greaterWeight = (one: Store, other: Store) => other.weight - one.weight
