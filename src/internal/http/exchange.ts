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
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as ExecutionStrategy from "effect/ExecutionStrategy"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"
import { BadStoreUri, MaxRedirectsExceeded } from "../../StoreError.js"
import { maskUri } from "../mask.js"
import * as Fault from "../remote/fault.js"
import * as failures from "./failures.js"
import * as fields from "./fields.js"
import * as HttpLocation from "./httpLocation.js"
import type { Settings } from "./settings.js"

/** The URI is that of the image that it is all about, whatever the location. */
export interface Question extends failures.Asking {
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

/** Holds the connection for as long as the scope lives. */
export type Ask = (question: Question) => Effect.Effect<Answer, Fault.Fault<failures.Failure>, Scope.Scope>

/** @internal */
export const make = (client: HttpClient.HttpClient, settings: Settings): Ask => {
  // A URL in a span, or the identifier of a trace in a request, is told to those whom it does not concern.
  const quiet = client.pipe(HttpClient.withTracerDisabledWhen(() => true), HttpClient.withScope)

  const hop = (question: Question) => {
    const { headers, location, method, uri } = question
    const url = HttpLocation.toUrl(location)
    const objection = settings.policy.objectsToHost(url.hostname)
    if (objection !== undefined) {
      return Effect.fail(Fault.final(new BadStoreUri({ uri, reason: objection })))
    }
    const authorization = HttpLocation.authorization(location)
    // As text: of a URL the client would take the query apart, and encode it anew.
    const request = HttpClientRequest.make(method)(url.href, {
      headers: {
        "accept-encoding": "identity",
        "user-agent": settings.userAgent,
        ...headers,
        ...(authorization === undefined ? {} : { authorization })
      }
    })
    return Effect.mapError(quiet.execute(request), failures.ofRequest(question))
  }

  const follow = (
    question: Question,
    redirects: number
  ): Effect.Effect<Answer, Fault.Fault<failures.Failure>, Scope.Scope> =>
    Effect.gen(function*() {
      const { expects = [], location, uri } = question
      const scope = yield* Scope.fork(yield* Effect.scope, ExecutionStrategy.sequential)
      const response = yield* Scope.extend(hop(question), scope)
      const { headers, status } = response
      if (status >= 200 && status < 300 || expects.includes(status)) {
        return yield* Effect.mapError(accepted(response, question), Fault.final)
      }
      yield* Scope.close(scope, Exit.void)
      if (status >= 400) {
        const now = yield* Clock.currentTimeMillis
        return yield* Effect.fail(
          failures.ofStatus(question, { status, headers, now, precise: settings.preciseStatusErrors })
        )
      }
      const next = yield* Effect.mapError(target(response, location, uri), Fault.final)
      if (redirects === settings.maxRedirects) {
        return yield* Effect.fail(Fault.final(new MaxRedirectsExceeded({ uri, redirects })))
      }
      return yield* follow({ ...question, location: next }, redirects + 1)
    })

  /** Where the redirect leads, if it may be followed. */
  const target = (
    { headers, status }: HttpClientResponse.HttpClientResponse,
    from: HttpLocation.HttpLocation,
    uri: string
  ): Effect.Effect<HttpLocation.HttpLocation, BadStoreUri> => {
    const refuse = (reason: string) =>
      new BadStoreUri({ uri, reason: `its server answered with the status ${status}, a redirect ${reason}`, status })
    const to = headers["location"]
    return to === undefined
      ? refuse("to nowhere")
      : !settings.redirectStatuses.includes(status)
      ? refuse(`of a kind that is not followed, to ${maskUri(to)}`)
      : HttpLocation.redirected(from, to).pipe(
        Effect.mapError(refuse),
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
