/**
 * Our file store and the original's, configured alike: over one data directory, or each over its own where both are to
 * do the same and the results are compared.
 */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Backend from "../../src/Backend.js"
import type * as Driver from "../../src/Driver.js"
import * as FileStore from "../../src/FileStore.js"
import type * as Store from "../../src/Store.js"
import type { AmbiguousStore, DefaultStoreNotFound } from "../../src/StoreError.js"
import * as StoreRegistry from "../../src/StoreRegistry.js"
import * as Directory from "../internal/file/Directory.js"
import * as Image from "../internal/file/Image.js"
import * as Oracle from "./Oracle.js"
import type { Side } from "./Side.js"

/** The options that both have. */
export type Options = Pick<
  FileStore.Options,
  "chunkSize" | "datadir" | "datadirs" | "filePerm" | "metadataFile" | "thinProvisioning"
>

/** In the words of glance-api.conf. The original has a data directory unless it is told that it has none. */
export const inConfigurationFile = (
  { chunkSize, datadir, datadirs, filePerm, metadataFile, thinProvisioning }: Options
): Oracle.Options => ({
  filesystem_store_datadir: datadir ?? "",
  ...(datadirs === undefined ? {} : { filesystem_store_datadirs: datadirs }),
  ...(metadataFile === undefined ? {} : { filesystem_store_metadata_file: metadataFile }),
  ...(filePerm === undefined ? {} : { filesystem_store_file_perm: filePerm }),
  ...(chunkSize === undefined ? {} : { filesystem_store_chunk_size: chunkSize }),
  ...(thinProvisioning === undefined ? {} : { filesystem_thin_provisioning: thinProvisioning })
})

/** What ours fails with. */
export type Failure =
  | Store.AddError
  | Store.GetError
  | Store.GetSizeError
  | Store.DeleteError
  | AmbiguousStore
  | Driver.ReadError
  | Backend.LookupError
  | DefaultStoreNotFound

/** Ours, through the functions that have the original's names. */
export const ours = (options: FileStore.Options) =>
  Effect.gen(function*() {
    const registry = yield* StoreRegistry.make({ default: "file" })
    yield* registry.register(yield* FileStore.make(options))
    const registered = Effect.provideService(StoreRegistry.StoreRegistry, registry)
    const side: Side<Failure> = {
      add: (imageId, bytes, { algorithm, size = bytes.length } = {}) => {
        const data = Image.pieces(bytes, 10_000)
        return registered(
          algorithm === undefined
            ? Backend.addToBackend(imageId, data, { size })
            : Backend.addToBackendWithMultihash(imageId, data, { size, hashingAlgo: algorithm })
        )
      },
      get: (uri, range) =>
        Backend.getFromBackend(uri, range).pipe(
          Effect.flatMap(({ data, size }) =>
            Effect.all({
              size,
              bytes: Effect.map(Stream.runCollect(data), (pieces) => Image.concat(...pieces))
            })
          ),
          // The file store knows the size of each image.
          Effect.catchTag("NoSuchElementException", Effect.die),
          Effect.scoped,
          registered
        ),
      getSize: (uri) => registered(Effect.map(Backend.getSizeFromBackend(uri), Option.getOrThrow)),
      delete: (uri) => registered(Backend.deleteFromBackend(uri)),
      setAcls: (uri) => registered(Backend.setAcls(uri, { public: true })),
      knownSchemes: registered(Backend.getKnownSchemes)
    }
    return side
  })

/** Both over one directory. */
export const make = (options: Options = {}) =>
  Effect.gen(function*() {
    const oracle = yield* Oracle.Oracle
    const datadir = yield* Directory.make
    return {
      datadir,
      ours: yield* ours({ ...options, datadir }),
      original: yield* oracle.configure(inConfigurationFile({ ...options, datadir }))
    }
  })

/** What came of an operation: what it gave, or the name of the error. */
export const outcome = <A, E extends { readonly _tag: string }, R>(operation: Effect.Effect<A, E, R>) =>
  Effect.match(operation, {
    onSuccess: (value): A | string => value,
    onFailure: (error) => error instanceof Oracle.OriginalException ? error.exception : error._tag
  })

/** What ours calls an exception of the original, where it does not have the same name. */
const names: Readonly<Record<string, string>> = { Duplicate: "DuplicateImage", NotFound: "ImageNotFound" }

/** That both fail, and with errors of one meaning; gives the name of ours. */
export const failAlike = (
  own: Effect.Effect<unknown, Failure>,
  original: Effect.Effect<unknown, Oracle.OriginalException>
) =>
  Effect.gen(function*() {
    const [{ _tag }, { exception }] = yield* Effect.all([Effect.flip(own), Effect.flip(original)])
    assert.strictEqual(_tag, names[exception] ?? exception)
    return _tag
  })
