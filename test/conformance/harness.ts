/**
 * What a store brings to be held against the laws: the store, what it says it can do, and a way to look at its
 * backend from behind.
 */
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as Capabilities from "../../src/Capabilities.js"
import * as Location from "../../src/Location.js"
import type * as Range from "../../src/Range.js"
import * as Store from "../../src/Store.js"
import { assertSame, concat } from "./bytes.js"
import { failsWith } from "./failure.js"

export interface Harness {
  /** A store with a storage of its own. */
  readonly layer: Layer.Layer<Store.Store | Storage, unknown>
  readonly capabilities: Capabilities.Capabilities
  readonly schemes: ReadonlyArray<string>
  /** The operator's id of the store, if it has one. */
  readonly id?: string
  /** Whether the backend can tell how long an image is. */
  readonly tellsSize: boolean
  /** Whether `another` store is over the same storage, or has one of its own. */
  readonly durable: boolean
}

export interface Backend {
  /** Puts an image where the store will find it, by whatever means; gives its URI. */
  readonly seed: (imageId: string, bytes: Uint8Array) => Effect.Effect<string, unknown>
  /** The image that is visible under the id, read past the store if there is a way past it. */
  readonly find: (imageId: string) => Effect.Effect<Option.Option<Uint8Array>, unknown>
  /** Names of whatever else there is of the id: temporaries, unfinished uploads, open handles. */
  readonly litter: (imageId: string) => Effect.Effect<ReadonlyArray<string>, unknown>
  /** Where an image of the id lies, or would lie. */
  readonly uriOf: (imageId: string) => string
  /** Another instance of the store. */
  readonly another: Effect.Effect<Store.Store, unknown, Scope.Scope>
}

export class Storage extends Context.Tag("effect-glance-store/test/conformance/Storage")<Storage, Backend>() {}

/** The location of the id, whether there is an image or not. */
export const locationOf = (imageId: string) => Effect.flatMap(Storage, ({ uriOf }) => Location.fromUri(uriOf(imageId)))

/** Puts an image into the backend; gives its location. */
export const seeded = (imageId: string, bytes: Uint8Array) =>
  Storage.pipe(
    Effect.flatMap(({ seed }) => seed(imageId, bytes)),
    Effect.flatMap(Location.fromUri)
  )

/** What a reader gets of the image, or of the range. */
export const read = (location: Location.Location, range?: Range.Range) =>
  Store.Store.pipe(
    Effect.flatMap((store) => store.get(location, range)),
    Effect.flatMap(({ data }) => Stream.runCollect(data)),
    Effect.map(concat),
    Effect.scoped
  )

/** The bytes that the backend has of the image, which must be there. */
export const stored = (imageId: string) =>
  Storage.pipe(
    Effect.flatMap(({ find }) => find(imageId)),
    Effect.map(Option.getOrElse(() => assert.fail(`there is no image ${imageId}`)))
  )

/** That the backend has the image, whole, and nothing besides. */
export const isStored = (imageId: string, bytes: Uint8Array) =>
  Effect.gen(function*() {
    const { litter } = yield* Storage
    assertSame(yield* stored(imageId), bytes)
    assert.deepStrictEqual(yield* litter(imageId), [], "what is left besides the image")
  })

/** That there is no image of the id, from whichever side one looks, and that nothing else is left of it. */
export const isNowhere = (imageId: string) =>
  Effect.gen(function*() {
    const { find, litter } = yield* Storage
    const store = yield* Store.Store
    assert.isTrue(Option.isNone(yield* find(imageId)), "there is an image")
    assert.deepStrictEqual(yield* litter(imageId), [], "what is left of an image that is not there")
    if (store.capabilities.read) {
      yield* failsWith(store.getSize(yield* locationOf(imageId)), "ImageNotFound")
    }
  })
