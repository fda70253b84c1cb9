/**
 * The options of stores as data, under the names that they have in a `glance-api.conf`: written once
 * in the store's own Schema, read for configurations, documentation and sample files.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * What an option takes, and with it how a text of a configuration is read: a `list of strings` has commas
 * between them, `repeated strings` are one for each time that the option is given, a `map of strings` has
 * `key:value` with commas between them.
 *
 * @since 0.1.0
 * @category models
 */
export type Type =
  | "string"
  | "integer"
  | "number"
  | "boolean"
  | "list of strings"
  | "repeated strings"
  | "map of strings"

/**
 * @since 0.1.0
 * @category models
 */
export interface StoreOption {
  /** As in a configuration file: `filesystem_store_datadir`. */
  readonly name: string
  readonly type: Type
  /** Absent where the option is unset by default. */
  readonly default?: string | number | boolean | ReadonlyArray<string> | Readonly<Record<string, string>>
  /** The strings that it may be, where these are few. */
  readonly choices?: ReadonlyArray<string>
  /** A string that nobody is to see: its field takes it as a `Redacted`. */
  readonly secret?: true
  /** One or two sentences. */
  readonly help: string
}

/**
 * @since 0.1.0
 * @category models
 */
export interface Group {
  readonly name: string
  readonly options: ReadonlyArray<StoreOption>
}

/**
 * An option, and the field of the Config that it sets.
 *
 * @since 0.1.0
 * @category models
 */
export interface Field {
  readonly field: string
  readonly option: StoreOption
}

/**
 * Values of a Config by field, as they were found: not yet checked.
 *
 * @since 0.1.0
 * @category models
 */
export interface Values extends Readonly<Record<string, unknown>> {}

const annotation = Symbol.for("effect-glance-store/StoreOption")

/**
 * A field of a store's Config that has a default and is an option of a configuration file.
 *
 * @since 0.1.0
 * @category schemas
 */
export const withDefault = <A extends NonNullable<StoreOption["default"]>, I>(
  schema: Schema.Schema<A, I>,
  option: StoreOption & { readonly default: NoInfer<A> }
) => Schema.optionalWith(schema, { default: () => option.default }).annotations({ [annotation]: option })

/**
 * A field of a store's Config that is unset where it is not given; what its absence means, if that
 * can be said, is the option's default.
 *
 * @since 0.1.0
 * @category schemas
 */
export const unset = <A, I>(schema: Schema.Schema<A, I>, option: StoreOption) =>
  Schema.optional(schema).annotations({ [annotation]: option })

/**
 * A field of a store's Config without which there is no store.
 *
 * @since 0.1.0
 * @category schemas
 */
export const required = <A, I>(schema: Schema.Schema<A, I>, option: Omit<StoreOption, "default">) =>
  Schema.propertySignature(schema).annotations({ [annotation]: option })

/**
 * The options among the fields of a store's Config, in their order.
 *
 * @since 0.1.0
 * @category accessors
 */
export const entries = (fields: Schema.Struct.Fields): ReadonlyArray<Field> =>
  Object.entries(fields).flatMap(([field, schema]) => {
    if (!Schema.isPropertySignature(schema)) {
      return []
    }
    const { annotations } = schema.ast._tag === "PropertySignatureTransformation" ? schema.ast.to : schema.ast
    const option = annotations[annotation]
    return isStoreOption(option) ? [{ field, option }] : []
  })

/**
 * As `entries`, the options alone.
 *
 * @since 0.1.0
 * @category accessors
 */
export const fromFields = (fields: Schema.Struct.Fields): ReadonlyArray<StoreOption> =>
  entries(fields).map(({ option }) => option)

// -----------------------------------------------------------------------------

const isStoreOption = (value: unknown): value is StoreOption =>
  Predicate.hasProperty(value, "name") && Predicate.hasProperty(value, "help")
