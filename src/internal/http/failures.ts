/**
 * What a web server and the way to it say, in the words of stores.
 *
 * @internal
 */
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as Predicate from "effect/Predicate"
import { BadStoreUri, ImageNotFound, RemoteServiceUnavailable } from "../../StoreError.js"
import { Refused } from "./connecting.js"

/** @internal */
export type Method = "GET" | "HEAD"

/**
 * Of a request that got no answer. That of a HEAD is a bad URI to the original, whatever the reason, and so it is here.
 *
 * @internal
 */
export const ofRequest = (method: Method, uri: string) => (error: HttpClientError) => {
  const refusal = chain(error).find((cause) => cause instanceof Refused)
  if (refusal !== undefined) {
    return new BadStoreUri({ uri, reason: refusal.message })
  }
  const cause = plain(error.cause)
  const reason = `its server gave no answer: ${cause.message}`
  return method === "HEAD" || codes(error).some((code) => aboutLength.has(code))
    ? new BadStoreUri({ uri, reason, cause })
    : new RemoteServiceUnavailable({ uri, reason, cause })
}

/**
 * Of a status that is none of success.
 *
 * @internal
 */
export const ofStatus = (status: number, uri: string, precise: boolean) => {
  const reason = `its server answered with the status ${status}`
  return status === 404 || precise && status === 410
    ? new ImageNotFound({ uri })
    : precise && status >= 500
    ? new RemoteServiceUnavailable({ uri, reason, status })
    : new BadStoreUri({ uri, reason, status })
}

/**
 * Of a body that broke off. No part of the image is in it, nor of its URL.
 *
 * @internal
 */
export const ofBody = (uri: string) => (error: HttpClientError) =>
  new RemoteServiceUnavailable({
    uri,
    reason: `it broke off: ${plain(error.cause).message}`,
    cause: plain(error.cause)
  })

// -----------------------------------------------------------------------------

/** What HTTP parsers call a Content-Length that is none, or one too many. */
const aboutLength = new Set(["HPE_INVALID_CONTENT_LENGTH", "HPE_UNEXPECTED_CONTENT_LENGTH"])

/** The error, its cause, the cause of that. */
const chain = (error: unknown): ReadonlyArray<unknown> => {
  const found: Array<unknown> = []
  for (let next = error; next !== undefined && next !== null && !found.includes(next);) {
    found.push(next)
    next = Predicate.hasProperty(next, "cause") ? next.cause : undefined
  }
  return found
}

const codes = (error: unknown): ReadonlyArray<string> =>
  chain(error).flatMap((cause) => Predicate.hasProperty(cause, "code") ? [String(cause.code)] : [])

/** Name, message and code: the errors of clients have their requests in them, and those have credentials. */
const plain = (cause: unknown): Error => {
  const errors = cause instanceof AggregateError ? cause.errors.map(messageOf) : []
  const message = messageOf(cause) || errors.join("; ")
  const [code] = codes(cause)
  return Object.assign(new Error(message), code === undefined ? {} : { code })
}

const messageOf = (cause: unknown): string => cause instanceof Error ? cause.message : ""
