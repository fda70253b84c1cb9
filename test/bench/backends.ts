/** What some works need besides a file system. Each is started when a work asks for it, and ends with the benchmark. */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { startNginx, stop } from "../services/control.js"
import type { Job } from "./job.js"
import * as S3 from "./s3/backends.js"

export type Backend = S3.Backend | "nginx"

/** What a run is told of it; for as long as the run takes, a part of it may be the run's own. */
export type Place = Effect.Effect<Pick<Job, "s3" | "web">, never, Scope.Scope>

export const start = (backend: Backend, scripts: string) =>
  backend === "nginx"
    ? nginx
    : Effect.map(S3.start(backend, scripts), (address): Place => Effect.map(S3.bucketOn(address), (s3) => ({ s3 })))

const nginx = Effect.gen(function*() {
  yield* Console.log("starting nginx")
  const fs = yield* FileSystem.FileSystem
  const below = yield* fs.makeTempDirectoryScoped({ prefix: "gs-" })
  const { directory, plain: origin } = yield* Effect.acquireRelease(
    startNginx(below),
    () => Effect.orDie(stop("nginx", below))
  )
  const place: Place = Effect.succeed({ web: { origin, directory } })
  return place
})
