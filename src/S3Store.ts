/**
 * A store that keeps each image as one object, `<bucket>/<image id>`, on AWS or any service that speaks S3.
 *
 * Images of any size, known or not, go there by one request or in parts beside each other, from bounded
 * memory, and are not there before they are whole. Of two adds of one id one wins. Whatever breaks, and at an
 * interruption, an upload is given up before the add ends. Reading goes on where a connection breaks off. The
 * locations that it writes hold no credentials; those of glance_store, which do, are read.
 *
 * It needs the package `@aws-sdk/client-s3`, and is therefore not reached through the index but as
 * `effect-glance-store/S3Store`.
 *
 * @since 0.1.0
 */
import * as EffectConfig from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type { CallError } from "./Driver.js"
import * as Configured from "./internal/configured.js"
import * as driver from "./internal/s3/driver.js"
import * as Presets from "./internal/s3/presets.js"
import * as Presigning from "./internal/s3/presigning.js"
import * as Settings from "./internal/s3/settings.js"
import * as Uploads from "./internal/s3/uploads.js"
import type * as Location from "./Location.js"
import * as Store from "./Store.js"
import type { BadStoreUri } from "./StoreError.js"
import type { BadStoreConfiguration } from "./StoreError.js"
import * as StoreKind from "./StoreKind.js"
import * as StoreOption from "./StoreOption.js"
import * as StoreRegistry from "./StoreRegistry.js"

/** Given as text, and never seen again. */
const Secret = Schema.Union(Schema.RedactedFromSelf(Schema.String), Schema.Redacted(Schema.String)).annotations({
  message: () => "it must be text, or a Redacted of text"
})

const ChecksumMode = Schema.Literal("when_required", "when_supported")

