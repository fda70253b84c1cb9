/** The command line among the examples, driven as a script or a person drives it. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as FileSystem from "@effect/platform/FileSystem"
import { assert, describe, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { createHash } from "node:crypto"
import * as path from "node:path"
import * as WebServer from "./http/WebServer.js"
import type { Options, Outcome } from "./program.js"
import { commandLine, outcome, run, start } from "./program.js"

const image = commandLine.bind(undefined, "examples/image.ts")

/** An empty data directory, the work directory around it, and the command line over both. */
const setUp = Effect.gen(function*() {
  const files = yield* FileSystem.FileSystem
  const work = yield* files.makeTempDirectoryScoped({ prefix: "image-cli-" })
  const datadir = path.join(work, "images")
  yield* files.makeDirectory(datadir)
  const env = { GLANCE_STORE_DATADIR: datadir }
  return {
    work,
    datadir,
    env,
    stored: files.readDirectory(datadir),
    cli: (args: ReadonlyArray<string>, options: Omit<Options, "env"> = {}) => run(image(...args), { ...options, env })
  }
})

const Added = Schema.Struct({
  uri: Schema.String,
  size: Schema.Number,
  checksum: Schema.String,
  multihash: Schema.String,
  metadata: Schema.Record({ key: Schema.String, value: Schema.String })
})

const Size = Schema.Struct({ size: Schema.Number })
const Got = Schema.Struct({ out: Schema.String, size: Schema.Number })
const Deleted = Schema.Struct({ deleted: Schema.String })
const Listed = Schema.Struct({
  stores: Schema.Array(Schema.Struct({
    id: Schema.String,
    type: Schema.String,
    schemes: Schema.Array(Schema.String),
    weight: Schema.Number,
    capabilities: Schema.Unknown,
    default: Schema.Boolean,
    reserved: Schema.Boolean
  })),
  failures: Schema.Array(Schema.Unknown)
})
const Schemes = Schema.Struct({ schemes: Schema.Array(Schema.String) })

const Failure = Schema.Struct({ error: Schema.String, message: Schema.NonEmptyString })

/** The one JSON object on stdout, and nothing on stderr. */
const result = <A, I>(schema: Schema.Schema<A, I>, { exitCode, stderr, stdout }: Outcome) => {
  assert.deepStrictEqual({ exitCode, stderr }, { exitCode: 0, stderr: "" })
  return Schema.decodeSync(Schema.parseJson(schema), { onExcessProperty: "error" })(stdout)
}

/** The one JSON object on stderr, and nothing on stdout. */
const failure = ({ exitCode, stderr, stdout }: Outcome) => {
  assert.deepStrictEqual({ exitCode, stdout }, { exitCode: 1, stdout: "" }, stderr)
  assert.match(stderr, /^[^\n]*\n$/)
  return Schema.decodeSync(Schema.parseJson(Failure), { onExcessProperty: "error" })(stderr)
}

const hex = (algorithm: string, bytes: string) => createHash(algorithm).update(bytes).digest("hex")

const bytes = (text: string) => Stream.make(new TextEncoder().encode(text))

