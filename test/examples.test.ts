/** Each numbered example is short, runs to its end, and says what it promises. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, describe, it, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import { fileURLToPath } from "node:url"
import { commandLine, run } from "./program.js"
import * as Server from "./s3/Server.js"

const directory = fileURLToPath(new URL("../examples/", import.meta.url))

const examples = fs.readdirSync(directory).filter((file) => /^\d/.test(file)).toSorted()

/** What each must say, in this order. */
const promised: Readonly<Record<string, ReadonlyArray<string | RegExp>>> = {
  "01-quickstart.ts": [
    `Adding ${process.execPath}`,
    /uri: 'file:\/\/\/.*\/quickstart'/,
    /checksum: '[\da-f]{32}'/,
    /multihash: '[\da-f]{128}'/,
    "Read back: the same bytes",
    "Uint8Array(4)",
    "Deleted"
  ],
  "02-several-stores.ts": [
    /^fast +8 bytes at file:\/\/\/.*\/fast\/image-1$/m,
    /^archive +8 bytes at file:\/\/\/.*\/archive\/image-1$/m,
    /^scratch +8 bytes at memory:\/\/image-1$/m,
    "Schemes: file, filesystem, memory",
    "Unknown store \"tape\""
  ],
  "03-handling-errors.ts": [
    "image-1: stored at memory://image-1",
    "image-1: the store memory has it already",
    "image-2: no algorithm md6",
    "image-3: 8 bytes came instead of 100",
    "image-4: the link to mirror is down",
    "No image at memory://image-4",
    "Unknown scheme \"tape\"",
    "Bad store URI \"image-1\""
  ],
  "04-test-layers.ts": [
    /^files: 2 bytes at file:\/\/\/.*\/short; No image at file:\/\/\/.*\/long$/m,
    "memory: 2 bytes at file://short; No image at file://long",
    "full: The store memory is full"
  ],
  "05-your-own-store.ts": ["gzip://disk-1 1000000 bytes"],
  "06-s3.ts": ["Set S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY"],
  "07-from-glance-conf.ts": [
    "fast: file, filesystem; weight 10; SSD pool",
    "cheap: file, filesystem; weight 0",
    "web: http, https; weight 0",
    "8 bytes in the store fast",
    "broken.conf:13: [fast] weight: \"ten\" is not allowed; allowed is a whole number",
    "filesystem_store_datadirr: no store has this option; did you mean filesystem_store_datadir?"
  ],
  "08-http.ts": [
    "3000000 bytes were stored, MD5 2da7b97b6847315bae3e0e0ed695eb6f",
    "169.254.169.254 is not a public address",
    "The store http does not support delete"
  ]
}

describe("examples", () => {
  it("each has a promise to keep", () => {
    assert.deepStrictEqual(examples, Object.keys(promised))
  })

  it("each is under 60 lines", () => {
    const long = examples.filter((file) => fs.readFileSync(directory + file, "utf8").split("\n").length > 60)
    assert.deepStrictEqual(long, [])
  })

  layer(NodeContext.layer)((it) => {
    for (const [file, texts] of Object.entries(promised)) {
      it.effect(`${file} runs to its end and says what it should`, () =>
        Effect.gen(function*() {
          const { exitCode, stderr, stdout } = yield* run(commandLine(`examples/${file}`))
          assert.strictEqual(exitCode, 0, stderr)
          assert.strictEqual(stderr, "")
          let rest = stdout
          for (const text of texts) {
            const at = typeof text === "string" ? rest.indexOf(text) : rest.search(text)
            assert.isAtLeast(at, 0, `${text} is not in what is left:\n${rest}\nof:\n${stdout}`)
            rest = rest.slice(at)
          }
        }), 120_000)
    }

    it.scoped(
      "06-s3.ts adds, reads, shares and deletes an image on the service that it is given",
      () =>
        Effect.gen(function*() {
          const { account, buckets, endpoint } = yield* Server.make({ buckets: [] })
          const { exitCode, stderr, stdout } = yield* run(commandLine("examples/06-s3.ts"), {
            env: {
              AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
              S3_ENDPOINT: endpoint,
              S3_ACCESS_KEY: account.accessKeyId,
              S3_SECRET_KEY: account.secretAccessKey
            }
          })
          assert.strictEqual(exitCode, 0, stderr)
          assert.strictEqual(stderr, "")
          assert.deepStrictEqual(stdout.trimEnd().split("\n"), [
            "Added 12582912 bytes, MD5 eb4cfaade515deffa12e84104e524cfe",
            "The location holds no key: true",
            "Read 1000 bytes of it",
            "Anybody may read it for a while at <redacted>: true",
            "Deleted",
            "Uploads of a day ago that nobody has ended: 0"
          ])
          assert.strictEqual(buckets.get("glance-examples")?.objects.size, 0)
        }),
      120_000
    )

    it.effect("the quick start says what is wrong with a path, and fails", () =>
      Effect.gen(function*() {
        const { exitCode, stderr, stdout } = yield* run(commandLine("examples/01-quickstart.ts", "/no/such/file"))
        assert.strictEqual(exitCode, 1)
        assert.match(stderr, /^.*no such file or directory, stat '\/no\/such\/file'\n$/)
        assert.strictEqual(stdout, "")
      }), 120_000)
  })
})
