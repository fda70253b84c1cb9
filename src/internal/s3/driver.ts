/**
 * The S3 driver: how an image id becomes an object, and a location is found again.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import * as Capabilities from "../../Capabilities.js"
import type * as Driver from "../../Driver.js"
import { type BadStoreConfiguration, StorageFull } from "../../StoreError.js"
import * as Retrying from "../remote/retrying.js"
import * as Accounts from "./accounts.js"
import type { Adding } from "./adding.js"
import * as Bucket from "./bucket.js"
import * as Conditions from "./conditions.js"
import * as Cutting from "./cutting.js"
import * as Failures from "./failures.js"
import * as Growing from "./growing.js"
import * as S3Location from "./location.js"
import * as Multipart from "./multipart.js"
import { isAbsent } from "./objects.js"
import * as Parts from "./parts.js"
import * as Reading from "./reading.js"
import type { Settings } from "./settings.js"
import * as Single from "./single.js"
import * as Turns from "./turns.js"

/** @internal */
export const make = (
  settings: Settings
): Effect.Effect<Driver.Driver<S3Location.S3Location>, BadStoreConfiguration, Scope.Scope> =>
  Effect.gen(function*() {
    const accounts = yield* Accounts.make(settings)
    const { bucket = "", store } = settings
    const retries = Retrying.schedule(settings.retrying)
    const bucketIsThere = Bucket.make(settings, accounts.own)
    const conditions = Conditions.make(settings.conditionalPut)
    const turns = settings.conditionalPut && settings.conditionalComplete ? Turns.none : Turns.make()
    const rules = { partSize: settings.partSize, concurrency: settings.concurrency, uniform: settings.uniformParts }

    const target = ({ location, uri }: Driver.Target<S3Location.S3Location>) =>
      Effect.map(accounts.of(location, uri), (requests): Reading.Target => ({
        settings,
        requests,
        place: { bucket: location.bucket, key: location.key },
        uri
      }))

    const checkSize = (size: number | undefined) =>
      size !== undefined && size > Parts.most * Parts.largest
        ? new StorageFull({ store, reason: `an object has at most ${Parts.most * Parts.largest} bytes` })
        : Effect.void

    return {
      type: "s3",
      schemes: S3Location.schemes,
      capabilities: settings.bucket === undefined
        ? Capabilities.make("readRange")
        : Capabilities.make("readRange", "write"),
      location: S3Location.schema,

      write: (imageId, data, { digest, size: declared }) =>
        Effect.gen(function*() {
          const size = Option.getOrUndefined(declared)
          yield* S3Location.checkImageId(imageId)
          yield* checkSize(size)
          const adding: Adding = {
            settings,
            requests: accounts.own,
            place: { bucket, key: imageId },
            token: randomUUID(),
            retries,
            turns,
            conditions,
            digest,
            toFault: Failures.ofAdd({ ...settings, bucket }, imageId)
          }
          yield* bucketIsThere
          if (!isSmall(size) || !conditions.areHeeded()) {
            yield* isAbsent(adding)
          }
          yield* put(adding, yield* Cutting.make(data), Parts.plan(rules, size), size)
          if (settings.tagDigests) {
            yield* tag(adding)
          }
          return { location: locationOf(settings, imageId), metadata: {} }
        }),

      read: (at, range) => Effect.flatMap(target(at), (found) => Reading.read(found, range)),

      stat: (at) =>
        target(at).pipe(
          Effect.flatMap((found) => Reading.measure(found, "getSize")),
          Effect.asSome,
          Effect.scoped
        ),

      remove: (at) =>
        target(at).pipe(
          Effect.flatMap(({ place, requests, uri }) =>
            // S3 deletes what is not there without a word.
            Effect.zipRight(requests.head(place), requests.remove(place)).pipe(
              Effect.mapError(Failures.ofDelete(settings, uri)),
              Retrying.retrying(retries)
            )
          ),
          Effect.asVoid,
          Effect.scoped
        )
    }
  })

/** By one request if it is small, in parts if it is large, and of an unknown size as it turns out to be. */
const put = (adding: Adding, cutter: Cutting.Cutter, plan: Parts.Plan, size: number | undefined) =>
  Effect.gen(function*() {
    const { threshold } = adding.settings
    if (size !== undefined && size >= Math.max(threshold, 1)) {
      return yield* Multipart.put(adding, cutter, plan, new Uint8Array())
    }
    if (size !== undefined && !isSmall(size)) {
      return yield* Single.putAsItComes(adding, cutter, size)
    }
    const begun = yield* Growing.fill(cutter, size === undefined ? plan.sizeOf(1) : size)
    return (yield* cutter.more)
      ? yield* Multipart.put(adding, cutter, plan, begun)
      : yield* (isSmall(size) ? Single.putSmall : Single.putWhole)(adding, begun)
  })

const isSmall = (size: number | undefined): boolean => size !== undefined && size <= Single.small

const tag = ({ digest, place, requests, retries, toFault }: Adding) =>
  Effect.flatMap(digest, (made) => requests.tag(place, made)).pipe(
    Effect.mapError(toFault),
    Retrying.retrying(retries)
  )

const locationOf = (settings: Settings, key: string): S3Location.S3Location => ({
  scheme: settings.secure ? "s3+https" : "s3",
  service: settings.service,
  bucket: settings.bucket ?? "",
  key,
  credentials: settings.legacyLocations && settings.credentials !== undefined
    ? Option.some({ access: settings.credentials.access, secret: settings.credentials.secret })
    : Option.none()
})
