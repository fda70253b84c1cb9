/**
 * What several files set together, and the values of options with everything in place that they refer to.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import type { StoreOption } from "../../StoreOption.js"
import type { Heading, IniFile, Setting } from "./iniFile.js"

/** @internal */
export interface Settings {
  /** Every time that a group begins; the name counts in any case, but for DEFAULT. */
  readonly headings: (group: string) => ReadonlyArray<Heading>
  /** What is set in a group, in the order of the files and lines. */
  readonly inGroup: (group: string) => ReadonlyArray<Setting>
  readonly of: (group: string, name: string) => ReadonlyArray<Setting>
  /** A value in which each `$name` and `${group.name}` is replaced, or why one cannot be. */
  readonly textOf: (setting: Setting) => Either.Either<Text, string>
}

/** @internal */
export interface Text {
  readonly text: Redacted.Redacted<string>
  /** The names of the options that it refers to, and those that these do. */
  readonly from: ReadonlyArray<string>
}

/**
 * `known` are the options whose defaults a value can refer to.
 *
 * @internal
 */
export const make = (files: ReadonlyArray<IniFile>, known: ReadonlyMap<string, StoreOption>): Settings => {
  const allHeadings = files.flatMap((file) => file.headings)
  const allSettings = files.flatMap((file) => file.settings)
  const inGroup = (group: string) => allSettings.filter((setting) => normal(setting.group) === normal(group))
  const of = (group: string, name: string) => inGroup(group).filter((setting) => setting.name === name)

  /** What a reference stands for: the setting, the default of an option that is not set, or nothing known. */
  const find = (reference: string, group: string): Setting | string | undefined => {
    const dot = reference.indexOf(".")
    const name = reference.slice(dot + 1)
    const place = dot === -1 ? group : reference.slice(0, dot)
    const option = known.get(name)
    return of(place, name).at(-1) ?? of("DEFAULT", reference).at(-1) ?? (option && defaultOf(option))
  }

  const textOf = (setting: Setting, within: ReadonlyArray<Setting> = []): Either.Either<Text, string> => {
    if (within.includes(setting)) {
      return Either.left(`${setting.name} refers to itself`)
    }
    const from: Array<string> = []
    let fault: string | undefined
    const text = Redacted.value(setting.text).replaceAll("\\$", "$$$$").replace(
      reference,
      (whole, escaped: string | undefined, plain: string | undefined, braced: string | undefined) => {
        const name = plain ?? braced
        if (escaped !== undefined || name === undefined) {
          return escaped ?? whole
        }
        const found = find(name, setting.group)
        if (found === undefined) {
          fault ??= `$${name} stands for nothing here; a $ that is meant as one is written $$`
          return whole
        }
        from.push(name.slice(name.indexOf(".") + 1))
        if (typeof found === "string") {
          return found
        }
        const inner = textOf(found, [...within, setting])
        if (Either.isLeft(inner)) {
          fault ??= inner.left
          return whole
        }
        from.push(...inner.right.from)
        return Redacted.value(inner.right.text)
      }
    )
    return fault === undefined ? Either.right({ text: Redacted.make(text), from }) : Either.left(fault)
  }

  return {
    headings: (group) => allHeadings.filter((heading) => normal(heading.group) === normal(group)),
    inGroup,
    of,
    textOf: (setting) => textOf(setting)
  }
}

/**
 * A text that refers to nothing, and stands for this one; there is none for one with `\\$` in it.
 *
 * @internal
 */
export const escape = (text: string): string => text.replaceAll("$", "$$$$")

// -----------------------------------------------------------------------------

const normal = (group: string) => (group === "DEFAULT" ? group : group.toLowerCase())

const reference = /\$(?:(\$)|([_a-z][._a-z0-9]*)|\{([_a-z][._a-z0-9]*)\})/gi

const defaultOf = ({ default: value }: StoreOption) =>
  typeof value === "string" || typeof value === "number" ? String(value) : ""
