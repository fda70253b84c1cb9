/**
 * Options as a program has written them, checked against the Config of their store: all that is wrong is said at once.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { BadStoreConfiguration } from "../StoreError.js"

/**
 * `unsaid` has what is said of a field in the place of what is found there, which may be a secret.
 *
 * @internal
 */
export const decode = <A, I>(
  config: Schema.Schema<A, I>,
  options: I,
  { store, unsaid = {} }: { readonly store: string; readonly unsaid?: Readonly<Record<string, string>> }
): Effect.Effect<A, BadStoreConfiguration> =>
  Effect.mapError(
    Schema.decode(config)(options, { errors: "all", onExcessProperty: "error" }),
    (error) =>
      new BadStoreConfiguration({
        store,
        reason: ParseResult.ArrayFormatter.formatErrorSync(error)
          .map(({ message, path }) => `${path.join(".")}: ${unsaid[String(path[0])] ?? message}`)
          .join("; ")
      })
  )
