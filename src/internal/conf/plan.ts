/**
 * What the files of a configuration say of stores: the plan, and everything that is wrong with it.
 *
 * @internal
 */
import * as Either from "effect/Either"
import type { Options, Problem } from "../../GlanceConf.js"
import type { ConfiguredStore, StoreKind } from "../../StoreKind.js"
import type { Plan } from "../../Stores.js"
import * as CoreOptions from "../coreOptions.js"
import * as EnabledBackends from "../enabledBackends.js"
import * as Group from "./group.js"
import type { IniFile, Place } from "./iniFile.js"
import { nearest } from "./nearest.js"
import * as Settings from "./settings.js"

/**
 * The plan has only the stores that nothing is wrong with.
 *
 * @internal
 */
export const read = <R>(files: ReadonlyArray<IniFile>, options: Options<R>): {
  readonly plan: Plan<R>
  readonly problems: ReadonlyArray<Problem>
  readonly warnings: ReadonlyArray<Problem>
} => {
  const { kinds, reserved = {}, strictKeys = false } = options
  const known = new Map(kinds.flatMap((kind) => kind.options.map(({ option }) => [option.name, option] as const)))
  const settings = Settings.make(files, known)
  const problems: Array<Problem> = files.flatMap(({ faults }) =>
    faults.map(({ place, reason }): Problem => ({ ...place, reason }))
  )
  const warnings: Array<Problem> = []
  const secrets = Array.from(known.values()).filter(({ secret }) => secret).map(({ name }) => name)
  const groups = Group.make(settings, new Set(secrets), (problem) => problems.push(problem))
  const kindOf = new Map(kinds.map((kind) => [kind.type, kind]))

  const checkNames = (group: string, names: ReadonlyArray<string>) => {
    for (const { name, place } of settings.inGroup(group)) {
      if (!names.includes(name)) {
        const meant = nearest(name, names)
        const unknown = {
          ...place,
          group,
          option: name,
          reason: `no store has this option${meant === undefined ? "" : `; did you mean ${meant}?`}`
        }
        ;(strictKeys ? problems : warnings).push(unknown)
      }
    }
    const [first, ...others] = settings.headings(group)
    for (const { place } of others.filter(({ place: { file } }) => file === first?.place.file)) {
      problems.push({ ...place, group, reason: `this group began in line ${first?.place.line} already` })
    }
  }

  const storeOf = (
    kind: StoreKind<never, R>,
    id: string | undefined,
    where: Place,
    isReserved: boolean
  ): ReadonlyArray<ConfiguredStore<R>> => {
    const group = id ?? core
    const instead = isReserved && id !== undefined ? kind.reserved?.(id) ?? {} : {}
    const found = groups.values(kind, id === undefined ? [core] : [id, defaults], instead)
    const checked = kind.read(found.values, {
      id,
      reserved: isReserved,
      weight: id === undefined ? undefined : groups.weight(id),
      description: id === undefined ? undefined : groups.text(id, CoreOptions.description)
    })
    if (Either.isRight(checked)) {
      return [checked.right]
    }
    for (const { field, reason } of checked.left) {
      // What could not be read as a value is a problem already.
      if (!found.refused.has(field)) {
        problems.push({
          ...(found.places.get(field) ?? settings.headings(group)[0]?.place ?? where),
          group,
          option: kind.options.find((option) => option.field === field)?.option.name ?? field,
          reason: reason.replaceAll(/\/\/[^\s/"]*@/gu, "//***@")
        })
      }
    }
    return []
  }

  const named = (text: string, place: Place): Plan<R> => {
    const { enabled, faults } = EnabledBackends.parse(text, Array.from(kindOf.keys()))
    const all = [
      ...enabled.map(({ id, type }) => ({ id, type, isReserved: false })),
      ...Object.entries(reserved).map(([id, type]) => ({ id, type, isReserved: true }))
    ]
    const about = { ...place, group: "DEFAULT", option: CoreOptions.enabledBackends.name }
    problems.push(...faults.map((reason): Problem => Object.assign({ reason }, about)))
    const stores = all.flatMap(({ id, isReserved, type }) => {
      const kind = kindOf.get(type)
      const fault = isReserved && enabled.some((store) => store.id === id)
        ? `"${id}" is reserved to the service`
        : isReserved && kind?.reserved === undefined
        ? `"${id}" cannot be reserved: no kind of store that is given can be, and has the type "${type}"`
        : !isReserved && settings.headings(id).length === 0
        ? `"${id}" has no group; add [${id}], empty if all the defaults are right`
        : undefined
      if (fault !== undefined || kind === undefined) {
        problems.push({ ...about, reason: fault ?? `"${id}" is of an unknown type, "${type}"` })
        return []
      }
      checkNames(id, [...namesOf(kind), CoreOptions.weight.name, CoreOptions.description.name])
      return storeOf(kind, id, place, isReserved)
    })
    checkNames(defaults, Array.from(known.keys()))
    return { default: groups.choice(CoreOptions.defaultBackend, all.map(({ id }) => id)), stores }
  }

  const unnamed = (): Plan<R> => {
    const given = groups.list(core, CoreOptions.stores)
    const types = Array.from(new Set(given?.value ?? CoreOptions.stores.default.filter((type) => kindOf.has(type))))
    const place = given?.place ?? settings.headings(core)[0]?.place ?? { file: files.at(-1)?.file ?? "" }
    const stores = types.flatMap((type) => {
      const kind = kindOf.get(type)
      if (kind === undefined) {
        problems.push({
          ...place,
          group: core,
          option: CoreOptions.stores.name,
          reason: `"${type}" is an unknown type`,
          allowed: Array.from(kindOf.keys()).join(", ")
        })
        return []
      }
      return storeOf(kind, undefined, place, false)
    })
    const fallback = groups.text(core, CoreOptions.defaultStore)
    return { default: fallback ?? (types.includes("file") ? "file" : undefined), stores }
  }

  checkNames(core, [
    ...known.keys(),
    CoreOptions.stores.name,
    CoreOptions.defaultStore.name,
    CoreOptions.defaultBackend.name
  ])
  const enabled = groups.whole("DEFAULT", CoreOptions.enabledBackends)
  const plan = enabled === undefined ? unnamed() : named(enabled.text, enabled.place)
  const order = files.map(({ file }) => file)
  const inOrder = (one: Problem, other: Problem) =>
    order.indexOf(one.file) - order.indexOf(other.file) || (one.line ?? 0) - (other.line ?? 0)
  return { plan, problems: problems.toSorted(inOrder), warnings: warnings.toSorted(inOrder) }
}

// -----------------------------------------------------------------------------

const core = "glance_store"
const defaults = "backend_defaults"

const namesOf = (kind: StoreKind<never, unknown>) => kind.options.map(({ option }) => option.name)
