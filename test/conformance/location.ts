/** Where images lie: locations that are written and found again, and those that are refused. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import * as Stream from "effect/Stream"
import * as Location from "../../src/Location.js"
import * as Store from "../../src/Store.js"
import { assertSame, text } from "./bytes.js"
import { failsTyped, failsWith } from "./failure.js"
import { isStored, locationOf, read, seeded, Storage } from "./harness.js"
import { type Chapter, forAll, freshId, law } from "./law.js"

/** What a store does with a location, if it can. */
const operations = (target: Location.Location) =>
  Effect.map(Store.Store, (
    { capabilities, delete: remove, get, getSize, setAcls }
  ): ReadonlyArray<Effect.Effect<unknown, Store.GetError | Store.DeleteError | Store.SetAclsError>> => [
    ...(capabilities.read ? [Effect.scoped(get(target)), getSize(target)] : []),
    ...(capabilities.write ? [remove(target)] : []),
    ...(capabilities.acls ? [setAcls(target, { public: true, readTenants: [], writeTenants: [] })] : [])
  ])

/** Ids that a grammar of URIs, or of paths, might stumble over. */
const oddIds = [
  "with blank",
  " outer blanks ",
  "100%",
  "%41",
  "%2F",
  "a+b",
  "a;b=c",
  "a:b",
  "a@b",
  "a&b",
  "[a]",
  "a/b",
  "/a",
  "../a",
  ".",
  "..",
  "a?b",
  "a#b",
  "a\\b",
  "ünïcödé",
  "u\u0308",
  "日本語",
  "🙂",
  "\u202Ea",
  "a\u0000b",
  "a\nb",
  "\uD800",
  "__proto__",
  "constructor",
  "x".repeat(300),
  "x".repeat(5000)
]

const ids = FastCheck.oneof(
  FastCheck.string({ unit: "binary", minLength: 1, maxLength: 40 }),
  FastCheck.string({ unit: "grapheme", minLength: 1, maxLength: 40 }),
  FastCheck.string({ minLength: 1, maxLength: 40 })
)

/** That an image of the id is found by its URI, and it alone deleted, unless the id is refused. */
const leads = (id: string) =>
  Effect.gen(function*() {
    const store = yield* Store.Store
    const neighbour = yield* freshId
    const beside = yield* seeded(neighbour, text(neighbour))
    const added = yield* Effect.either(store.add(id, Stream.make(text(id)), { size: text(id).length }))
    if (Either.isLeft(added)) {
      const error = yield* failsWith(added, "InvalidArgument")
      assert.strictEqual(error.argument, "imageId")
    } else {
      const found = yield* Location.fromUri(added.right.uri)
      assertSame(yield* read(found), text(id))
      yield* store.delete(found)
      yield* failsWith(store.getSize(found), "ImageNotFound")
    }
    assertSame(yield* read(beside), text(neighbour))
  })

export const location: Chapter = {
  name: "location",
  needs: [],
  laws: [
    law("is refused if its scheme is another store's", () =>
      Effect.gen(function*() {
        const foreign = yield* Location.fromUri("none-of-ours://host/container/image")
        yield* Effect.forEach(yield* operations(foreign), (operation) => failsWith(operation, "BadStoreUri"))
      })),

    law(
      "is refused if it is a scheme and nothing else",
      ({ schemes }) =>
        Effect.forEach(schemes, (scheme) =>
          Effect.gen(function*() {
            const nothing = yield* Location.fromUri(`${scheme}://`)
            yield* Effect.forEach(yield* operations(nothing), (operation) => failsWith(operation, "BadStoreUri"))
          }), { discard: true })
    ),

    law("is refused or names no image, whatever stands behind one that is right", () =>
      forAll(
        FastCheck.oneof(
          FastCheck.string({ minLength: 1, maxLength: 30 }),
          FastCheck.array(FastCheck.constantFrom("/", "..", ".", "%", "%00", "?", "#", "@", ":", "//", "a", " "), {
            minLength: 1,
            maxLength: 8
          }).map((parts) => parts.join(""))
        ),
        (garbage) =>
          Effect.gen(function*() {
            const { uriOf } = yield* Storage
            const garbled = Location.fromUri(uriOf(yield* freshId) + garbage)
            if (Either.isLeft(garbled)) {
              return assert.strictEqual(garbled.left._tag, "BadStoreUri")
            }
            yield* Effect.forEach(yield* operations(garbled.right), failsTyped)
          }),
        60
      ))
  ],
  // It applies to all.
  otherwise: []
}

export const roundTrip: Chapter = {
  name: "location, of an image that was added",
  needs: ["read", "write"],
  laws: [
    law("is written as text and read again as the same, and leads to the image", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const { uri } = yield* store.add(id, Stream.make(text("round trip")))
        const again = yield* Location.fromUri(uri)
        assert.strictEqual(Location.unsafeUri(again), uri)
        assertSame(yield* read(again), text("round trip"))
        yield* store.delete(again)
        yield* failsWith(store.delete(again), "ImageNotFound")
      })),

    law("is found whether its scheme is in lower case or not", () =>
      Effect.gen(function*() {
        const quiet = yield* seeded(yield* freshId, text("loud"))
        const { length } = quiet.scheme
        const uri = Location.unsafeUri(quiet)
        const loud = uri.slice(0, length).toUpperCase() + uri.slice(length)
        assertSame(yield* read(yield* Location.fromUri(loud)), text("loud"))
      })),

    law("leads to another image where the id is only similar", () =>
      Effect.gen(function*() {
        const store = yield* Store.Store
        const id = yield* freshId
        const similar = [
          id,
          ` ${id}`,
          `${id} `,
          `${id}%20`,
          `${id}.`,
          `.${id}`,
          `${id}+`,
          `${id}%2B`,
          `${id}//`,
          `${id}/.`
        ]
        const added = yield* Effect.forEach(similar, (name) =>
          Effect.map(Effect.either(store.add(name, Stream.make(text(name)))), (result) => ({ name, result })))
        for (const { name, result } of added) {
          if (Either.isLeft(result)) {
            yield* failsWith(result, "InvalidArgument")
          } else {
            assertSame(yield* read(yield* Location.fromUri(result.right.uri)), text(name))
          }
        }
      })),

    law(
      "leads to the image of an odd id, unless the id is refused",
      () => Effect.forEach(oddIds, leads, { discard: true })
    ),

    law("leads to the image of any id, unless the id is refused", () => forAll(ids, leads, 60))
  ],
  // A store that cannot do both has no such images.
  otherwise: []
}

export const instances: Chapter = {
  name: "location, in another instance of the store",
  needs: ["read"],
  laws: [
    law("leads to the same image over the same storage, and to none over another", (harness) =>
      Effect.gen(function*() {
        const { another } = yield* Storage
        const id = yield* freshId
        const written = yield* seeded(id, text("shared"))
        const other = yield* another
        if (harness.durable) {
          assertSame(yield* Effect.provideService(read(written), Store.Store, other), text("shared"))
        } else {
          yield* failsWith(other.getSize(written), "ImageNotFound")
        }
        yield* isStored(id, text("shared"))
        const absent = yield* locationOf(yield* freshId)
        yield* failsWith(other.getSize(absent), "ImageNotFound")
      }))
  ],
  // Nobody can tell.
  otherwise: []
}
