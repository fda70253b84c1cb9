/**
 * A kind of store: what a configuration calls it, which options it has, and how a store is made of them.
 *
 * Each store module exports its own (`FileStore.kind`), and a program hands in those that it wants:
 * nothing here knows any of them, so one that is not used, and what it depends on, is not loaded. Names,
 * defaults and help are those of the store's Config, where they are written once.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Store from "./Store.js"
import type { BadStoreConfiguration } from "./StoreError.js"
import * as StoreOption from "./StoreOption.js"

/**
 * What `I` may hold is the store's own affair: `StoreKind<never, R>` is any kind that needs `R`.
 *
 * @since 0.1.0
 * @category models
 */
export interface StoreKind<in I, out R = never> {
  /** As in `enabled_backends = fast:file`. */
  readonly type: string
  /** Those that a configuration can hold. */
  readonly options: ReadonlyArray<StoreOption.Field>
  /** A store of the kind with an operator's values, by field, on top of the program's defaults. */
  readonly read: (
    values: StoreOption.Values,
    identity: Store.Identity
  ) => Either.Either<ConfiguredStore<R>, ReadonlyArray<Issue>>
  /** The same kind with other values where a configuration says nothing, for fields that have no option, too. */
  readonly withDefaults: (defaults: Partial<I>) => StoreKind<I, R>
  /**
   * What a store of this id has in the place of `backend_defaults` if it is reserved to the service that
   * runs; absent where a store of the kind cannot be.
   */
  readonly reserved: ((id: string) => StoreOption.Values) | undefined
}

/**
 * A store that can be made: its options are known, and nothing was done yet.
 *
 * @since 0.1.0
 * @category models
 */
export interface ConfiguredStore<out R = never> {
  readonly type: string
  /** Its `id` is given to it by the set that it is put in. */
  readonly identity: Store.Identity
  /** What was said of it, by field: neither what its kind adds, nor defaults. There may be secrets among them. */
  readonly options: Redacted.Redacted<StoreOption.Values>
  readonly make: (identity: Store.Identity) => Effect.Effect<Store.Store, BadStoreConfiguration, R>
}

/**
 * Why a value of a field cannot be.
 *
 * @since 0.1.0
 * @category models
 */
export interface Issue {
  /** Empty where it is about several. */
  readonly field: string
  /** Holds no value of a secret field. */
  readonly reason: string
}

/**
 * The kind of the stores that `make` makes of a Config.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <A, I, R>(kind: {
  readonly type: string
  readonly config: Schema.Schema<A, I> & { readonly fields: Schema.Struct.Fields }
  readonly make: (options: I, identity: Store.Identity) => Effect.Effect<Store.Store, BadStoreConfiguration, R>
  readonly defaults?: Partial<I> | undefined
  readonly reserved?: ((id: string) => StoreOption.Values) | undefined
}): StoreKind<I, R> => {
  const options = StoreOption.entries(kind.config.fields)
  const secrets = new Set(options.filter(({ option }) => option.secret).map(({ field }) => field))
  const check = Schema.decodeUnknownEither(kind.config, strict)
  const encoded = Schema.decodeUnknownEither(Schema.encodedSchema(kind.config), strict)
  return {
    type: kind.type,
    options,
    read: (values, identity) => {
      const given = { ...kind.defaults, ...values }
      return check(given).pipe(
        Either.flatMap(() => encoded(given)),
        Either.mapBoth({
          onLeft: (error) => issues(error, secrets),
          onRight: (own) => configured(kind.type, values, (_, final) => kind.make(own, final), identity)
        })
      )
    },
    withDefaults: (defaults) => make({ ...kind, defaults: { ...kind.defaults, ...defaults } }),
    reserved: kind.reserved
  }
}

/**
 * For the `config` of a store module: a store of options that a program has written.
 *
 * @since 0.1.0
 * @category constructors
 */
export const configured = <I extends object, R>(
  type: string,
  options: I,
  make_: (options: I, identity: Store.Identity) => Effect.Effect<Store.Store, BadStoreConfiguration, R>,
  identity: Store.Identity = {}
): ConfiguredStore<R> => ({
  type,
  identity,
  options: Redacted.make(Object.fromEntries(Object.entries(options))),
  make: (final) => make_(options, final)
})

// -----------------------------------------------------------------------------

const strict = { errors: "all", onExcessProperty: "error" } as const

const issues = (error: ParseResult.ParseError, secrets: ReadonlySet<string>): ReadonlyArray<Issue> => {
  const reasons = new Map<string, Set<string>>()
  for (const { message, path } of ParseResult.ArrayFormatter.formatErrorSync(error)) {
    const field = String(path[0] ?? "")
    const reason = secrets.has(field) ? "its value is not allowed" : message
    reasons.set(field, (reasons.get(field) ?? new Set()).add(reason))
  }
  return Array.from(reasons, ([field, found]) => ({ field, reason: plainly(Array.from(found)) }))
}

/** That a field may also be left out, which Schema says of each that may, is no help. */
const plainly = (reasons: ReadonlyArray<string>) => {
  const telling = reasons.filter((reason) => !reason.startsWith("Expected undefined"))
  return (telling.length === 0 ? reasons : telling).join("; ")
}