describe("image", () => {
  layer(NodeContext.layer)((it) => {
    it.scoped("stores a file, reads it back whole and in part, sizes it and deletes it", () =>
      Effect.gen(function*() {
        const { cli, datadir, stored, work } = yield* setUp
        const files = yield* FileSystem.FileSystem
        const source = path.join(work, "source")
        yield* files.writeFileString(source, "the bytes of an image")

        const added = result(Added, yield* cli(["add", source, "--id", "disk-1"]))
        assert.deepStrictEqual(added, {
          uri: `file://${datadir}/disk-1`,
          size: 21,
          checksum: hex("md5", "the bytes of an image"),
          multihash: hex("sha512", "the bytes of an image"),
          metadata: {}
        })
        const out = path.join(work, "out")
        const [size, whole, part, got] = yield* Effect.all([
          cli(["size", added.uri]),
          cli(["get", added.uri]),
          cli(["get", added.uri, "--offset", "4", "--length", "5"]),
          cli(["get", added.uri, "--offset", "13", "--out", out])
        ], { concurrency: 2 })
        assert.deepStrictEqual(result(Size, size), { size: 21 })
        assert.deepStrictEqual(whole, { exitCode: 0, stdout: "the bytes of an image", stderr: "" })
        assert.deepStrictEqual(part, { exitCode: 0, stdout: "bytes", stderr: "" })
        assert.deepStrictEqual(result(Got, got), { out, size: 8 })
        assert.strictEqual(yield* files.readFileString(out), "an image")

        const deleted = result(Deleted, yield* cli(["delete", added.uri]))
        assert.deepStrictEqual(deleted, { deleted: added.uri })
        assert.deepStrictEqual(yield* stored, [])
        assert.strictEqual(failure(yield* cli(["get", added.uri, "--out", out])).error, "ImageNotFound")
        assert.strictEqual(yield* files.readFileString(out), "an image")
      }), 120_000)

    it.scoped("stores standard input under a random id, with its options on either side", () =>
      Effect.gen(function*() {
        const { cli, datadir, stored } = yield* setUp
        const added = result(
          Added,
          yield* cli(["add", "--size", "5", "-", "--algo", "sha256", "--expect-checksum", hex("md5", "hello")], {
            stdin: bytes("hello")
          })
        )
        const [imageId = ""] = yield* stored
        assert.match(imageId, /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/)
        assert.deepStrictEqual(added, {
          uri: `file://${datadir}/${imageId}`,
          size: 5,
          checksum: hex("md5", "hello"),
          multihash: hex("sha256", "hello"),
          metadata: {}
        })
      }), 120_000)

    it.scoped("refuses a second image of an id, and leaves the first as it was", () =>
      Effect.gen(function*() {
        const { cli, datadir, stored } = yield* setUp
        result(Added, yield* cli(["add", "-", "--id", "taken"], { stdin: bytes("first") }))
        const second = failure(yield* cli(["add", "-", "--id", "taken"], { stdin: bytes("second") }))
        assert.deepStrictEqual(second, {
          error: "DuplicateImage",
          message: "Image taken already exists in the store file"
        })
        assert.deepStrictEqual(yield* stored, ["taken"])
        assert.strictEqual((yield* cli(["get", `file://${datadir}/taken`])).stdout, "first")
      }), 120_000)

    const refused: Readonly<Record<string, readonly [args: string, error: string]>> = {
      "an unknown algorithm": ["add - --algo md6", "UnknownHashingAlgo"],
      "more bytes than declared": ["add - --size 3", "SizeMismatch"],
      "bytes of another checksum": ["add - --expect-checksum d41d8cd98f00b204e9800998ecf8427e", "DigestMismatch"],
      "a file that is not there": ["add /no/such/file", "SystemError"],
      "a store that is not there": ["add - --store tape", "UnknownStore"],
      "a URI that is none": ["get image-1", "BadStoreUri"],
      "a URI outside the data directory": ["get file:///etc/passwd", "BadStoreUri"],
      "a scheme that nobody serves": ["size s3://KEY:SECRET@host/image", "UnknownScheme"],
      "an access list, which files do not have": ["acls file:///image --public --read t1 --read t2", "NotSupported"],
      "an argument too many": ["size file:///image s3://KEY:SECRET@host/image", "ValidationError"],
      "an unknown option": ["add - --colour red", "ValidationError"],
      "an unknown command": ["copy - -", "ValidationError"]
    }

    for (const [what, [args, error]] of Object.entries(refused)) {
      it.scoped(`refuses ${what}: ${error}`, () =>
        Effect.gen(function*() {
          const { cli, stored } = yield* setUp
          const refusal = failure(yield* cli(args.split(" "), { stdin: bytes("hello") }))
          assert.strictEqual(refusal.error, error)
          assert.notMatch(refusal.message, /KEY|SECRET/)
          assert.deepStrictEqual(yield* stored, [])
        }), 120_000)
    }

    it.scoped("keeps a store for each named directory, the first being the default", () =>
      Effect.gen(function*() {
        const { cli, work } = yield* setUp
        const two = ["--datadir", `fast=${work}/fast`, "--datadir", `slow=${work}/slow`]
        const fast = result(Added, yield* cli([...two, "add", "-", "--id", "disk"], { stdin: bytes("1") }))
        const slow = result(Added, yield* cli(["add", "-", "--store", "slow", ...two], { stdin: bytes("22") }))
        assert.deepStrictEqual([fast.uri, fast.metadata], [`file://${work}/fast/disk`, { store: "fast" }])
        assert.deepStrictEqual([path.dirname(slow.uri), slow.metadata], [`file://${work}/slow`, { store: "slow" }])
        assert.strictEqual(failure(yield* cli([...two, "size", slow.uri, "--store", "fast"])).error, "BadStoreUri")
        assert.deepStrictEqual(result(Size, yield* cli(["size", slow.uri, "--store", "slow", ...two])), { size: 2 })
        assert.deepStrictEqual(result(Size, yield* cli(["size", slow.uri, ...two])), { size: 2 })
      }), 120_000)

    it.scoped("keeps the stores of a glance-api.conf, and says what is wrong with one", () =>
      Effect.gen(function*() {
        const files = yield* FileSystem.FileSystem
        const { cli, work } = yield* setUp
        const conf = path.join(work, "glance-api.conf")
        const groups = ["fast", "cheap"].map((id) => `[${id}]\nfilesystem_store_datadir = ${work}/${id}\n`).join("")
        const head = "[DEFAULT]\nenabled_backends = fast:file,cheap:file,web:http\n[web]\n"
        yield* files.writeFileString(conf, `${head}[glance_store]\ndefault_backend = fast\n${groups}`)
        yield* files.writeFileString(path.join(work, "image"), "abc")

        const listed = result(Listed, yield* cli(["--config", conf, "stores"]))
        assert.deepStrictEqual(listed.stores.map(({ default: isDefault, id, type }) => [id, type, isDefault]), [
          ["fast", "file", true],
          ["cheap", "file", false],
          ["web", "http", false]
        ])
        const args = ["--config", conf, "add", path.join(work, "image"), "--id", "a"]
        assert.deepStrictEqual(result(Added, yield* cli(args)).metadata, { store: "fast" })
        const added = result(Added, yield* cli([...args, "--store", "cheap"]))
        assert.deepStrictEqual([added.uri, added.metadata], [`file://${work}/cheap/a`, { store: "cheap" }])
        assert.strictEqual(failure(yield* cli([...args, "--store", "web"])).error, "NotSupported")

        yield* files.writeFileString(conf, `${head}[glance_store]\ndefault_backend = slow\n${groups}`)
        const wrong = failure(yield* cli(["--config", conf, "stores"]))
        assert.strictEqual(wrong.error, "InvalidGlanceConf")
        assert.include(wrong.message, `${conf}:5: [glance_store] default_backend: "slow" is not enabled`)
      }), 120_000)

    it.scoped("reads from a web server inside the network where that is allowed", () =>
      Effect.gen(function*() {
        const files = yield* FileSystem.FileSystem
        const { cli, work } = yield* setUp
        const web = yield* WebServer.make()
        web.put("/image", new TextEncoder().encode("an image"))
        const conf = path.join(work, "glance-api.conf")
        yield* files.writeFileString(conf, "[DEFAULT]\nenabled_backends = web:http\n[web]\n")
        const get = ["get", `${web.origin}/image`]
        assert.strictEqual(failure(yield* cli(["--config", conf, ...get])).error, "BadStoreUri")
        const allowed = yield* cli(["--config", conf, "--allow-network", "127.0.0.0/8", ...get, "--store", "web"])
        assert.deepStrictEqual(allowed, { exitCode: 0, stdout: "an image", stderr: "" })
        const wrong = failure(yield* cli(["--config", conf, "--allow-network", "inside", ...get]))
        assert.strictEqual(wrong.error, "StoresNotCreated")
      }), 120_000)

    it.scoped("tells its schemes, its version and how it is used", () =>
      Effect.gen(function*() {
        const { cli } = yield* setUp
        const [schemes, version, help] = yield* Effect.all(
          [cli(["schemes"]), cli(["--version"]), cli(["add", "--help"])],
          { concurrency: 2 }
        )
        assert.deepStrictEqual(result(Schemes, schemes), { schemes: ["file", "filesystem"] })
        assert.deepStrictEqual(version, { exitCode: 0, stdout: "0.1.0\n\n", stderr: "" })
        assert.strictEqual(help.exitCode, 0)
        assert.include(help.stdout, "--expect-checksum")
        assert.notInclude(help.stdout, "\u001B")
      }), 120_000)

    it.scoped("ends quietly where its reader has read enough", () =>
      Effect.gen(function*() {
        const { cli, datadir, env } = yield* setUp
        result(Added, yield* cli(["add", process.execPath, "--id", "large"]))
        const get = image("get", `file://${datadir}/large`).join(" ")
        const piped = yield* run(["sh", "-c", `(${get}; echo "ended with $?" >&2) | head -c 4`], { env })
        assert.deepStrictEqual(piped, { exitCode: 0, stdout: "\u007FELF", stderr: "ended with 0\n" })
      }), 120_000)

    for (const [signal, status] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
      it.scoped(
        `stopped by ${signal} in mid-upload, it leaves nothing and ends with ${status}`,
        () =>
          Effect.gen(function*() {
            const { datadir, env, stored } = yield* setUp
            const files = yield* FileSystem.FileSystem
            const begun = yield* files.watch(datadir).pipe(
              Stream.filter((event) => event.path.includes(".slow.")),
              Stream.runHead,
              Effect.forkScoped
            )
            const endless = Stream.concat(bytes("the beginning"), Stream.never)
            const child = yield* start(image("add", "-", "--id", "slow"), { env, stdin: endless })
            yield* begun
            assert.match((yield* stored).join(), /^\.slow\.[\da-f]{16}\.partial$/)
            const [ended] = yield* Effect.all([outcome(child), child.kill(signal)], { concurrency: "unbounded" })
            assert.deepStrictEqual(ended, { exitCode: status, stdout: "", stderr: "" })
            assert.deepStrictEqual(yield* stored, [])
          }),
        60_000
      )
    }
  })
})
