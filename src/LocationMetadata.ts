/**
 * What a store says about where an image lies: objects and lists of strings, nothing else, so that
 * it survives every database and API it travels through.
 *
 * @since 0.1.0
 */
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
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

/**
 * Gives back a copy of what is valid, and else the path and type of the first value that is not,
 * depth first. Values never appear in the error.
 *
 * @since 0.1.0
 * @category validation
 */
export const checkLocationMetadata = (value: unknown): Effect.Effect<LocationMetadata, BadLocationMetadata> =>
  Either.mapLeft(
    isRecord(value) ? copyRecord(value, root) : offence(root, typeName(value)),
    (offender) => new BadLocationMetadata(offender)
  )

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

const copy = (value: unknown, place: Place): Either.Either<Value, Offender> =>
  typeof value === "string"
    ? Either.right(value)
    : place.ancestors.includes(value)
    ? offence(place, "cycle")
    : Array.isArray(value)
    ? copyList(value, place)
    : isRecord(value)
    ? copyRecord(value, place)
    : offence(place, typeName(value))

// Array.from, for unlike map it sees the holes.
const copyList = (list: ReadonlyArray<unknown>, { ancestors, key, path }: Place) =>
  Either.all(
    Array.from(list, (item, index) =>
      copy(item, { path: `${path}[${index}]`, key: `${key}[${index}]`, ancestors: [...ancestors, list] }))
  )

// Not the Schema's copy: that would take a key `__proto__` for the prototype.
const copyRecord = (record: Readonly<Record<string, unknown>>, { ancestors, path }: Place) =>
  Either.map(
    Either.all(
      Object.entries(record).map(([key, item]) =>
        Either.map(
          copy(item, { path: path === "" ? key : `${path}.${key}`, key, ancestors: [...ancestors, record] }),
          (value) => [key, value] as const
        )
      )
    ),
    Object.fromEntries<Value>
  )

const offence = ({ key, path }: Place, actualType: string) => Either.left<Offender>({ path, key, actualType })

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
