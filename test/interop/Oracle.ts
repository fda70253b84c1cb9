/**
 * The original glance_store, as a service: what it does with an image, a URI or a configuration, asked of the real
 * thing in a child process (`oracle.py`, which says how they talk).
 *
 * One process serves a whole test file and ends with its scope; every request is its own, so tests may run beside each
 * other. An exception of the original is an `OriginalException`; a process that cannot start or dies is a defect with
 * what it last said, and the tests fail by it.
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Command from "@effect/platform/Command"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Queue from "effect/Queue"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { fileURLToPath } from "node:url"
import * as LocationMetadata from "../../src/LocationMetadata.js"
import type { Side } from "./Side.js"

/** What the original raised. */
export class OriginalException extends Data.TaggedError("OriginalException")<{
  /** The name of its class. */
  readonly exception: string
  readonly message: string
}> {}

/** Options of glance-api.conf, under their names there. */
export type Options = Readonly<Record<string, string | number | boolean | ReadonlyArray<string>>>

const Added = Schema.Struct({
  uri: Schema.String,
  size: Schema.Number,
  checksum: Schema.String,
  multihash: Schema.optional(Schema.String),
  metadata: LocationMetadata.LocationMetadata
})

const Parsed = Schema.Struct({ path: Schema.String, uri: Schema.String })

const Names = Schema.Array(Schema.String)

/** Of data in a file: from and to, in bytes. */
const Extents = Schema.Array(Schema.Tuple(Schema.Number, Schema.Number))

/** The stores of a configuration, by id, or by type where they have none. */
const Configured = Schema.Struct({
  default: Schema.NullOr(Schema.String),
  stores: Schema.Record({
    key: Schema.String,
    value: Schema.Struct({
      schemes: Names,
      /** With the defaults of those that are not set. */
      options: Schema.Record({ key: Schema.String, value: Schema.Unknown }),
      description: Schema.NullOr(Schema.String)
    })
  })
})

/** A store of the original, configured. To it a declared size of 0 is an unknown one. */
export interface OriginalStore extends Side<OriginalException> {
  /** The path it reads for a URI, and the URI it would write for that. */
  readonly parse: (uri: string) => Effect.Effect<typeof Parsed.Type, OriginalException>
}

const make = Effect.gen(function*() {
  const fs = yield* FileSystem.FileSystem
  const directory = yield* fs.makeTempDirectoryScoped({ prefix: "glance-store-oracle-" })
  const ask = yield* start
  let files = 0
  const withFile = <A, E>(use: (path: string) => Effect.Effect<A, E>) =>
    Effect.acquireUseRelease(
      Effect.sync(() => `${directory}/${files++}`),
      use,
      (path) => Effect.orDie(fs.remove(path, { force: true }))
    )

  const open = (store: number): OriginalStore => ({
    add: (imageId, bytes, { algorithm, size = bytes.length } = {}) =>
      withFile((source) =>
        Effect.zipRight(
          Effect.orDie(fs.writeFile(source, bytes)),
          ask(
            "add",
            { store, image_id: imageId, source, size, ...(algorithm === undefined ? {} : { algorithm }) },
            Added
          )
        )
      ),
    get: (uri, range = {}) =>
      withFile((target) =>
        Effect.all({
          size: ask("get", { store, uri, target, ...range }, Schema.Number),
          bytes: Effect.orDie(fs.readFile(target))
        })
      ),
    getSize: (uri) => ask("get_size", { store, uri }, Schema.Number),
    delete: (uri) => ask("delete", { store, uri }, Nothing),
    setAcls: (uri) => ask("set_acls", { store, uri }, Nothing),
    parse: (uri) => ask("parse", { store, uri }, Parsed),
    knownSchemes: ask("known_schemes", { store }, Names)
  })

  return {
    /** `free` gives the free bytes of each data directory in the place of what the disk says. */
    configure: (options: Options, free?: Readonly<Record<string, number>>) =>
      Effect.map(ask("configure", { options, ...(free === undefined ? {} : { free }) }, Schema.Number), open),
    /** An S3 store. Of its functions for adding the one without a multihash is broken: give an algorithm. */
    configureS3: (options: Options) =>
      Effect.map(
        ask("configure", { options: { ...options, stores: ["s3"], default_store: "s3" }, scheme: "s3" }, Schema.Number),
        open
      ),
    configureHttp: (options: Options = {}) =>
      Effect.map(
        ask(
          "configure",
          { options: { ...options, stores: ["http"], default_store: "http" }, scheme: "http" },
          Schema.Number
        ),
        open
      ),
    /** The names of its options with their defaults, those of the file store and of the library. */
    options: ask("options", {}, Schema.Record({ key: Schema.String, value: Schema.Unknown })),
    /** What it makes of configuration files. */
    stores: (
      paths: ReadonlyArray<string>,
      directories: ReadonlyArray<string> = [],
      reserved: Readonly<Record<string, string>> = {}
    ) => ask("stores", { files: paths, directories, reserved }, Configured),
    algorithms: ask("algorithms", {}, Names),
    checkLocationMetadata: (value: unknown) => ask("check_location_metadata", { value }, Nothing),
    /** Where a file has data and no holes, as the file system tells. */
    dataExtents: (path: string) => ask("data_extents", { path }, Extents)
  }
})

