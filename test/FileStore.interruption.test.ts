import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as FileStore from "../src/FileStore.js"
import * as Syscalls from "../src/internal/disk/Syscalls.js"

const directory = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "file-store-interruption-"))),
  (datadir) => Effect.sync(() => fs.rmSync(datadir, { recursive: true }))
)

describe("an add that is interrupted while its link is under way", () => {
  for (const timeout of [0, 30]) {
    it.scoped(`waits for the link and takes it back, with a time limit of ${timeout} seconds`, () =>
      Effect.gen(function*() {
        const datadir = yield* directory
        const linked = yield* Deferred.make<() => void>()
        const store = yield* FileStore.make({ datadir, timeout }).pipe(
          Effect.provideService(Syscalls.Syscalls, {
            ...Syscalls.node,
            link: (from, to, callback) =>
              Syscalls.node.link(
                from,
                to,
                (error) => Deferred.unsafeDone(linked, Effect.succeed(() => callback(error)))
              )
          })
        )
        const add = yield* Effect.fork(store.add("image", Stream.make(new Uint8Array(10))))
        const letLinkReturn = yield* Deferred.await(linked)
        const interruption = yield* Effect.fork(Fiber.interrupt(add))
        yield* Effect.yieldNow()
        assert.isTrue(fs.existsSync(path.join(datadir, "image")))
        letLinkReturn()
        assert.isTrue(Exit.isInterrupted(yield* Fiber.join(interruption)))
        assert.deepStrictEqual(fs.readdirSync(datadir), [])
      }))
  }
})
