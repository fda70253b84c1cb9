import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import * as Location from "../src/Location.js"
import { assertSame, pattern } from "./conformance/bytes.js"
import * as Answer from "./http/Answer.js"
import * as Site from "./http/Site.js"

const image = pattern(2_000_000)

/** What a server was asked for, and on which condition. */
const ranges = (web: Effect.Effect.Success<ReturnType<typeof Site.make>>["web"]) =>
  web.asked("/image").map(({ headers }) => [headers.range, headers["if-range"]])

describe("a read over HTTP", () => {
  it.scoped("that is cut twenty times is the image, and hardly a byte of it is sent twice", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make()
      const served = Answer.imageOf(image)
      web.put("/image", served)
      // Where it is cut, in bytes of each answer: some at once, some after much.
      web.next("/image", ...Array.from({ length: 20 }, (_, time) => Answer.cutAt((time * 7919 + 13) % 90_000)))
      assertSame((yield* Site.read(store, uri)).bytes, image)
      const [first, ...others] = ranges(web)
      assert.deepStrictEqual(first, [undefined, undefined])
      assert.strictEqual(others.length, 20)
      for (const [range, condition] of others) {
        assert.match(String(range), /^bytes=[0-9]+-1999999$/u)
        assert.strictEqual(condition, served.etag)
      }
      const starts = others.map(([range]) => Number(/=([0-9]+)/u.exec(String(range))?.[1]))
      assert.deepStrictEqual(starts, starts.toSorted((one, other) => one - other))
      // What each answer has sent, less what it was then asked to go on from, was sent in vain.
      const sent = Array.from({ length: 20 }, (_, time) => (time * 7919 + 13) % 90_000)
      const again = starts.map((start, time) => (time === 0 ? 0 : starts[time - 1] ?? 0) + (sent[time] ?? 0) - start)
      assert.isBelow(again.reduce((sum, bytes) => sum + bytes, 0), image.length / 100)
    }))

  it.scoped("of a range goes on within it", () =>
    Effect.gen(function*() {
      const { uri, web } = yield* Site.make()
      const store = yield* Site.store({ ranges: true })
      web.put("/image", image)
      web.next("/image", Answer.cutAt(1000), Answer.cutAt(0))
      const { bytes, size } = yield* Site.read(store, uri, { offset: 500, length: 100_000 })
      assertSame(bytes, image.subarray(500, 100_500))
      assert.strictEqual(size, 100_000)
      assert.deepStrictEqual(ranges(web).map(([range]) => range), [
        "bytes=500-100499",
        "bytes=1500-100499",
        "bytes=1500-100499"
      ])
    }))

  it.scoped("goes on from where a redirect has led to, and from the beginning of the way if that is gone", () =>
    Effect.gen(function*() {
      const { store, web } = yield* Site.make()
      web.put("/signed", image)
      web.put("/signed-anew", image)
      web.next("/start", Answer.redirect("/signed"), Answer.redirect("/signed-anew"))
      web.next("/signed", Answer.cutAt(1000), Answer.cutAt(1000), Answer.status(403))
      assertSame((yield* Site.read(store, `${web.origin}/start`)).bytes, image)
      assert.deepStrictEqual(web.allAsked().map(({ path }) => path), [
        "/start",
        "/signed",
        "/signed",
        "/signed",
        "/start",
        "/signed-anew"
      ])
    }))

  it.scoped("of a server without ranges is ImageTruncated, and not begun anew in silence", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make()
      web.put("/image", Answer.imageOf(image, { ranges: false }))
      web.next("/image", Answer.cutAt(5))
      assert.deepInclude(yield* Effect.flip(Site.read(store, uri)), {
        _tag: "ImageTruncated",
        uri,
        expected: image.length,
        actual: 5
      })
      web.next("/image", Answer.image, Answer.cutAt(0))
      assertSame((yield* Site.read(store, uri)).bytes, image)
      assertSame((yield* Site.read(store, uri)).bytes, image)
    }))

  it.scoped("goes on only with what is known to be the same image", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make()
      const other = pattern(2_000_000, 1)
      const replaced = (by: Answer.Image | undefined) =>
        Effect.gen(function*() {
          web.put("/image", Answer.imageOf(image))
          web.next("/image", Answer.cutAt(1000), (occasion) => Answer.image({ ...occasion, image: by }))
          return (yield* Effect.flip(Site.read(store, uri)))._tag
        })
      assert.strictEqual(yield* replaced(Answer.imageOf(other)), "ImageChanged")
      assert.strictEqual(yield* replaced(Answer.imageOf(other.subarray(0, 10))), "ImageChanged")
      assert.strictEqual(yield* replaced(undefined), "ImageChanged")
      // A server that heeds no condition.
      assert.strictEqual(
        yield* replaced({ ...Answer.imageOf(other), etag: undefined, lastModified: "another day" }),
        "ImageChanged"
      )
      assert.strictEqual(
        yield* replaced({ ...Answer.imageOf(other), etag: undefined, lastModified: undefined }),
        "ImageChanged"
      )
      // Nothing tells one image from another.
      web.put("/image", Answer.imageOf(image, { etag: undefined, lastModified: undefined }))
      web.next("/image", Answer.cutAt(1000))
      assert.strictEqual((yield* Effect.flip(Site.read(store, uri)))._tag, "ImageTruncated")
      // A weak tag may be that of other bytes too: the date has to do.
      web.put("/image", Answer.imageOf(image, { etag: "W/\"weak\"" }))
      web.next("/image", Answer.cutAt(1000))
      assertSame((yield* Site.read(store, uri)).bytes, image)
      assert.strictEqual(ranges(web).at(-1)?.[1], Answer.imageOf(image).lastModified)
    }))

  it.scoped("takes no other range than it has asked for", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make()
      web.put("/image", image)
      for (const range of ["bytes 999-1999999/2000000", "bytes 0-1999999/2000000", "items 1000-1999999/2000000", "x"]) {
        web.next("/image", Answer.cutAt(1000), Answer.changed({ "Content-Range": range }))
        assert.strictEqual((yield* Effect.flip(Site.read(store, uri)))._tag, "ImageTruncated", range)
      }
      web.next("/image", Answer.cutAt(1000), Answer.changed({ "Content-Range": "bytes 1000-1999999/2000001" }))
      assert.strictEqual((yield* Effect.flip(Site.read(store, uri)))._tag, "ImageChanged")
    }))

  it.scoped("of fewer bytes than were announced is never silently short", () =>
    Effect.gen(function*() {
      const { uri, web } = yield* Site.make()
      const store = yield* Site.store({ retries: 0 })
      const short = Answer.raw("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nimage")
      web.next("/image", short)
      assert.deepInclude(yield* Effect.flip(Site.read(store, uri)), { _tag: "ImageTruncated", expected: 50, actual: 5 })
      web.next("/image", Answer.raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nimage\r\n"))
      assert.strictEqual((yield* Effect.flip(Site.read(store, uri)))._tag, "RemoteServiceUnavailable")
      web.next("/image", Answer.raw("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nimage and more"))
      assert.strictEqual(String(Buffer.from((yield* Site.read(store, uri)).bytes)), "image")
    }))

  it.scoped("of a slow server takes as long as it takes", () =>
    Effect.gen(function*() {
      const { uri, web } = yield* Site.make()
      const store = yield* Site.store({ idleTimeout: 5, firstByteTimeout: 5 })
      web.put("/image", image.subarray(0, 100))
      web.next("/image", Answer.drip(1, 2))
      assertSame((yield* Site.read(store, uri)).bytes, image.subarray(0, 100))
      assert.strictEqual(web.asked("/image").length, 1)
    }))

  /** Runs until the server was asked so many times, and then lets the time pass. */
  const after = <A, E, R>(self: Effect.Effect<A, E, R>, duration: Duration.DurationInput, asked: () => boolean) =>
    Effect.gen(function*() {
      const fiber = yield* Effect.fork(self)
      yield* Site.until(asked)
      yield* TestClock.adjust(duration)
      return yield* Fiber.join(fiber)
    })

  it.scoped("of a server that says nothing is StoreTimeout after the time for the first byte", () =>
    Effect.gen(function*() {
      const { uri, web } = yield* Site.make()
      const store = yield* Site.store({ retries: 0, firstByteTimeout: 30 })
      web.next("/image", Answer.silence, Answer.silence)
      const read = Effect.flip(Site.read(store, uri))
      const error = yield* after(read, "30 seconds", () => web.asked("/image").length === 1)
      assert.deepInclude(error, { _tag: "StoreTimeout", operation: "get", after: Duration.seconds(30) })
      const size = Effect.flip(Site.getSize(store, uri))
      const other = yield* after(size, "30 seconds", () => web.asked("/image").length === 2)
      assert.deepInclude(other, { _tag: "StoreTimeout", operation: "getSize" })
      yield* Site.until(() => web.openConnections() === 0)
    }))

  it.scoped("that stalls goes on after the idle time, and its connection is closed", () =>
    Effect.gen(function*() {
      const { uri, web } = yield* Site.make()
      const store = yield* Site.store({ idleTimeout: 60, retryPause: 0 })
      web.put("/image", image)
      web.next("/image", Answer.stallAt(1000))
      const stalled = yield* Deferred.make<void>()
      const location = yield* Location.fromUri(uri)
      const fiber = yield* store.get(location).pipe(
        Effect.flatMap(({ data }) =>
          Stream.runFold(
            Stream.tap(data, () => Deferred.succeed(stalled, undefined)),
            0,
            (sum, bytes) => sum + bytes.length
          )
        ),
        Effect.scoped,
        Effect.fork
      )
      yield* Deferred.await(stalled)
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(web.asked("/image").length, 1)
      assert.isTrue(Option.isNone(yield* Fiber.poll(fiber)))
      yield* TestClock.adjust("1 seconds")
      yield* Site.until(() => web.asked("/image").length === 2)
      assert.strictEqual(yield* Fiber.join(fiber), image.length)
      assert.isTrue(web.asked("/image")[0]?.closed())
    }))

  it.scoped("that stalls for good is StoreTimeout once no try is left", () =>
    Effect.gen(function*() {
      const { uri, web } = yield* Site.make()
      const store = yield* Site.store({ retries: 0, idleTimeout: 60 })
      web.put("/image", image)
      web.next("/image", Answer.stallAt(1000))
      const seen = yield* Deferred.make<void>()
      const fiber = yield* Effect.flatMap(Location.fromUri(uri), (location) => store.get(location)).pipe(
        Effect.flatMap(({ data }) => Stream.runForEach(data, () => Deferred.succeed(seen, undefined))),
        Effect.scoped,
        Effect.flip,
        Effect.fork
      )
      yield* Deferred.await(seen)
      yield* TestClock.adjust("60 seconds")
      assert.deepInclude(yield* Fiber.join(fiber), { _tag: "StoreTimeout", after: Duration.seconds(60) })
      yield* Site.until(() => web.openConnections() === 0)
    }))

  it.scoped("that is interrupted ends at once, and closes its connection, wherever it is", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make()
      web.put("/image", image)
      for (const answer of [Answer.silence, Answer.stallAt(0), Answer.stallAt(1000)]) {
        const before = web.asked("/image").length
        web.next("/image", answer)
        const fiber = yield* Effect.fork(Site.read(store, uri))
        yield* Site.until(() => web.asked("/image").length === before + 1)
        yield* Fiber.interrupt(fiber)
        yield* Site.until(() => web.openConnections() === 0)
      }
      web.next("/image", Answer.silence)
      const sizing = yield* Effect.fork(Site.getSize(store, uri))
      yield* Site.until(() => web.asked("/image").length === 4)
      yield* Fiber.interrupt(sizing)
      yield* Site.until(() => web.openConnections() === 0)
    }))

  it.scoped("that is given up after a part closes its connection", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make()
      web.put("/image", image)
      const location = yield* Location.fromUri(uri)
      yield* Effect.scoped(Effect.flatMap(store.get(location), ({ data }) => Stream.runHead(data)))
      yield* Site.until(() => web.openConnections() === 0)
      yield* Effect.scoped(store.get(location))
      yield* Site.until(() => web.openConnections() === 0)
    }))

  it.scoped("can be run again, and is asked for again", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make()
      web.put("/image", image)
      const location = yield* Location.fromUri(uri)
      yield* Effect.scoped(Effect.gen(function*() {
        const { data } = yield* store.get(location)
        for (let time = 0; time < 3; time++) {
          assert.strictEqual(yield* Stream.runFold(data, 0, (sum, bytes) => sum + bytes.length), image.length)
        }
      }))
      assert.strictEqual(web.asked("/image").length, 3)
    }))
})

