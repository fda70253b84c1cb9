/**
 * A plan as the text of a configuration file: what is written is read back as it was, or it is not written.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { Unwritten } from "../../GlanceConf.js"
import type { ConfiguredStore, StoreKind } from "../../StoreKind.js"
import type { StoreOption } from "../../StoreOption.js"
import type { Plan } from "../../Stores.js"
import * as CoreOptions from "../coreOptions.js"
import * as EnabledBackends from "../enabledBackends.js"
import * as OptionText from "../optionText.js"
import * as IniFile from "./iniFile.js"
import * as Settings from "./settings.js"

/**
 * The text has only what nothing is wrong with.
 *
 * @internal
 */
export const write = (plan: Plan<unknown>, kinds: ReadonlyArray<StoreKind<never, unknown>>): {
  readonly text: Redacted.Redacted<string>
  readonly problems: ReadonlyArray<Unwritten>
} => {
  const problems: Array<Unwritten> = []
  const kindOf = new Map(kinds.map((kind) => [kind.type, kind]))
  const named = plan.stores.map(({ identity: { id = "", reserved = false }, type }) => ({ id, reserved, type }))

  const setting = (group: string, option: StoreOption, value: unknown): ReadonlyArray<string> => {
    if (value === undefined) {
      return []
    }
    const lines = Option.flatMap(OptionText.write(option, value), (texts) => linesOf(option.name, texts))
    if (Option.isNone(lines)) {
      problems.push({
        group,
        option: option.name,
        reason: "its value cannot be written so that it would be read as it is"
      })
    }
    return Option.getOrElse(lines, () => [])
  }

  const settingsOf = (group: string, { options, type }: ConfiguredStore<unknown>): ReadonlyArray<string> =>
    Object.entries(Redacted.value(options)).flatMap(([field, value]) => {
      const found = kindOf.get(type)?.options.find((option) => option.field === field)
      if (found === undefined && value !== undefined) {
        problems.push({ group, option: field, reason: "no option of a configuration sets it; give it to the kind" })
      }
      return found === undefined ? [] : setting(group, found.option, value)
    })

  const groupOf = (store: ConfiguredStore<unknown>): ReadonlyArray<string> => {
    const { description, id = "", weight } = store.identity
    return [
      `[${id}]`,
      ...setting(id, CoreOptions.description, description),
      ...setting(id, CoreOptions.weight, weight),
      ...settingsOf(id, store)
    ]
  }

  const { faults } = EnabledBackends.parse(EnabledBackends.format(named), Array.from(kindOf.keys()))
  problems.push(...faults.map((reason) => ({ reason })))
  for (const [index, { id }] of named.entries()) {
    const same = [...systemGroups, ...named.slice(0, index).map((other) => other.id)].find((other) =>
      other !== id && other.toLowerCase() === id.toLowerCase()
    )
    if (same !== undefined) {
      problems.push({ group: id, reason: `a group is the same in any case, and there is [${same}]` })
    }
  }
  if (plan.default !== undefined && !named.some(({ id }) => id === plan.default)) {
    problems.push({ option: CoreOptions.defaultBackend.name, reason: `"${plan.default}" is none of the stores` })
  }

  const enabled = EnabledBackends.format(named.filter(({ reserved }) => !reserved))
  const groups = [
    ["[DEFAULT]", ...setting("DEFAULT", { ...CoreOptions.enabledBackends, type: "string" }, enabled)],
    ["[glance_store]", ...setting("glance_store", CoreOptions.defaultBackend, plan.default)],
    ...plan.stores.map(groupOf)
  ]
  return { text: Redacted.make(groups.map((lines) => `${lines.join("\n")}\n`).join("\n")), problems }
}

// -----------------------------------------------------------------------------

const systemGroups = ["glance_store", "backend_defaults"]

/** Whether they say what they are to say is asked of those who will read them. */
const linesOf = (name: string, texts: ReadonlyArray<string>): Option.Option<ReadonlyArray<string>> => {
  const lines = texts.map((text) => IniFile.format(name, Settings.escape(text)))
  const settings = Settings.make([IniFile.parse("", ["[group]", ...lines].join("\n"))], new Map())
  const read = settings.of("group", name).map((setting) =>
    Either.match(settings.textOf(setting), { onLeft: () => undefined, onRight: ({ text }) => Redacted.value(text) })
  )
  return read.length === texts.length && read.every((text, index) => text === texts[index])
    ? Option.some(lines)
    : Option.none()
}
