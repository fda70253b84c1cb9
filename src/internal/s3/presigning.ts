/**
 * URLs that carry the right to read one image for a time. The package that signs them is loaded when the first
 * one is asked for: most programs never do.
 *
 * @internal
 */
import { GetObjectCommand } from "@aws-sdk/client-s3"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import type * as Location from "../../Location.js"
import { type BadStoreConfiguration, BadStoreUri } from "../../StoreError.js"
import * as Retrying from "../remote/retrying.js"
import * as Accounts from "./accounts.js"
import * as Failures from "./failures.js"
import * as S3Location from "./location.js"
import type { Settings } from "./settings.js"

/** @internal */
export const get = (
  settings: Settings,
  location: Location.Location,
  expiresIn: Duration.Duration
): Effect.Effect<Redacted.Redacted, BadStoreConfiguration | BadStoreUri | Failures.CallError, Scope.Scope> =>
  Effect.gen(function*() {
    const uri = location.toString()
    const own = yield* Effect.mapError(
      Schema.decode(S3Location.schema)(location),
      (error) => new BadStoreUri({ uri, reason: ParseResult.ArrayFormatter.formatErrorSync(error)[0]?.message ?? "" })
    )
    const accounts = yield* Accounts.make(settings)
    const client = yield* accounts.of(own, uri)
    return yield* client.attempt(
      "PresignGetObject",
      (sdk) =>
        import("@aws-sdk/s3-request-presigner").then(({ getSignedUrl }) =>
          getSignedUrl(sdk, new GetObjectCommand({ Bucket: own.bucket, Key: own.key }), {
            expiresIn: Math.floor(Duration.toSeconds(expiresIn))
          })
        )
    ).pipe(
      Effect.map((url) => Redacted.make(url)),
      Effect.mapError(Failures.ofCall(settings, "presignGet")),
      Retrying.retrying(Retrying.schedule(settings.retrying))
    )
  })
