import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as FastCheck from "effect/FastCheck"
import type { LookupAddress } from "node:dns"
import type * as HttpStore from "../src/HttpStore.js"
import * as Connecting from "../src/internal/http/connecting.js"
import * as Networks from "../src/internal/http/networks.js"
import * as Policy from "../src/internal/http/policy.js"
import { text } from "./conformance/bytes.js"
import * as Answer from "./http/Answer.js"
import * as Site from "./http/Site.js"
import * as WebServer from "./http/WebServer.js"

const image = text("image")

const policy = (options: Partial<Policy.Options>) =>
  Either.getOrThrow(Policy.make({ deniedHosts: [], allowedNetworks: [], deniedNetworks: [], ...options }))

const insiders = [
  "127.0.0.1",
  "127.255.255.254",
  "0.0.0.0",
  "10.0.0.1",
  "172.16.0.1",
  "172.31.255.255",
  "192.168.1.1",
  "169.254.169.254",
  "100.64.0.1",
  "100.127.255.255",
  "192.0.0.1",
  "192.0.2.1",
  "198.18.0.1",
  "198.51.100.1",
  "203.0.113.1",
  "224.0.0.1",
  "239.255.255.255",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "fe80::1",
  "fe80::1%eth0",
  "fec0::1",
  "fc00::1",
  "fd12:3456::1",
  "ff02::1",
  "2001:db8::1",
  "2001::1",
  "100::1",
  "64:ff9b:1::1",
  "::ffff:127.0.0.1",
  "::ffff:10.0.0.1",
  "::ffff:a00:1",
  "0:0:0:0:0:ffff:169.254.169.254",
  "::127.0.0.1",
  "::ffff:0:127.0.0.1",
  "64:ff9b::10.0.0.1",
  "64:ff9b::a9fe:a9fe",
  "2002:7f00:1::",
  "2002:a00:1::1",
  "2002:c0a8:101::1"
]

const outsiders = [
  "1.1.1.1",
  "8.8.8.8",
  "9.255.255.255",
  "11.0.0.0",
  "100.63.255.255",
  "100.128.0.0",
  "126.255.255.255",
  "128.0.0.0",
  "172.15.255.255",
  "172.32.0.0",
  "192.167.255.255",
  "192.169.0.0",
  "223.255.255.255",
  "2606:4700::1111",
  "2a00:1450::1",
  "::ffff:8.8.8.8",
  "64:ff9b::8.8.8.8",
  "2002:808:808::1"
]

describe("the policy of addresses", () => {
  it.each(insiders)("objects to %s, unless it is allowed", (address) => {
    assert.isString(policy({}).objectsToAddress(address))
    assert.isUndefined(policy({ allowedNetworks: ["0.0.0.0/0", "::/0"] }).objectsToAddress(address))
    assert.isString(
      policy({ allowedNetworks: ["0.0.0.0/0", "::/0"], deniedNetworks: ["0.0.0.0/0", "::/0"] }).objectsToAddress(
        address
      )
    )
  })

  it.each(outsiders)("does not object to %s, unless it is denied", (address) => {
    assert.isUndefined(policy({}).objectsToAddress(address))
    assert.isString(policy({ deniedNetworks: [address] }).objectsToAddress(address))
    assert.isString(policy({ deniedNetworks: ["0.0.0.0/0", "::/0"] }).objectsToAddress(address))
  })

  it("allows what is named, and not what is beside it", () => {
    const { objectsToAddress } = policy({ allowedNetworks: ["10.1.0.0/16", "fd00:1::/32", "192.168.0.7"] })
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::10.1.2.3", "fd00:1::5", "192.168.0.7"]) {
      assert.isUndefined(objectsToAddress(address), address)
    }
    for (const address of ["10.2.0.0", "fd00:2::5", "192.168.0.8", "127.0.0.1", "::1"]) {
      assert.isString(objectsToAddress(address), address)
    }
  })

  const octet = FastCheck.nat(255)
  it.prop("has each network to its last bit", {
    octets: FastCheck.tuple(octet, octet, octet, octet),
    bits: FastCheck.integer({ min: 0, max: 32 }),
    bit: FastCheck.nat(31)
  }, ({ bit, bits, octets }) => {
    const value = octets.reduce((sum, part) => sum * 256 + part, 0)
    const written = (number: number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".")
    const { has } = Either.getOrThrow(Networks.make([`${written(value)}/${bits}`]))
    const other = (value ^ (1 << (31 - bit))) >>> 0
    for (const form of [written, (number: number) => `::ffff:${written(number)}`]) {
      assert.isTrue(has(form(value)))
      assert.strictEqual(has(form(other)), bit >= bits)
    }
  })

  it("hosts are judged by their names, however they are written", () => {
    const { objectsToHost } = policy({
      allowedHosts: ["images.example.org", "*.mirror.example", "8.8.8.8", "2606:4700::1111"],
      deniedHosts: ["bad.mirror.example"]
    })
    for (
      const host of [
        "images.example.org",
        "IMAGES.example.org.",
        "a.mirror.example",
        "a.b.mirror.example",
        "8.8.8.8",
        "[2606:4700::1111]"
      ]
    ) {
      assert.isUndefined(objectsToHost(host), host)
    }
    for (
      const host of ["example.org", "mirror.example", "evilmirror.example", "bad.mirror.example", "1.1.1.1", "[::1]"]
    ) {
      assert.isString(objectsToHost(host), host)
    }
  })

  it("says which option is wrong", () => {
    const wrong: ReadonlyArray<Partial<Policy.Options>> = [
      { allowedNetworks: ["10.0.0.0/33"] },
      { allowedNetworks: ["10.0.0"] },
      { deniedNetworks: ["::/129"] },
      { deniedNetworks: ["example.org"] },
      { allowedHosts: ["http://example.org"] },
      { allowedHosts: ["*.1.2.3.4"] },
      { deniedHosts: ["a/b"] },
      { deniedHosts: [""] },
      { allowedHosts: ["a:80"] }
    ]
    for (const options of wrong) {
      const [name = ""] = Object.keys(options)
      const made = Policy.make({ deniedHosts: [], allowedNetworks: [], deniedNetworks: [], ...options })
      assert.include(String(Either.getOrElse(Either.flip(made), () => "it is allowed")), name)
    }
  })
})

