/** Drivers that write wrongly. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import type * as Driver from "../../src/Driver.js"
import { BackendException, DuplicateImage } from "../../src/StoreError.js"
import { concat } from "./bytes.js"
import type { Mutant } from "./mutant.js"
import { begin, checkId, pause, publish, type Shelf, type Upload } from "./reference.js"

type Write = Driver.Driver<string>["write"]

/** The reference, but for what `write` makes of it. */
const writing = (write: (shelf: Shelf, right: Write) => Write): Mutant["alteration"] => ({
  driver: (driver, shelf) => ({ ...driver, write: write(shelf, driver.write) })
})

const written = (imageId: string) => ({ location: imageId, metadata: {} })

/** The reference's own way, in steps that can be replaced. */
const inSteps = (steps: {
  readonly begin?: (shelf: Shelf, imageId: string) => ReturnType<typeof begin>
  readonly keep?: (upload: Upload, bytes: Uint8Array) => void
  readonly publish?: (shelf: Shelf, upload: Upload) => Effect.Effect<unknown, DuplicateImage>
}): Mutant["alteration"] =>
  writing((shelf) => (imageId, data) =>
    Effect.gen(function*() {
      yield* checkId(imageId)
      const upload = yield* (steps.begin ?? begin)(shelf, imageId)
      const keep = steps.keep ?? (({ parts }, bytes) => parts.push(new Uint8Array(bytes)))
      yield* Stream.runForEach(data, (bytes) => Effect.sync(() => keep(upload, bytes)))
      yield* steps.publish === undefined ? publish(shelf, upload) : steps.publish(shelf, upload)
      return written(imageId)
    })
  )

const taken = (imageId: string) => new DuplicateImage({ store: "reference", imageId })

const put = (shelf: Shelf, { imageId, parts }: Upload) => Effect.sync(() => shelf.images.set(imageId, concat(parts)))

