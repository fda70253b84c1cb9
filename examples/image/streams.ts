/** Where a command's bytes come from and go to: files, standard input and output. */
import * as NodeSink from "@effect/platform-node/NodeSink"
import * as NodeStream from "@effect/platform-node/NodeStream"
import type { PlatformError } from "@effect/platform/Error"
import { SystemError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import { ImageFile } from "effect-glance-store"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"

export interface Source {
  /** In bytes, where it is known beforehand. */
  readonly size: number | undefined
  readonly data: Stream.Stream<Uint8Array, PlatformError>
}

export const fromFile = (path: string): Effect.Effect<Source, PlatformError, FileSystem.FileSystem> =>
  Effect.gen(function*() {
    const files = yield* FileSystem.FileSystem
    const { size, type } = yield* files.stat(path)
    return {
      // Files of /proc have bytes and no size.
      size: type === "File" && size > 0n ? Number(size) : undefined,
      data: ImageFile.stream(path)
    }
  })

const streamError = (method: string) => (cause: unknown) =>
  new SystemError({ module: "Stream", method, reason: "Unknown", description: String(cause), cause })

export const standardInput: Source = {
  size: undefined,
  data: NodeStream.fromReadable(() => process.stdin, streamError("stdin"), { closeOnDone: false })
}

/** Ends quietly where the reader has closed the pipe: it has read enough. */
export const toStandardOutput = <E, R>(data: Stream.Stream<Uint8Array | string, E, R>) =>
  Stream.run(data, NodeSink.fromWritable(() => process.stdout, streamError("stdout"))).pipe(
    Effect.catchIf(isBrokenPipe, () => Effect.void)
  )

// -----------------------------------------------------------------------------

const isBrokenPipe = (error: unknown) =>
  Predicate.isTagged(error, "SystemError") && Predicate.hasProperty(error, "cause") &&
  Predicate.hasProperty(error.cause, "code") && error.cause.code === "EPIPE"
