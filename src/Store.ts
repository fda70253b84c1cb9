/**
 * A store as its callers see it.
 *
 * Whatever is true of all stores is in `make`, once: capabilities are checked, sizes counted,
 * digests made and compared, metadata validated, spans and metrics kept, and the error of the
 * caller's own stream is carried past the driver and given back as it was.
 *
 * @since 0.1.0
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as AddOptions from "./AddOptions.js"
import * as Capabilities from "./Capabilities.js"
import type * as Driver from "./Driver.js"
import * as Hashing from "./Hashing.js"
import * as HashingAlgorithm from "./HashingAlgorithm.js"
import * as Intake from "./internal/store/intake.js"
import { countBytesAdded, observed } from "./internal/store/observed.js"
import { whole } from "./internal/store/whole.js"
import * as Location from "./Location.js"
import type { LocationMetadata } from "./LocationMetadata.js"
import { checkLocationMetadata } from "./LocationMetadata.js"
import * as Range from "./Range.js"
import {
  BadLocationMetadata,
  BadStoreConfiguration,
  BadStoreUri,
  type DigestMismatch,
  type HashingFailed,
  type InvalidArgument,
  NotSupported,
  type SizeMismatch,
  type UnknownHashingAlgo
} from "./StoreError.js"

/**
 * @since 0.1.0
 * @category errors
 */
export type AddError =
  | NotSupported
  | UnknownHashingAlgo
  | SizeMismatch
  | DigestMismatch
  | HashingFailed
  | BadLocationMetadata
  | Driver.WriteError

/**
 * @since 0.1.0
 * @category errors
 */
export type GetError = NotSupported | InvalidArgument | BadStoreUri | Driver.OpenError

/**
 * @since 0.1.0
 * @category errors
 */
export type GetSizeError = NotSupported | BadStoreUri | Driver.StatError

/**
 * @since 0.1.0
 * @category errors
 */
export type DeleteError = NotSupported | BadStoreUri | Driver.RemoveError

/**
 * @since 0.1.0
 * @category errors
 */
export type SetAclsError = NotSupported | BadStoreUri | Driver.SetAclsError

/**
 * A stored image. Plain data: it is JSON as it stands.
 *
 * @since 0.1.0
 * @category models
 */
export interface AddResult {
  /** Where it lies; the same store reads it back by this. */
  readonly uri: string
  /** Bytes that were stored. */
  readonly size: number
  /** MD5, 32 lower-case hex digits. */
  readonly checksum: string
  /** By the algorithm that was asked for, lower-case hex; absent if none was. */
  readonly multihash?: string
  /** What the store says of the place; `store` is the store's id, if it has one. */
  readonly metadata: LocationMetadata
}

/**
 * @since 0.1.0
 * @category models
 */
export interface AddResultWithMultihash extends AddResult {
  readonly multihash: string
}

/**
 * What an operator says of a store, whatever its driver.
 *
 * @since 0.1.0
 * @category models
 */
