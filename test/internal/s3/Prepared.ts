/** An S3 store over a loopback server of its own, which does not wait long between its tries. */
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as Location from "../../../src/Location.js"
import type * as Range from "../../../src/Range.js"
import * as S3Store from "../../../src/S3Store.js"
import type * as Store from "../../../src/Store.js"
import { concat, cut } from "../../conformance/bytes.js"
import type { Operation } from "../../s3/routes.js"
import * as Server from "../../s3/Server.js"

export const bucket = "glance"

export const MiB = 1024 * 1024

/** For the store of a server. */
export const optionsOf = (server: Server.Service): S3Store.Options => ({
  host: server.endpoint,
  preset: "aws",
  accessKey: server.account.accessKeyId,
  secretKey: server.account.secretAccessKey,
  bucket,
  largeObjectSize: 9,
  largeObjectChunkSize: 6,
  threadPools: 3,
  retryPause: 0.01,
  retries: 3
})

export const prepare = (options: Partial<S3Store.Options> = {}, server_: Server.Options = {}) =>
  Effect.gen(function*() {
    const server = yield* Server.make(server_)
    const all = { ...optionsOf(server), ...options }
    return { server, options: all, store: yield* S3Store.make(all) }
  })

/** The bytes in pieces that have memory of their own. */
export const pieces = (bytes: Uint8Array, size = 100_000): Stream.Stream<Uint8Array> =>
  Stream.fromIterable(cut(bytes, size))

export const read = (store: Store.Store, uri: string, range?: Range.Range) =>
  Effect.flatMap(Location.fromUri(uri), (location) => store.get(location, range)).pipe(
    Effect.flatMap(({ data }) => Stream.runCollect(data)),
    Effect.map(concat),
    Effect.scoped
  )

/** What was asked, in order, from the first add on. */
export const asked = ({ requests }: Server.Service): ReadonlyArray<Operation | undefined> =>
  requests.map(({ operation }) => operation)

export const count = (server: Server.Service, operation: Operation): number =>
  asked(server).filter((one) => one === operation).length

/** That there is neither an object nor an upload. */
export const isNowhere = (server: Server.Service, imageId: string) => {
  assert.isUndefined(server.bytes(bucket, imageId), "there is an object")
  assert.deepStrictEqual(server.uploads(bucket), [], "uploads")
}
