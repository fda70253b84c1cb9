/**
 * With whose credentials an object is asked for, and whether it is asked for at all.
 *
 * Only ever at the store's own service: no location can send credentials, or bytes, to another host.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import type { BadStoreConfiguration } from "../../StoreError.js"
import { BackendException, BadStoreUri } from "../../StoreError.js"
import * as Client from "./client.js"
import type { S3Location } from "./location.js"
import * as Requests from "./requests.js"
import { isDnsLabel, type Settings } from "./settings.js"

/** @internal */
export interface Accounts {
  readonly own: Requests.Requests
  readonly client: Client.Client
  /** Its credentials live as long as the scope. */
  readonly of: (
    location: S3Location,
    uri: string
  ) => Effect.Effect<Requests.Requests, BadStoreUri | BackendException, Scope.Scope>
}

/** @internal */
export const make = (settings: Settings): Effect.Effect<Accounts, BadStoreConfiguration, Scope.Scope> =>
  Effect.map(Client.make(settings, settings.credentials), (client) => {
    const own = Requests.make(client, settings)

    const check = ({ bucket, scheme, service }: S3Location, uri: string): Effect.Effect<void, BadStoreUri> =>
      service !== settings.service && !settings.aliases.has(service)
        ? new BadStoreUri({ uri, reason: `its service is not ${settings.service}` })
        : (scheme === "s3+https") !== settings.secure
        ? new BadStoreUri({
          uri,
          reason: `the service ${settings.service} is ${settings.secure ? "" : "not "}reached by TLS`
        })
        : !settings.pathStyle && !isDnsLabel(bucket)
        ? new BadStoreUri({ uri, reason: "its bucket cannot be part of a host name" })
        : Effect.void

    return {
      own,
      client,
      of: (location, uri) =>
        Effect.zipRight(
          check(location, uri),
          // What a location brings is old: it counts only where there is nothing newer.
          location.bucket === settings.bucket
            ? Effect.succeed(own)
            : Option.match(location.credentials, {
              onNone: () => Effect.succeed(own),
              onSome: (credentials) =>
                Client.make(settings, { ...credentials, token: undefined }).pipe(
                  Effect.map((theirs) => Requests.make(theirs, settings)),
                  Effect.mapError((cause) => new BackendException({ store: settings.store, operation: "open", cause }))
                )
            })
        )
    }
  })