/** A store that finds these addresses for these hosts. */
const resolving = (hosts: Readonly<Record<string, ReadonlyArray<string>>>, options: HttpStore.Options) =>
  Site.store({ retries: 0, ...options }).pipe(
    Effect.provideService(Connecting.Resolver, (host, _, callback) => {
      const found = (hosts[host] ?? []).map((address): LookupAddress => ({
        address,
        family: address.includes(":") ? 6 : 4
      }))
      setImmediate(
        callback,
        found.length === 0 ? Object.assign(new Error("ENOTFOUND"), { code: "ENOTFOUND" }) : null,
        found
      )
    })
  )

describe("a store that is asked for what is inside", () => {
  it.scoped("refuses, however the address is written, and connects to nobody", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make()
      const port = web.host.split(":")[1]
      const store = yield* Site.store({ allowedNetworks: [], retries: 0 })
      for (
        const host of [
          "127.0.0.1",
          "127.1",
          "2130706433",
          "0x7f000001",
          "0177.0.0.1",
          "0",
          "localhost",
          "LOCALHOST",
          "[::1]",
          "[::ffff:127.0.0.1]",
          "[::127.0.0.1]",
          "[64:ff9b::7f00:1]",
          "１２７.0.0.1"
        ]
      ) {
        for (const error of yield* Site.refusals(store, `http://${host}:${port}/image`)) {
          assert.strictEqual(error._tag, "BadStoreUri", host)
          assert.include(error.message, "not a public address", host)
        }
      }
      assert.strictEqual(web.connections(), 0)
    }))

  it.scoped("refuses names that lead there, and takes of several addresses those that do not", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make()
      web.put("/image", image)
      const port = web.host.split(":")[1]
      const hosts = { "inner.test": ["127.0.0.1"], "mixed.test": ["10.0.0.1", "127.0.0.2", "127.0.0.1"] }
      const strict = yield* resolving(hosts, { allowedNetworks: [] })
      for (const error of yield* Site.refusals(strict, `http://inner.test:${port}/image`)) {
        assert.strictEqual(error._tag, "BadStoreUri")
        assert.include(error.message, "127.0.0.1 is not a public address")
      }
      assert.strictEqual(web.connections(), 0)
      const lenient = yield* resolving(hosts, { allowedNetworks: ["127.0.0.1"] })
      for (const host of ["inner.test", "mixed.test"]) {
        assert.deepStrictEqual((yield* Site.read(lenient, `http://${host}:${port}/image`)).bytes, image)
      }
      assert.strictEqual(
        (yield* Effect.flip(Site.read(lenient, "http://nowhere.test/image")))._tag,
        "RemoteServiceUnavailable"
      )
    }))

  it.scoped("refuses a redirect to there too", () =>
    Effect.gen(function*() {
      const web = yield* WebServer.make()
      web.put("/image", image)
      const port = web.host.split(":")[1]
      const hosts = { "outer.test": ["127.0.0.1"], "inner.test": ["127.0.0.3"] }
      const store = yield* resolving(hosts, { allowedNetworks: ["127.0.0.1"], deniedHosts: ["denied.test"] })
      for (
        const to of [
          `http://127.0.0.2:${port}/image`,
          `http://inner.test:${port}/image`,
          "http://169.254.169.254/latest",
          "http://denied.test/"
        ]
      ) {
        web.next("/start", Answer.redirect(to), Answer.redirect(to))
        for (const error of yield* Site.refusals(store, `http://outer.test:${port}/start`)) {
          assert.strictEqual(error._tag, "BadStoreUri", to)
        }
      }
      web.next("/start", Answer.redirect("/image"))
      assert.deepStrictEqual((yield* Site.read(store, `http://outer.test:${port}/start`)).bytes, image)
      assert.deepStrictEqual(web.asked("/image").length, 1)
    }))

  it.scoped("asks none but the allowed hosts, and none of the denied", () =>
    Effect.gen(function*() {
      const { uri, web } = yield* Site.make()
      web.put("/image", image)
      const chosen = yield* Site.store({ allowedHosts: ["localhost"] })
      assert.include((yield* Effect.flip(Site.read(chosen, uri))).message, "not one of the allowed")
      assert.deepStrictEqual((yield* Site.read(chosen, uri.replace("127.0.0.1", "localhost"))).bytes, image)
      const denying = yield* Site.store({ deniedHosts: ["localhost"], deniedNetworks: ["127.0.0.2"] })
      assert.include(
        (yield* Effect.flip(Site.read(denying, uri.replace("127.0.0.1", "localhost")))).message,
        "is denied"
      )
      assert.include(
        (yield* Effect.flip(Site.read(denying, uri.replace("127.0.0.1", "127.0.0.2")))).message,
        "denied network"
      )
      assert.deepStrictEqual((yield* Site.read(denying, uri)).bytes, image)
    }))
})
