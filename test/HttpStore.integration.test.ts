/** HTTP stores and nginx: plain, over TLS, behind a password and a reverse proxy; and a large image on a bad line. */
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { createHash, randomBytes, randomInt, randomUUID } from "node:crypto"
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import * as Capabilities from "../src/Capabilities.js"
import * as HttpStore from "../src/HttpStore.js"
import * as Location from "../src/Location.js"
import * as Store from "../src/Store.js"
import { assertSame, pattern } from "./conformance/bytes.js"
import { type Harness, Storage } from "./conformance/harness.js"
import { suite } from "./conformance/suite.js"
import { cutTwentyTimes } from "./http/cutTwentyTimes.js"
import * as Site from "./http/Site.js"
import * as Listening from "./Listening.js"
import type { Nginx } from "./services/control.js"
import { startedNginx } from "./services/started.js"

const local: HttpStore.Options = { allowedNetworks: ["127.0.0.1"], retryPause: 0.01 }

interface Way {
  readonly origin: (nginx: Nginx) => string
  readonly options?: (nginx: Nginx) => HttpStore.Options
}

const harness = ({ options = () => ({}), origin }: Way): Harness => ({
  schemes: ["http", "https"],
  capabilities: Capabilities.make("readRange"),
  tellsSize: true,
  durable: true,
  layer: Layer.scopedContext(Effect.gen(function*() {
    const nginx = yield* startedNginx
    const fileOf = (imageId: string) => path.join(nginx.directory, imageId)
    const uriOf = (imageId: string) => `${origin(nginx)}/${imageId}`
    const make = HttpStore.make({ ...local, ranges: true, ...options(nginx) })
    return Context.make(Store.Store, yield* make).pipe(
      Context.add(Storage, {
        uriOf,
        seed: (imageId, bytes) =>
          Effect.sync(() => {
            fs.writeFileSync(fileOf(imageId), bytes, { flag: "wx" })
            return uriOf(imageId)
          }),
        find: (imageId) =>
          Effect.sync(() =>
            fs.existsSync(fileOf(imageId))
              ? Option.some(new Uint8Array(fs.readFileSync(fileOf(imageId))))
              : Option.none()
          ),
        litter: () => Effect.succeed([]),
        another: make
      })
    )
  }))
})

const withPassword = ({ auth, password, user }: Nginx) => `http://${user}:${password}@${auth}`

suite("An HTTP store at nginx", harness({ origin: ({ plain }) => plain }))

suite(
  "An HTTP store at nginx, over TLS with a private authority",
  harness({ origin: ({ tls }) => tls, options: ({ caFile }) => ({ caFile }) })
)

suite("An HTTP store at nginx, behind a password", harness({ origin: withPassword }))

suite("An HTTP store at nginx, behind a reverse proxy", harness({ origin: ({ proxy }) => proxy }))

/** An image of nginx's, and its path. */
const put = (nginx: Nginx, bytes: Uint8Array) => {
  const name = randomUUID()
  fs.writeFileSync(path.join(nginx.directory, name), bytes)
  return `/${name}`
}

