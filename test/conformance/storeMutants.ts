/** Stores that check, count, hash and tell wrongly: what `Store.make` does once for all. */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import type * as AddOptions from "../../src/AddOptions.js"
import * as Capabilities from "../../src/Capabilities.js"
import * as Location from "../../src/Location.js"
import type * as Range from "../../src/Range.js"
import type * as Store from "../../src/Store.js"
import { BackendException, BadStoreUri, DigestMismatch, ImageNotFound, NotSupported } from "../../src/StoreError.js"
import { type Mutant, type Request, withAdd } from "./mutant.js"
import { everything } from "./reference.js"

/** The right add, of another request. */
const asking = (
  change: <E, R, VE, VR>(request: Request<E, R, VE, VR>) => Request<E, R, VE, VR>
): Mutant["alteration"] => ({ store: withAdd((add) => (request) => add(change(request))) })

/** The right add, of other options. */
const withOptions = (
  change: <VE, VR>(options: AddOptions.AddOptions<VE, VR>) => AddOptions.AddOptions<VE, VR>
): Mutant["alteration"] => asking((request) => ({ ...request, options: change(request.options) }))

/** The right add, of another stream. */
const withData = (
  change: <E, R>(data: Stream.Stream<Uint8Array, E, R>) => Stream.Stream<Uint8Array, E, R>
): Mutant["alteration"] => asking((request) => ({ ...request, data: change(request.data) }))

/** The right add, and another result. */
const telling = (change: (result: Store.AddResult) => Store.AddResult): Mutant["alteration"] => ({
  store: withAdd((add) => (request) => Effect.map(add(request), change))
})

/** A store that looks at a location before the right one does. */
const locating = (look: (location: Location.Location) => Effect.Effect<void, BadStoreUri>): Mutant["alteration"] => ({
  store: (store) => ({
    ...store,
    get: (location, range) => Effect.zipRight(look(location), store.get(location, range)),
    getSize: (location) => Effect.zipRight(look(location), store.getSize(location)),
    delete: (location) => Effect.zipRight(look(location), store.delete(location))
  })
})

/** Says that it cannot, and does. */
const unrestrained = (capabilities: Capabilities.Capabilities): Mutant["alteration"] => ({
  capabilities,
  driver: (driver) => ({ ...driver, capabilities: everything }),
  store: (store) => ({ ...store, capabilities })
})

/** Takes errors of the source for others. */
const mistaking = (mistakes: (error: unknown) => boolean): Mutant["alteration"] => ({
  store: withAdd((add) => <E, R, VE, VR>(request: Request<E, R, VE, VR>) =>
    Effect.mapError(
      add(request),
      (error) => mistakes(error) ? new BackendException({ store: "reference", operation: "add", cause: error }) : error
    )
  )
})

const rounded = ({ length, offset = 0 }: Range.Range): Range.Range => ({
  offset: Number.isFinite(offset) ? Math.max(0, Math.trunc(offset)) : 0,
  length: length === undefined || !Number.isFinite(length) ? undefined : Math.max(0, Math.trunc(length))
})

