/** Images in S3: in parts, whatever their size, and back again. Runs on the service that the environment names. */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Backend, Location, StoreRegistry } from "effect-glance-store"
import * as S3Store from "effect-glance-store/S3Store"
import * as Config from "effect/Config"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"

const mebibyte = new Uint8Array(1024 * 1024).fill(7)

const program = (options: S3Store.Options) =>
  Effect.gen(function*() {
    // Nobody says how many bytes there will be: they go in parts of 5 MiB, three at a time.
    const source = Stream.repeatValue(mebibyte).pipe(Stream.take(12))
    const { checksum, size, uri } = yield* Backend.addToBackend(`image-${Date.now()}`, source)
    yield* Console.log(`Added ${size} bytes, MD5 ${checksum}`)
    yield* Console.log(`The location holds no key: ${!uri.includes("@")}`)

    const { data } = yield* Backend.getFromBackend(uri, { offset: 6_000_000, length: 1000 })
    yield* Console.log(`Read ${yield* Stream.runFold(data, 0, (sum, bytes) => sum + bytes.length)} bytes of it`)

    const url = yield* S3Store.presignGet(options, yield* Location.fromUri(uri), { expiresIn: "5 minutes" })
    yield* Console.log(`Anybody may read it for a while at ${url}: ${Redacted.value(url).length > 0}`)

    yield* Backend.deleteFromBackend(uri)
    yield* Console.log("Deleted")

    const left = yield* S3Store.abortIncompleteUploads(options, { olderThan: "1 days", dryRun: true })
    yield* Console.log(`Uploads of a day ago that nobody has ended: ${left.length}`)
  }).pipe(
    Effect.scoped,
    Effect.provide(
      S3Store.layer(options).pipe(Layer.provideMerge(StoreRegistry.layer({ default: "s3" })))
    )
  )

const configured = Config.all({
  host: Config.string("S3_ENDPOINT"),
  accessKey: Config.redacted("S3_ACCESS_KEY"),
  secretKey: Config.redacted("S3_SECRET_KEY"),
  bucket: Config.withDefault(Config.string("S3_BUCKET"), "glance-examples"),
  preset: Config.withDefault(
    Config.literal("aws", "ceph", "minio", "r2", "swift-s3api", "custom")("S3_PRESET"),
    "custom"
  )
})

Effect.flatMap(
  Config.option(configured),
  Option.match({
    onNone: () => Console.log("Set S3_ENDPOINT, S3_ACCESS_KEY and S3_SECRET_KEY (S3_BUCKET, S3_PRESET) to run this"),
    onSome: (settings) => program({ ...settings, createBucketOnPut: true, largeObjectChunkSize: 5, threadPools: 3 })
  })
).pipe(NodeRuntime.runMain)
