/** The commands of examples/image.ts, each a few lines over `Backend`. */
import * as Args from "@effect/cli/Args"
import * as Command from "@effect/cli/Command"
import * as Options from "@effect/cli/Options"
import { Backend, ImageFile, Location, StoreRegistry } from "effect-glance-store"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { randomUUID } from "node:crypto"
import { meter, progress } from "./progress.js"
import { fromFile, standardInput, toStandardOutput } from "./streams.js"

const described = <A>(option: Options.Options<A>, description: string) =>
  Options.map(Options.optional(Options.withDescription(option, description)), Option.getOrUndefined)

const tenants = (name: string, may: string) =>
  Options.repeated(Options.withDescription(Options.text(name), `A tenant who may ${may} the image; repeatable`))

const theUri = Args.withDescription(Args.text({ name: "URI" }), "Where the image lies, as add has printed it")
const theStore = described(Options.text("store"), "The name of the store, where there are several")

const print = (result: unknown) => toStandardOutput(Stream.make(`${JSON.stringify(result)}\n`))

export const add = Command.make("add", {
  path: Args.withDescription(Args.text({ name: "PATH" }), "A file, or - for standard input"),
  id: described(Options.text("id"), "The image's id; default: a random UUID"),
  store: theStore,
  algo: described(Options.text("algo"), "The algorithm of the multihash; default: sha512"),
  size: described(Options.integer("size"), "The bytes there must be; default: the size of the file"),
  checksum: described(Options.text("expect-checksum"), "The MD5 checksum that the bytes must have")
}, ({ algo = "sha512", checksum, id = randomUUID(), path, size, store }) =>
  Effect.gen(function*() {
    const source = path === "-" || path === "/dev/stdin" ? standardInput : yield* fromFile(path)
    const total = size ?? source.size
    const { clear, onProgress } = meter(total)
    const image = yield* Backend.addToBackendWithMultihash(id, source.data, {
      store,
      size: total,
      hashingAlgo: algo,
      expected: { checksum },
      onProgress
    }).pipe(Effect.ensuring(clear))
    yield* print(image)
  })).pipe(Command.withDescription("Stores an image"))

export const get = Command.make("get", {
  uri: theUri,
  store: theStore,
  offset: described(Options.integer("offset"), "The first byte to read"),
  length: described(Options.integer("length"), "How many bytes to read"),
  out: described(Options.text("out"), "The file to write; default: standard output")
}, ({ length, offset, out = "-", store, uri }) =>
  Effect.gen(function*() {
    const image = yield* Backend.getFromBackend(uri, { store, offset, length })
    const size = Option.getOrUndefined(image.size)
    if (out === "-") {
      return yield* toStandardOutput(process.stdout.isTTY ? image.data : progress(size)(image.data))
    }
    yield* ImageFile.save(progress(size)(image.data), out)
    yield* print({ out, size })
  }).pipe(Effect.scoped)).pipe(Command.withDescription("Reads an image, or a part of it"))

export const getSize = Command.make(
  "size",
  { uri: theUri, store: theStore },
  ({ store, uri }) =>
    Effect.gen(function*() {
      const size = yield* Backend.getSizeFromBackend(uri, { store })
      yield* print({ size: Option.getOrNull(size) })
    })
).pipe(Command.withDescription("Prints how many bytes an image has"))

export const remove = Command.make(
  "delete",
  { uri: theUri, store: theStore },
  ({ store, uri }) =>
    Effect.gen(function*() {
      yield* Backend.deleteFromBackend(uri, { store })
      // A location prints without the credentials that a URI may have.
      yield* print({ deleted: String(yield* Location.fromUri(uri)) })
    })
).pipe(Command.withDescription("Deletes an image"))

export const setAcls = Command.make("acls", {
  uri: theUri,
  store: theStore,
  isPublic: Options.withDescription(Options.boolean("public"), "Whether everybody may read the image"),
  readTenants: tenants("read", "read"),
  writeTenants: tenants("write", "write")
}, ({ isPublic, readTenants, store, uri, writeTenants }) =>
  Effect.gen(function*() {
    const registry = yield* StoreRegistry.StoreRegistry
    const location = yield* Location.fromUri(uri)
    const found = yield* store === undefined ? registry.fromLocation(location) : registry.fromId(store)
    const acls = { public: isPublic, readTenants, writeTenants }
    // Not `Backend.setAcls`: like glance_store, that says nothing where a store has no access lists.
    yield* found.setAcls(location, acls)
    yield* print({ uri: String(location), acls })
  })).pipe(Command.withDescription("Replaces the access list of an image, in a store that has such lists"))

export const schemes = Command.make(
  "schemes",
  {},
  () => Effect.flatMap(Backend.getKnownSchemes, (known) => print({ schemes: known }))
).pipe(Command.withDescription("Prints what URIs may begin with"))

export const stores = Command.make("stores", {}, () =>
  Effect.gen(function*() {
    const { failures, stores: found } = yield* Backend.getStoresInfo
    yield* print({ stores: found, failures: failures.map(({ error, store }) => ({ store, message: error.message })) })
  })).pipe(Command.withDescription("Prints which stores there are"))
