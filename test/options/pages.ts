/** The reference of all options and a sample configuration file, made of what the stores say of their options. */
import * as Backend from "../../src/Backend.js"
import * as FileStore from "../../src/FileStore.js"
import * as HttpStore from "../../src/HttpStore.js"
import * as S3Store from "../../src/S3Store.js"
import type { Field, Group, StoreOption } from "../../src/StoreOption.js"

/** Those that glance_store has, too. */
const kinds = [FileStore.kind, HttpStore.kind, S3Store.kind]

const groups = Backend.registerStoreOpts(kinds)
const [older] = Backend.registerOpts([])

const nameOfField = new Map(
  kinds.flatMap(({ options }) => options).map(({ field, option }: Field) => [option.name, field])
)

const written = (value: NonNullable<StoreOption["default"]>): string =>
  typeof value !== "object"
    ? String(value)
    : Array.isArray(value)
    ? value.join(",")
    : Object.entries(value).map(([key, inner]) => `${key}:${inner}`).join(",")

const typeOf = ({ choices, secret, type }: StoreOption) =>
  `${choices === undefined ? type : `one of ${choices.join(", ")}`}${secret === true ? ", secret" : ""}`

// -----------------------------------------------------------------------------
// docs/options.md
// -----------------------------------------------------------------------------

const table = (rows: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: ReadonlyArray<string>) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`
  const [heading = [], ...others] = rows
  return [line(heading), line(widths.map((width) => "-".repeat(width))), ...others.map(line)].join("\n")
}

const code = (text: string) => (text === "" ? "empty" : `\`${text}\``)

const tableOf = ({ options }: Group) => {
  const withFields = options.some(({ name }) => nameOfField.has(name))
  return table([
    ["option", ...(withFields ? ["in a program"] : []), "type", "default", "meaning"],
    ...options.map((option) => [
      code(option.name),
      ...(withFields ? [code(nameOfField.get(option.name) ?? programs[option.name] ?? "")] : []),
      typeOf(option),
      option.default === undefined ? "" : code(written(option.default)),
      option.help.replaceAll("|", "\\|")
    ])
  ])
}

const programs: Readonly<Record<string, string>> = { store_description: "description", weight: "weight" }

const section = (title: string, said: string, group: Group) => `## ${title}\n\n${said}\n\n${tableOf(group)}\n`

export const page = (): string => {
  const [enabled, core, ...stores] = groups
  if (enabled === undefined || core === undefined) throw new Error("The groups of the library are missing")
  return [
    `# Options

What a \`glance-api.conf\` can say of stores, and what the same is called in a program. [configuration.md](configuration.md)
says how they are read. This page is made by \`npm run docs:options\` from the Schemas of the stores: a change is made there.
`,
    section("Which stores there are: `[DEFAULT]`", "", enabled).replace("\n\n\n\n", "\n\n"),
    section("The default store: `[glance_store]`", "Where stores have ids:", core),
    section(
      "Stores without ids: `[glance_store]`",
      "The older way; the options of the stores are in the same group.",
      older
    ),
    ...stores.map((group) =>
      section(
        `Stores of the type \`${group.name}\``,
        "In the group of the store's id, and in `[backend_defaults]` for all that do not say otherwise:",
        group
      )
    )
  ].join("\n")
}

// -----------------------------------------------------------------------------
// docs/glance-api.conf.sample
// -----------------------------------------------------------------------------

/** Comments of no more than 100 characters a line. */
const comment = (text: string): string => {
  const lines = [""]
  for (const word of text.split(" ")) {
    const line = lines.at(-1) ?? ""
    if (line !== "" && line.length + word.length >= 98) lines.push(word)
    else lines[lines.length - 1] = line === "" ? word : `${line} ${word}`
  }
  return lines.map((line) => `# ${line}`).join("\n")
}

const entry = (option: StoreOption) =>
  `${comment(option.help)}\n# (${typeOf(option)})\n#${option.name} = ${
    option.default === undefined ? "" : written(option.default)
  }`.trimEnd()

const sampleOf = (heading: string, options: ReadonlyArray<StoreOption>) =>
  `${heading}\n\n${options.map(entry).join("\n\n")}\n`

/** A store of each kind, with all that can be said of it. Every option has its default, and is commented out. */
export const sample = (): string => {
  const [enabled, core, ...stores] = groups
  if (enabled === undefined || core === undefined) throw new Error("The groups of the library are missing")
  const named = (type: string) => `my_${type}`
  return [
    `# What can be said of stores in a glance-api.conf. Made by \`npm run docs:options\`.\n`,
    `[DEFAULT]\n\n${comment(enabled.options[0]?.help ?? "")}\nenabled_backends = ${
      stores.map(({ name }) => `${named(name)}:${name}`).join(", ")
    }\n`,
    sampleOf(`[${core.name}]`, core.options),
    `# Options of any store, for those that do not say otherwise.\n[backend_defaults]\n`,
    ...stores.map(({ name, options }) => sampleOf(`# A store of the type ${name}.\n[${named(name)}]`, options))
  ].join("\n")
}
