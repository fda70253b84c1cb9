/** How the program ends: what it says of a failure, and its exit status. */
import * as HelpDoc from "@effect/cli/HelpDoc"
import * as ValidationError from "@effect/cli/ValidationError"
import type { Teardown } from "@effect/platform/Runtime"
import { Location } from "effect-glance-store"
import * as Cause from "effect/Cause"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import { constants } from "node:os"
import { stripVTControlCharacters } from "node:util"

/** One line of JSON, whatever failed. */
export const failureLine = (cause: Cause.Cause<unknown>): string => {
  const error = Cause.squash(cause)
  return JSON.stringify({ error: tagOf(error), message: withoutCredentials(messageOf(error)) })
}

/** 1 after a failure; 128 and the number of the signal after one, as shells have it. */
export const teardown: Teardown = (exit, onExit) =>
  onExit(Exit.isSuccess(exit) ? 0 : Cause.isInterruptedOnly(exit.cause) ? 128 + constants.signals[signal] : 1)

// -----------------------------------------------------------------------------

let signal: "SIGINT" | "SIGTERM" = "SIGINT"
process.once("SIGTERM", () => {
  signal = "SIGTERM"
})

// A help page that nobody reads to its end is no failure. Results are written where their errors are seen.
process.stdout.on("error", () => undefined)

const tagOf = (error: unknown): string =>
  ValidationError.isValidationError(error)
    ? "ValidationError"
    : Predicate.hasProperty(error, "_tag") && Predicate.isString(error._tag)
    ? error._tag
    : "UnexpectedError"

const messageOf = (error: unknown): string =>
  ValidationError.isValidationError(error)
    ? stripVTControlCharacters(HelpDoc.toAnsiText(error.error)).trim()
    : error instanceof Error
    ? error.message
    : String(error)

/** A message may repeat an argument, and a storage URI may hold a key. */
const withoutCredentials = (message: string): string =>
  message.replace(
    /[a-z][a-z\d+.-]*:\/\/[^\s"']+/gi,
    (uri) => Either.match(Location.fromUri(uri), { onLeft: (error) => error.uri, onRight: String })
  )
