/**
 * The plan that a program's own configuration describes, from whatever `ConfigProvider` it has.
 *
 * @internal
 */
import * as Array from "effect/Array"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { ConfiguredStore, StoreKind } from "../../StoreKind.js"
import type { StoreOption, Values } from "../../StoreOption.js"
import type { Plan } from "../../Stores.js"
import * as EnabledBackends from "../enabledBackends.js"
import * as OptionText from "../optionText.js"

/** @internal */
export const plan = <R>(
  kinds: ReadonlyArray<StoreKind<never, R>>
): Effect.Effect<Plan<R>, ConfigError.ConfigError> =>
  Effect.gen(function*() {
    const byType = new Map(kinds.map((kind) => [kind.type, kind]))
    const text = yield* Config.string("enabledBackends")
    const { enabled, faults } = EnabledBackends.parse(text, Array.fromIterable(byType.keys()))
    const fallback = yield* Config.option(Config.string("defaultBackend"))
    const stores = yield* Effect.either(
      Config.all(enabled.flatMap(({ id, type }) => {
        const kind = byType.get(type)
        return kind === undefined ? [] : [configured(id, kind)]
      }))
    )
    const wrong = [
      ...faults.map((fault) => ConfigError.InvalidData(["enabledBackends"], fault)),
      ...Option.toArray(fallback).filter((id) => !enabled.some((store) => store.id === id)).map((id) =>
        ConfigError.InvalidData(["defaultBackend"], `"${id}" is not enabled`)
      ),
      ...Option.toArray(Either.getLeft(stores))
    ]
    return Array.isNonEmptyArray(wrong)
      ? yield* Effect.fail(all(wrong))
      : { default: Option.getOrUndefined(fallback), stores: yield* stores }
  })

// -----------------------------------------------------------------------------

const configured = <R>(id: string, kind: StoreKind<never, R>): Config.Config<ConfiguredStore<R>> =>
  Config.all({
    values: valuesOf(id, kind),
    weight: Config.option(Config.nested(Config.integer("weight"), id)),
    description: Config.option(Config.nested(Config.string("description"), id))
  }).pipe(
    Config.mapOrFail(({ description, values, weight }) =>
      kind.read(values, {
        id,
        weight: Option.getOrUndefined(weight),
        description: Option.getOrUndefined(description)
      }).pipe(
        Either.mapLeft((issues) => all(issues.map(({ field, reason }) => ConfigError.InvalidData([id, field], reason))))
      )
    )
  )

const valuesOf = (id: string, kind: StoreKind<never, unknown>): Config.Config<Values> =>
  Config.map(
    Config.all(kind.options.map(({ field, option }) => {
      const value = valueOf(field, option)
      return Config.zipWith(
        Config.option(Config.nested(value, id)),
        Config.option(Config.nested(value, "backendDefaults")),
        (own, shared) => [field, Option.getOrUndefined(Option.orElse(own, () => shared))] as const
      )
    })),
    (entries) => Object.fromEntries(entries.filter(([, value]) => value !== undefined))
  )

/** A list may be a list to the provider, too; everything else is a text. */
const valueOf = (field: string, option: StoreOption): Config.Config<unknown> =>
  option.type === "list of strings" || option.type === "repeated strings"
    ? Config.array(Config.string(), field)
    : Config.redacted(field).pipe(
      Config.mapOrFail((text) =>
        Either.mapLeft(
          OptionText.read(option, [Redacted.value(text)]),
          (allowed) => ConfigError.InvalidData([field], `it has to be ${allowed}`)
        )
      )
    )

const all = (errors: ReadonlyArray<ConfigError.ConfigError>): ConfigError.ConfigError =>
  errors.reduce((one, next) => ConfigError.And(one, next))
