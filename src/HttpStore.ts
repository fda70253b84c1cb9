/**
 * A store over images that lie on web servers: a location is the URL of an image, and nothing is ever written.
 *
 * A read is never silently short: lengths are checked, nothing is decoded on the way, and where a connection
 * breaks or stalls the read goes on from the byte it had come to, if the server can and the image is still the
 * same. It is not a door to the inside: addresses that are not public are refused unless they are allowed,
 * at each redirect too, and where the connection is made. Certificates are verified.
 *
 * It needs `@effect/platform-node`, and is imported by its own name: `effect-glance-store/HttpStore`.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as EffectConfig from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Configured from "./internal/configured.js"
import * as client from "./internal/http/client.js"
import * as Connecting from "./internal/http/connecting.js"
import * as driver from "./internal/http/driver.js"
import * as Settings from "./internal/http/settings.js"
import * as Store from "./Store.js"
import type { BadStoreConfiguration } from "./StoreError.js"
import * as StoreKind from "./StoreKind.js"
import * as StoreOption from "./StoreOption.js"
import * as StoreRegistry from "./StoreRegistry.js"

const Seconds = Schema.Finite.pipe(Schema.nonNegative())

const Text = Schema.Union(Schema.String, Schema.RedactedFromSelf(Schema.String))

const fields = {
  caFile: StoreOption.unset(Schema.NonEmptyString, {
    name: "https_ca_certificates_file",
    type: "string",
    help:
      "A PEM file with the authorities to trust in the place of the system's. With it, https_insecure counts for nothing."
  }),
  insecure: StoreOption.withDefault(Schema.Boolean, {
    name: "https_insecure",
    type: "boolean",
    default: false,
    help: "Take any server for the one it says it is, without verifying its certificate."
  }),
  proxies: StoreOption.unset(Schema.Union(Text, Schema.Record({ key: Schema.String, value: Text })), {
    name: "http_proxy_information",
    type: "map of strings",
    secret: true,
    default: {},
    help: "Proxies by scheme, or by scheme://host: http:10.0.0.1:3128, https:10.0.0.1:1080."
  }),
  /** If given, no other host is asked: names, addresses, and `*.example.org` for what is below a name. */
  allowedHosts: Schema.optional(Schema.Array(Schema.String)),
  /** Never asked, like `allowedHosts`. */
  deniedHosts: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
  /** Addresses, and networks like `10.0.0.0/8`, that may be connected to though they are not public. */
  allowedNetworks: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
  /** Addresses and networks that are never connected to, public or allowed as they may be. */
  deniedNetworks: Schema.optionalWith(Schema.Array(Schema.String), { default: () => [] }),
  /** Seconds until a connection has to be there, TLS and all; 0 means no limit, here and below. */
  connectTimeout: Schema.optionalWith(Seconds, { default: () => 10 }),
  /** Seconds from a request until its answer has to begin. */
  firstByteTimeout: Schema.optionalWith(Seconds, { default: () => 60 }),
  /** Seconds that a reader waits for the next byte; the whole may take as long as it takes. */
  idleTimeout: Schema.optionalWith(Seconds, { default: () => 60 }),
  /** Tries after the first one, where another may help; counted anew whenever bytes have come. */
  retries: Schema.optionalWith(Schema.NonNegativeInt, { default: () => 4 }),
  /** Seconds before the first of them at the most; before each further one twice as many, up to 30. */
  retryPause: Schema.optionalWith(Seconds, { default: () => 0.5 }),
  /** Redirects that are followed: one more is `MaxRedirectsExceeded`. */
  maxRedirects: Schema.optionalWith(Schema.NonNegativeInt, { default: () => 4 }),
  /** Statuses that are followed where they have a `Location`. */
  redirectStatuses: Schema.optionalWith(Schema.Array(Schema.Literal(301, 302, 303, 307, 308)), {
    default: () => [301, 302]
  }),
  allowHttpsToHttp: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** Whether parts of images can be read: `NotSupported` then comes from servers that have no ranges. */
  ranges: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** Whether a size that a server does not tell by HEAD (405, 501) is asked for by a GET that is broken off. */
  sizeByGet: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** Whether 410 is `ImageNotFound` and 5xx `RemoteServiceUnavailable`, and not `BadStoreUri` as with glance_store. */
  preciseStatusErrors: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  userAgent: Schema.optionalWith(Schema.NonEmptyString, { default: () => "effect-glance-store" })
}

