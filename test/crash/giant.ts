/**
 * A process that adds an image of as many mebibytes as its argument says, and reads it back, in a data directory that is its
 * second argument. It reports by how many bytes its memory has grown at most.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as process from "node:process"
import * as FileStore from "../../src/FileStore.js"
import * as Image from "../internal/file/Image.js"
import * as Reader from "../internal/file/Reader.js"

export interface Growth {
  readonly size: number
  readonly read: number
  readonly bytes: number
}

const peak = () => process.resourceUsage().maxRSS * 1024

const run = (mebibytes: number, datadir: string) =>
  Effect.gen(function*() {
    const store = yield* FileStore.make({ datadir })
    const block = Image.noise(64 * 1024)
    const add = (imageId: string, blocks: number) =>
      store.add(imageId, Stream.rechunk(Stream.map(Stream.range(1, blocks), () => block), 1), { hashingAlgo: "sha256" })
    const length = (uri: string) =>
      Effect.scoped(Effect.flatMap(store.get(Reader.location(uri)), ({ data }) =>
        Stream.runFold(data, 0, (sum, piece) =>
          sum + piece.length)))

    // What the runtime needs anyway, for its code and its heap.
    const warm = yield* add("warm", 512)
    yield* length(warm.uri)
    const before = peak()
    const { size, uri } = yield* add("giant", mebibytes * 16)
    const growth: Growth = { size, read: yield* length(uri), bytes: peak() - before }
    return growth
  })

const [, , mebibytes, datadir] = process.argv
if (datadir !== undefined) {
  Effect.runFork(Effect.map(run(Number(mebibytes), datadir), (growth) => process.stdout.write(JSON.stringify(growth))))
}
