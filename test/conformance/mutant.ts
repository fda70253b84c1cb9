/** A store with one fault in it, and the laws that must find it. */
import type * as Effect from "effect/Effect"
import type * as Stream from "effect/Stream"
import type * as AddOptions from "../../src/AddOptions.js"
import type * as Store from "../../src/Store.js"
import type { Alteration } from "./reference.js"

export interface Mutant {
  /** What it does wrong. */
  readonly name: string
  readonly alteration: Alteration
  /** Laws that it breaks, each behind the name of its chapter. */
  readonly breaks: ReadonlyArray<string>
}

/** What an add was asked for. */
export interface Request<E, R, VE, VR> {
  readonly imageId: string
  readonly data: Stream.Stream<Uint8Array, E, R>
  readonly options: AddOptions.AddOptions<VE, VR>
}

type Add = <E, R, VE, VR>(
  request: Request<E, R, VE, VR>
) => Effect.Effect<Store.AddResult, Store.AddError | E | VE, R | VR>

/** The same store, but for its add, which is made of the right one. */
export const withAdd = (change: (add: Add) => Add) => (store: Store.Store): Store.Store => {
  const changed = change(({ data, imageId, options }) => store.add(imageId, data, options))
  function add<E, R, VE, VR>(
    imageId: string,
    data: Stream.Stream<Uint8Array, E, R>,
    options: AddOptions.AddOptionsWithMultihash<VE, VR>
  ): Effect.Effect<Store.AddResultWithMultihash, Store.AddError | E | VE, R | VR>
  function add<E, R, VE, VR>(
    imageId: string,
    data: Stream.Stream<Uint8Array, E, R>,
    options?: AddOptions.AddOptions<VE, VR>
  ): Effect.Effect<Store.AddResult, Store.AddError | E | VE, R | VR>
  function add<E, R, VE, VR>(
    imageId: string,
    data: Stream.Stream<Uint8Array, E, R>,
    options: AddOptions.AddOptions<VE, VR> = {}
  ): Effect.Effect<Store.AddResult, Store.AddError | E | VE, R | VR> {
    return changed({ imageId, data, options })
  }
  return { ...store, add }
}
