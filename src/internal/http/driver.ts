/**
 * The HTTP driver: sizes by HEAD, images by GET, and parts of them by ranges.
 *
 * @internal
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as Capabilities from "../../Capabilities.js"
import type * as Driver from "../../Driver.js"
import * as Range from "../../Range.js"
import { StoreTimeout } from "../../StoreError.js"
import * as Fault from "../remote/fault.js"
import * as Resuming from "../remote/resuming.js"
import * as Retrying from "../remote/retrying.js"
import * as Exchange from "./exchange.js"
import type * as failures from "./failures.js"
import type * as HttpLocation from "./httpLocation.js"
import { schema, schemes } from "./httpLocation.js"
import * as Reading from "./reading.js"
import type { Settings } from "./settings.js"

type Target = Driver.Target<HttpLocation.HttpLocation>

/** @internal */
export const make = (
  client: HttpClient.HttpClient,
  settings: Settings
): Driver.Driver<HttpLocation.HttpLocation> => {
  const { firstByteTimeout, idleTimeout, ranges, store } = settings
  const ask = Exchange.make(client, settings)
  const retries = Retrying.schedule(settings.retrying)

  const stat = (target: Target): Effect.Effect<Option.Option<number>, Driver.StatError> => {
    const asked = (
      method: "GET" | "HEAD"
    ): Effect.Effect<Option.Option<number>, Fault.Fault<failures.Failure | StoreTimeout>> =>
      ask({ method, store, operation: "getSize", ...target }).pipe(
        Effect.map(({ length }) => length),
        // Of a GET there is a body, which is not waited for.
        Effect.scoped,
        Effect.timeoutFail({
          duration: firstByteTimeout,
          onTimeout: (): Fault.Fault<StoreTimeout> =>
            Fault.passing(new StoreTimeout({ store, operation: "getSize", after: firstByteTimeout }))
        })
      )
    const head = asked("HEAD")
    return settings.sizeByGet
      ? Effect.catchIf(head, ({ error }) => headRefused(error), () => asked("GET")).pipe(Retrying.retrying(retries))
      : Retrying.retrying(retries)(head)
  }

  const read = (target: Target, range: Range.Checked): Effect.Effect<Driver.ImageData, Driver.OpenError, Scope.Scope> =>
    Resuming.open(Reading.make(ask, store, target, range), { idle: idleTimeout, answer: firstByteTimeout, retries })
      .pipe(
        Effect.map(({ data, head }) => ({ size: Option.fromNullable(head.length), data }))
      )

  /** HTTP has no range without bytes, so all that can be found out is whether it would begin in the image. */
  const readNothing = (target: Target, range: Range.Checked) =>
    stat(target).pipe(
      Effect.flatMap(Option.match({
        onNone: () => Effect.void,
        onSome: (size) => Effect.asVoid(Range.clip(range, size, target.uri))
      })),
      Effect.as({ size: Option.some(0), data: Stream.empty })
    )

  return {
    type: "http",
    schemes,
    capabilities: ranges ? Capabilities.make("readRange") : Capabilities.make("read"),
    location: schema,
    // Neither is a capability, so neither is called.
    write: () => Effect.dieMessage("an HTTP store is not written to"),
    remove: () => Effect.dieMessage("an HTTP store does not delete"),
    stat,
    read: (target, range) =>
      Range.isPartial(range) && range.length === 0 ? readNothing(target, range) : read(target, range)
  }
}

// -----------------------------------------------------------------------------

const headRefused = (error: failures.Failure | StoreTimeout): boolean =>
  error._tag === "BadStoreUri" && (error.status === 405 || error.status === 501)
