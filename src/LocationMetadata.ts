/**
 * What a store says about where an image lies: objects and lists of strings, nothing else, so that
 * it survives every database and API it travels through.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { BadLocationMetadata } from "./StoreError.js"

/**
 * @since 0.1.0
 * @category models
 */
export type Value = string | ReadonlyArray<Value> | { readonly [key: string]: Value }

/**
 * @since 0.1.0
 * @category models
 */
export interface LocationMetadata {
  readonly [key: string]: Value
}

/**
 * A value at any depth below the root.
 *
 * @since 0.1.0
 * @category schemas
 */
export const Value: Schema.Schema<Value> = Schema.Union(
  Schema.String,
  Schema.Array(Schema.suspend(() => Value)),
  Schema.Record({ key: Schema.String, value: Schema.suspend(() => Value) })
)

/**
 * The whole; its root is an object. Decoding gives a copy.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LocationMetadata: Schema.Schema<LocationMetadata> = Schema.Record({ key: Schema.String, value: Value })

const decode = Schema.decodeUnknown(LocationMetadata)

/**
 * Gives back a copy of what is valid, and else the path and type of the first value that is not,
 * depth first. Values never appear in the error.
 *
 * @since 0.1.0
 * @category validation
 */
export const checkLocationMetadata = (value: unknown): Effect.Effect<LocationMetadata, BadLocationMetadata> => {
  const offender = isRecord(value) ? findOffender(value, root) : offence(root, typeName(value))
  return offender === undefined
    ? Effect.orDie(decode(value))
    : new BadLocationMetadata(offender)
}

// -----------------------------------------------------------------------------

interface Place {
  /** From the root: `topkey.k3[0]`. */
  readonly path: string
  /** As glance_store has it, where an object's key replaces all before it: `k3[0]`. */
  readonly key: string
  readonly ancestors: ReadonlyArray<unknown>
}

const root: Place = { path: "", key: "", ancestors: [] }

interface Offender {
  readonly path: string
  readonly key: string
  readonly actualType: string
}

const findOffender = (value: unknown, place: Place): Offender | undefined => {
  if (typeof value === "string") {
    return undefined
  }
  if (place.ancestors.includes(value)) {
    return offence(place, "cycle")
  }
  const ancestors = [...place.ancestors, value]
  if (Array.isArray(value)) {
    return first(
      value,
      (item, index) => findOffender(item, { path: `${place.path}[${index}]`, key: `${place.key}[${index}]`, ancestors })
    )
  }
  if (isRecord(value)) {
    return first(
      Object.entries(value),
      ([key, item]) => findOffender(item, { path: place.path === "" ? key : `${place.path}.${key}`, key, ancestors })
    )
  }
  return offence(place, typeName(value))
}

const offence = ({ key, path }: Place, actualType: string): Offender => ({ path, key, actualType })

const first = <A>(items: ReadonlyArray<A>, find: (item: A, index: number) => Offender | undefined) => {
  for (const [index, item] of items.entries()) {
    const offender = find(item, index)
    if (offender !== undefined) {
      return offender
    }
  }
  return undefined
}

const isRecord = (value: unknown): value is Record<string, unknown> => {
  if (typeof value !== "object" || value === null) {
    return false
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

const typeName = (value: unknown): string =>
  value === null
    ? "null"
    : Array.isArray(value)
    ? "list"
    : value instanceof Uint8Array
    ? "bytes"
    : typeof value === "object"
    ? Object.prototype.toString.call(value).slice("[object ".length, -1)
    : typeof value
