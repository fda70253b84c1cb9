/**
 * The options of stores as data, under the names that they have in a `glance-api.conf`: written once
 * in the store's own Schema, read for documentation and sample files.
 *
 * @since 0.1.0
 */
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"

/**
 * @since 0.1.0
 * @category models
 */
export interface StoreOption {
  /** As in a configuration file: `filesystem_store_datadir`. */
  readonly name: string
  /** What it takes, in words: `integer`, `list of strings`. */
  readonly type: string
  /** Absent where the option is unset by default. */
  readonly default?: string | number | boolean | ReadonlyArray<string>
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
 * The options among the fields of a store's Config, in their order.
 *
 * @since 0.1.0
 * @category accessors
 */
export const fromFields = (fields: Schema.Struct.Fields): ReadonlyArray<StoreOption> =>
  Object.values(fields).flatMap((field) => {
    if (!Schema.isPropertySignature(field)) {
      return []
    }
    const { annotations } = field.ast._tag === "PropertySignatureTransformation" ? field.ast.to : field.ast
    const option = annotations[annotation]
    return isStoreOption(option) ? [option] : []
  })

const isStoreOption = (value: unknown): value is StoreOption =>
  Predicate.hasProperty(value, "name") && Predicate.hasProperty(value, "help")
