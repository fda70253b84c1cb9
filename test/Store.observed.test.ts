import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as FastCheck from "effect/FastCheck"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as Metric from "effect/Metric"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import { inspect } from "node:util"
import * as Capabilities from "../src/Capabilities.js"
import * as Location from "../src/Location.js"
import * as MemoryStore from "../src/MemoryStore.js"
import * as Store from "../src/Store.js"
import { BackendException } from "../src/StoreError.js"
import { faces, leaks, logged, secretUri } from "./secretUri.js"
import { at, shelf, source } from "./Shelf.js"

/** Runs the effect, and gives the spans it made: their names, attributes and ends. */
const traced = <A, E, R>(self: Effect.Effect<A, E, R>) =>
  Effect.gen(function*() {
    const native = yield* Effect.tracer
    const spans: Array<Tracer.Span> = []
    const tracer = Tracer.make({
      context: native.context,
      span: (...args) => {
        const span = native.span(...args)
        spans.push(span)
        return span
      }
    })
    const exit = yield* Effect.exit(Effect.withTracer(self, tracer))
    return { exit, spans }
  })

/** What the counters say of one store, so that stores of other tests do not disturb. */
const counts = (store: string) =>
  Effect.map(Metric.snapshot, (pairs) =>
    Object.fromEntries(pairs.flatMap(({ metricKey, metricState }) => {
      const tags = Object.fromEntries(Array.from(metricKey.tags, ({ key, value }) => [key, value]))
      return tags["store"] === store && MetricState.isCounterState(metricState)
        ? [[
          [metricKey.name, tags["operation"], tags["outcome"]].filter((part) => part !== undefined).join(" "),
          metricState.count
        ]]
        : []
    })))

const acls = { public: true, readTenants: [], writeTenants: [] }

describe("Store: spans", () => {
  it.effect("each operation is a span of its name, about one store", () =>
    Effect.gen(function*() {
      const store = yield* MemoryStore.make({}, { id: "fast" })
      const { exit, spans } = yield* traced(Effect.gen(function*() {
        const { uri } = yield* store.add("image", source("abc"), { hashingAlgo: "sha256", size: 3 })
        yield* Effect.scoped(store.get(at(uri), { offset: 1, length: 2 }))
        yield* store.getSize(at(uri))
        yield* store.setAcls(at(uri), acls)
        yield* store.delete(at(uri))
      }))
      assert.isTrue(Exit.isSuccess(exit))
      const seen = spans.map(({ attributes, name }) => [name, Object.fromEntries(attributes)] as const)
      assert.deepStrictEqual(seen, [
        ["Store.add", { store: "fast", imageId: "image", size: 3, hashingAlgo: "sha256" }],
        ["Store.get", { store: "fast", uri: "memory://image", offset: 1, length: 2 }],
        ["Store.getSize", { store: "fast", uri: "memory://image" }],
        ["Store.setAcls", { store: "fast", uri: "memory://image" }],
        ["Store.delete", { store: "fast", uri: "memory://image" }]
      ])
    }))

  it.effect("ends as the operation ended, and the error tells where it was", () =>
    Effect.gen(function*() {
      const store = yield* MemoryStore.make({})
      const { exit, spans } = yield* traced(store.getSize(at("memory://absent")))
      const [span] = spans
      assert.isTrue(span?.status._tag === "Ended" && Exit.isFailure(span.status.exit))
      assert.include(Exit.match(exit, { onFailure: Cause.pretty, onSuccess: () => "" }), "at Store.getSize")
    }))

  it.effect("stands below the caller's, and above whatever the driver makes", () =>
    Effect.gen(function*() {
      const store = yield* Store.make({
        ...shelf(new Map()),
        stat: () => Effect.withSpan(Effect.succeedNone, "shelf.look")
      })
      const { spans } = yield* traced(Effect.withSpan(store.getSize(at("shelf://image")), "caller"))
      const parents = spans.map(({ name, parent }) => [
        name,
        Option.match(parent, { onNone: () => "", onSome: (above) => above._tag === "Span" ? above.name : above._tag })
      ])
      assert.deepStrictEqual(parents, [["caller", ""], ["Store.getSize", "caller"], ["shelf.look", "Store.getSize"]])
    }))
})

