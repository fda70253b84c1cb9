/**
 * A store that keeps each image as one file, `<data directory>/<image id>`, as glance_store does.
 *
 * Bytes go to a temporary file beside the target (`.<id>.<random>.partial`); once all of them are
 * there, right and on the disk, the file gets its name by a link. So a reader sees a whole image or
 * none, of two writers of one id one wins, and neither a failure nor an interruption leaves anything
 * behind; a process that is killed leaves temporaries, which no image id can be mistaken for and
 * which `sweep` removes. Locations are confined to the data directories: no id and no URI leads out
 * of them, by `..`, symbolic link or otherwise.
 *
 * @since 0.1.0
 */
import * as EffectConfig from "effect/Config"
import type { ConfigError } from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Configured from "./internal/configured.js"
import * as Disk from "./internal/disk/disk.js"
import * as Datadirs from "./internal/file/datadirs.js"
import * as driver from "./internal/file/driver.js"
import * as failures from "./internal/file/failures.js"
import * as Settings from "./internal/file/settings.js"
import * as Sweep from "./internal/file/sweep.js"
import * as Store from "./Store.js"
import type { BackendException, StoreTimeout } from "./StoreError.js"
import type { BadStoreConfiguration } from "./StoreError.js"
import * as StoreKind from "./StoreKind.js"
import * as StoreOption from "./StoreOption.js"
import * as StoreRegistry from "./StoreRegistry.js"

const fields = {
  datadir: StoreOption.unset(Schema.String, {
    name: "filesystem_store_datadir",
    type: "string",
    default: Datadirs.usual,
    help: "The directory for images. The default, /var/lib/glance/images, does not count where there are datadirs."
  }),
  datadirs: StoreOption.unset(Schema.Array(Schema.String), {
    name: "filesystem_store_datadirs",
    type: "repeated strings",
    help: "Several directories, each with a priority if wanted, path:priority, greater first. Instead of datadir."
  }),
  metadataFile: StoreOption.unset(Schema.NonEmptyString, {
    name: "filesystem_store_metadata_file",
    type: "string",
    help: "A JSON file with the metadata of images by mount point: an object, or a list, with id and mountpoint."
  }),
  filePerm: StoreOption.withDefault(Schema.Union(Schema.Int, Schema.String), {
    name: "filesystem_store_file_perm",
    type: "integer",
    default: 0,
    help: "The mode of image files, its digits read as octal (640 or \"0640\"); 0 or less leaves it to the umask."
  }),
  chunkSize: StoreOption.unset(Schema.Int.pipe(Schema.positive()), {
    name: "filesystem_store_chunk_size",
    type: "integer",
    help:
      "Bytes to read and write at once. Default: 1 MiB; 64 KiB with thin provisioning, where it is the size of holes."
  }),
  thinProvisioning: StoreOption.withDefault(Schema.Boolean, {
    name: "filesystem_thin_provisioning",
    type: "boolean",
    default: false,
    help: "Leave out what is all zeros: files become sparse."
  }),
  timeout: StoreOption.withDefault(Schema.Finite.pipe(Schema.nonNegative()), {
    name: "filesystem_store_timeout",
    type: "number",
    default: 0,
    help: "Seconds that a single call to the file system may take; 0 means no limit."
  }),
  threadPoolSize: StoreOption.withDefault(Schema.Int.pipe(Schema.positive()), {
    name: "filesystem_store_thread_pool_size",
    type: "integer",
    default: 10,
    help: "Calls to the file system at one time, where there is a timeout."
  }),
  threadpoolThreshold: StoreOption.withDefault(Schema.Int.pipe(Schema.between(0, 100)), {
    name: "filesystem_store_threadpool_threshold",
    type: "integer",
    default: 75,
    help: "Percent of these calls in use at which a warning is logged."
  }),
  /** Whether locations must lie in the data directories. Without it any file may be read and deleted, relative paths included. */
  confine: Schema.optionalWith(Schema.Boolean, { default: () => true }),
  /**
   * Whether an add waits until the image and its name are on the disk itself. Without it an image that was
   * added may be lost when the machine (not the process) goes down, as with glance_store; it is never half there
   * while the machine runs.
   */
  fsync: Schema.optionalWith(Schema.Boolean, { default: () => true }),
  /** Bytes to leave free: an image whose declared size would use them is `StorageFull` before it is read. */
  reserveBytes: Schema.optionalWith(Schema.NonNegativeInt, { default: () => 0 }),
  /** Removes temporaries that have not been written to for so many hours when the store is made. */
  sweepAfterHours: Schema.optional(Schema.Finite.pipe(Schema.nonNegative())),
  /** Directories that cannot be used disable adding and deleting, with a warning, and do not fail the layer. */
  degrade: Schema.optionalWith(Schema.Boolean, { default: () => false })
}

/**
 * What a file store is made from; see `options` for what glance_store calls it.
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
 * A file store, not registered anywhere. Its directories are made and found writable first.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (
  options: Options = {},
  identity?: Store.Identity
): Effect.Effect<Store.Store, BadStoreConfiguration> =>
  decode(options, identity?.id ?? "file").pipe(
    Effect.flatMap(driver.make),
    Effect.flatMap((made) => Store.make(made, identity))
  )

/**
 * Stores of the type `file` in a configuration. One that is reserved to the service has a directory of its own.
 *
 * @since 0.1.0
 * @category config
 */
export const kind: StoreKind.StoreKind<Options> = StoreKind.make({
  type: "file",
  config: Config,
  make: (options, identity) => make(options, identity),
  reserved: (id) => ({ datadir: `/var/lib/glance/${id}`, datadirs: undefined })
})

/**
 * A file store among those of `Stores.layer`.
 *
 * @since 0.1.0
 * @category config
 */
export const config = (options: Options = {}, identity?: Store.Identity): StoreKind.ConfiguredStore =>
  StoreKind.configured("file", options, make, identity)

/**
 * Adds a file store to the registry.
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
 * Adds a file store whose options are read from the program's configuration.
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
 * Removes the temporaries that killed processes have left in the data directories, and gives their
 * paths. Only those that nobody has written to for `olderThan` are touched, never an image: choose
 * it longer than the longest pause of an upload. With `dryRun` nothing is removed.
 *
 * @since 0.1.0
 * @category operations
 */
export const sweep = (
  options: Options,
  { dryRun = false, olderThan }: { readonly olderThan: Duration.DurationInput; readonly dryRun?: boolean | undefined }
): Effect.Effect<ReadonlyArray<string>, BadStoreConfiguration | StoreTimeout | BackendException> =>
  Effect.gen(function*() {
    const settings = yield* decode(options, "file")
    const disk = yield* Disk.make(settings)
    const directories = settings.directories.map(({ path }) => path)
    return yield* Sweep.sweep(disk, directories, { olderThan: Duration.decode(olderThan), dryRun }).pipe(
      Effect.mapError(failures.ofCall("file", "sweep"))
    )
  })

// -----------------------------------------------------------------------------

const decode = (options: Options, store: string) =>
  Effect.flatMap(Configured.decode(Config, options, { store }), (decoded) => Settings.fromOptions(store, decoded))
