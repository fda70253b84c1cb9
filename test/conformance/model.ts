/** Any sequence of operations: the store is a table of whole images. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FastCheck from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Location from "../../src/Location.js"
import * as Store from "../../src/Store.js"
import { assertSame, pattern } from "./bytes.js"
import { failsWith, failureOf } from "./failure.js"
import { isNowhere, isStored, locationOf, read, type Storage } from "./harness.js"
import { type Chapter, forAll, freshId, law } from "./law.js"
import * as Source from "./source.js"

/** One id, and the image that should be there. */
interface Slot {
  readonly id: string
  location: Location.Location
  image: Uint8Array | undefined
}

type Step = (slot: Slot) => Effect.Effect<void, unknown, Store.Store | Storage>

const add = (size: number, seed: number): Step => (slot) =>
  Effect.gen(function*() {
    const store = yield* Store.Store
    const bytes = pattern(size, seed)
    const adding = store.add(slot.id, Source.make(bytes, 600).data, { size })
    if (slot.image !== undefined) {
      return yield* Effect.asVoid(failsWith(adding, "DuplicateImage"))
    }
    const { uri } = yield* adding
    slot.location = yield* Location.fromUri(uri)
    slot.image = bytes
  })

/** Where the image is there already, it is the store's own affair which of the two it notices first. */
const addTooLittle = (size: number): Step => ({ id, image }) =>
  Effect.gen(function*() {
    const store = yield* Store.Store
    const error = yield* failureOf(store.add(id, Source.make(pattern(size)).data, { size: size + 1 }))
    assert.isTrue(error._tag === "SizeMismatch" || (error._tag === "DuplicateImage" && image !== undefined))
  })

const addLost = (size: number): Step => ({ id, image }) =>
  Effect.gen(function*() {
    const store = yield* Store.Store
    const error = yield* failureOf(store.add(id, Source.followedBy(pattern(size), Effect.fail("lost"))))
    assert.isTrue(error === "lost" || (Predicate.isTagged(error, "DuplicateImage") && image !== undefined))
  })

const get = (offset: number): Step => ({ image, location }) =>
  Effect.gen(function*() {
    const store = yield* Store.Store
    const from = store.capabilities.readRange && image !== undefined ? Math.min(offset, image.length) : 0
    const reading = read(location, { offset: from })
    if (image === undefined) {
      return yield* Effect.asVoid(failsWith(reading, "ImageNotFound"))
    }
    assertSame(yield* reading, image.subarray(from))
  })

const getSize: Step = ({ image, location }) =>
  Effect.gen(function*() {
    const store = yield* Store.Store
    const asking = store.getSize(location)
    if (image === undefined) {
      return yield* Effect.asVoid(failsWith(asking, "ImageNotFound"))
    }
    assert.strictEqual(Option.getOrElse(yield* asking, () => image.length), image.length)
  })

const remove: Step = (slot) =>
  Effect.gen(function*() {
    const store = yield* Store.Store
    const deleting = store.delete(slot.location)
    if (slot.image === undefined) {
      return yield* Effect.asVoid(failsWith(deleting, "ImageNotFound"))
    }
    yield* deleting
    slot.image = undefined
  })

const steps: FastCheck.Arbitrary<Step> = FastCheck.oneof(
  { weight: 4, arbitrary: FastCheck.tuple(FastCheck.nat(3000), FastCheck.nat(99)).map((args) => add(...args)) },
  { weight: 1, arbitrary: FastCheck.nat(3000).map(addTooLittle) },
  { weight: 1, arbitrary: FastCheck.nat(3000).map(addLost) },
  { weight: 3, arbitrary: FastCheck.nat(3000).map(get) },
  { weight: 2, arbitrary: FastCheck.constant(getSize) },
  { weight: 3, arbitrary: FastCheck.constant(remove) }
)

const sequences = FastCheck.array(FastCheck.tuple(FastCheck.nat(2), steps), { minLength: 1, maxLength: 25 })

export const model: Chapter = {
  name: "any sequence of operations",
  needs: ["read", "write"],
  laws: [
    law(
      "finds the images that were added and not deleted, whole, and no others",
      () =>
        forAll(sequences, (sequence) =>
          Effect.gen(function*() {
            const slots = yield* Effect.forEach([0, 1, 2], () =>
              Effect.gen(function*() {
                const id = yield* freshId
                const slot: Slot = { id, location: yield* locationOf(id), image: undefined }
                return slot
              }))
            for (const [key, step] of sequence) {
              yield* step(slots[key] ?? assert.fail(`there is no slot ${key}`))
            }
            yield* Effect.forEach(slots, ({ id, image }) => image === undefined ? isNowhere(id) : isStored(id, image))
          }), 30)
    )
  ],
  // A store that cannot do both is known by its other laws.
  otherwise: []
}
