/** A store's images by their URIs, as a caller without a registry reads them. */
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Location from "../../../src/Location.js"
import type * as Range from "../../../src/Range.js"
import type * as Store from "../../../src/Store.js"
import * as Image from "./Image.js"

export const location = (uri: string): Location.Location => Either.getOrThrow(Location.fromUri(uri))

/** The image, or the range of it, with the pieces that it came in. */
export const read = (store: Store.Store, uri: string, range?: Range.Range) =>
  Effect.scoped(Effect.gen(function*() {
    const { data, size } = yield* store.get(location(uri), range)
    const pieces = Chunk.toReadonlyArray(yield* Stream.runCollect(data))
    return { size: Option.getOrUndefined(size), pieces, bytes: Image.concat(...pieces) }
  }))

export const getSize = (store: Store.Store, uri: string) =>
  Effect.map(store.getSize(location(uri)), Option.getOrUndefined)

export const remove = (store: Store.Store, uri: string) => store.delete(location(uri))

/** What get, getSize and delete say of a URI that all of them have to refuse. */
export const refusals = (store: Store.Store, uri: string) =>
  Effect.all([Effect.flip(read(store, uri)), Effect.flip(getSize(store, uri)), Effect.flip(remove(store, uri))]).pipe(
    Effect.map((errors) => errors.map(({ _tag }) => _tag))
  )