const fields = {
  host: StoreOption.unset(Schema.String, {
    name: "s3_store_host",
    type: "string",
    help: "The service: https://host, with a port and a path if need be. Only the preset aws can do without."
  }),
  regionName: StoreOption.withDefault(Schema.String, {
    name: "s3_store_region_name",
    type: "string",
    default: "",
    help: "The region that requests are signed for. If empty it is guessed from a host of AWS, or the preset's."
  }),
  accessKey: StoreOption.unset(Secret, {
    name: "s3_store_access_key",
    type: "string",
    secret: true,
    help: "The access key. Left out together with the secret key, the AWS SDK looks for credentials."
  }),
  secretKey: StoreOption.unset(Secret, {
    name: "s3_store_secret_key",
    type: "string",
    secret: true,
    help: "The secret key."
  }),
  bucket: StoreOption.unset(Schema.String, {
    name: "s3_store_bucket",
    type: "string",
    help: "The bucket for new images."
  }),
  createBucketOnPut: StoreOption.withDefault(Schema.Boolean, {
    name: "s3_store_create_bucket_on_put",
    type: "boolean",
    default: false,
    help: "Make the bucket at the first add if there is none."
  }),
  bucketUrlFormat: StoreOption.withDefault(Schema.Literal("auto", "virtual", "path"), {
    name: "s3_store_bucket_url_format",
    type: "string",
    choices: ["auto", "virtual", "path"],
    default: "auto",
    help: "Whether the bucket is in the host name or in the path. auto: in the path where the host is not AWS's own."
  }),
  largeObjectSize: StoreOption.withDefault(Schema.NonNegativeInt, {
    name: "s3_store_large_object_size",
    type: "integer",
    default: 100,
    help: "MiB from which an image is put in parts. Below, it is put by one request, and kept in memory meanwhile."
  }),
  largeObjectChunkSize: StoreOption.withDefault(Schema.Int.pipe(Schema.lessThanOrEqualTo(5120)), {
    name: "s3_store_large_object_chunk_size",
    type: "integer",
    default: 10,
    help: "MiB of a part, 5 at least. Very large images have larger parts."
  }),
  threadPools: StoreOption.withDefault(Schema.Int, {
    name: "s3_store_thread_pools",
    type: "integer",
    default: 10,
    help: "Parts of an image that are sent at one time."
  }),
  cacert: StoreOption.withDefault(Schema.String, {
    name: "s3_store_cacert",
    type: "string",
    default: "",
    help: "A file of certificates that a service with TLS is held against. If empty, those of Node."
  }),
  enableDataIntegrityProtection: StoreOption.withDefault(Schema.Boolean, {
    name: "s3_store_enable_data_integrity_protection",
    type: "boolean",
    default: false,
    help: "Whether the two options of checksums count. What the preset sends along for parts is sent either way."
  }),
  requestChecksumCalculation: StoreOption.withDefault(ChecksumMode, {
    name: "s3_store_request_checksum_calculation",
    type: "string",
    choices: ["when_required", "when_supported"],
    default: "when_required",
    help: "When the AWS SDK makes checksums of what is sent, where the store has made none itself."
  }),
  responseChecksumValidation: StoreOption.withDefault(ChecksumMode, {
    name: "s3_store_response_checksum_validation",
    type: "string",
    choices: ["when_required", "when_supported"],
    default: "when_required",
    help: "When the AWS SDK checks what is read against the checksum that was stored."
  }),
  /** For credentials that are lent for a time. */
  sessionToken: Schema.optional(Secret),
  /** Which service it is: sets the addressing, the checksums and the rules of parts. Unset: aws for a host of AWS, else custom. */
  preset: Schema.optional(Schema.Literal(...Presets.names)),
  /** What is sent along with each part for the service to check, where it is not to be the preset's. */
  checksum: Schema.optional(Schema.Literal(...Presets.checksums)),
  /** Whether the service heeds `If-None-Match: *`, where it is not to be the preset's. */
  conditionalCreate: Schema.optional(Schema.Boolean),
  /** Write locations with credentials, as glance_store does and needs. Whoever reads such a location has the keys. */
  legacyLocations: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** Other names of the service (host, port, path) that locations may have. They are read from `host` as well. */
  serviceAliases: Schema.optionalWith(Schema.Array(Schema.NonEmptyString), { default: () => [] }),
  /** Ranges of an image that are read at one time. 1: one request for all of it. */
  parallelReads: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 256)), { default: () => 1 }),
  /** MiB of such a range. */
  readSize: Schema.optionalWith(Schema.Int.pipe(Schema.between(1, 5120)), { default: () => 8 }),
  /** Tries after the first one, of each request by itself; of a read they count anew once bytes flow again. */
  retries: Schema.optionalWith(Schema.NonNegativeInt, { default: () => 4 }),
  /** Seconds before the second try. Each further pause is up to twice as long. */
  retryPause: Schema.optionalWith(Schema.Finite.pipe(Schema.positive()), { default: () => 0.2 }),
  /** Seconds until a connection must have come about. */
  connectTimeout: Schema.optionalWith(Schema.Finite.pipe(Schema.positive()), { default: () => 10 }),
  /** Seconds in which nothing may come or go on a connection; 0 means no limit. There is none for a whole image. */
  idleTimeout: Schema.optionalWith(Schema.Finite.pipe(Schema.nonNegative()), { default: () => 60 }),
  /** Encryption at rest by the service: with its own keys, or with one of AWS's key management. */
  encryption: Schema.optionalWith(Schema.Literal("none", "AES256", "aws:kms"), { default: () => "none" as const }),
  kmsKeyId: Schema.optional(Schema.NonEmptyString),
  /** Encryption at rest with this key, which the service does not keep: 32 bytes in base64. */
  customerKey: Schema.optional(Secret),
  storageClass: Schema.optional(Schema.NonEmptyString),
  /** Kept with each object. */
  metadata: Schema.optionalWith(Schema.Record({ key: Schema.NonEmptyString, value: Schema.String }), {
    default: () => ({})
  }),
  /** Put on each object. */
  tags: Schema.optionalWith(Schema.Record({ key: Schema.NonEmptyString, value: Schema.String }), {
    default: () => ({})
  }),
  /** Tag each object with its image id and digests too, by one more request. */
  tagDigests: Schema.optionalWith(Schema.Boolean, { default: () => false }),
  /** Options that an add cannot do with disable adding and deleting, with a warning, and do not fail the layer. */
  degrade: Schema.optionalWith(Schema.Boolean, { default: () => false })
}

