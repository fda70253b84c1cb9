/**
 * One configuration, given to the original and to ours: the same stores, schemes, default and options, or an error of
 * both; and where ours refuses what the original goes on with, what the original does then.
 *
 * The original here is Debian's 4.1.0. It has neither `backend_defaults` nor `weight` yet: these are not compared.
 */
import { assert, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Backend from "../../src/Backend.js"
import * as FileStore from "../../src/FileStore.js"
import * as GlanceConf from "../../src/GlanceConf.js"
import * as HttpStore from "../../src/HttpStore.js"
import * as S3Store from "../../src/S3Store.js"
import type * as StoreKind from "../../src/StoreKind.js"
import type * as StoreOption from "../../src/StoreOption.js"
import * as Directory from "../internal/file/Directory.js"
import { Oracle, type OriginalException } from "./Oracle.js"

/** Files by name, in their order; what is in `conf.d/` is read as a directory. `$ROOT` is an empty directory. */
type Files = Readonly<Record<string, string>>

interface Configuration {
  readonly files: Files
  readonly reserved?: Readonly<Record<string, string>>
}

/** The kind, telling which options its stores are given. */
const observed = <I, R>(
  kind: StoreKind.StoreKind<I, R>,
  made: Map<string, Readonly<Record<string, unknown>>>
): StoreKind.StoreKind<I, R> => ({
  ...kind,
  read: (values, identity) => {
    made.set(identity.id ?? kind.type, byName(kind.options, values))
    return kind.read(values, identity)
  }
})

/** The values of the options, by their names, and the default of each that is not set. */
const byName = (options: ReadonlyArray<StoreOption.Field>, values: StoreOption.Values) =>
  Object.fromEntries(options.map(({ field, option }) => [option.name, plain(values[field] ?? option.default ?? null)]))

const plain = (value: unknown): unknown =>
  Redacted.isRedacted(value)
    ? Redacted.value(value)
    : typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
    : value

const written = ({ files }: Configuration) =>
  Effect.map(Directory.make, (root) => {
    fs.mkdirSync(path.join(root, "conf.d"))
    for (const [name, text] of Object.entries(files)) {
      fs.writeFileSync(path.join(root, name), text.replaceAll("$ROOT", root))
    }
    return {
      root,
      files: Object.keys(files).filter((name) => !name.startsWith("conf.d/") && name.endsWith(".conf"))
        .map((name) => path.join(root, name)),
      directory: path.join(root, "conf.d")
    }
  })

const both = (configuration: Configuration) =>
  Effect.gen(function*() {
    const oracle = yield* Oracle
    const { directory, files } = yield* written(configuration)
    const made = new Map<string, Readonly<Record<string, unknown>>>()
    const layer = GlanceConf.layer({
      files,
      directory,
      reserved: configuration.reserved,
      kinds: [
        observed(FileStore.kind, made),
        observed(HttpStore.kind, made),
        observed(S3Store.kind, made)
      ]
    })
    const ours = yield* Effect.map(Backend.getStoresInfo, ({ stores }) => ({
      default: stores.find((store) => store.default)?.id ?? null,
      stores: Object.fromEntries(stores.map((store) => [store.id, {
        schemes: store.schemes.toSorted(),
        options: made.get(store.id) ?? {},
        description: store.description ?? null
      }]))
    })).pipe(Effect.provide(layer), Effect.either)
    const original = yield* Effect.either(oracle.stores(files, [directory], configuration.reserved))
    return { ours, original }
  }).pipe(Effect.scoped)

/** What the two have for an option that nobody sets, where it is not the same. */
const otherDefaults = new Map([
  // With thin provisioning 64 KiB in ours, too; else 1 MiB.
  ["filesystem_store_chunk_size", Data.tuple<[unknown, unknown]>(65536, null)],
  // Whoever does not verify certificates has to say so.
  ["https_insecure", Data.tuple<[unknown, unknown]>(true, false)]
])

const configurations: ReadonlyArray<readonly [name: string, configuration: Configuration]> = [
  ["one file store with a directory and a description", {
    files: {
      "glance-api.conf": `[DEFAULT]
enabled_backends = fast:file
[glance_store]
default_backend = fast
[fast]
filesystem_store_datadir = $ROOT/fast
store_description = "SSD pool"
`
    }
  }],
  ["three stores of two types", {
    files: {
      "glance-api.conf": `[DEFAULT]
enabled_backends = fast:file, cheap : file ,web:http
[glance_store]
default_backend = cheap
[fast]
filesystem_store_datadir = $ROOT/fast
[cheap]
filesystem_store_datadir = $ROOT/cheap
filesystem_store_chunk_size = 131072
filesystem_thin_provisioning = on
[web]
https_insecure = no
`
    }
  }],
  ["several directories with priorities, and the single one blanked", {
    files: {
      "glance-api.conf": `[DEFAULT]
enabled_backends = fast:file
[fast]
filesystem_store_datadir =
filesystem_store_datadirs = $ROOT/a:200
filesystem_store_datadirs = $ROOT/b:100
filesystem_store_datadirs = $ROOT/c
`
    }
  }],
  ["a metadata file, and modes of image files", {
    files: {
      "metadata.json": `{"id": "one", "mountpoint": "$ROOT"}`,
      "glance-api.conf": `[DEFAULT]
enabled_backends = one:file,two:file
[one]
filesystem_store_datadir = $ROOT/one
filesystem_store_metadata_file = $ROOT/metadata.json
filesystem_store_file_perm = 640
[two]
filesystem_store_datadir = $ROOT/two
filesystem_store_file_perm = 0
`
    }
  }],
  ["proxies, and the verification of certificates", {
    files: {
      "glance-api.conf": `[DEFAULT]
enabled_backends = web:http, other:http
[web]
http_proxy_information = http:10.0.0.1:3128, https:10.0.0.1:1080
https_insecure = False
[other]
http_proxy_information =
https_insecure = true
`
    }
  }],
  ["references to other options, also of other groups", {
    files: {
      "glance-api.conf": `[DEFAULT]
enabled_backends = fast:file,cheap:file
[fast]
store_description = $ROOT
filesystem_store_datadir = $store_description/fast
[cheap]
filesystem_store_datadir = \${fast.filesystem_store_datadir}/cheap
store_description = costs $$5 or \\$6, $filesystem_store_file_perm, $ alone
`
    }
  }],
  ["quotes, comments, colons and continuation lines", {
    files: {
      "glance-api.conf": `# a comment
[DEFAULT]
enabled_backends = fast:file,
  cheap:file,
\tweb:http

; another
[fast]
filesystem_store_datadir: "$ROOT/fast = x"
store_description = # no comment
[cheap]
filesystem_store_datadir='$ROOT/cheap'
store_description = two
   lines
[web]
http_proxy_information = http:a:1,
    https:b:2
`
    }
  }],
  ["files one after the other, and then a directory of them", {
    files: {
      "one.conf": `[DEFAULT]
enabled_backends = old:file
[fast]
filesystem_store_datadirs = $ROOT/a:1
filesystem_store_datadir = $ROOT/never
store_description = one
`,
      "two.conf": `[DEFAULT]
enabled_backends = fast:file
[fast]
filesystem_store_datadirs = $ROOT/b:2
store_description = two
`,
      "conf.d/20.conf": "[fast]\nfilesystem_store_datadir =\n",
      "conf.d/10.conf":
        "[fast]\nfilesystem_store_datadir = $ROOT/neither\nstore_description = ten\n[glance_store]\ndefault_backend = fast\n"
    }
  }],
  ["groups in another case than the id, and an option that is set again", {
    files: {
      "glance-api.conf": `[DEFAULT]
enabled_backends = Fast:file
[fast]
filesystem_store_datadir = $ROOT/one
filesystem_store_datadir = $ROOT/two
`
    }
  }],
  ["reserved stores", {
    reserved: { os_glance_staging_store: "file", os_glance_tasks_store: "file" },
    files: {
      "glance-api.conf": `[DEFAULT]
enabled_backends = fast:file
[glance_store]
default_backend = fast
[fast]
filesystem_store_datadir = $ROOT/fast
[os_glance_staging_store]
filesystem_store_datadir = $ROOT/staging
filesystem_store_chunk_size = 4096
[os_glance_tasks_store]
filesystem_store_datadir = $ROOT/tasks
`
    }
  }],
  ["the older way, with stores by type", {
    files: {
      "glance-api.conf": `[glance_store]
stores = file, http
default_store = file
filesystem_store_datadir = $ROOT/images
https_insecure = 0
`
    }
  }],
  ["the older way, with nothing but a directory", {
    files: { "glance-api.conf": "[glance_store]\nfilesystem_store_datadir = $ROOT/images\n" }
  }],
  ["the older way, with one store, named twice", {
    files: { "glance-api.conf": "[glance_store]\nstores = file,file,\nfilesystem_store_datadir = $ROOT/images\n" }
  }],
  ["an S3 store, and what is not set of it", {
    files: {
      "glance-api.conf": `[DEFAULT]
enabled_backends = cold:s3
[glance_store]
default_backend = cold
[cold]
s3_store_host = https://s3.example.org:9000
s3_store_access_key = "key"
s3_store_secret_key = se$$cr/et+=
s3_store_bucket = glance
`
    }
  }],
  ["S3 stores with all of their options", {
    files: {
      "glance-api.conf": `[DEFAULT]
enabled_backends = cold:s3,fast:file
[cold]
s3_store_host = http://localhost:1
s3_store_access_key = key
s3_store_secret_key = secret
s3_store_bucket = glance
s3_store_create_bucket_on_put = True
s3_store_bucket_url_format = path
s3_store_large_object_size = 0
s3_store_large_object_chunk_size = 5
s3_store_thread_pools = 3
[fast]
filesystem_store_datadir = $ROOT/fast
`
    }
  }],
  ["misspelt options, and the groups of other services", {
    files: {
      "glance-api.conf": `[DEFAULT]
debug = true
enabled_backends = fast:file
[database]
connection = mysql+pymysql://glance:secret@db/glance
[fast]
filesystem_store_datadir = $ROOT/fast
filesystem_store_chunksize = 1
`
    }
  }]
]

const refusedByBoth: ReadonlyArray<readonly [name: string, text: string, original: string, ours: string]> = [
  ["a line without =", "[fast]\nnonsense", "ConfigFileParseError", "there is no = in this line"],
  ["a group that is not closed", "[fast\nx = 1", "ConfigFileParseError", "a group is [name]"],
  ["a continuation of nothing", "[fast]\n  x = 1", "ConfigFileParseError", "this line continues none"],
  ["an option outside of any group", "x = 1\n[fast]", "ConfigFileParseError", "before the first [group]"],
  ["an id that is there twice", "[DEFAULT]\nenabled_backends = a:file,a:http\n[a]", "ConfigFileValueError", "twice"],
  ["an entry without a type", "[DEFAULT]\nenabled_backends = a\n[a]", "ConfigFileValueError", "has no type"],
  [
    "text in the place of a number",
    "[DEFAULT]\nenabled_backends = a:file\n[a]\nfilesystem_store_datadir = $ROOT/a\nfilesystem_store_chunk_size = 64k",
    "ConfigFileValueError",
    "a whole number"
  ],
  [
    "text in the place of a truth",
    "[DEFAULT]\nenabled_backends = a:http\n[a]\nhttps_insecure = maybe",
    "ConfigFileValueError",
    "one of true"
  ],
  [
    "a proxy without a scheme",
    "[DEFAULT]\nenabled_backends = a:http\n[a]\nhttp_proxy_information = 10.0.0.1",
    "ConfigFileValueError",
    "name:value pairs"
  ],
  [
    "a number below what is possible",
    "[DEFAULT]\nenabled_backends = a:file\n[a]\nfilesystem_store_datadir = $ROOT/a\nfilesystem_store_chunk_size = 0",
    "ConfigFileValueError",
    "positive"
  ],
  [
    "a reference to nothing",
    "[DEFAULT]\nenabled_backends = a:file\n[a]\nfilesystem_store_datadir = $nowhere/a",
    "NoSuchOptError",
    "stands for nothing"
  ]
]

const refusedByOurs: ReadonlyArray<{
  readonly name: string
  readonly text: string
  /** The stores that the original goes on with. */
  readonly original: ReadonlyArray<string>
  readonly ours: string
}> = [
  {
    name: "an unknown type: it leaves the store out",
    text: "[DEFAULT]\nenabled_backends = a:http,b:tape\n[a]\n[b]",
    original: ["a"],
    ours: "known are: file, http, s3"
  },
  {
    name: "a store without a group, whose name may be misspelt there: it takes the defaults",
    text: "[DEFAULT]\nenabled_backends = web:http\n[wbe]\nhttps_insecure = false",
    original: ["web"],
    ours: "add [web]"
  },
  {
    name: "a default that is not enabled: each add fails then",
    text: "[DEFAULT]\nenabled_backends = a:http\n[a]\n[glance_store]\ndefault_backend = b",
    original: ["a"],
    ours: "\"b\" is not enabled"
  },
  {
    name: "a group that begins twice in a file: it puts them together",
    text: "[DEFAULT]\nenabled_backends = a:http\n[a]\nhttps_insecure = true\n[a]\nhttps_insecure = false",
    original: ["a"],
    ours: "began in line 3 already"
  },
  {
    name: "an id that cannot be told from others in a list",
    text: "[DEFAULT]\nenabled_backends = a b:http\n[a b]",
    original: ["a b"],
    ours: "no id that can be"
  },
  {
    name: "Python's way of writing a number",
    text:
      "[DEFAULT]\nenabled_backends = a:file\n[a]\nfilesystem_store_datadir = $ROOT/a\nfilesystem_store_chunk_size = 1_000",
    original: ["a"],
    ours: "a whole number"
  },
  {
    name: "a directory that cannot be used: it only disables adding",
    text: "[DEFAULT]\nenabled_backends = a:file\n[a]\nfilesystem_store_datadir = $ROOT/glance-api.conf/a",
    original: ["a"],
    ours: "is not a directory"
  },
  {
    name: "both ways to name directories: it only disables adding",
    text:
      "[DEFAULT]\nenabled_backends = a:file\n[a]\nfilesystem_store_datadir = $ROOT/a\nfilesystem_store_datadirs = $ROOT/b",
    original: ["a"],
    ours: "not both"
  },
  {
    name: "a default that nothing can be added to: each add fails then",
    text: "[DEFAULT]\nenabled_backends = a:http\n[a]\n[glance_store]\ndefault_backend = a",
    original: ["a"],
    ours: "nothing can be added"
  },
  {
    name: "an S3 store without its keys and bucket: it only disables adding",
    text: "[DEFAULT]\nenabled_backends = a:s3\n[a]\ns3_store_host = https://s3.example.org",
    original: ["a"],
    ours: "bucket"
  },
  {
    name: "a CA file that is not there: each read over TLS fails then",
    text: "[DEFAULT]\nenabled_backends = a:http\n[a]\nhttps_ca_certificates_file = $ROOT/nothing.pem",
    original: ["a"],
    ours: "nothing.pem"
  }
]

const messageOf = <A, E extends { readonly message: string }>(outcome: Either.Either<A, E>): string =>
  Either.match(outcome, { onLeft: ({ message }) => message, onRight: (value) => JSON.stringify(value) })

const exceptionOf = <A>(outcome: Either.Either<A, OriginalException>): string =>
  Either.match(outcome, { onLeft: ({ exception }) => exception, onRight: (value) => JSON.stringify(value) })

it.layer(Oracle.layer)("glance-api.conf", (it) => {
  for (const [name, configuration] of configurations) {
    it.effect(`with ${name} is the same to both`, () =>
      Effect.gen(function*() {
        const { ours, original } = yield* both(configuration)
        if (Either.isLeft(ours) || Either.isLeft(original)) {
          return assert.fail(`${messageOf(ours)}\n${messageOf(original)}`)
        }
        const [mine, theirs] = [ours.right, original.right]
        assert.sameMembers(Object.keys(mine.stores), Object.keys(theirs.stores))
        assert.strictEqual(mine.default, theirs.default)
        for (const [id, store] of Object.entries(theirs.stores)) {
          const own = mine.stores[id]
          assert.deepStrictEqual([own?.schemes, own?.description], [store.schemes, store.description])
          assert.containsAllKeys(own?.options, Object.keys(store.options))
          for (const [option, value] of Object.entries(store.options)) {
            const pair = [value, own?.options[option]]
            if (!Equal.equals(Data.array(pair), otherDefaults.get(option))) {
              assert.deepStrictEqual(pair[1], value, `${id}: ${option}`)
            }
          }
        }
      }))
  }

  for (const [name, text, original, ours] of refusedByBoth) {
    it.effect(`with ${name} is refused by both`, () =>
      Effect.gen(function*() {
        const outcome = yield* both({ files: { "glance-api.conf": text } })
        assert.strictEqual(exceptionOf(outcome.original), original)
        assert.isTrue(Either.isLeft(outcome.ours))
        assert.include(messageOf(outcome.ours), ours)
      }))
  }

  for (const { name, original, ours, text } of refusedByOurs) {
    it.effect(`is refused by ours where the original goes on: ${name}`, () =>
      Effect.gen(function*() {
        const outcome = yield* both({ files: { "glance-api.conf": text } })
        assert.isTrue(Either.isLeft(outcome.ours))
        assert.include(messageOf(outcome.ours), ours)
        assert.deepStrictEqual(
          Either.match(outcome.original, {
            onLeft: ({ message }) => [message],
            onRight: ({ stores }) => Object.keys(stores)
          }),
          original
        )
      }))
  }
})
