/**
 * The stores of a `glance-api.conf` that is there already, as a layer.
 *
 * The file is read as oslo.config reads it: groups, lists, options that are repeated, maps, `$name` and
 * `${group.name}`, continuation lines, several files in order and a directory of them; stores in the way
 * of `enabled_backends` as well as in that of `[glance_store] stores`. Either all of it is right, or every
 * problem that it has comes back, each with its file and line. What other services have in the file is
 * none of our business. Every value is `Redacted` from the moment it is read until its option is known to be
 * no secret, and no problem repeats a secret.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as Files from "./internal/conf/files.js"
import * as IniFile from "./internal/conf/iniFile.js"
import * as Plan from "./internal/conf/plan.js"
import * as Writing from "./internal/conf/writing.js"
import type { StoreKind } from "./StoreKind.js"
import type { StoreRegistry } from "./StoreRegistry.js"
import * as Stores from "./Stores.js"

/**
 * How to understand a configuration.
 *
 * @since 0.1.0
 * @category models
 */
export interface Options<out R = never> {
  /** Those that the file may name: `[FileStore.kind, HttpStore.kind]`. */
  readonly kinds: ReadonlyArray<StoreKind<never, R>>
  /**
   * Stores that the service has for itself, each id with its type, as `{ os_glance_staging_store: "file" }`.
   * They need no group, take no directory from `backend_defaults`, and are not for what names no store.
   */
  readonly reserved?: Readonly<Record<string, string>> | undefined
  /** Whether an option that no store has is a problem, and not only a warning. Default: no. */
  readonly strictKeys?: boolean | undefined
}

/**
 * Where the configuration is.
 *
 * @since 0.1.0
 * @category models
 */
export interface Source {
  /** In their order: what a later one sets counts more. */
  readonly files?: ReadonlyArray<string> | undefined
  /** A directory whose `*.conf` files come after these, sorted by name. */
  readonly directory?: string | undefined
}

/**
 * Something about a configuration that is not right, and where.
 *
 * @since 0.1.0
 * @category models
 */
