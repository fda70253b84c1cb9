/** A store and the web servers that it asks, for the tests of HTTP stores: loopback is allowed, and nothing is waited for. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as HttpStore from "../../src/HttpStore.js"
import * as Location from "../../src/Location.js"
import type * as Range from "../../src/Range.js"
import type * as Store from "../../src/Store.js"
import { concat } from "../conformance/bytes.js"
import * as WebServer from "./WebServer.js"

/** Where tests want no pauses. */
export const options: HttpStore.Options = { allowedNetworks: ["127.0.0.0/8", "::1"], retryPause: 0, retries: 2 }

export const store = (more: HttpStore.Options = {}, identity?: Store.Identity) =>
  HttpStore.make({ ...options, ...more }, identity)

export const make = (more: HttpStore.Options = {}) =>
  Effect.gen(function*() {
    const web = yield* WebServer.make()
    return { web, store: yield* store(more), uri: `${web.origin}/image` }
  })

export const read = (from: Store.Store, uri: string, range?: Range.Range) =>
  Effect.flatMap(Location.fromUri(uri), (location) => from.get(location, range)).pipe(
    Effect.flatMap(({ data, size }) =>
      Effect.map(Stream.runCollect(data), (parts) => ({ bytes: concat(parts), size: Option.getOrUndefined(size) }))
    ),
    Effect.scoped
  )

export const getSize = (from: Store.Store, uri: string) =>
  Effect.flatMap(Location.fromUri(uri), (location) => from.getSize(location)).pipe(Effect.map(Option.getOrUndefined))

/** The error of reading, and that of asking for the size. */
export const refusals = (from: Store.Store, uri: string) =>
  Effect.all([Effect.flip(read(from, uri)), Effect.flip(getSize(from, uri))])

/** Waits until it is true; a test that waits in vain ends by its limit. */
export const until = (condition: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => condition() ? Effect.void : Effect.zipRight(turn, until(condition)))

/** Lets the event loop come round. */
const turn = Effect.async<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})