describe("nginx", () => {
  it.scopedLive("is not let in by a wrong password, or by none", () =>
    Effect.gen(function*() {
      const nginx = yield* startedNginx
      const store = yield* HttpStore.make(local)
      const image = put(nginx, pattern(10))
      assert.strictEqual((yield* Site.read(store, withPassword(nginx) + image)).size, 10)
      for (const who of ["", `${nginx.user}:wrong@`]) {
        for (const error of yield* Site.refusals(store, `http://${who}${nginx.auth}${image}`)) {
          assert.deepInclude(error, { _tag: "BadStoreUri", status: 401 })
          assert.notInclude(JSON.stringify(error), "wrong")
        }
      }
    }))

  it.scopedLive("is not known over TLS without its authority", () =>
    Effect.gen(function*() {
      const nginx = yield* startedNginx
      const store = yield* HttpStore.make({ ...local, retries: 0 })
      const errors = yield* Site.refusals(store, nginx.tls + put(nginx, pattern(10)))
      assert.deepStrictEqual(errors.map(({ _tag }) => _tag), ["RemoteServiceUnavailable", "BadStoreUri"])
    }))

  it.scopedLive("redirects, and is followed", () =>
    Effect.gen(function*() {
      const nginx = yield* startedNginx
      const store = yield* HttpStore.make({ ...local, caFile: nginx.caFile })
      const bytes = pattern(100_000)
      const image = put(nginx, bytes)
      assertSame((yield* Site.read(store, `${nginx.plain}/moved${image}`)).bytes, bytes)
      assertSame((yield* Site.read(store, `${nginx.plain}/safe/?to=${image.slice(1)}`)).bytes, bytes)
      assert.strictEqual((yield* Effect.flip(Site.read(store, `${nginx.plain}/moved/absent`)))._tag, "ImageNotFound")
    }))

  it.scopedLive("gives another image under the same name: a read in the middle is ImageChanged", () =>
    Effect.gen(function*() {
      const nginx = yield* startedNginx
      const image = put(nginx, pattern(8_000_000))
      const line = yield* badLine(
        nginx.plain,
        [1_000_000],
        () => fs.writeFileSync(path.join(nginx.directory, image), pattern(8_000_001, 1))
      )
      const store = yield* HttpStore.make(local)
      assert.strictEqual((yield* Effect.flip(Site.read(store, line.origin + image)))._tag, "ImageChanged")
    }))
})

/** A line to a server that breaks after so many bytes of each connection; how many bytes it has carried. */
const badLine = (origin: string, breaks: ReadonlyArray<number>, onBreak = () => {}) =>
  Effect.gen(function*() {
    const { hostname, port } = new URL(origin)
    const left = [...breaks]
    let carried = 0
    const server = net.createServer((client) => {
      const limit = left.shift() ?? Infinity
      let sent = 0
      const upstream = net.connect(Number(port), hostname)
      client.on("error", () => upstream.destroy())
      upstream.on("error", () => client.destroy())
      client.pipe(upstream)
      upstream.on("data", (bytes: Buffer) => {
        const part = bytes.subarray(0, limit - sent)
        sent += part.length
        carried += part.length
        if (sent === limit) {
          upstream.destroy()
          onBreak()
          client.end(part)
        } else if (!client.write(part)) {
          upstream.pause()
          client.once("drain", () => upstream.resume())
        }
      })
      upstream.on("close", () => client.end())
      client.on("close", () => upstream.destroy())
    })
    const { port: own } = yield* Listening.make(server)
    return { origin: `http://127.0.0.1:${own}`, carried: () => carried, unbroken: () => left.length }
  })

const GiB = 1024 ** 3

describe("a read of 1 GiB that is cut 20 times", () => {
  it.scopedLive(
    "arrives complete with the right digest, and less than 1 % of it is sent twice",
    () =>
      Effect.gen(function*() {
        const nginx = yield* startedNginx
        const name = randomUUID()
        const file = path.join(nginx.directory, name)
        const expected = createHash("sha256")
        const block = randomBytes(8 * 1024 * 1024)
        const fd = fs.openSync(file, "wx")
        for (let index = 0; index < GiB / block.length; index++) {
          block.writeUInt32LE(index)
          expected.update(block)
          fs.writeSync(fd, block)
        }
        fs.closeSync(fd)
        yield* Effect.addFinalizer(() => Effect.sync(() => fs.rmSync(file)))
        const breaks = Array.from({ length: 20 }, () => randomInt(GiB / 32))
        const line = yield* badLine(nginx.plain, breaks)
        const store = yield* HttpStore.make(local)
        const location = yield* Location.fromUri(`${line.origin}/${name}`)
        const actual = createHash("sha256")
        yield* Effect.scoped(Effect.flatMap(store.get(location), ({ data }) =>
          Stream.runForEach(data, (bytes) =>
            Effect.sync(() => actual.update(bytes)))))
        assert.strictEqual(actual.digest("hex"), expected.digest("hex"))
        assert.strictEqual(line.unbroken(), 0)
        const again = line.carried() - GiB
        assert.isBelow(again, GiB / 100, `breaks after ${breaks.join(", ")}`)
      }),
    300_000
  )

  it.scopedLive(
    "is as good where its bytes are nowhere, and come as fast as they can be made",
    () => Effect.map(cutTwentyTimes(GiB), (again) => assert.isBelow(again, GiB / 100)),
    300_000
  )
})
