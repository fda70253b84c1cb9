/**
 * No secret of a configuration or a URL is in anything that a program shows: from the file that it is read from, over
 * each way to make stores and whatever befalls an image, to the command line.
 */
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as Backend from "../src/Backend.js"
import * as FileStore from "../src/FileStore.js"
import * as GlanceConf from "../src/GlanceConf.js"
import * as HttpStore from "../src/HttpStore.js"
import * as S3Store from "../src/S3Store.js"
import type * as StoreRegistry from "../src/StoreRegistry.js"
import * as Stores from "../src/Stores.js"
import { text } from "./conformance/bytes.js"
import { printed, watched } from "./conformance/tracing.js"
import * as Answer from "./http/Answer.js"
import * as WebServer from "./http/WebServer.js"
import * as Directory from "./internal/file/Directory.js"
import { commandLine, run } from "./program.js"
import * as Server from "./s3/Server.js"
import { faces, logged } from "./secretUri.js"

const kinds = [FileStore.kind, HttpStore.kind, S3Store.kind]

/** A proxy that has the images of the whole world, an S3, and the configuration of stores that go there. */
const setUp = Effect.gen(function*() {
  const root = yield* Directory.make
  const web = yield* WebServer.make()
  const s3 = yield* Server.make()
  const { accessKeyId, secretAccessKey } = s3.account
  const proxy = `http://ZqProxyUser:ZqProxyPassword@${web.host}`
  const conf = `[DEFAULT]
enabled_backends = web:http,cold:s3,fast:file
[glance_store]
default_backend = fast
[fast]
filesystem_store_datadir = ${root}/fast
[web]
http_proxy_information = http:${proxy}
[cold]
s3_store_host = ${s3.endpoint}
s3_store_region_name = ${s3.region}
s3_store_access_key = ${accessKeyId}
s3_store_secret_key = ${secretAccessKey}
s3_store_bucket = glance
`
  const file = `${root}/glance-api.conf`
  fs.writeFileSync(file, conf)
  const plain = ["ZqProxyUser", "ZqProxyPassword", "ZqUser", "ZqPassword", "ZqToken", accessKeyId, secretAccessKey]
  const pairs = ["ZqProxyUser:ZqProxyPassword", "ZqUser:ZqPassword", `${accessKeyId}:${secretAccessKey}`]
  const secrets = [
    ...plain,
    ...plain.map((secret) => encodeURIComponent(secret)),
    ...[...plain, ...pairs].map((secret) => Buffer.from(secret).toString("base64"))
  ]
  const world = "http://ZqUser:ZqPassword@images.example.org"
  const keys = `${accessKeyId}:${secretAccessKey}`
  const bucket = `127.0.0.1:${s3.port}/glance`
  const query = "?signature=ZqToken"
  const paths = ["image", "gone", "cut", "moved", "odd"].map((name) => `http://images.example.org/${name}${query}`)
  web.put(paths[0] ?? "", text("an image"))
  web.next(paths[3] ?? "", ...Array.from({ length: 9 }, () => Answer.redirect(`${world}/gone${query}`)))
  web.next(paths[4] ?? "", ...Array.from({ length: 9 }, () => Answer.status(403, {}, "ZqPassword ZqToken")))
  s3.put("glance", "there", text("an image"))
  return {
    root,
    web,
    s3,
    conf,
    file,
    proxy,
    account: { accessKeyId, secretAccessKey },
    uris: [
      ...["image", "gone", "cut", "moved", "odd"].map((name) => `${world}/${name}${query}`),
      `https://ZqUser:ZqPassword@127.0.0.1/${query}`,
      `http://ZqUser:ZqPassword@h:99999/${query}`,
      `s3://${keys}@${bucket}/there`,
      `s3://${keys}@${bucket}/gone`,
      `s3://${keys}@127.0.0.1:1/glance/there`,
      `s3://${bucket}/there?ZqToken`,
      `swift://ZqUser:ZqPassword@h/c/o`,
      `ZqUser:ZqPassword@h`
    ],
    quiet: (shown: string) => {
      for (const secret of secrets) assert.notInclude(shown, secret)
    }
  }
})

const everyOperation = (uri: string): ReadonlyArray<Effect.Effect<unknown, unknown, StoreRegistry.StoreRegistry>> => [
  Effect.scoped(Effect.flatMap(Backend.getFromBackend(uri), ({ data }) => Stream.runDrain(data))),
  Backend.getSizeFromBackend(uri),
  Backend.setAcls(uri, { public: true }),
  Backend.getStoreFromUri(uri),
  Backend.getStoreFromLocation(uri),
  Backend.addToBackend("added", Stream.make(text("bytes")), { store: "cold" }),
  Backend.deleteFromBackend(uri)
]

/** Whatever can be seen of it while it runs, and of what comes out of it. */
const shown = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const { exit, seen } = yield* watched(self)
    return { tag: exit._tag, text: [printed(exit, seen), faces(exit), yield* logged(exit)].join("\n") }
  })