export const storeMutants: ReadonlyArray<Mutant> = [
  {
    name: "has looked at the first byte when it begins to think",
    alteration: {
      store: withAdd((add) => (request) => Effect.zipRight(Effect.ignore(Stream.runHead(request.data)), add(request)))
    },
    breaks: [
      "add, before a byte is read: refuses an algorithm that it does not know, and names those it knows",
      "add, before a byte is read: refuses SHAKE without a length, or with one that is none",
      "add, before a byte is read: refuses a size that is no number of bytes",
      "add, before a byte is read: refuses to expect what can be no digest",
      "add, before a byte is read: refuses an id that is empty"
    ]
  },
  {
    name: "takes a size of 0 for an unknown one",
    alteration: withOptions((options) => options.size === 0 ? { ...options, size: undefined } : options),
    breaks: ["add, while the bytes pass: stops a source that has anything at all where none was declared"]
  },
  {
    name: "does not count",
    alteration: withOptions((options) => ({ ...options, size: undefined })),
    breaks: [
      "add, before a byte is read: refuses a size that is no number of bytes",
      "add, while the bytes pass: keeps nothing of a source that ends before its size"
    ]
  },
  {
    name: "asks for four pieces before it looks at one",
    alteration: withData((data) => Stream.rechunk(data, 4)),
    breaks: ["add, while the bytes pass: stops a source that is longer than its size, with the piece that goes over"]
  },
  {
    name: "expects nothing",
    alteration: withOptions((options) => ({ ...options, expected: undefined })),
    breaks: [
      "add, before a byte is read: refuses to expect what can be no digest",
      "add, while the bytes pass: keeps nothing of bytes that have another checksum than was expected",
      "add, while the bytes pass: keeps nothing of bytes that have another multihash than was expected"
    ]
  },
  {
    name: "does not know that hex digits have two cases",
    alteration: {
      store: withAdd((add) => (request) =>
        Effect.filterOrFail(
          add(request),
          ({ checksum }) => [undefined, checksum].includes(request.options.expected?.checksum),
          ({ checksum }) => new DigestMismatch({ algorithm: "md5", expected: "other", actual: checksum })
        )
      )
    },
    breaks: ["add, while the bytes pass: takes bytes of the declared size and the expected digests, in either case"]
  },
  {
    name: "verifies nothing",
    alteration: withOptions((options) => ({ ...options, verifier: undefined })),
    breaks: [
      "add: shows a verifier all of the bytes, in order",
      "add, while the bytes pass: fails with the verifier's own error, wherever it comes, and keeps nothing",
      "add, while the bytes pass: fails with the verifier's own error where only its verdict is bad, and keeps nothing",
      "add, while the bytes pass: runs the verifier with the caller's services"
    ]
  },
  {
    name: "verifies first and counts then",
    alteration: {
      store: withAdd((add) => (request) => {
        const { verifier, ...options } = request.options
        return verifier === undefined ? add(request) : add({
          ...request,
          options,
          data: Stream.tap(request.data, verifier.update)
        })
      })
    },
    breaks: [
      "add, while the bytes pass: shows a verifier no byte beyond the declared size, and asks for no verdict on what does not fit"
    ]
  },
  {
    name: "takes an empty piece for the end",
    alteration: withData((data) => Stream.takeWhile(data, (bytes) => bytes.length > 0)),
    breaks: [
      "add: takes empty pieces for nothing, and not for the end",
      "add: gives the same result however the bytes are cut"
    ]
  },
  {
    name: "leaves its source open",
    alteration: withData(<E, R>(data: Stream.Stream<Uint8Array, E, R>) =>
      Stream.fromPull(Effect.flatMap(Scope.make(), (forever) => Scope.extend(Stream.toPull(data), forever)))
    ),
    breaks: [
      "add: has closed the source when it ends",
      "add, while the bytes pass: stops a source that is longer than its size, with the piece that goes over",
      "add, of a source that fails: has closed the source when it fails",
      "add, interrupted: has closed the source when the interruption returns"
    ]
  },
  {
    name: "goes through a promise, and comes out as another fiber",
    alteration: {
      store: withAdd((add) => <E, R, VE, VR>(request: Request<E, R, VE, VR>) =>
        Effect.contextWithEffect((context: Context.Context<R | VR>) =>
          Effect.promise(() => Effect.runPromise(Effect.provide(add(request), context)))
        )
      )
    },
    breaks: [
      "add: runs the source with the caller's services and fiber refs",
      "add, of a source that fails: fails with the source's own error, wherever it comes, and leaves nothing",
      "add, interrupted: leaves nothing in the middle"
    ]
  },
  {
    name: "takes an error with a code for the file system's",
    alteration: mistaking((error) => Predicate.hasProperty(error, "code")),
    breaks: [
      "add, of a source that fails: is not deceived by a source that fails with an error that looks like a full disk",
      "add, of a source that fails: is not deceived by a source that fails with an error that looks like a refused permission",
      "add, of a source that fails: is not deceived by a source that fails with an error that looks like a name that is taken"
    ]
  },
  {
    name: "takes an error for what its tag says",
    alteration: mistaking((error) =>
      Predicate.hasProperty(error, "_tag") &&
      ["DuplicateImage", "ImageNotFound", "StorageFull", "UploadFailed"].includes(String(error._tag))
    ),
    breaks: [
      "add, of a source that fails: is not deceived by a source that fails with the store's own DuplicateImage",
      "add, of a source that fails: is not deceived by a source that fails with the store's own ImageNotFound",
      "add, of a source that fails: is not deceived by a source that fails with the store's own StorageFull",
      "add, of a source that fails: is not deceived by a source that fails with what drivers are told",
      "add, of a source that fails: is not deceived by a source that fails with an object with a tag of the store's"
    ]
  },
  {
    name: "takes only objects for errors",
    alteration: mistaking((error) => !Predicate.isObject(error)),
    breaks: [
      "add, of a source that fails: is not deceived by a source that fails with no object",
      "add, of a source that fails: is not deceived by a source that fails with undefined",
      "add, of a source that fails: is not deceived by a source that fails with null"
    ]
  },
  {
    name: "reports another size",
    alteration: telling((result) => ({ ...result, size: result.size + 1 })),
    breaks: [
      "add: returns the size, the checksum and the multihash of what it has stored",
      "add: gives the same result however the bytes are cut",
      "add: stores an image of no bytes"
    ]
  },
  {
    name: "knows one algorithm",
    alteration: withOptions((options) =>
      Predicate.isNotUndefined(options.hashingAlgo) ? { ...options, hashingAlgo: "sha256" } : options
    ),
    breaks: [
      "add: makes a multihash by every algorithm that is available, and none where none was asked for",
      "add: returns the size, the checksum and the multihash of what it has stored",
      "add, before a byte is read: refuses an algorithm that it does not know, and names those it knows"
    ]
  },
  {
    name: "tells of a place elsewhere",
    alteration: telling((result) => ({ ...result, uri: result.uri.replace("s3://", "elsewhere://") })),
    breaks: [
      "add: returns plain data: a URI of one of its schemes, and valid metadata with its id, if it has one",
      "location, of an image that was added: is written as text and read again as the same, and leads to the image"
    ]
  },
  {
    name: "rounds what is no number of bytes",
    alteration: {
      store: (store) => ({ ...store, get: (location, range = {}) => store.get(location, rounded(range)) })
    },
    breaks: ["get, of a range: refuses an offset or a length that is no number of bytes"]
  },
  {
    name: "compares schemes as they are written",
    alteration: locating((location) =>
      Location.unsafeUri(location).startsWith("s3://")
        ? Effect.void
        : new BadStoreUri({ uri: location.toString(), reason: "it has to begin with s3://" })
    ),
    breaks: ["location, of an image that was added: is found whether its scheme is in lower case or not"]
  },
  {
    name: "finds no image where it should find fault with the location",
    alteration: {
      store: (store) => ({
        ...store,
        getSize: (location) =>
          Effect.catchTag(store.getSize(location), "BadStoreUri", ({ uri }) => new ImageNotFound({ uri }))
      })
    },
    breaks: [
      "location: is refused if its scheme is another store's",
      "location: is refused if it is a scheme and nothing else"
    ]
  },
  {
    name: "shows in a span where it looks",
    alteration: locating((location) =>
      Effect.withSpan(Effect.void, "look", { attributes: { uri: Location.unsafeUri(location) } })
    ),
    breaks: ["credentials in a location: are in no error, span, log or print of an operation, whatever it ends with"]
  },
  {
    name: "logs where it looks",
    alteration: locating((location) => Effect.logDebug(`looking at ${Location.unsafeUri(location)}`)),
    breaks: ["credentials in a location: are in no error, span, log or print of an operation, whatever it ends with"]
  },
  {
    name: "shows no span",
    alteration: {
      store: (store) => ({
        ...store,
        getSize: (location) => Effect.withTracerEnabled(store.getSize(location), false)
      })
    },
    breaks: ["store: shows each operation as a span that names the store and how it ended"]
  },
  {
    name: "says that it can do less than it can",
    alteration: { store: (store) => ({ ...store, capabilities: Capabilities.make("read") }) },
    breaks: ["store: has the schemes, the capabilities and the id that it should have"]
  },
  {
    name: "does what it says it cannot",
    alteration: unrestrained(Capabilities.none),
    breaks: [
      "add: fails with NotSupported, and nobody asks the source for a byte",
      "get: fails with NotSupported, of a range too, whether there is an image or not",
      "get, of a range: fails with NotSupported, and says which range was asked for",
      "getSize: fails with NotSupported, whether there is an image or not",
      "delete: fails with NotSupported, and the image stays",
      "setAcls: fails with NotSupported, whether there is an image or not"
    ]
  },
  {
    name: "asks its source for a byte, to say then that it cannot store it",
    alteration: {
      capabilities: Capabilities.make("read"),
      store: withAdd((add) => (request) => Effect.zipRight(Effect.ignore(Stream.runHead(request.data)), add(request)))
    },
    breaks: ["add: fails with NotSupported, and nobody asks the source for a byte"]
  },
  {
    name: "takes any offset and length for a range",
    alteration: {
      capabilities: Capabilities.make("read"),
      store: (store) => ({
        ...store,
        get: (location, range) =>
          range === undefined ? store.get(location) : new NotSupported({ store: "reference", operation: "get" })
      })
    },
    breaks: ["get, of a range: takes an offset of 0 and a length of 0 for no range"]
  }
]
