/**
 * A file in the dialect of oslo.config, as it stands: groups, options in the order they are set, and the lines
 * that are no part of it.
 *
 * Every value is `Redacted` from here on, for which are secret is not known yet; and no problem repeats a
 * line. The readers of INI files on npm know no line numbers, join or drop what is repeated, cut values at `#` and
 * `;`, and have no continuation lines; hence this one.
 *
 * @internal
 */
import * as Redacted from "effect/Redacted"

/** @internal */
export interface Place {
  readonly file: string
  /** From 1; absent for what is about the whole file. */
  readonly line?: number
}

/**
 * One time that an option is set.
 *
 * @internal
 */
export interface Setting {
  readonly place: Place
  readonly group: string
  readonly name: string
  readonly text: Redacted.Redacted<string>
}

/**
 * One time that a group begins.
 *
 * @internal
 */
export interface Heading {
  readonly place: Place
  readonly group: string
}

/** @internal */
export interface IniFile {
  readonly file: string
  readonly headings: ReadonlyArray<Heading>
  readonly settings: ReadonlyArray<Setting>
  readonly faults: ReadonlyArray<{ readonly place: Place; readonly reason: string }>
}

/** @internal */
export const parse = (file: string, text: string): IniFile => {
  const headings: Array<Heading> = []
  const settings: Array<Setting> = []
  const faults: Array<IniFile["faults"][number]> = []
  let group: string | undefined
  let open: { readonly place: Place; readonly name: string; readonly lines: Array<string> } | undefined

  const close = () => {
    if (open !== undefined && group !== undefined) {
      settings.push({ place: open.place, group, name: open.name, text: Redacted.make(open.lines.join("\n")) })
    }
    open = undefined
  }

  for (const [index, raw] of text.split(/\r\n|\r|\n/u).entries()) {
    const line = raw.trimEnd()
    const place = { file, line: index + 1 }
    const fault = (reason: string) => faults.push({ place, reason })
    if (/^[ \t]/u.test(line)) {
      if (open === undefined) {
        fault("this line continues none: an option begins at the start of its line")
      } else {
        open.lines.push(line.trimStart())
      }
      continue
    }
    close()
    if (line === "" || line.startsWith("#") || line.startsWith(";")) {
      continue
    }
    if (line.startsWith("[")) {
      group = line.endsWith("]") && line.length > 2 ? line.slice(1, -1) : undefined
      if (group === undefined) {
        fault("a group is [name], and nothing behind it")
        // What follows has a group that is not known: it is read, and belongs nowhere.
        group = ""
      }
      headings.push({ place, group })
      continue
    }
    const at = line.search(/[=:]/u)
    const name = line.slice(0, Math.max(0, at)).trim()
    if (name === "") {
      fault(at === -1 ? "there is no = in this line" : "there is no name before the =")
    } else if (group === undefined) {
      fault(`${name} stands before the first [group]`)
    } else {
      open = { place, name, lines: [unquoted(line.slice(at + 1).trim())] }
    }
  }
  close()
  return { file, headings, settings, faults }
}

/**
 * The lines that set an option to a text; `parse` reads them as that, but for a text whose lines after the first are
 * empty or have blanks around them.
 *
 * @internal
 */
export const format = (name: string, text: string): string => {
  const [first = "", ...others] = text.split("\n")
  const value = unquoted(first.trim()) === first ? first : `"${first}"`
  return [`${name} = ${value}`.trimEnd(), ...others.map((line) => `  ${line}`)].join("\n")
}

// -----------------------------------------------------------------------------

const unquoted = (value: string) =>
  value.length > 0 && value.at(0) === value.at(-1) && /^["']/u.test(value) ? value.slice(1, -1) : value
