/**
 * The text of `enabled_backends`: which stores there are, and of which type each is.
 *
 * @internal
 */
import { list } from "./optionText.js"

/** @internal */
export interface Enabled {
  readonly id: string
  readonly type: string
}

/**
 * Every entry that can be, in their order, and what is wrong with each of the others.
 *
 * @internal
 */
export const parse = (
  text: string,
  types: ReadonlyArray<string>
): { readonly enabled: ReadonlyArray<Enabled>; readonly faults: ReadonlyArray<string> } => {
  const enabled = new Map<string, Enabled>()
  const faults: Array<string> = []
  for (const entry of list(text)) {
    const colon = entry.indexOf(":")
    const id = entry.slice(0, Math.max(0, colon)).trim()
    const type = entry.slice(colon + 1).trim()
    const fault = colon === -1
      ? `"${entry}" has no type; an entry is id:type`
      : !/^[^\s:,/]+$/u.test(id)
      ? `"${entry}" has no id that can be: one or more characters without blanks, : , or /`
      : taken.has(id)
      ? `"${id}" cannot be a store's id, for its group is no store's`
      : enabled.has(id)
      ? `"${id}" is there twice`
      : !types.includes(type)
      ? `"${id}" is of an unknown type, "${type}"; known are: ${types.join(", ")}`
      : undefined
    if (fault === undefined) {
      enabled.set(id, { id, type })
    } else {
      faults.push(fault)
    }
  }
  return { enabled: Array.from(enabled.values()), faults }
}

/**
 * The text for these.
 *
 * @internal
 */
export const format = (enabled: ReadonlyArray<Enabled>): string =>
  enabled.map(({ id, type }) => `${id}:${type}`).join(",")

// -----------------------------------------------------------------------------

const taken = new Set(["DEFAULT", "glance_store", "backend_defaults"])