export class Oracle extends Context.Tag("test/interop/Oracle")<Oracle, Effect.Effect.Success<typeof make>>() {
  static readonly layer = Layer.provide(Layer.scoped(this, make), NodeContext.layer)
}

// -----------------------------------------------------------------------------
// the child process
// -----------------------------------------------------------------------------

const Nothing = Schema.Null

const Answer = Schema.parseJson(
  Schema.Union(
    Schema.Struct({
      id: Schema.Number,
      exception: Schema.Struct({ name: Schema.String, message: Schema.String })
    }),
    Schema.Struct({ id: Schema.Number, result: Schema.Unknown })
  )
)

/** Debian's own interpreter, whose packages are the system's: not the user's, not those of an environment. */
const command = Command.make(
  "/usr/bin/python3",
  "-I",
  "-B",
  "-X",
  "utf8",
  fileURLToPath(new URL("oracle.py", import.meta.url))
)

const start = Effect.gen(function*() {
  const process = yield* Command.start(command)
  const requests = yield* Queue.unbounded<string>()
  const died = yield* Deferred.make<never>()
  const pending = new Map<number, Deferred.Deferred<unknown, OriginalException>>()
  let asked = 0

  const settle = (line: string) =>
    Effect.flatMap(Schema.decode(Answer)(line), (answer) => {
      const reply = pending.get(answer.id)
      pending.delete(answer.id)
      return reply === undefined
        ? Effect.dieMessage(`The oracle answered what was not asked: ${line}`)
        : "exception" in answer
        ? Deferred.fail(
          reply,
          new OriginalException({ exception: answer.exception.name, message: answer.exception.message })
        )
        : Deferred.succeed(reply, answer.result)
    })

  yield* Stream.fromQueue(requests).pipe(Stream.encodeText, Stream.run(process.stdin), Effect.ignore, Effect.forkScoped)
  yield* Effect.all([
    process.stdout.pipe(Stream.decodeText("utf-8"), Stream.splitLines, Stream.runForEach(settle)),
    process.stderr.pipe(Stream.decodeText("utf-8"), Stream.mkString)
  ], { concurrency: 2 }).pipe(
    Effect.flatMap(([_, said]) => Effect.dieMessage(`The oracle has ended: ${said}`)),
    Effect.orDie,
    Effect.intoDeferred(died),
    Effect.forkScoped
  )

  return <A, I>(method: string, request: object, result: Schema.Schema<A, I>): Effect.Effect<A, OriginalException> =>
    Effect.gen(function*() {
      const id = asked++
      const reply = yield* Deferred.make<unknown, OriginalException>()
      pending.set(id, reply)
      yield* Queue.offer(requests, `${JSON.stringify({ id, method, arguments: request })}\n`)
      const value = yield* Effect.raceFirst(Deferred.await(reply), Deferred.await(died))
      return yield* Effect.orDie(Schema.decodeUnknown(result)(value))
    })
})