export interface Identity {
  /** The operator's name for it, where there are several stores: no blanks, `:`, `,` or `/`. */
  readonly id?: string | undefined
  /** Preference among stores, higher first. */
  readonly weight?: number | undefined
  readonly description?: string | undefined
  /** Whether it is the service's own: then it is not for what names no store. */
  readonly reserved?: boolean | undefined
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Store {
  /** The driver's type. */
  readonly type: string
  readonly id: Option.Option<string>
  readonly weight: number
  readonly description: Option.Option<string>
  /** Whether only who names it means it. */
  readonly reserved: boolean
  readonly schemes: ReadonlyArray<string>
  readonly capabilities: Capabilities.Capabilities
  /**
   * Stores the image and returns once it is safe, or leaves nothing behind: on failure, on
   * interruption, whatever of the two comes from where. An existing image is never touched.
   */
  // `NoInfer`: where there is no verifier, a surrounding `Effect.all` would have VE and VR be `any`.
  readonly add: {
    <E, R, VE = never, VR = never>(
      imageId: string,
      data: Stream.Stream<Uint8Array, E, R>,
      options: AddOptions.AddOptionsWithMultihash<VE, VR>
    ): Effect.Effect<AddResultWithMultihash, AddError | E | NoInfer<VE>, R | NoInfer<VR>>
    <E, R, VE = never, VR = never>(
      imageId: string,
      data: Stream.Stream<Uint8Array, E, R>,
      options?: AddOptions.AddOptions<VE, VR>
    ): Effect.Effect<AddResult, AddError | E | NoInfer<VE>, R | NoInfer<VR>>
  }
  /** Opens the image, or a part of it, for as long as the scope lives. */
  readonly get: (
    location: Location.Location,
    range?: Range.Range
  ) => Effect.Effect<Driver.ImageData, GetError, Scope.Scope>
  /** In bytes; none if the backend cannot tell. */
  readonly getSize: (location: Location.Location) => Effect.Effect<Option.Option<number>, GetSizeError>
  readonly delete: (location: Location.Location) => Effect.Effect<void, DeleteError>
  /** Replaces the image's access list. */
  readonly setAcls: (location: Location.Location, acls: Driver.Acls) => Effect.Effect<void, SetAclsError>
}

/**
 * For programs that know one store and need no registry.
 *
 * @since 0.1.0
 * @category tags
 */
export const Store: Context.Tag<Store, Store> = Context.GenericTag<Store>("effect-glance-store/Store/Store")

/**
 * A store from a driver. What the driver and the operator declare is checked here, and that this
 * Node can make MD5 checksums (one in FIPS mode cannot).
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = <L>(
  driver: Driver.Driver<L>,
  identity: Identity = {}
): Effect.Effect<Store, BadStoreConfiguration> =>
  Effect.gen(function*() {
    const { capabilities, schemes } = driver
    const store = identity.id ?? driver.type
    yield* checkDriver(driver, store)
    yield* checkIdentity(identity, store)
    const hashing = yield* Hashing.Hashing

    const allow = (operation: Operation, capability: Capabilities.Capability) =>
      Capabilities.supports(capabilities, capability) ? Effect.void : new NotSupported({ store, operation })

    const decode = Schema.decode(driver.location)
    const encode = Schema.encode(driver.location)

    const target = (location: Location.Location) =>
      Location.requireScheme(location, schemes).pipe(
        Effect.flatMap(decode),
        Effect.mapBoth({
          onSuccess: (own): Driver.Target<L> => ({ location: own, uri: location.toString() }),
          onFailure: (error) => ParseResult.isParseError(error) ? badUri(location, error) : error
        })
      )

    const setAcls: (own: Driver.Target<L>, acls: Driver.Acls) => Effect.Effect<void, SetAclsError> = driver.setAcls ??
      (() => new NotSupported({ store, operation: "setAcls" }))

    const stamp = (metadata: LocationMetadata): LocationMetadata =>
      identity.id === undefined ? metadata : { ...metadata, store: identity.id }

    function add<E, R, VE, VR>(
      imageId: string,
      data: Stream.Stream<Uint8Array, E, R>,
      options: AddOptions.AddOptionsWithMultihash<VE, VR>
    ): Effect.Effect<AddResultWithMultihash, AddError | E | NoInfer<VE>, R | NoInfer<VR>>
    function add<E, R, VE, VR>(
      imageId: string,
      data: Stream.Stream<Uint8Array, E, R>,
      options?: AddOptions.AddOptions<VE, VR>
    ): Effect.Effect<AddResult, AddError | E | NoInfer<VE>, R | NoInfer<VR>>
    function add<E, R, VE, VR>(
      imageId: string,
      data: Stream.Stream<Uint8Array, E, R>,
      options: AddOptions.AddOptions<VE, VR> = {}
    ): Effect.Effect<AddResult, AddError | E | VE, R | VR> {
      return Effect.contextWithEffect((context: Context.Context<R | VR>) =>
        Effect.gen(function*() {
          yield* allow("add", "write")
          const checked = yield* AddOptions.check(options)
          const intake = yield* Intake.make(data, checked, { context, hashing })
          const { digest: made } = intake
          const written = yield* driver.write(imageId, intake.data, {
            size: Option.fromNullable(checked.size),
            digest: made
          }).pipe(
            Effect.catchTag("UploadFailed", () => intake.failure)
          )
          const digest = yield* made
          const metadata = yield* checkLocationMetadata(written.metadata).pipe(
            Effect.mapError(({ actualType, key, path }) => new BadLocationMetadata({ store, path, key, actualType }))
          )
          const location = yield* Effect.orDie(encode(written.location))
          yield* countBytesAdded(store, digest.size)
          return { uri: Location.unsafeUri(location), ...digest, metadata: stamp(metadata) }
        }).pipe(
          // The driver's scope ends with the exit of all of this, so that what it has published is
          // taken back even where only the last step fails.
          Effect.scoped
        )
      ).pipe(
        observed("add", store, { imageId, size: options.size, hashingAlgo: options.hashingAlgo })
      )
    }

    return {
      type: driver.type,
      id: Option.fromNullable(identity.id),
      weight: identity.weight ?? 0,
      description: Option.fromNullable(identity.description),
      reserved: identity.reserved ?? false,
      schemes,
      capabilities,
      add,
      get: (location, range = {}) =>
        Effect.gen(function*() {
          yield* allow("get", "read")
          const checked = yield* Range.check(range)
          const ranged = Capabilities.supports(capabilities, "readRange")
          if (!ranged && Range.isPartial(range)) {
            return yield* new NotSupported({ store, operation: "get", range: checked })
          }
          const own = yield* target(location)
          const image = yield* driver.read(own, ranged ? checked : { offset: 0, length: undefined })
          return checked.length === 0
            ? { size: Option.some(0), data: Stream.empty }
            : { size: image.size, data: whole(image, own.uri) }
        }).pipe(observed("get", store, { uri: location.toString(), offset: range.offset, length: range.length })),
      getSize: (location) =>
        allow("getSize", "read").pipe(
          Effect.zipRight(target(location)),
          Effect.flatMap(driver.stat),
          observed("getSize", store, { uri: location.toString() })
        ),
      delete: (location) =>
        allow("delete", "write").pipe(
          Effect.zipRight(target(location)),
          Effect.flatMap(driver.remove),
          observed("delete", store, { uri: location.toString() })
        ),
      setAcls: (location, acls) =>
        allow("setAcls", "acls").pipe(
          Effect.zipRight(target(location)),
          Effect.flatMap((own) => setAcls(own, acls)),
          observed("setAcls", store, { uri: location.toString() })
        )
    }
  })

// -----------------------------------------------------------------------------

type Operation = typeof NotSupported.Type["operation"]

/** The driver's own words for what is wrong; formatted without the location, which may hold a secret. */
const badUri = (location: Location.Location, error: ParseResult.ParseError) =>
  new BadStoreUri({
    uri: location.toString(),
    reason: ParseResult.ArrayFormatter.formatErrorSync(error).map(({ message }) => message).join("; ")
  })

const Scheme = Schema.String.pipe(Schema.pattern(/^[a-z][a-z0-9+.-]*$/u))
const StoreId = Schema.String.pipe(Schema.pattern(/^[^\s:,/]+$/u))

const checkDriver = <L>(driver: Driver.Driver<L>, store: string) => {
  const refuse = (reason: string) => new BadStoreConfiguration({ store, reason })
  if (driver.schemes.length === 0 || !driver.schemes.every(Schema.is(Scheme))) {
    return refuse(`its schemes must be one or more lower-case URI schemes, not [${driver.schemes.join(", ")}]`)
  }
  if (driver.capabilities.acls && driver.setAcls === undefined) {
    return refuse("it has the capability acls and no setAcls")
  }
  return Effect.mapError(
    HashingAlgorithm.resolve("md5"),
    (cause) => new BadStoreConfiguration({ store, reason: "this Node.js cannot make MD5 checksums", cause })
  )
}

const checkIdentity = ({ id, weight }: Identity, store: string) => {
  if (id !== undefined && !Schema.is(StoreId)(id)) {
    return new BadStoreConfiguration({ store, reason: "a store id is one or more characters without blanks, : , or /" })
  }
  if (weight !== undefined && !Number.isSafeInteger(weight)) {
    return new BadStoreConfiguration({ store, reason: `weight ${weight} is not a whole number` })
  }
  return Effect.void
}
