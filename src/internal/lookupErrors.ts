/**
 * What can go wrong on the way to a store: its URI, its name, the options it is made of.
 *
 * Programs have them from `StoreError`, beside what stores fail with.
 *
 * @internal
 */
import * as Schema from "effect/Schema"

const known = (names: ReadonlyArray<string>) => `known are: ${names.join(", ") || "none"}`

/** Statuses of HTTP that say no more than "not now". */
const isPassing = (status: number) => status === 408 || status === 429 || status >= 500

/** As they are known abroad, by the module that programs take them from. */
const id = <const Name extends string>(name: Name) => `effect-glance-store/StoreError/${name}` as const

/**
 * No store of this registry serves the scheme.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownScheme extends Schema.TaggedError<UnknownScheme>(id("UnknownScheme"))("UnknownScheme", {
  scheme: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message() {
    return `Unknown scheme "${this.scheme}"; ${known(this.known)}`
  }
}

/**
 * No store of this registry has the id. There is a `reason` if one was to have it and could not be
 * made, and the program went on without it.
 *
 * @since 0.1.0
 * @category errors
 */
export class UnknownStore extends Schema.TaggedError<UnknownStore>(id("UnknownStore"))("UnknownStore", {
  store: Schema.String,
  known: Schema.Array(Schema.String),
  reason: Schema.optional(Schema.String)
}) {
  override get message() {
    const reason = this.reason === undefined ? "" : ` (${this.reason})`
    return `Unknown store "${this.store}"${reason}; ${known(this.known)}`
  }
}

/**
 * Several stores have an image at the URI, and which one is meant was not said. Nothing was deleted.
 *
 * @since 0.1.0
 * @category errors
 */
export class AmbiguousStore extends Schema.TaggedError<AmbiguousStore>(id("AmbiguousStore"))("AmbiguousStore", {
  uri: Schema.String,
  stores: Schema.Array(Schema.String)
}) {
  override get message() {
    return `The stores ${this.stores.join(", ")} all have an image at ${this.uri}; say which one is meant`
  }
}

/**
 * The default store is not set (`store` is absent), or nothing of that name is registered.
 *
 * @since 0.1.0
 * @category errors
 */
export class DefaultStoreNotFound extends Schema.TaggedError<DefaultStoreNotFound>(id("DefaultStoreNotFound"))(
  "DefaultStoreNotFound",
  { store: Schema.optional(Schema.String), known: Schema.Array(Schema.String) }
) {
  override get message() {
    const what = this.store === undefined
      ? "No default store is set"
      : `The default store "${this.store}" is not registered`
    return `${what}; ${known(this.known)}`
  }
}

/**
 * Not a storage URI, or not one of this store. Also one whose web server does not give an image: `status` is what
 * it answered, `cause` why there was no answer.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadStoreUri extends Schema.TaggedError<BadStoreUri>(id("BadStoreUri"))("BadStoreUri", {
  uri: Schema.String,
  reason: Schema.String,
  status: Schema.optional(Schema.Number),
  cause: Schema.optional(Schema.Defect)
}) {
  override get message() {
    return `Bad store URI "${this.uri}": ${this.reason}`
  }

  /** Where nothing may be wrong with the URI: its server was not reached, or not able to answer just then. */
  get retryable() {
    return this.cause !== undefined || (this.status !== undefined && isPassing(this.status))
  }
}

/**
 * A server sends from one place to another; so many times it was followed.
 *
 * @since 0.1.0
 * @category errors
 */
export class MaxRedirectsExceeded extends Schema.TaggedError<MaxRedirectsExceeded>(id("MaxRedirectsExceeded"))(
  "MaxRedirectsExceeded",
  { uri: Schema.String, redirects: Schema.Number }
) {
  override get message() {
    return `More than ${this.redirects} redirects from ${this.uri}`
  }
}

/**
 * A store cannot be built from its options.
 *
 * @since 0.1.0
 * @category errors
 */
export class BadStoreConfiguration extends Schema.TaggedError<BadStoreConfiguration>(id("BadStoreConfiguration"))(
  "BadStoreConfiguration",
  { store: Schema.String, reason: Schema.String, cause: Schema.optional(Schema.Defect) }
) {
  override get message() {
    return `Bad configuration of the store ${this.store}: ${this.reason}`
  }
}

/**
 * No driver of this name is known where stores are created by name.
 *
 * @since 0.1.0
 * @category errors
 */
export class DriverLoadFailure extends Schema.TaggedError<DriverLoadFailure>(id("DriverLoadFailure"))(
  "DriverLoadFailure",
  { driver: Schema.String, known: Schema.Array(Schema.String) }
) {
  override get message() {
    return `Unknown driver "${this.driver}"; ${known(this.known)}`
  }
}

/**
 * All of them.
 *
 * @since 0.1.0
 * @category errors
 */
export const LookupError = Schema.Union(
  UnknownScheme,
  UnknownStore,
  AmbiguousStore,
  DefaultStoreNotFound,
  BadStoreUri,
  MaxRedirectsExceeded,
  BadStoreConfiguration,
  DriverLoadFailure
)

/**
 * @since 0.1.0
 * @category errors
 */
export type LookupError = typeof LookupError.Type
