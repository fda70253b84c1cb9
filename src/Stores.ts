/**
 * The stores of a program as one layer, with the registry that holds them.
 *
 * Which there are is said by the program (`layer`), by its configuration (`layerConfig`), or by a file that
 * an operator has already (`GlanceConf`): all three lead to the same `Plan`. The kinds of stores that
 * a configuration may name are values that the program hands in, so nothing is loaded that it does not use.
 *
 * @since 0.1.0
 */
import type { ConfigError } from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Backend from "./Backend.js"
import * as Capabilities from "./Capabilities.js"
import * as FromConfig from "./internal/stores/fromConfig.js"
import type { DefaultStoreNotFound } from "./StoreError.js"
import { BadStoreConfiguration } from "./StoreError.js"
import type { ConfiguredStore, StoreKind } from "./StoreKind.js"
import * as StoreRegistry from "./StoreRegistry.js"

/**
 * With `strict` a store that cannot be made fails the layer, with the causes of all that cannot. With
 * `degrade`, which is glance_store's way, the others are there, and `Backend.getStoresInfo` says what is not.
 *
 * @since 0.1.0
 * @category models
 */
export type Policy = "strict" | "degrade"

/**
 * The stores that are to be, in their order.
 *
 * @since 0.1.0
 * @category models
 */
export interface Plan<out R = never> {
  /** The id of the store for images that name none; for stores without ids a scheme. */
  readonly default?: string | undefined
  readonly stores: ReadonlyArray<ConfiguredStore<R>>
}

/**
 * @since 0.1.0
 * @category errors
 */
export type NotCreated = Backend.StoresNotCreated | DefaultStoreNotFound

/**
 * The stores that a program names, each under its id.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <const S extends Readonly<Record<string, ConfiguredStore<unknown>>>>(options: {
  readonly stores: S & Readonly<Record<string, ConfiguredStore<Needs<S[keyof S]>>>>
  readonly default?: NoInfer<keyof S & string> | undefined
  readonly policy?: Policy | undefined
}): Layer.Layer<StoreRegistry.StoreRegistry, NotCreated, Exclude<Needs<S[keyof S]>, Scope.Scope>> =>
  layerPlan(plan<S>(options), options.policy)

/**
 * The plan of the stores that a program names, for what is to be done with it before they are made.
 *
 * @since 0.1.0
 * @category constructors
 */
export const plan = <const S extends Readonly<Record<string, ConfiguredStore<unknown>>>>(options: {
  readonly stores: S & Readonly<Record<string, ConfiguredStore<Needs<S[keyof S]>>>>
  readonly default?: NoInfer<keyof S & string> | undefined
}): Plan<Needs<S[keyof S]>> => ({
  default: options.default,
  stores: named<Needs<S[keyof S]>>(options.stores)
})

/**
 * The stores of a plan.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerPlan = <R>(
  stores: Plan<R>,
  policy: Policy = "strict"
): Layer.Layer<StoreRegistry.StoreRegistry, NotCreated, Exclude<R, Scope.Scope>> =>
  Layer.scopedDiscard(create(stores, policy)).pipe(
    Layer.provideMerge(StoreRegistry.layer({ default: stores.default }))
  )

/**
 * The stores that the program's configuration names, of the kinds that are given.
 *
 * `enabledBackends` is `fast:file,web:http`, `defaultBackend` an id. The options of a store are under its
 * id, by the names of the fields of its Config (`fast.datadir`), with `weight` and `description`; what is not
 * there is looked for under `backendDefaults`. From environment variables `ConfigProvider.constantCase`
 * makes `FAST_DATADIR`.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = <R>(
  kinds: ReadonlyArray<StoreKind<never, R>>,
  options: { readonly policy?: Policy | undefined } = {}
): Layer.Layer<
  StoreRegistry.StoreRegistry,
  NotCreated | ConfigError,
  Exclude<R, Scope.Scope>
> => Layer.unwrapEffect(Effect.map(FromConfig.plan(kinds), (found) => layerPlan(found, options.policy)))

// -----------------------------------------------------------------------------

type Needs<S> = S extends ConfiguredStore<infer R> ? R : never

const named = <R>(stores: Readonly<Record<string, ConfiguredStore<R>>>): ReadonlyArray<ConfiguredStore<R>> =>
  Object.entries(stores).map(([id, { identity, make, options, type }]) => ({
    type,
    options,
    make,
    identity: { ...identity, id }
  }))

const create = <R>({ default: fallback, stores }: Plan<R>, policy: Policy) =>
  Effect.gen(function*() {
    const makers = new Map(
      stores.map(({ identity, make, type }) => [identity.id ?? type, make(identity)] as const)
    )
    const { failures } = yield* Backend.createStores(makers.keys(), makers, policy)
    yield* Effect.forEach(
      failures,
      ({ error }) => Effect.logWarning(`A store is done without: ${error.message}`),
      { discard: true }
    )
    yield* checkDefault(fallback, policy)
  })

const checkDefault = (id: string | undefined, policy: Policy) =>
  Effect.gen(function*() {
    const registry = yield* StoreRegistry.StoreRegistry
    if (id === undefined) {
      return
    }
    const found = yield* Effect.either(registry.fromDefault)
    if (Either.isLeft(found)) {
      return yield* policy === "strict" ? found.left : Effect.logWarning(found.left.message)
    }
    if (!Capabilities.supports(found.right.capabilities, "write")) {
      const error = new BadStoreConfiguration({
        store: id,
        reason: "it is the store for images that name none, and nothing can be added to it"
      })
      return yield* policy === "strict"
        ? new Backend.StoresNotCreated({ failures: [{ store: id, error }] })
        : Effect.logWarning(error.message)
    }
  })
