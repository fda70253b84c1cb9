/**
 * A question to a web server and its answer, with the redirects in between.
 *
 * Redirects are followed here and not in the client: each hop is checked as the first one was, has a limit, leaves
 * credentials behind where it leads to another origin, and does not lead from https to http unnoticed.
 *
 * @internal
 */
import type * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import type { HttpClientError } from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import type { ImageNotFound } from "../../StoreError.js"
import { BadStoreUri, MaxRedirectsExceeded, RemoteServiceUnavailable } from "../../StoreError.js"
import { maskUri } from "../mask.js"
import * as failures from "./failures.js"
import * as fields from "./fields.js"
import * as HttpLocation from "./httpLocation.js"
import type { Settings } from "./settings.js"

/** @internal */
export interface Question {
  readonly method: failures.Method
  /** As it may be shown, of the image that it is all about. */
  readonly uri: string
  readonly location: HttpLocation.HttpLocation
  readonly headers?: Readonly<Record<string, string>>
  /** Statuses besides those of success that are answers too. */
  readonly expects?: ReadonlyArray<number>
}

/** @internal */
export interface Answer {
  /** Who gave it. */
  readonly location: HttpLocation.HttpLocation
  readonly status: number
  readonly headers: Headers.Headers
  /** What the header fields say, where there is a body. */
  readonly length: Option.Option<number>
  readonly body: Stream.Stream<Uint8Array, HttpClientError>
}

/** @internal */
export type Failure = BadStoreUri | ImageNotFound | MaxRedirectsExceeded | RemoteServiceUnavailable

/** Holds the connection for as long as the scope lives. */
export type Ask = (question: Question) => Effect.Effect<Answer, Failure, Scope.Scope>

/** @internal */
export const make = (client: HttpClient.HttpClient, settings: Settings): Ask => {
  // A URL in a span, or the identifier of a trace in a request, is told to those whom it does not concern.
  const quiet = client.pipe(HttpClient.withTracerDisabledWhen(() => true), HttpClient.withScope)

  const hop = ({ headers, location, method, uri }: Question) => {
    const authorization = HttpLocation.authorization(location)
    const request = HttpClientRequest.make(method)(HttpLocation.toUrl(location), {
      headers: {
        "accept-encoding": "identity",
        "user-agent": settings.userAgent,
        ...headers,
        ...(authorization === undefined ? {} : { authorization })
      }
    })
    return permit(location, uri).pipe(
      Effect.zipRight(Effect.mapError(quiet.execute(request), failures.ofRequest(method, uri))),
      limited(settings.firstByteTimeout, uri)
    )
  }

  const permit = (location: HttpLocation.HttpLocation, uri: string) => {
    const objection = settings.policy.objectsToHost(HttpLocation.toUrl(location).hostname)
    return objection === undefined ? Effect.void : new BadStoreUri({ uri, reason: objection })
  }

  const follow = (question: Question, redirects: number): Effect.Effect<Answer, Failure, Scope.Scope> =>
    Effect.gen(function*() {
      const { expects = [], location, uri } = question
      const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
      const response = yield* Scope.extend(hop(question), scope)
      if (response.status < 300 || expects.includes(response.status)) {
        return yield* accepted(response, question)
      }
      yield* Scope.close(scope, Exit.void)
      if (response.status >= 400) {
        return yield* failures.ofStatus(response.status, uri, settings.preciseStatusErrors)
      }
      const next = yield* target(response, location, uri)
      if (redirects === settings.maxRedirects) {
        return yield* new MaxRedirectsExceeded({ uri, redirects })
      }
      return yield* follow({ ...question, location: next }, redirects + 1)
    })

  /** Where the redirect leads, if it may be followed. */
  const target = (response: HttpClientResponse.HttpClientResponse, from: HttpLocation.HttpLocation, uri: string) => {
    const { headers, status } = response
    const refuse = (reason: string) =>
      new BadStoreUri({ uri, reason: `its server answered with the redirect ${status} ${reason}`, status })
    const to = headers["location"]
    return to === undefined
      ? refuse("to nowhere")
      : !settings.redirectStatuses.includes(status)
      ? refuse(`to ${maskUri(to)}, which is of a kind that is not followed`)
      : HttpLocation.redirected(from, to).pipe(
        Effect.mapError((reason) => refuse(reason)),
        Effect.filterOrFail(
          ({ scheme }) => from.scheme === "http" || scheme === "https" || settings.allowHttpsToHttp,
          () => refuse("from https to http")
        )
      )
  }

  return (question) => follow(question, 0)
}

// -----------------------------------------------------------------------------

/** What can be an image, or tell of one. */
const accepted = (
  response: HttpClientResponse.HttpClientResponse,
  { location, uri }: Question
): Effect.Effect<Answer, BadStoreUri> =>
  Effect.gen(function*() {
    const { headers, status } = response
    const coding = fields.contentEncoding(headers)
    if (Option.isSome(coding)) {
      const reason = `its server applied the coding ${coding.value}, though it was asked not to`
      return yield* new BadStoreUri({ uri, reason, status })
    }
    const length = yield* Effect.mapError(
      fields.contentLength(headers),
      (reason) => new BadStoreUri({ uri, reason, status })
    )
    return { location, status, headers, body: response.stream, length: status === 204 ? Option.some(0) : length }
  })

const limited =
  (limit: Duration.Duration, uri: string) =>
  <A, E, R>(self: Effect.Effect<A, E, R>): Effect.Effect<A, E | RemoteServiceUnavailable, R> =>
    Duration.toMillis(limit) === 0 ? self : Effect.timeoutFail(self, {
      duration: limit,
      onTimeout: () =>
        new RemoteServiceUnavailable({ uri, reason: `its server gave no answer within ${Duration.format(limit)}` })
    })
