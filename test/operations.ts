/** What each operation fails with, as its type says, under the name that docs/errors.md has for the operation. */
import type * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import type * as Sink from "effect/Sink"
import type * as Stream from "effect/Stream"
import type * as Backend from "../src/Backend.js"
import type * as Digest from "../src/Digest.js"
import type * as Driver from "../src/Driver.js"
import type * as FileStore from "../src/FileStore.js"
import type * as GlanceConf from "../src/GlanceConf.js"
import type * as HashingAlgorithm from "../src/HashingAlgorithm.js"
import type * as HttpStore from "../src/HttpStore.js"
import type * as Indexable from "../src/Indexable.js"
import type * as Location from "../src/Location.js"
import type * as MemoryStore from "../src/MemoryStore.js"
import type * as S3Store from "../src/S3Store.js"
import type * as Store from "../src/Store.js"
import type * as StoreRegistry from "../src/StoreRegistry.js"
import type * as Stores from "../src/Stores.js"

type ErrorOf<F extends (...args: never) => Effect.Effect<unknown, unknown, unknown>> = Effect.Effect.Error<
  ReturnType<F>
>

type LayerErrorOf<F extends (...args: never) => Layer.Layer<never, unknown, unknown>> = Layer.Layer.Error<ReturnType<F>>

type SinkErrorOf<S> = S extends Sink.Sink<infer _A, infer _In, infer _L, infer E, infer _R> ? E : never

export interface Operations {
  readonly "store.add": Store.AddError
  readonly "store.get": ErrorOf<Store.Store["get"]>
  readonly "ImageData.data": Stream.Stream.Error<Driver.ImageData["data"]>
  readonly "store.getSize": ErrorOf<Store.Store["getSize"]>
  readonly "store.delete": ErrorOf<Store.Store["delete"]>
  readonly "store.setAcls": ErrorOf<Store.Store["setAcls"]>
  readonly "Backend.addToBackend": ErrorOf<typeof Backend.addToBackend<never, never>>
  readonly "Backend.addToBackendWithMultihash": ErrorOf<typeof Backend.addToBackendWithMultihash<never, never>>
  readonly "Backend.storeAddToBackend": ErrorOf<typeof Backend.storeAddToBackend<never, never>>
  readonly "Backend.storeAddToBackendWithMultihash": ErrorOf<
    typeof Backend.storeAddToBackendWithMultihash<never, never>
  >
  readonly "Backend.getFromBackend": ErrorOf<typeof Backend.getFromBackend>
  readonly "Backend.getSizeFromBackend": ErrorOf<typeof Backend.getSizeFromBackend>
  readonly "Backend.deleteFromBackend": ErrorOf<typeof Backend.deleteFromBackend>
  readonly "Backend.setAcls": ErrorOf<typeof Backend.setAcls>
  readonly "Backend.getStoreFromScheme": ErrorOf<typeof Backend.getStoreFromScheme>
  readonly "Backend.getStoreFromUri": ErrorOf<typeof Backend.getStoreFromUri>
  readonly "Backend.getStoreFromLocation": ErrorOf<typeof Backend.getStoreFromLocation>
  readonly "Backend.getStoreFromStoreIdentifier": ErrorOf<typeof Backend.getStoreFromStoreIdentifier>
  readonly "Backend.getStoreWeight": ErrorOf<typeof Backend.getStoreWeight>
  readonly "Backend.getStoresInfo": Effect.Effect.Error<typeof Backend.getStoresInfo>
  readonly "Backend.getKnownSchemes": Effect.Effect.Error<typeof Backend.getKnownSchemes>
  readonly "Backend.verifyDefaultStore": Effect.Effect.Error<typeof Backend.verifyDefaultStore>
  readonly "Backend.checkLocationMetadata": ErrorOf<typeof Backend.checkLocationMetadata>
  readonly "Backend.createStores": ErrorOf<typeof Backend.createStores<never>>
  readonly "Stores.layer": Stores.NotCreated
  readonly "Stores.layerPlan": LayerErrorOf<typeof Stores.layerPlan<never>>
  readonly "Stores.layerConfig": LayerErrorOf<typeof Stores.layerConfig<never>>
  readonly "GlanceConf.fromTexts": ErrorOf<typeof GlanceConf.fromTexts<never>>
  readonly "GlanceConf.read": ErrorOf<typeof GlanceConf.read<never>>
  readonly "GlanceConf.toText": ErrorOf<typeof GlanceConf.toText<never>>
  readonly "GlanceConf.layer": LayerErrorOf<typeof GlanceConf.layer<never>>
  readonly "Store.make": ErrorOf<typeof Store.make<never>>
  readonly "MemoryStore.make": ErrorOf<typeof MemoryStore.make>
  readonly "MemoryStore.layer": LayerErrorOf<typeof MemoryStore.layer>
  readonly "FileStore.make": ErrorOf<typeof FileStore.make>
  readonly "FileStore.layer": LayerErrorOf<typeof FileStore.layer>
  readonly "FileStore.layerConfig": LayerErrorOf<typeof FileStore.layerConfig>
  readonly "FileStore.sweep": ErrorOf<typeof FileStore.sweep>
  readonly "S3Store.make": ErrorOf<typeof S3Store.make>
  readonly "S3Store.layer": LayerErrorOf<typeof S3Store.layer>
  readonly "S3Store.layerConfig": LayerErrorOf<typeof S3Store.layerConfig>
  readonly "S3Store.listIncompleteUploads": ErrorOf<typeof S3Store.listIncompleteUploads>
  readonly "S3Store.abortIncompleteUploads": ErrorOf<typeof S3Store.abortIncompleteUploads>
  readonly "S3Store.presignGet": ErrorOf<typeof S3Store.presignGet>
  readonly "HttpStore.make": ErrorOf<typeof HttpStore.make>
  readonly "HttpStore.layer": LayerErrorOf<typeof HttpStore.layer>
  readonly "HttpStore.layerConfig": LayerErrorOf<typeof HttpStore.layerConfig>
  readonly "StoreRegistry.fromId": ErrorOf<StoreRegistry.Service["fromId"]>
  readonly "StoreRegistry.fromScheme": ErrorOf<StoreRegistry.Service["fromScheme"]>
  readonly "StoreRegistry.fromLocation": ErrorOf<StoreRegistry.Service["fromLocation"]>
  readonly "StoreRegistry.serving": ErrorOf<StoreRegistry.Service["serving"]>
  readonly "StoreRegistry.byWeight": ErrorOf<StoreRegistry.Service["byWeight"]>
  readonly "StoreRegistry.fromDefault": Effect.Effect.Error<StoreRegistry.Service["fromDefault"]>
  readonly "StoreRegistry.register": ErrorOf<StoreRegistry.Service["register"]>
  readonly "Location.fromUri": ErrorOf<typeof Location.fromUri>
  readonly "Location.fromParts": ErrorOf<typeof Location.fromParts>
  readonly "HashingAlgorithm.resolve": ErrorOf<typeof HashingAlgorithm.resolve>
  readonly "Digest.sink": SinkErrorOf<ReturnType<typeof Digest.sink>>
  readonly "Indexable.at": ErrorOf<Indexable.Indexable<never>["at"]>
}
