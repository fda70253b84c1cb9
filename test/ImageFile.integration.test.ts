/** Saving to a disk that is full, which takes root to make one. */
import { SystemError } from "@effect/platform/Error"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as path from "node:path"
import * as FileStore from "../src/FileStore.js"
import * as ImageFile from "../src/ImageFile.js"
import * as Image from "./hashing/Image.js"
import * as Directory from "./internal/file/Directory.js"
import * as Mount from "./internal/file/Mount.js"
import * as Reader from "./internal/file/Reader.js"

const large = Image.noise(3 * 1024 * 1024)

describe("ImageFile.save to a disk that is full", () => {
  it.scoped("fails as FileSystem does, and removes what it has made; a file that was there stays", () =>
    Effect.gen(function*() {
      const disk = yield* Mount.make("size=1m")
      const target = path.join(disk, "target")
      const store = yield* FileStore.make({ datadir: yield* Directory.make })
      const { uri } = yield* store.add("image", Image.streamed(large))
      const { data: fromStore } = yield* store.get(Reader.location(uri))
      for (const data of [Image.streamed(large), fromStore]) {
        const error = yield* Effect.flip(ImageFile.save(data, target))
        assert.instanceOf(error, SystemError)
        assert.deepInclude(error, { module: "FileSystem", pathOrDescriptor: target })
        assert.include(String(error), "ENOSPC")
        assert.deepStrictEqual(Directory.list(disk), [])
        assert.deepStrictEqual(Directory.openFiles(disk), [])
      }
      fs.writeFileSync(target, "before")
      yield* Effect.flip(ImageFile.save(Image.streamed(large), target))
      assert.deepStrictEqual(Directory.list(disk), ["target"])
      const small = Image.noise(500_000)
      assert.strictEqual(yield* ImageFile.save(Image.streamed(small), target), small.length)
      Image.assertSame(fs.readFileSync(target), small)
    }))
})