describe("Store: metrics", () => {
  it.effect("counts operations by how they ended, and the bytes that were stored", () =>
    Effect.gen(function*() {
      const store = yield* MemoryStore.make({}, { id: "counted" })
      const { uri } = yield* store.add("image", source("abc"))
      yield* store.add("other", source("defg"))
      yield* Effect.flip(store.add("image", source("hijklm")))
      yield* Effect.flip(store.add("short", source("n"), { size: 2 }))
      yield* Effect.flip(store.add("broken", Stream.fail("without a _tag")))
      yield* Effect.exit(store.add("bug", Stream.dieMessage("a bug")))
      yield* Effect.scoped(store.get(at(uri)))
      yield* store.getSize(at(uri))
      yield* store.setAcls(at(uri), acls)
      yield* store.delete(at(uri))
      yield* Effect.flip(store.delete(at(uri)))
      assert.deepStrictEqual(yield* counts("counted"), {
        "glance_store_bytes_added": 7,
        "glance_store_operations add success": 2,
        "glance_store_operations add DuplicateImage": 1,
        "glance_store_operations add SizeMismatch": 1,
        "glance_store_operations add failure": 1,
        "glance_store_operations add RuntimeException": 1,
        "glance_store_operations get success": 1,
        "glance_store_operations getSize success": 1,
        "glance_store_operations setAcls success": 1,
        "glance_store_operations delete success": 1,
        "glance_store_operations delete ImageNotFound": 1
      })
    }))

  it.effect("an interruption counts as one", () =>
    Effect.gen(function*() {
      const store = yield* MemoryStore.make({}, { id: "interrupted" })
      const begun = yield* Deferred.make<void>()
      const stalled = Stream.fromEffect(Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never))
      const adding = yield* Effect.fork(store.add("image", stalled))
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(adding)
      assert.deepStrictEqual(yield* counts("interrupted"), { "glance_store_operations add interrupted": 1 })
    }))

  it.effect("a store without an id is counted under its driver's type", () =>
    Effect.gen(function*() {
      const store = yield* Store.make({ ...shelf(new Map()), type: "uncounted" })
      yield* store.add("image", source("abc"))
      assert.deepStrictEqual(yield* counts("uncounted"), {
        "glance_store_bytes_added": 3,
        "glance_store_operations add success": 1
      })
    }))

  it.effect("what is refused for want of a capability is counted, too", () =>
    Effect.gen(function*() {
      const store = yield* MemoryStore.make({ capabilities: Capabilities.none }, { id: "incapable" })
      yield* Effect.flip(store.add("image", source("abc")))
      assert.deepStrictEqual(yield* counts("incapable"), { "glance_store_operations add NotSupported": 1 })
    }))
})

describe("Store: secrets", () => {
  /** Of every scheme that a secret URI may have; an operation on it fails, for want of an image or of a readable location. */
  const anyStore = (id: string) =>
    MemoryStore.make({ schemes: ["http", "https", "s3", "s3+https", "swift", "swift+http", "memory", "file"] }, { id })

  it.effect.prop("no error, span, metric or log of an operation shows a secret", {
    secret: secretUri,
    operation: FastCheck.constantFrom<
      (store: Store.Store, location: Location.Location) => Effect.Effect<unknown, unknown>
    >(
      (store, location) => Effect.scoped(store.get(location)),
      (store, location) => Effect.scoped(store.get(location, { offset: 1 })),
      (store, location) => store.getSize(location),
      (store, location) => store.delete(location),
      (store, location) => store.setAcls(location, acls)
    )
  }, ({ operation, secret }) =>
    Effect.gen(function*() {
      const location = Location.fromUri(secret.uri)
      // What is not even a URI does not come as far as a store.
      if (Either.isLeft(location)) return
      const store = yield* anyStore("secretive")
      const lines: Array<string> = []
      const { exit, spans } = yield* traced(
        operation(store, location.right).pipe(
          Effect.tapErrorCause((cause) => Effect.logError("an operation has failed", cause)),
          Effect.annotateLogs({ location: location.right }),
          Effect.provide(Logger.add(Logger.map(Logger.logfmtLogger, (line) => void lines.push(line))))
        )
      )
      const error = yield* Effect.flip(exit)
      const seen = [
        faces(error),
        faces(exit),
        yield* logged(error),
        ...lines,
        ...spans.map((span) => inspect([span.name, span.attributes, span.status, span], { depth: Infinity })),
        ...spans.flatMap(({ status }) =>
          status._tag === "Ended" && Exit.isFailure(status.exit) ? [Cause.pretty(status.exit.cause)] : []
        ),
        inspect(yield* Metric.snapshot, { depth: Infinity })
      ].join("\n")
      assert.isNotEmpty(lines)
      assert.isNotEmpty(spans)
      assert.deepStrictEqual(leaks(secret, seen), [])
    }))

  it.effect("a fault of the backend shows its cause, and the location it was about does not show", () =>
    Effect.gen(function*() {
      const cause = new Error("connection refused")
      const store = yield* Store.make({
        ...shelf(new Map()),
        stat: () => new BackendException({ store: "shelf", operation: "stat", cause })
      })
      const error = yield* Effect.flip(store.getSize(at("shelf://user:Zqsecret@host")))
      assert.notInclude(faces(error), "Zqsecret")
      assert.include(error.message, "connection refused")
    }))
})