describe("a range over HTTP", () => {
  it.scoped("is NotSupported without a request, unless it is wanted", () =>
    Effect.gen(function*() {
      const { store, uri, web } = yield* Site.make()
      web.put("/image", image)
      for (const range of [{ offset: 1 }, { offset: 1, length: 2 }, { offset: 0, length: 1 }]) {
        assert.deepInclude(yield* Effect.flip(Site.read(store, uri, range)), {
          _tag: "NotSupported",
          operation: "get",
          range: { offset: range.offset, length: range.length }
        })
      }
      assert.strictEqual(web.allAsked().length, 0)
      assert.strictEqual((yield* Site.read(store, uri, { offset: 0 })).size, image.length)
    }))

  it.scoped("is NotSupported where the server has none", () =>
    Effect.gen(function*() {
      const { uri, web } = yield* Site.make()
      const store = yield* Site.store({ ranges: true })
      web.put("/image", Answer.imageOf(image, { ranges: false }))
      const error = yield* Effect.flip(Site.read(store, uri, { offset: 1, length: 2 }))
      assert.deepInclude(error, { _tag: "NotSupported", operation: "get", range: { offset: 1, length: 2 } })
      yield* Site.until(() => web.openConnections() === 0)
    }))

  it.scoped("of an empty image is empty, though all of it is given for it has no part", () =>
    Effect.gen(function*() {
      const { uri, web } = yield* Site.make()
      const store = yield* Site.store({ ranges: true })
      web.put("/image", Answer.imageOf(new Uint8Array(), { ranges: false }))
      assert.deepStrictEqual(yield* Site.read(store, uri, { length: 5 }), { bytes: new Uint8Array(), size: 0 })
      assert.deepInclude(yield* Effect.flip(Site.read(store, uri, { offset: 1 })), { _tag: "RangeBeyondEnd", size: 0 })
    }))

  it.scoped("of another place than was asked for is BadStoreUri", () =>
    Effect.gen(function*() {
      const { uri, web } = yield* Site.make()
      const store = yield* Site.store({ ranges: true })
      web.put("/image", image)
      for (
        const range of [
          undefined,
          "bytes 0-9/2000000",
          "bytes 5-99/2000000",
          "bytes 5-7/*",
          "bytes 5-14/9",
          "bytes 14-5/20",
          "x"
        ]
      ) {
        web.next("/image", Answer.changed({ "Content-Range": range }, 206))
        const error = yield* Effect.flip(Site.read(store, uri, { offset: 5, length: 10 }))
        assert.deepInclude(error, { _tag: "BadStoreUri", status: 206 }, range)
      }
      web.next("/image", Answer.changed({ "Content-Range": "bytes 5-14/*" }, 206))
      assertSame((yield* Site.read(store, uri, { offset: 5, length: 10 })).bytes, image.subarray(5, 15))
      web.next("/image", Answer.status(416))
      assert.deepInclude(yield* Effect.flip(Site.read(store, uri, { offset: 5 })), { _tag: "BadStoreUri", status: 416 })
    }))
})
