/**
 * Who takes part. A contender is a program that speaks the protocol of `job.ts`; another one is a script and an entry
 * here, and its name in the works it does.
 */
import * as Command from "@effect/platform/Command"
import type * as CommandExecutor from "@effect/platform/CommandExecutor"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as String from "effect/String"
import { fileURLToPath } from "node:url"

export interface Contender {
  readonly title: string
  /** Whether an image that was added is on the disk, and not only on its way, when the add returns; absent in memory. */
  readonly durable?: boolean
  /** The program, given the directory of the compiled scripts. */
  readonly command: (scripts: string) => readonly [string, ...ReadonlyArray<string>]
  /** What it runs as, or none if it is not installed. */
  readonly version: Effect.Effect<Option.Option<string>, never, CommandExecutor.CommandExecutor>
  /** How to install it. */
  readonly remedy?: string
  /** What must be known to read its figures. */
  readonly note?: string
}

/** A script of ours, in this Node; a processor profile is taken of it if one was asked of the benchmark. */
const node = (script: string): Pick<Contender, "command" | "version"> => ({
  command: (scripts) => [
    process.execPath,
    "--expose-gc",
    ...process.execArgv.filter((argument) => argument.startsWith("--cpu-prof")),
    `${scripts}/${script}.js`
  ],
  version: Effect.succeedSome(process.version)
})

const python = "/usr/bin/python3"

const glanceStoreVersion = Command.make(
  python,
  "-c",
  "import glance_store, importlib.metadata; print(importlib.metadata.version('glance_store'))"
).pipe(
  Command.string,
  Effect.map((text) => Option.liftPredicate(text.trim(), String.isNonEmpty)),
  Effect.catchAll(() => Effect.succeedNone)
)

/** Keeps the names, and of the entries no more than what they are. */
const named = <N extends string>(entries: Readonly<Record<N, Contender>>) => entries

export const contenders = named({
  "file": { title: "effect-glance-store, file", durable: true, ...node("ours") },
  "file-unsynced": { title: "effect-glance-store, file", durable: false, ...node("ours") },
  "file-one-thread": { title: "effect-glance-store, file, hashing in one thread", durable: true, ...node("ours") },
  "memory": { title: "effect-glance-store, memory", ...node("ours") },
  "node": { title: "Node streams by hand", durable: true, ...node("rivals/node") },
  "node-unsynced": { title: "Node streams by hand", durable: false, ...node("rivals/node") },
  "array": { title: "an array by hand", ...node("rivals/array") },
  "s3": { title: "effect-glance-store, S3", ...node("ours") },
  "s3-ranges": { title: "effect-glance-store, S3 in parallel ranges", ...node("ours") },
  "lib-storage": { title: "@aws-sdk/lib-storage, hashing", ...node("rivals/s3") },
  "lib-storage-bare": { title: "@aws-sdk/lib-storage, hashing nothing", ...node("rivals/s3") },
  "sdk": { title: "@aws-sdk/client-s3 by hand, hashing nothing", ...node("rivals/s3") },
  "http": { title: "effect-glance-store, HTTP", ...node("ours") },
  "undici": { title: "undici", ...node("rivals/undici") },
  "original-s3": {
    title: "glance_store, S3",
    command: () => [python, fileURLToPath(new URL("rivals/original.py", import.meta.url))],
    version: glanceStoreVersion,
    remedy: "run test/services/install.sh oracle"
  },
  "original": {
    title: "glance_store",
    durable: false,
    command: () => [python, fileURLToPath(new URL("rivals/original.py", import.meta.url))],
    version: glanceStoreVersion,
    remedy: "run test/services/install.sh oracle",
    note: "it never calls fsync, and where no multihash is asked for it computes MD5 twice"
  }
})

export type Name = keyof typeof contenders
