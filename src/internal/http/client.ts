/**
 * An HttpClient over undici whose bodies are read by pulling.
 *
 * It does what the one of `@effect/platform-node` does for the requests of this store, which have no bodies. That one
 * reads a body through an executor of channels, at two thirds of undici's own speed.
 *
 * @internal
 */
import type * as Undici from "@effect/platform-node/Undici"
import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import { RequestError, ResponseError } from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Pulled from "../pulled.js"
import * as Readable from "../remote/readable.js"

/** @internal */
export const make = (dispatcherOf: (url: URL) => Undici.Dispatcher): HttpClient.HttpClient =>
  HttpClient.make((request, url, signal) =>
    Effect.tryPromise({
      try: () =>
        dispatcherOf(url).request({
          origin: url.origin,
          path: url.pathname + url.search,
          method: request.method,
          headers: request.headers,
          signal,
          // Whoever asks has a clock of its own.
          headersTimeout: 0,
          bodyTimeout: 0
        }),
      catch: (cause) => new RequestError({ request, reason: "Transport", cause })
    }).pipe(Effect.map((response) => new Response(request, response)))
  )

// -----------------------------------------------------------------------------

class Response extends Inspectable.Class implements HttpClientResponse.HttpClientResponse {
  readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId = HttpIncomingMessage.TypeId
  readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId = HttpClientResponse.TypeId
  readonly status: number
  readonly headers: Headers.Headers
  readonly cookies = Cookies.empty
  readonly remoteAddress = Option.none<string>()
  readonly stream: Stream.Stream<Uint8Array, ResponseError>

  constructor(readonly request: HttpClientRequest.HttpClientRequest, response: Undici.Dispatcher.ResponseData) {
    super()
    this.status = response.statusCode
    this.headers = Headers.fromInput(response.headers)
    // Until it is read nobody else listens, and an error that nobody hears ends the process.
    response.body.on("error", () => {})
    this.stream = Pulled.toStream(
      Readable.pull(response.body, (cause) => new ResponseError({ request, response: this, reason: "Decode", cause }))
    )
  }

  /** What is not read as a stream is small. */
  private get web() {
    return HttpClientResponse.fromWeb(
      this.request,
      new globalThis.Response(Stream.toReadableStream(this.stream), { status: this.status, headers: this.headers })
    )
  }

  get text() {
    return Effect.suspend(() => this.web.text)
  }

  get json() {
    return Effect.suspend(() => this.web.json)
  }

  get urlParamsBody() {
    return Effect.suspend(() => this.web.urlParamsBody)
  }

  get formData() {
    return Effect.suspend(() => this.web.formData)
  }

  get arrayBuffer() {
    return Effect.suspend(() => this.web.arrayBuffer)
  }

  toJSON(): unknown {
    return { _id: "@effect/platform/HttpClientResponse", status: this.status }
  }
}