export const Problem = Schema.Struct({
  file: Schema.String,
  /** From 1; absent where it is about the whole file. */
  line: Schema.optional(Schema.Number),
  group: Schema.optional(Schema.String),
  option: Schema.optional(Schema.String),
  reason: Schema.String,
  /** What could stand there, if that can be said shortly. */
  allowed: Schema.optional(Schema.String)
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Problem extends Schema.Schema.Type<typeof Problem> {}

/**
 * All that is wrong with a configuration, and the warnings that it would have had anyway. No store was made.
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidGlanceConf extends Schema.TaggedError<InvalidGlanceConf>(
  "effect-glance-store/GlanceConf/InvalidGlanceConf"
)("InvalidGlanceConf", { problems: Schema.NonEmptyArray(Problem), warnings: Schema.Array(Problem) }) {
  override get message() {
    const lines = [
      ...this.problems.map(format),
      ...this.warnings.map((warning) => `${format(warning)} (only a warning)`)
    ]
    return `The configuration cannot be used:\n${lines.map((line) => `  ${line}`).join("\n")}`
  }
}

/**
 * Something of a plan that a configuration file cannot say.
 *
 * @since 0.1.0
 * @category models
 */
export const Unwritten = Schema.Struct({
  group: Schema.optional(Schema.String),
  /** The field, where it has no option. */
  option: Schema.optional(Schema.String),
  /** Holds no value of an option. */
  reason: Schema.String
})

/**
 * @since 0.1.0
 * @category models
 */
export interface Unwritten extends Schema.Schema.Type<typeof Unwritten> {}

/**
 * All of a plan that a configuration file cannot say.
 *
 * @since 0.1.0
 * @category errors
 */
export class PlanNotWritable extends Schema.TaggedError<PlanNotWritable>(
  "effect-glance-store/GlanceConf/PlanNotWritable"
)("PlanNotWritable", { problems: Schema.NonEmptyArray(Unwritten) }) {
  override get message() {
    const lines = this.problems.map(({ group, option, reason }) =>
      `  ${group === undefined ? "" : `[${group}] `}${option === undefined ? "" : `${option}: `}${reason}`
    )
    return `The plan cannot be written as a configuration:\n${lines.join("\n")}`
  }
}

/**
 * A problem on one line: `glance-api.conf:12: [fast] weight: "x" is not allowed; allowed is a whole number`.
 *
 * @since 0.1.0
 * @category accessors
 */
export const format = ({ allowed, file, group, line, option, reason }: Problem): string =>
  `${file}${line === undefined ? "" : `:${line}`}: ${group === undefined ? "" : `[${group}] `}${
    option === undefined ? "" : `${option}: `
  }${reason}${allowed === undefined ? "" : `; allowed is ${allowed}`}`

/**
 * What a configuration says, for `Stores.layerPlan`; nothing was done with it yet.
 *
 * @since 0.1.0
 * @category models
 */
export interface Reading<out R = never> {
  readonly plan: Stores.Plan<R>
  /** What was not understood and does no harm. */
  readonly warnings: ReadonlyArray<Problem>
}

/**
 * The plan that the texts of configuration files describe, in their order.
 *
 * @since 0.1.0
 * @category constructors
 */
export const fromTexts = <R>(
  texts: ReadonlyArray<{ readonly file: string; readonly text: string }>,
  options: Options<R>
): Effect.Effect<Reading<R>, InvalidGlanceConf> =>
  conclude(Plan.read(texts.map(({ file, text }) => IniFile.parse(file, text)), options))

/**
 * The plan that configuration files describe.
 *
 * @since 0.1.0
 * @category constructors
 */
export const read = <R>(options: Source & Options<R>): Effect.Effect<Reading<R>, InvalidGlanceConf> =>
  Effect.flatMap(Files.read(options), ({ files, problems }) => {
    const { plan, problems: found, warnings } = Plan.read(files, options)
    // What is missing in a file that could not be read is no problem of its own.
    return conclude({ plan, warnings, problems: problems.length === 0 ? found : problems })
  })

/**
 * The text of a configuration that describes the plan: `fromTexts` with the same kinds reads it as it was. It may have
 * secrets, as such a file has: so it is `Redacted`, and whoever writes it to a disk says so. What no option can say
 * (`fsync` of a file store) is an error, and for the kind to have, as are stores without ids.
 *
 * @since 0.1.0
 * @category constructors
 */
export const toText = <R>(
  plan: Stores.Plan<R>,
  { kinds }: Pick<Options<R>, "kinds">
): Effect.Effect<Redacted.Redacted<string>, PlanNotWritable> =>
  Effect.suspend(() => {
    const { problems: [first, ...others], text } = Writing.write(plan, kinds)
    return first === undefined ? Effect.succeed(text) : new PlanNotWritable({ problems: [first, ...others] })
  })

/**
 * The stores of a configuration. Warnings are logged.
 *
 * @since 0.1.0
 * @category layers
 */
export const layer = <R>(
  options: Source & Options<R> & { readonly policy?: Stores.Policy | undefined }
): Layer.Layer<StoreRegistry, InvalidGlanceConf | Stores.NotCreated, Exclude<R, Scope.Scope>> =>
  Layer.unwrapEffect(
    read(options).pipe(
      Effect.tap(({ warnings }) =>
        Effect.forEach(warnings, (warning) => Effect.logWarning(format(warning)), { discard: true })
      ),
      Effect.map(({ plan }) => Stores.layerPlan(plan, options.policy))
    )
  )

// -----------------------------------------------------------------------------

const conclude = <R>({ plan, problems, warnings }: Reading<R> & { readonly problems: ReadonlyArray<Problem> }) => {
  const [first, ...others] = problems
  return first === undefined
    ? Effect.succeed({ plan, warnings })
    : new InvalidGlanceConf({ problems: [first, ...others], warnings })
}