/**
 * What an HTTP store is made from; see `storeOptions` for what glance_store calls it.
 *
 * @since 0.1.0
 * @category config
 */
export const Config = Schema.Struct(fields)

/**
 * As written by a program: what has a default may be left out.
 *
 * @since 0.1.0
 * @category config
 */
export type Options = typeof Config.Encoded

/**
 * Those of the options that are glance_store's, under its names: for `Backend.registerOpts`.
 *
 * @since 0.1.0
 * @category config
 */
export const storeOptions: ReadonlyArray<StoreOption.StoreOption> = StoreOption.fromFields(fields)

/**
 * What HTTP stores ask web servers with, in the place of a client of their own: for tests. The options that are about
 * connections (certificates, proxies, `connectTimeout`, addresses) are that client's own affair then.
 *
 * @since 0.1.0
 * @category tags
 */
export class Client extends Context.Reference<Client>()("effect-glance-store/HttpStore/Client", {
  defaultValue: (): HttpClient.HttpClient | undefined => undefined
}) {}

/**
 * An HTTP store with connections of its own, which end with the scope. Not registered anywhere.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {},
  identity?: Store.Identity
): Effect.Effect<Store.Store, BadStoreConfiguration, Scope.Scope> =>
  Effect.gen(function*() {
    const settings = yield* decode(options, identity?.id ?? "http")
    if (settings.insecure) {
      yield* Effect.logWarning(`The store ${settings.store} does not verify the certificates of servers`)
    }
    const made = driver.make((yield* Client) ?? (yield* connected(settings)), settings)
    return yield* Store.make(made, identity)
  })

/**
 * Stores of the type `http` in a configuration.
 *
 * @since 0.1.0
 * @category config
 */
export const kind: StoreKind.StoreKind<Options, Scope.Scope> = StoreKind.make({
  type: "http",
  config: Config,
  make: (options, identity) => make(options, identity)
})

/**
 * An HTTP store among those of `Stores.layer`.
 *
 * @since 0.1.0
 * @category config
 */
export const config = (options: Options = {}, identity?: Store.Identity): StoreKind.ConfiguredStore<Scope.Scope> =>
  StoreKind.configured("http", options, make, identity)

/**
 * Adds an HTTP store to the registry.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options?: Options,
  identity?: Store.Identity
): Layer.Layer<never, BadStoreConfiguration | StoreRegistry.StoreConflict, StoreRegistry.StoreRegistry> =>
  StoreRegistry.register(make(options, identity))

/**
 * Adds an HTTP store whose options are read from the program's configuration.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: EffectConfig.Config.Wrap<Options>,
  identity?: Store.Identity
): Layer.Layer<never, BadStoreConfiguration | StoreRegistry.StoreConflict | ConfigError, StoreRegistry.StoreRegistry> =>
  Layer.unwrapEffect(Effect.map(EffectConfig.unwrap(options), (unwrapped) => layer(unwrapped, identity)))

// -----------------------------------------------------------------------------

const connected = (settings: Settings.Settings) =>
  Effect.map(
    Connecting.make(settings),
    client.make
  )

/** What is wrong is said without the value, for a proxy may have credentials. */
const decode = (options: Options, store: string) =>
  Effect.flatMap(
    Configured.decode(Config, options, { store, unsaid: { proxies: "it is no map of proxies" } }),
    ({ proxies = {}, ...rest }) => Settings.fromOptions(store, { ...rest, proxies })
  )
