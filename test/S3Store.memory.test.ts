/** How much memory an add needs, in a process of its own, where the service is slower than the source. */
import * as NodeContext from "@effect/platform-node/NodeContext"
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { fileURLToPath } from "node:url"
import * as Program from "./program.js"
import type * as Giant from "./s3/giant.js"
import * as Server from "./s3/Server.js"

const MiB = 1024 * 1024
const giant = fileURLToPath(new URL("s3/giant.ts", import.meta.url))

it.scopedLive(
  "an image of unknown size is put from the memory of a few parts, however slow the service",
  () =>
    Effect.gen(function*() {
      const server = yield* Server.make({ keepsBytes: false, bytesPerSecond: 48 * MiB })
      const size = 384 * MiB
      const [threadPools, partSize] = [4, 5]
      const plan: Giant.Plan = {
        size,
        options: {
          host: server.endpoint,
          accessKey: server.account.accessKeyId,
          secretKey: server.account.secretAccessKey,
          bucket: "glance",
          preset: "ceph",
          threadPools,
          largeObjectChunkSize: partSize
        }
      }
      const { exitCode, stderr, stdout } = yield* Program.run(Program.commandLine(giant, JSON.stringify(plan)))
      assert.strictEqual(exitCode, 0, stderr)
      // What the program has made from a Growth.
      const growth = JSON.parse(stdout) as Giant.Growth
      assert.strictEqual(growth.size, size)
      assert.strictEqual(server.buckets.get("glance")?.objects.get("giant")?.size, size)
      assert.isBelow(growth.bytes, (threadPools + 2) * partSize * MiB + 64 * MiB)
    }).pipe(Effect.provide(NodeContext.layer)),
  180_000
)
