/** A kind of store with an option of each type, and what a configuration says of such stores. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as FileStore from "../../src/FileStore.js"
import * as GlanceConf from "../../src/GlanceConf.js"
import * as HttpStore from "../../src/HttpStore.js"
import * as MemoryStore from "../../src/MemoryStore.js"
import * as StoreKind from "../../src/StoreKind.js"
import * as StoreOption from "../../src/StoreOption.js"

const Config = Schema.Struct({
  path: StoreOption.unset(Schema.String, { name: "tape_path", type: "string", help: "Where it is." }),
  drives: StoreOption.withDefault(Schema.Int.pipe(Schema.positive()), {
    name: "tape_drives",
    type: "integer",
    default: 2,
    help: "How many."
  }),
  speed: StoreOption.unset(Schema.Number, { name: "tape_speed", type: "number", help: "How fast." }),
  loud: StoreOption.unset(Schema.Boolean, { name: "tape_loud", type: "boolean", help: "Whether it is." }),
  labels: StoreOption.unset(Schema.Array(Schema.String), {
    name: "tape_labels",
    type: "list of strings",
    help: "What is on them."
  }),
  rooms: StoreOption.unset(Schema.Array(Schema.String), {
    name: "tape_rooms",
    type: "repeated strings",
    help: "Where they are."
  }),
  owners: StoreOption.unset(Schema.Record({ key: Schema.String, value: Schema.String }), {
    name: "tape_owners",
    type: "map of strings",
    help: "Whose they are."
  }),
  key: StoreOption.unset(Schema.RedactedFromSelf(Schema.String.pipe(Schema.minLength(4))), {
    name: "tape_key",
    type: "string",
    secret: true,
    help: "What opens them."
  })
})
export type Config = typeof Config.Encoded

/** A kind whose options can be seen: they are put into `made` when its store is made. */
export const tapes = (made: Map<string, Config> = new Map()) =>
  StoreKind.make({
    type: "tape",
    config: Config,
    make: (options, identity) => {
      made.set(identity.id ?? "", options)
      return MemoryStore.make({ schemes: ["tape"] }, identity)
    },
    reserved: (id) => ({ path: `/reserved/${id}` })
  })

export type Told = Partial<GlanceConf.Options>

/** What the options of each store are, by its id, in what the texts of files say. */
export const optionsIn = (texts: ReadonlyArray<string>, told: Told = {}) =>
  Effect.gen(function*() {
    const made = new Map<string, Config>()
    const files = texts.map((text, index) => ({ file: `${index}.conf`, text }))
    const { plan, warnings } = yield* GlanceConf.fromTexts(files, { ...told, kinds: [tapes(made)] })
    yield* Effect.forEach(plan.stores, ({ identity, make }) => make(identity))
    return { options: Object.fromEntries(made), plan, warnings }
  })

/** The options of the one store `a` that has these lines in its group. */
export const optionsOf = (...lines: ReadonlyArray<string>) =>
  Effect.map(
    optionsIn([["[DEFAULT]", "enabled_backends = a:tape", "[a]", ...lines].join("\n")]),
    ({ options }) => options["a"]
  )

export const problemsIn = (text: string, told: Told = {}) =>
  Effect.map(
    Effect.flip(
      GlanceConf.fromTexts([{ file: "glance-api.conf", text }], {
        kinds: [FileStore.kind, HttpStore.kind, tapes()],
        ...told
      })
    ),
    ({ problems }) => problems.map(GlanceConf.format)
  )
