/**
 * @since 0.1.0
 */

/**
 * @since 0.1.0
 */
export * as AddOptions from "./AddOptions.js"

/**
 * @since 0.1.0
 */
export * as Backend from "./Backend.js"

/**
 * @since 0.1.0
 */
export * as Capabilities from "./Capabilities.js"

/**
 * @since 0.1.0
 */
export * as Digest from "./Digest.js"

/**
 * @since 0.1.0
 */
export * as Driver from "./Driver.js"

/**
 * @since 0.1.0
 */
export * as FileStore from "./FileStore.js"

/**
 * @since 0.1.0
 */
export * as GlanceConf from "./GlanceConf.js"

/**
 * @since 0.1.0
 */
export * as Hashing from "./Hashing.js"

/**
 * @since 0.1.0
 */
export * as HashingAlgorithm from "./HashingAlgorithm.js"

/**
 * @since 0.1.0
 */
export * as ImageFile from "./ImageFile.js"

/**
 * @since 0.1.0
 */
export * as Indexable from "./Indexable.js"

/**
 * @since 0.1.0
 */
export * as Location from "./Location.js"

/**
 * @since 0.1.0
 */
export * as LocationMetadata from "./LocationMetadata.js"

/**
 * @since 0.1.0
 */
export * as MemoryStore from "./MemoryStore.js"

/**
 * @since 0.1.0
 */
export * as Range from "./Range.js"

/**
 * @since 0.1.0
 */
export * as Store from "./Store.js"

/**
 * @since 0.1.0
 */
export * as StoreError from "./StoreError.js"

/**
 * @since 0.1.0
 */
export * as StoreKind from "./StoreKind.js"

/**
 * @since 0.1.0
 */
export * as StoreOption from "./StoreOption.js"

/**
 * @since 0.1.0
 */
export * as StoreRegistry from "./StoreRegistry.js"

/**
 * @since 0.1.0
 */
export * as Stores from "./Stores.js"
