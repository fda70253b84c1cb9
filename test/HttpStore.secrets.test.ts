/** Credentials of URLs and proxies are used, and seen by nobody but the server they are for. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as Location from "../src/Location.js"
import { text } from "./conformance/bytes.js"
import { printed, watched } from "./conformance/tracing.js"
import * as Answer from "./http/Answer.js"
import * as Proxy from "./http/Proxy.js"
import * as Site from "./http/Site.js"
import { faces, logged } from "./secretUri.js"

const secrets = ["ZqUser", "ZqPassword", "ZqToken", "ZqTheirs", "ZqProxy"]

const credentials = ["ZqUser:ZqPassword", "ZqTheirs:ZqTheirs", "ZqProxy:ZqProxy"].map((plain) =>
  Buffer.from(plain).toString("base64")
)

const assertQuiet = (shown: string) => {
  for (const secret of [...secrets, ...credentials]) {
    assert.notInclude(shown, secret)
  }
}

describe("a secret of an HTTP location", () => {
  it.scoped("is used, and is in no error, span, log or print of whatever may go wrong", () =>
    Effect.gen(function*() {
      const { web } = yield* Site.make()
      const proxy = yield* Proxy.make
      const store = yield* Site.store({
        retries: 1,
        proxies: { https: Redacted.make(`http://ZqProxy:ZqProxy@${proxy.host}`) }
      })
      const path = "/image?sig=ZqToken"
      web.put(path, text("image"))
      const theirs = `http://ZqTheirs:ZqTheirs@${web.host}`
      const answers: ReadonlyArray<Answer.Answer> = [
        Answer.image,
        Answer.status(401, { "WWW-Authenticate": "Basic realm=\"ZqToken\"" }, "ZqUser ZqPassword"),
        Answer.status(404),
        Answer.status(500, {}, "ZqToken"),
        Answer.hangUp,
        Answer.gzipped,
        Answer.cutAt(2),
        Answer.raw("HTTP/1.1 200 OK\r\nContent-Length: ZqToken\r\n\r\n"),
        Answer.raw("ZqToken ZqPassword\r\n\r\n"),
        Answer.redirect(`${theirs}${path}`),
        Answer.redirect(`${theirs}/gone?ZqToken`, 307),
        Answer.redirect("http://10.0.0.1/?ZqToken"),
        Answer.redirect("http://ZqTheirs:ZqTheirs@10.0.0.1/"),
        Answer.redirect("file:///etc/ZqToken"),
        Answer.redirect("http://ZqTheirs:ZqTheirs@[::1"),
        Answer.redirect("http://ZqTheirs:ZqTheirs@h h/")
      ]
      const outcomes: Array<string> = []
      const look = (uri: string) =>
        Effect.gen(function*() {
          const location = yield* Location.fromUri(uri)
          for (
            const operation of [
              Effect.scoped(Effect.flatMap(store.get(location), ({ data }) => Stream.runDrain(data))),
              store.getSize(location)
            ]
          ) {
            const { exit, seen } = yield* watched(operation)
            assertQuiet(printed(exit, seen))
            assertQuiet(faces(exit))
            assertQuiet(yield* logged(exit))
            outcomes.push(exit._tag)
          }
        })
      for (const answer of answers) {
        web.next(path, answer, answer, answer, answer)
        yield* look(`http://ZqUser:ZqPassword@${web.host}${path}`)
      }
      for (
        const uri of [
          "http://ZqUser:ZqPassword@127.0.0.1:1/?ZqToken",
          "https://ZqUser:ZqPassword@127.0.0.1:1/?ZqToken",
          `https://ZqUser:ZqPassword@${web.host}/?ZqToken`,
          "http://ZqUser:ZqPassword@10.0.0.1/?ZqToken",
          "http://ZqUser:ZqPassword@h:99999/?ZqToken",
          "http://ZqUser:ZqPassword@[h]/?ZqToken"
        ]
      ) {
        yield* look(uri)
      }
      assertQuiet(faces(store))
      assert.includeMembers(outcomes, ["Success", "Failure"])
      // They were used.
      const seen = web.allAsked().map(({ headers }) => headers.authorization)
      assert.includeMembers(seen, credentials.slice(0, 2).map((encoded) => `Basic ${encoded}`))
      assert.include(proxy.asked().map(({ authorization }) => authorization), `Basic ${credentials[2]}`)
    }))
})