describe("no secret is shown", () => {
  it.scopedLive(
    "by stores, however they were configured, nor by what becomes of images in them",
    () =>
      Effect.gen(function*() {
        const { account, conf, file, proxy, quiet, root, s3, uris, web } = yield* setUp
        const typed = Stores.plan({
          default: "fast",
          stores: {
            web: HttpStore.config({ proxies: { http: proxy }, retries: 0 }),
            cold: S3Store.config({
              host: s3.endpoint,
              regionName: s3.region,
              bucket: "glance",
              retries: 0,
              accessKey: account.accessKeyId,
              secretKey: Redacted.make(account.secretAccessKey)
            }),
            fast: FileStore.config({ datadir: `${root}/fast` })
          }
        })
        const environment = ConfigProvider.fromJson({
          enabledBackends: "web:http,cold:s3,fast:file",
          defaultBackend: "fast",
          web: { proxies: `http:${proxy}` },
          cold: {
            host: s3.endpoint,
            regionName: s3.region,
            bucket: "glance",
            accessKey: account.accessKeyId,
            secretKey: account.secretAccessKey
          },
          fast: { datadir: `${root}/fast` }
        })
        const { plan } = yield* GlanceConf.read({ files: [file], kinds })
        quiet(faces(typed) + faces(plan) + faces(yield* GlanceConf.toText(plan, { kinds })) + faces({ kinds }))
        const ways: ReadonlyArray<Layer.Layer<StoreRegistry.StoreRegistry, unknown>> = [
          Stores.layerPlan(typed),
          GlanceConf.layer({ files: [file], kinds }),
          Stores.layerConfig(kinds).pipe(Layer.provide(Layer.setConfigProvider(environment)))
        ]
        const outcomes: Array<string> = []
        for (const [index, way] of ways.entries()) {
          yield* Effect.gen(function*() {
            const listed = yield* shown(Backend.getStoresInfo)
            quiet(listed.text)
            for (const store of ["web", "cold"]) {
              quiet((yield* shown(Backend.getStoreFromStoreIdentifier(store))).text)
            }
            // Each once by each way; the long waits of what cannot be reached once in all.
            for (const uri of index === 0 ? uris : uris.slice(0, 1)) {
              for (const operation of everyOperation(uri)) {
                const { tag, text: said } = yield* shown(operation)
                quiet(said)
                outcomes.push(tag)
              }
            }
          }).pipe(Effect.provide(way))
        }
        assert.includeMembers(outcomes, ["Success", "Failure"])
        assert.include(conf, account.secretAccessKey)
        // They were used.
        const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`
        assert.includeMembers(web.allAsked().map(({ headers }) => headers.authorization), [basic("ZqUser:ZqPassword")])
        assert.includeMembers(web.allAsked().map(({ headers }) => headers["proxy-authorization"]), [
          basic("ZqProxyUser:ZqProxyPassword")
        ])
        assert.includeMembers(s3.requests.map(({ operation }) => operation), ["GetObject", "HeadObject"])
      }),
    120_000
  )

  it.scopedLive("by what is wrong with a configuration, nor by a store that cannot be made of it", () =>
    Effect.gen(function*() {
      const { conf, file, quiet } = yield* setUp
      const damages: ReadonlyArray<readonly [what: string, by: string]> = [
        ["http_proxy_information = http:", "http_proxy_information = "],
        ["http_proxy_information = http:http", "http_proxy_information = http:gopher"],
        ["http_proxy_information", "http_proxy_informatio"],
        ["s3_store_secret_key =", "s3_store_secret_key"],
        ["s3_store_bucket = glance", "s3_store_thread_pools = ${cold.s3_store_secret_key}"],
        ["s3_store_bucket = glance", "s3_store_bucket = ${cold.s3_store_secret_key}"],
        ["s3_store_bucket = glance", ""],
        ["s3_store_host = http://", "s3_store_host = http://ZqUser:ZqPassword@"],
        ["s3_store_host = http://", "s3_store_host = gopher://ZqUser:ZqPassword@"],
        ["[cold]", "[cold"],
        ["cold:s3", "cold:ftp"]
      ]
      for (const [what, by] of damages) {
        fs.writeFileSync(file, conf.replace(what, by))
        for (const policy of ["strict", "degrade"] as const) {
          const stores = GlanceConf.layer({ files: [file], kinds, policy })
          quiet((yield* shown(Effect.provide(Backend.getStoresInfo, stores))).text)
        }
      }
    }))

  it.scopedLive(
    "on a command line, whatever is asked of it and however much it is to say",
    () =>
      Effect.gen(function*() {
        const { conf, file, quiet, root, uris, web } = yield* setUp
        fs.writeFileSync(`${root}/broken.conf`, conf.replaceAll("_key =", "_key").replace("http:http", "gopher"))
        fs.writeFileSync(`${root}/image`, "bytes")
        const commands: ReadonlyArray<ReadonlyArray<string>> = [
          ["--config", file, "stores"],
          ["--config", `${root}/broken.conf`, "stores"],
          ["--config", file, "add", `${root}/image`, "--store", "cold"],
          ["--config", file, "get", uris[0] ?? ""],
          ["--config", file, "size", uris[3] ?? ""],
          ["--config", file, "size", uris[7] ?? ""],
          ["--config", file, "acls", uris[7] ?? "", "--public"],
          ["--config", file, "delete", uris[7] ?? ""],
          ["--config", file, "get", uris[8] ?? "", uris[11] ?? ""],
          ["get", uris[11] ?? ""]
        ]
        const outcomes = yield* Effect.forEach(
          commands,
          (args) => run(commandLine("examples/image.ts", "--log-level", "all", ...args)),
          { concurrency: 2 }
        )
        for (const { stderr, stdout } of outcomes) quiet(stdout + stderr)
        assert.deepStrictEqual(outcomes.map(({ exitCode }) => exitCode), [0, 1, 0, 0, 1, 0, 1, 0, 1, 1])
        assert.strictEqual(outcomes[3]?.stdout, "an image")
        assert.isTrue(web.allAsked().every(({ headers }) => headers["proxy-authorization"] !== undefined))
      }).pipe(Effect.provide(NodeContext.layer)),
    120_000
  )
})