export const writeMutants: ReadonlyArray<Mutant> = [
  {
    name: "shows an image while it is being written",
    alteration: writing((shelf) => (imageId, data) =>
      Effect.gen(function*() {
        if (shelf.images.has(imageId)) {
          return yield* taken(imageId)
        }
        const parts: Array<Uint8Array> = []
        yield* Effect.addFinalizer((exit) => Effect.sync(() => Exit.isFailure(exit) && shelf.images.delete(imageId)))
        yield* Stream.runForEach(data, (bytes) =>
          Effect.suspend(() => {
            parts.push(new Uint8Array(bytes))
            return put(shelf, { imageId, parts })
          }))
        return written(imageId)
      })
    ),
    breaks: [
      "add: shows nobody the image before all of it is there",
      "add, while the bytes pass: fails with the verifier's own error where only its verdict is bad, and keeps nothing",
      "add, of one id by several writers: lets one of fifty writers win; the image is the winner's, and the others are told"
    ]
  },
  {
    name: "commits before its input has ended",
    alteration: writing((shelf) => (imageId, data) =>
      Effect.gen(function*() {
        const parts: Array<Uint8Array> = []
        yield* Stream.runForEach(data, (bytes) =>
          Effect.suspend(() => {
            parts.push(new Uint8Array(bytes))
            return put(shelf, { imageId, parts })
          }))
        return written(imageId)
      })
    ),
    breaks: [
      "add, while the bytes pass: stops a source that is longer than its size, with the piece that goes over",
      "add, while the bytes pass: keeps nothing of a source that ends before its size",
      "add, while the bytes pass: keeps nothing of bytes that have another checksum than was expected",
      "add, while the bytes pass: keeps nothing of bytes that have another multihash than was expected",
      "add, while the bytes pass: shows a verifier no byte beyond the declared size, and asks for no verdict on what does not fit",
      "add, while the bytes pass: fails with the verifier's own error, wherever it comes, and keeps nothing",
      "add, while the bytes pass: fails with the verifier's own error where only its verdict is bad, and keeps nothing",
      "add, of a source that fails: fails with the source's own error, wherever it comes, and leaves nothing",
      "add, of a source that fails: lets a defect of the source be a defect, and leaves nothing",
      "add, of a source that fails: is interrupted by a source that interrupts itself, and leaves nothing",
      "add, interrupted: leaves nothing in the middle",
      "add, interrupted: leaves nothing after the last byte, before the source has ended",
      "add, interrupted: leaves nothing while the verdict on all of the bytes is pending",
      "add, interrupted: leaves nothing wherever it is interrupted, or the whole image where that came too late",
      "add, interrupted: leaves no part of an image, after whichever of its steps it is interrupted",
      "any sequence of operations: finds the images that were added and not deleted, whole, and no others"
    ]
  },
  {
    name: "loses a piece",
    alteration: inSteps({
      keep: ({ parts }, bytes) => parts.push(parts.length === 1 ? new Uint8Array() : bytes.slice())
    }),
    breaks: [
      "add: returns the size, the checksum and the multihash of what it has stored",
      "add: gives the same result however the bytes are cut",
      "add: takes empty pieces for nothing, and not for the end",
      "add: stores an image much larger than a piece, and a piece much larger than a buffer",
      "any sequence of operations: finds the images that were added and not deleted, whole, and no others"
    ]
  },
  {
    name: "keeps no more than fits into a mebibyte",
    alteration: inSteps({
      keep: ({ parts }, bytes) => parts.push(bytes.slice(0, Math.max(0, 1024 * 1024 - concat(parts).length)))
    }),
    breaks: ["add: stores an image much larger than a piece, and a piece much larger than a buffer"]
  },
  {
    name: "leaves out zeros without making room for them",
    alteration: inSteps({
      keep: ({ parts }, bytes) => bytes.some((byte) => byte !== 0) && parts.push(new Uint8Array(bytes))
    }),
    breaks: ["add: stores zeros as it stores other bytes, in the middle and at the end"]
  },
  {
    name: "stores no image of no bytes",
    alteration: inSteps({
      publish: (shelf, upload) => upload.parts.length === 0 ? Effect.void : put(shelf, upload)
    }),
    breaks: [
      "add: stores an image of no bytes",
      "add: takes empty pieces for nothing, and not for the end"
    ]
  },
  {
    name: "overwrites an image that is there",
    alteration: inSteps({ publish: put }),
    breaks: [
      "add: leaves an image that is already there as it was, and says so",
      "add, of one id by several writers: lets one of fifty writers win; the image is the winner's, and the others are told",
      "add, of one id by several writers: lets one of two win where the second begins and ends during the first",
      "any sequence of operations: finds the images that were added and not deleted, whole, and no others"
    ]
  },
  {
    name: "looks whether the id is free, and writes in its next step",
    alteration: inSteps({
      publish: (shelf, upload) =>
        Effect.zipRight(
          Effect.suspend(() => shelf.images.has(upload.imageId) ? taken(upload.imageId) : Effect.void),
          put(shelf, upload)
        )
    }),
    breaks: [
      "add, of one id by several writers: lets one of two writers win, behind whichever step after the last byte both are halted"
    ]
  },
  {
    name: "looks whether the id is free, and writes later",
    alteration: inSteps({
      publish: (shelf, upload) =>
        Effect.suspend(() => shelf.images.has(upload.imageId) ? taken(upload.imageId) : Effect.void).pipe(
          Effect.zipLeft(pause),
          Effect.zipRight(put(shelf, upload))
        )
    }),
    breaks: [
      "add, of one id by several writers: lets one of fifty writers win; the image is the winner's, and the others are told"
    ]
  },
  {
    name: "leaves its upload behind where it fails",
    alteration: inSteps({
      begin: (shelf, imageId) =>
        Effect.acquireRelease(
          Effect.sync((): Upload => {
            const upload = { imageId, parts: [] }
            shelf.uploads.add(upload)
            return upload
          }),
          (upload, exit) => Effect.sync(() => Exit.isSuccess(exit) && shelf.uploads.delete(upload))
        )
    }),
    breaks: [
      "add, while the bytes pass: stops a source that has anything at all where none was declared",
      "add, of a source that fails: fails with the source's own error, wherever it comes, and leaves nothing",
      "add, interrupted: leaves nothing where it waits for the first byte",
      "add, interrupted: leaves no part of an image, after whichever of its steps it is interrupted",
      "add: leaves an image that is already there as it was, and says so"
    ]
  },
  {
    name: "leaves its upload behind where it is interrupted",
    alteration: inSteps({
      begin: (shelf, imageId) =>
        Effect.acquireRelease(
          Effect.sync((): Upload => {
            const upload = { imageId, parts: [] }
            shelf.uploads.add(upload)
            return upload
          }),
          (upload, exit) =>
            Effect.sync(() =>
              !(Exit.isFailure(exit) && Cause.isInterrupted(exit.cause)) && shelf.uploads.delete(upload)
            )
        )
    }),
    breaks: [
      "add, of a source that fails: is interrupted by a source that interrupts itself, and leaves nothing",
      "add, interrupted: leaves nothing where it waits for the first byte",
      "add, interrupted: leaves nothing in the middle",
      "add, interrupted: leaves nothing after the last byte, before the source has ended",
      "add, interrupted: leaves nothing while the verdict on all of the bytes is pending",
      "add, interrupted: leaves nothing wherever it is interrupted, or the whole image where that came too late",
      "add, interrupted: leaves no part of an image, after whichever of its steps it is interrupted"
    ]
  },
  {
    name: "publishes with no way back, and goes on to something else",
    alteration: inSteps({ publish: (shelf, upload) => Effect.zipLeft(put(shelf, upload), Effect.sleep("50 millis")) }),
    breaks: [
      "add, interrupted: leaves nothing wherever it is interrupted, or the whole image where that came too late",
      "add, interrupted: takes an image back that has only just become visible, or has ended well"
    ]
  },
  {
    name: "keeps an id locked after a failure",
    alteration: writing((_, right) => {
      const locked = new Set<string>()
      return (imageId, data, options) =>
        Effect.suspend(() => locked.has(imageId) ? taken(imageId) : Effect.sync(() => locked.add(imageId))).pipe(
          Effect.zipRight(right(imageId, data, options)),
          Effect.tap(() => Effect.sync(() => locked.delete(imageId)))
        )
    }),
    breaks: [
      "add, of a source that fails: leaves the id free after a failure: the image can be added then",
      "add, of one id by several writers: lets no writer that fails harm one that does not",
      "add, interrupted: leaves the id free: the image can be added then"
    ]
  },
  {
    name: "takes away what has its image's name where it fails",
    alteration: writing((shelf, right) => (imageId, data, options) =>
      Effect.zipRight(
        Effect.addFinalizer((exit) => Effect.sync(() => Exit.isFailure(exit) && shelf.images.delete(imageId))),
        right(imageId, data, options)
      )
    ),
    breaks: [
      "add: leaves an image that is already there as it was, and says so",
      "add, of a source that fails: harms no image that was there before",
      "add, interrupted: harms no image that was there before",
      "add, of one id by several writers: lets one of two win where the second begins and ends during the first",
      "add, of one id by several writers: lets no writer that fails harm one that does not"
    ]
  },
  {
    name: "keeps the source's memory",
    alteration: inSteps({ keep: ({ parts }, bytes) => parts.push(bytes) }),
    breaks: [
      "add: has read a piece by the time it asks for the next: the source may use its memory again"
    ]
  },
  {
    name: "takes the slice of a Buffer for a copy",
    alteration: inSteps({ keep: ({ parts }, bytes) => parts.push(bytes.slice()) }),
    breaks: ["add: has read a piece by the time it asks for the next: the source may use its memory again"]
  },
  {
    name: "stores the source's memory itself where the image is one piece",
    alteration: writing((shelf, right) => (imageId, data, options) =>
      Effect.gen(function*() {
        const pieces = yield* Stream.runCollect(data)
        const result = yield* right(imageId, Stream.fromChunk(pieces), options)
        const [only, ...others] = pieces
        return only === undefined || others.length > 0
          ? result
          : yield* Effect.as(Effect.sync(() => shelf.images.set(imageId, only)), result)
      })
    ),
    breaks: ["add: keeps no memory of the source's: what is written on it later changes nothing"]
  },
  {
    name: "gathers all uploads in one place",
    alteration: writing((shelf) => {
      const shared: Array<Uint8Array> = []
      return (imageId, data) =>
        Effect.gen(function*() {
          yield* Stream.runForEach(data, (bytes) => Effect.sync(() => shared.push(bytes.slice())))
          yield* put(shelf, { imageId, parts: shared.splice(0) })
          return written(imageId)
        })
    }),
    breaks: ["add: keeps a hundred images apart that are added at the same time"]
  },
  {
    name: "takes a failure of its input for its own",
    alteration: writing((_, right) => (imageId, data, options) =>
      Effect.catchTag(
        right(imageId, data, options),
        "UploadFailed",
        (cause) => new BackendException({ store: "reference", operation: "add", cause })
      )
    ),
    breaks: [
      "add, while the bytes pass: keeps nothing of a source that ends before its size",
      "add, while the bytes pass: fails with the verifier's own error, wherever it comes, and keeps nothing",
      "add, of a source that fails: fails with the source's own error, wherever it comes, and leaves nothing"
    ]
  },
  {
    name: "swallows a failure of its input",
    alteration: writing((_, right) => (imageId, data, options) =>
      right(imageId, Stream.catchAll(data, () => Stream.empty), options)
    ),
    breaks: [
      "add, while the bytes pass: keeps nothing of a source that ends before its size",
      "add, of a source that fails: fails with the source's own error, wherever it comes, and leaves nothing"
    ]
  },
  {
    name: "takes whatever befalls it for an error",
    alteration: writing((_, right) => (imageId, data, options) =>
      Effect.catchAllCause(
        right(imageId, data, options),
        (cause) => new BackendException({ store: "reference", operation: "add", cause: Cause.squash(cause) })
      )
    ),
    breaks: [
      "add, of a source that fails: lets a defect of the source be a defect, and leaves nothing",
      "add, of a source that fails: is interrupted by a source that interrupts itself, and leaves nothing"
    ]
  },
  {
    name: "dies where it should fail",
    alteration: writing((_, right) => (imageId, data, options) =>
      Effect.catchTag(right(imageId, data, options), "DuplicateImage", Effect.die)
    ),
    breaks: [
      "add: leaves an image that is already there as it was, and says so",
      "add, of one id by several writers: lets one of fifty writers win; the image is the winner's, and the others are told"
    ]
  },
  {
    name: "takes any id",
    alteration: writing((shelf) => (imageId, data) =>
      Effect.gen(function*() {
        const upload = yield* begin(shelf, imageId)
        yield* Stream.runForEach(data, (bytes) => Effect.sync(() => upload.parts.push(new Uint8Array(bytes))))
        yield* publish(shelf, upload)
        return written(imageId)
      })
    ),
    breaks: [
      "add, before a byte is read: refuses an id that is empty",
      "location, of an image that was added: leads to the image of an odd id, unless the id is refused"
    ]
  },
  {
    name: "trims ids",
    alteration: writing((_, right) => (imageId, data, options) => right(imageId.trim(), data, options)),
    breaks: ["location, of an image that was added: leads to another image where the id is only similar"]
  }
]
