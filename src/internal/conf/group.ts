/**
 * The values of options in the groups of a configuration. What cannot be a value is reported, with its place.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { Problem } from "../../GlanceConf.js"
import type { StoreKind } from "../../StoreKind.js"
import type { StoreOption, Values } from "../../StoreOption.js"
import * as CoreOptions from "../coreOptions.js"
import * as OptionText from "../optionText.js"
import type { Place } from "./iniFile.js"
import type * as Settings from "./settings.js"

interface Found {
  readonly place: Place
  readonly read: Either.Either<unknown, string>
}

/** @internal */
export const make = (
  settings: Settings.Settings,
  secrets: ReadonlySet<string>,
  report: (problem: Problem) => void
) => {
  /** Absent where it is not set; left where what is set is no value, and was reported. */
  const value = (group: string, option: StoreOption): Found | undefined => {
    const set = settings.of(group, option.name)
    const last = set.at(-1)
    if (last === undefined) {
      return undefined
    }
    const refuse = (reason: string, allowed?: string): Found => {
      report({ ...last.place, group, option: option.name, reason, ...(allowed === undefined ? {} : { allowed }) })
      return { place: last.place, read: Either.left("refused") }
    }
    const texts: Array<string> = []
    for (const setting of option.type === "repeated strings" ? set : [last]) {
      const text = settings.textOf(setting)
      if (Either.isLeft(text)) {
        return refuse(text.left)
      }
      const told = option.secret === true ? undefined : text.right.from.find((name) => secrets.has(name))
      if (told !== undefined) {
        return refuse(`it would tell ${told}, which is a secret`)
      }
      texts.push(Redacted.value(text.right.text))
    }
    const read = OptionText.read(option, texts)
    return Either.isLeft(read)
      ? refuse(option.secret === true ? "it is not allowed" : `${shown(texts)} is not allowed`, read.left)
      : { place: last.place, read }
  }

  const plain = (group: string, option: StoreOption) => {
    const found = value(group, option)
    return found !== undefined && Either.isRight(found.read)
      ? { place: found.place, value: found.read.right }
      : undefined
  }

  return {
    /**
     * The values of a store's fields: each from the first group that sets it, with `instead` between the first and
     * the others; and the place of each, and the fields whose values were reported.
     */
    values: (kind: StoreKind<never, unknown>, [own = "", ...shared]: ReadonlyArray<string>, instead: Values) => {
      const values: Record<string, unknown> = {}
      const places = new Map<string, Place>()
      const refused = new Set<string>()
      for (const { field, option } of kind.options) {
        for (const group of field in instead ? [own] : [own, ...shared]) {
          const found = value(group, option)
          if (found === undefined) {
            continue
          }
          if (Either.isLeft(found.read)) {
            refused.add(field)
            break
          }
          // A number that is set to nothing is not set.
          if (found.read.right !== undefined) {
            values[field] = found.read.right
            places.set(field, found.place)
            break
          }
        }
      }
      return { values: { ...instead, ...values }, places, refused }
    },

    text: (group: string, option: StoreOption): string | undefined => {
      const found = plain(group, option)?.value
      return typeof found === "string" ? found : undefined
    },

    /** The text before its type is looked at. */
    whole: (group: string, option: StoreOption) => {
      const found = plain(group, { ...option, type: "string" })
      return typeof found?.value === "string" ? { place: found.place, text: found.value } : undefined
    },

    list: (group: string, option: StoreOption) => {
      const found = plain(group, { ...option, type: "string" })
      return typeof found?.value === "string"
        ? { place: found.place, value: OptionText.list(found.value) }
        : undefined
    },

    weight: (group: string): number | undefined => {
      const found = plain(group, CoreOptions.weight)
      if (typeof found?.value !== "number" || Number.isSafeInteger(found.value)) {
        return typeof found?.value === "number" ? found.value : undefined
      }
      report({ ...found.place, group, option: CoreOptions.weight.name, reason: "it is larger than weights can be" })
      return undefined
    },

    /** One of the ids, by the library's own group. */
    choice: (option: StoreOption, ids: ReadonlyArray<string>): string | undefined => {
      const found = plain("glance_store", option)
      if (typeof found?.value !== "string" || found.value === "") {
        return undefined
      }
      if (!ids.includes(found.value)) {
        report({
          ...found.place,
          group: "glance_store",
          option: option.name,
          reason: `"${found.value}" is not enabled`,
          allowed: ids.join(", ")
        })
      }
      return found.value
    }
  }
}

// -----------------------------------------------------------------------------

const shown = (texts: ReadonlyArray<string>) =>
  texts.map((text) => JSON.stringify(text.replaceAll(/\/\/[^\s/]*@/gu, "//***@"))).join(", ")
