/**
 * The library on a command line, for scripts: `npx tsx examples/image.ts --help`.
 *
 * A result is one JSON object on stdout (the bytes of an image, for `get`), a failure one JSON object on stderr and
 * exit status 1; an interrupted command leaves nothing behind and ends with 130 (SIGINT) or 143 (SIGTERM).
 */
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { FileStore, GlanceConf, StoreRegistry } from "effect-glance-store"
import * as HttpStore from "effect-glance-store/HttpStore"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import { stripVTControlCharacters } from "node:util"
import * as commands from "./image/commands.js"
import { failureLine, teardown } from "./image/ending.js"

const datadirs = Options.text("datadir").pipe(
  Options.withDescription(
    "A directory for images; by default that of the environment's GLANCE_STORE_DATADIR, or ./images. As NAME=PATH, " +
      "and repeated with other names, it makes several stores, of which the first is the default"
  ),
  Options.repeated
)

const configFiles = Options.text("config").pipe(
  Options.withDescription("A glance-api.conf that says which stores there are, in the place of --datadir; repeatable"),
  Options.repeated
)

const allowedNetworks = Options.text("allow-network").pipe(
  Options.withDescription(
    "With --config, addresses that web servers may have though they are not public, as 10.0.0.0/8; repeatable"
  ),
  Options.repeated
)

/** The stores of a configuration. S3 is looked for here, and not above: its client takes a while to load. */
const configured = (files: ReadonlyArray<string>, networks: ReadonlyArray<string>) =>
  Effect.promise(() => import("effect-glance-store/S3Store")).pipe(
    Effect.map((S3Store) => {
      const web = HttpStore.kind.withDefaults({ allowedNetworks: networks })
      return GlanceConf.layer({ files, kinds: [FileStore.kind, web, S3Store.kind] })
    }),
    Layer.unwrapEffect
  )

/** A file store for each directory; its name is the store's id. */
const directories = (given: ReadonlyArray<string>) =>
  Layer.unwrapEffect(Effect.gen(function*() {
    const datadir = yield* Config.withDefault(Config.string("GLANCE_STORE_DATADIR"), "images")
    const named = (given.length === 0 ? [datadir] : given).map((entry) => {
      const [, id, path = entry] = /^([\w-]+)=(.*)$/s.exec(entry) ?? []
      return { id, path }
    })
    return named.map(({ id, path }) => FileStore.layer({ datadir: path }, { id })).reduce(
      (all, next) => Layer.merge(all, next)
    ).pipe(
      Layer.provideMerge(StoreRegistry.layer({ default: named[0]?.id ?? "file" }))
    )
  }))

interface Given {
  readonly configFiles: ReadonlyArray<string>
  readonly allowedNetworks: ReadonlyArray<string>
  readonly datadirs: ReadonlyArray<string>
}

const stores = (given: Given): Layer.Layer<
  StoreRegistry.StoreRegistry,
  Layer.Layer.Error<ReturnType<typeof configured>> | Layer.Layer.Error<ReturnType<typeof directories>>
> => given.configFiles.length > 0 ? configured(given.configFiles, given.allowedNetworks) : directories(given.datadirs)

const image = Command.make("image", { allowedNetworks, configFiles, datadirs }).pipe(
  Command.withDescription("Stores images, and gets them back"),
  Command.withSubcommands([
    commands.add,
    commands.get,
    commands.getSize,
    commands.remove,
    commands.setAcls,
    commands.schemes,
    commands.stores
  ]),
  Command.provide((given) => stores(given)),
  Command.run({ name: "image", version: "0.1.0" })
)

/** What @effect/cli says of bad usage is in its error, too; and where nobody reads colours there are none. */
const withPlainConsole = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.consoleWith((console) =>
    Effect.withConsole(self, {
      ...console,
      error: () => Effect.void,
      log: (text) => console.log(process.stdout.isTTY ? text : stripVTControlCharacters(String(text)))
    })
  )

// Logs would mix with results: they are for --log-level, and then go to stderr.
const quietly = Layer.merge(
  Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger)),
  Logger.minimumLogLevel(LogLevel.None)
)

// Behind an argument that is a lone dash, @effect/cli looks for no options.
const args = process.argv.map((arg, at, all) => arg === "-" && !all[at - 1]?.startsWith("--") ? "/dev/stdin" : arg)

image(args).pipe(
  withPlainConsole,
  Effect.provide(Layer.mergeAll(NodeContext.layer, CliConfig.layer({ showBuiltIns: false }), quietly)),
  Effect.tapErrorCause((cause) => Cause.isInterruptedOnly(cause) ? Effect.void : Console.error(failureLine(cause))),
  NodeRuntime.runMain({ disableErrorReporting: true, disablePrettyLogger: true, teardown })
)