/**
 * What an S3 store is made from; see `storeOptions` for what glance_store calls it.
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
 * An S3 store, not registered anywhere. Nothing is asked of the service yet; its connections are closed with
 * the scope.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options,
  identity?: Store.Identity
): Effect.Effect<Store.Store, BadStoreConfiguration, Scope.Scope> =>
  decode(options, identity?.id ?? "s3").pipe(
    Effect.flatMap(driver.make),
    Effect.flatMap((made) => Store.make(made, identity))
  )

/**
 * Stores of the type `s3` in a configuration.
 *
 * @since 0.1.0
 * @category config
 */
export const kind: StoreKind.StoreKind<Options, Scope.Scope> = StoreKind.make({
  type: "s3",
  config: Config,
  make: (options, identity) => make(options, identity)
})

/**
 * An S3 store among those of `Stores.layer`.
 *
 * @since 0.1.0
 * @category config
 */
export const config = (options: Options, identity?: Store.Identity): StoreKind.ConfiguredStore<Scope.Scope> =>
  StoreKind.configured("s3", options, make, identity)

/**
 * Adds an S3 store to the registry.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = (
  options: Options,
  identity?: Store.Identity
): Layer.Layer<never, BadStoreConfiguration | StoreRegistry.StoreConflict, StoreRegistry.StoreRegistry> =>
  StoreRegistry.register(make(options, identity))

/**
 * Adds an S3 store whose options are read from the program's configuration.
 *
 * @since 0.1.0
 * @category layers
 */
export const layerConfig = (
  options: EffectConfig.Config.Wrap<Options>,
  identity?: Store.Identity
): Layer.Layer<never, BadStoreConfiguration | StoreRegistry.StoreConflict | ConfigError, StoreRegistry.StoreRegistry> =>
  Layer.unwrapEffect(Effect.map(EffectConfig.unwrap(options), (unwrapped) => layer(unwrapped, identity)))

/**
 * An upload in parts that was begun, and neither ended nor given up: one that is under way, or one whose
 * process was killed.
 *
 * @since 0.1.0
 * @category models
 */
export interface IncompleteUpload {
  readonly imageId: string
  readonly uploadId: string
  /** When it was begun. */
  readonly initiated: Date
}

/**
 * The uploads in the bucket of the options that were not ended, those that are under way included.
 *
 * @since 0.1.0
 * @category operations
 */
export const listIncompleteUploads = (
  options: Options
): Effect.Effect<ReadonlyArray<IncompleteUpload>, BadStoreConfiguration | CallError> =>
  Effect.scoped(Effect.flatMap(decode(options, "s3"), Uploads.list))

/**
 * Gives up the uploads that killed processes have left in the bucket, so that their parts take no room any
 * more, and gives them back as a list. Only those that were begun at least `olderThan` ago are touched, never an
 * image: choose it longer than the longest upload. With `dryRun` nothing is removed.
 *
 * @since 0.1.0
 * @category operations
 */
export const abortIncompleteUploads = (
  options: Options,
  { dryRun = false, olderThan }: { readonly olderThan: Duration.DurationInput; readonly dryRun?: boolean | undefined }
): Effect.Effect<ReadonlyArray<IncompleteUpload>, BadStoreConfiguration | CallError> =>
  Effect.scoped(Effect.flatMap(
    decode(options, "s3"),
    (settings) => Uploads.abort(settings, { olderThan: Duration.decode(olderThan), dryRun })
  ))

/**
 * A URL by which anybody can read the image for a time, at most a week, without credentials of his own. Nothing
 * is asked of the service, so it says nothing of whether there is an image.
 *
 * @since 0.1.0
 * @category operations
 */
export const presignGet = (
  options: Options,
  location: Location.Location,
  { expiresIn }: { readonly expiresIn: Duration.DurationInput }
): Effect.Effect<Redacted.Redacted, BadStoreConfiguration | BadStoreUri | CallError> =>
  Effect.scoped(Effect.flatMap(
    decode(options, "s3"),
    (settings) => Presigning.get(settings, location, Duration.decode(expiresIn))
  ))

// -----------------------------------------------------------------------------

const decode = (options: Options, store: string): Effect.Effect<Settings.Settings, BadStoreConfiguration> =>
  Effect.flatMap(Configured.decode(Config, options, { store }), (decoded) => Settings.fromOptions(store, decoded))
