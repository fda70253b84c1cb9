/** The one or the other glance_store, as these tests use both: so that each can read what the other wrote. */
import type * as Effect from "effect/Effect"
import type * as LocationMetadata from "../../src/LocationMetadata.js"

export interface Added {
  readonly uri: string
  readonly size: number
  readonly checksum: string
  readonly multihash?: string | undefined
  readonly metadata: LocationMetadata.LocationMetadata
}

export interface AddOptions {
  /** The declared size; what the bytes have, if absent. */
  readonly size?: number
  /** Without one there is no multihash. */
  readonly algorithm?: string
}

export interface Got {
  readonly bytes: Uint8Array
  /** As it is reported, not as it is counted. */
  readonly size: number
}

export interface Side<E> {
  readonly add: (imageId: string, bytes: Uint8Array, options?: AddOptions) => Effect.Effect<Added, E>
  readonly get: (
    uri: string,
    range?: { readonly offset?: number; readonly length?: number }
  ) => Effect.Effect<Got, E>
  readonly getSize: (uri: string) => Effect.Effect<number, E>
  readonly delete: (uri: string) => Effect.Effect<void, E>
  readonly setAcls: (uri: string) => Effect.Effect<void, E>
  readonly knownSchemes: Effect.Effect<ReadonlyArray<string>, E>
}
