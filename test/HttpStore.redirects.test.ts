import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { pattern } from "./conformance/bytes.js"
import * as Answer from "./http/Answer.js"
import * as Site from "./http/Site.js"
import * as WebServer from "./http/WebServer.js"

const image = pattern(1000)

/** `/1` leads to `/2`, and so on to `/image`, which is there. */
const chain = (web: WebServer.WebServer, hops: number) => {
  web.put("/image", image)
  for (let hop = 1; hop <= hops; hop++) {
    const answer = Answer.redirect(hop === hops ? "/image" : `/${hop + 1}`, hop % 2 === 0 ? 301 : 302)
    web.next(`/${hop}`, answer, answer)
  }
  return `${web.origin}/1`
}

describe("a redirect", () => {
  it.scoped("is followed four times, and not a fifth time: no more than five requests", () =>
    Effect.gen(function*() {
      const { store, web } = yield* Site.make()
      const four = chain(web, 4)
      assert.deepStrictEqual(yield* Site.read(store, four), { bytes: image, size: image.length })
      assert.strictEqual(yield* Site.getSize(store, four), image.length)
      assert.strictEqual(web.allAsked().length, 10)
      const other = yield* WebServer.make()
      for (const error of yield* Site.refusals(store, chain(other, 5))) {
        assert.deepInclude(error, { _tag: "MaxRedirectsExceeded", uri: `${other.origin}/1`, redirects: 4 })
      }
      assert.strictEqual(other.allAsked().length, 10)
    }))

  it.scoped("that leads to itself ends, as do a thousand of them", () =>
    Effect.gen(function*() {
      const { uri, web } = yield* Site.make()
      const store = yield* Site.store({ maxRedirects: 20 })
      web.next("/image", ...Array.from({ length: 21 }, () => Answer.redirect("/image")))
      assert.deepInclude(yield* Effect.flip(Site.read(store, uri)), { _tag: "MaxRedirectsExceeded", redirects: 20 })
      const patient = yield* Site.store({ maxRedirects: 1000 })
      assert.deepStrictEqual((yield* Site.read(patient, chain(web, 1000))).bytes, image)
      const none = yield* Site.store({ maxRedirects: 0 })
      web.next("/image", Answer.redirect("/other"))
      assert.strictEqual((yield* Effect.flip(Site.read(none, uri)))._tag, "MaxRedirectsExceeded")
    }))

  const targets: ReadonlyArray<readonly [from: string, to: string, asks: string]> = [
    ["/a/b/image", "/image", "/image"],
    ["/a/b/image", "other", "/a/b/other"],
    ["/a/b/image", "../other", "/a/other"],
    ["/a/b/image", "../../../../other", "/other"],
    ["/a/b/image?x=1", "?x=2", "/a/b/image?x=2"],
    ["/a/b/image", "/other?signature=1/2#fragment", "/other?signature=1/2"],
    ["/a/b/image", "/a b", "/a%20b"],
    ["/a/b/image", "//$/other", "/other"],
    ["/a/b/image", "http://$/other", "/other"]
  ]
  for (const [from, to, asks] of targets) {
    it.scoped(`from ${from} to ${to} leads to ${asks}`, () =>
      Effect.gen(function*() {
        const { store, web } = yield* Site.make()
        web.next(from, Answer.redirect(to.replace("$", web.host)))
        web.put(asks, image)
        assert.deepStrictEqual((yield* Site.read(store, web.origin + from)).bytes, image)
        assert.deepStrictEqual(web.allAsked().map(({ path }) => path), [from, asks])
      }))
  }

  const refused: ReadonlyArray<readonly [what: string, answer: Answer.Answer, says: string]> = [
    ["to nowhere", Answer.status(302), "302"],
    ["to nowhere, because nothing has changed", Answer.status(304), "304"],
    ["with 300", Answer.redirect("/other", 300), "300"],
    ["with 303", Answer.redirect("/other", 303), "303"],
    ["with 305", Answer.redirect("/other", 305), "305"],
    ["with 307", Answer.redirect("/other", 307), "307"],
    ["with 308", Answer.redirect("/other", 308), "308"],
    ["to a file", Answer.redirect("file:///etc/hostname"), "file:"],
    ["to FTP", Answer.redirect("ftp://127.0.0.1/other"), "ftp:"],
    ["to a program", Answer.redirect("javascript:alert(1)"), "javascript:"],
    ["to data", Answer.redirect("data:,image"), "data:"],
    ["to what is no URL", Answer.redirect("http://[::1"), "no URL"],
    ["to no port", Answer.redirect("http://127.0.0.1:99999/x"), "no URL"]
  ]
  for (const [what, answer, says] of refused) {
    it.scoped(`${what} is BadStoreUri, and nobody else is asked`, () =>
      Effect.gen(function*() {
        const { store, uri, web } = yield* Site.make()
        web.put("/other", image)
        web.next("/image", answer, answer)
        for (const error of yield* Site.refusals(store, uri)) {
          assert.strictEqual(error._tag, "BadStoreUri")
          assert.include(error.message, says)
        }
        assert.strictEqual(web.allAsked().length, 2)
      }))
  }

  it.scoped("with 303, 307 or 308 is followed where that is wanted", () =>
    Effect.gen(function*() {
      const { uri, web } = yield* Site.make()
      const store = yield* Site.store({ redirectStatuses: [301, 302, 303, 307, 308] })
      web.put("/other", image)
      for (const status of [301, 302, 303, 307, 308]) {
        web.next("/image", Answer.redirect("/other", status))
        assert.deepStrictEqual((yield* Site.read(store, uri)).bytes, image)
      }
    }))

  it.scoped("from https to http is followed only where that is wanted, from http to https always", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make()
      const safe = yield* WebServer.make({ tls: true })
      const store = yield* Site.store({ caFile: WebServer.caFile })
      const lax = yield* Site.store({ caFile: WebServer.caFile, allowHttpsToHttp: true })
      web.put("/image", image)
      safe.put("/image", image)
      const down = Answer.redirect(`${web.origin}/image`)
      safe.next("/down", down, down, down)
      for (const error of yield* Site.refusals(store, `${safe.origin}/down`)) {
        assert.strictEqual(error._tag, "BadStoreUri")
        assert.include(error.message, "from https to http")
      }
      assert.strictEqual(web.allAsked().length, 0)
      assert.deepStrictEqual((yield* Site.read(lax, `${safe.origin}/down`)).bytes, image)
      web.next("/up", Answer.redirect(`${safe.origin}/image`))
      assert.deepStrictEqual((yield* Site.read(store, `${web.origin}/up`)).bytes, image)
    }))

  it.scoped("takes credentials along within an origin, and to no other", () =>
    Effect.gen(function*() {
      const { store, web } = yield* Site.make()
      const other = yield* WebServer.make()
      for (const server of [web, other]) {
        server.put("/image", image)
      }
      const asked = (server: WebServer.WebServer, path: string) =>
        server.asked(path).map(({ headers }) => headers.authorization)
      const mine = `Basic ${Buffer.from("user:secret").toString("base64")}`
      web.next("/here", Answer.redirect("/image"))
      web.next("/there", Answer.redirect(`${other.origin}/image`))
      web.next("/theirs", Answer.redirect(`http://their:own@${other.host}/back`))
      other.next("/back", Answer.redirect(`${web.origin}/image`))
      for (const path of ["/here", "/there", "/theirs"]) {
        yield* Site.read(store, `http://user:secret@${web.host}${path}`)
        assert.deepStrictEqual(asked(web, path), [mine])
      }
      assert.deepStrictEqual(asked(web, "/image"), [mine, undefined])
      assert.deepStrictEqual(asked(other, "/image"), [undefined])
      assert.deepStrictEqual(asked(other, "/back"), [`Basic ${Buffer.from("their:own").toString("base64")}`])
    }))
})
