/**
 * The services that tests and benchmarks run against, by their names. Each is a script that stands alone, started at
 * most once in a directory however many ask for it, and stopped at the latest when its owner, a process, has ended.
 */
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { execFile } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const services = {
  /** Ceph's S3 gateway. */
  radosgw: { group: "ceph", script: "ceph.sh" },
  /** The S3 API of OpenStack Swift. */
  swift: { group: "swift", script: "swift.sh" },
  /** A web server. */
  nginx: { group: "nginx", script: "nginx.sh" }
} as const

export type Name = keyof typeof services

export const names: ReadonlyArray<Name> = ["radosgw", "swift", "nginx"]

export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** An S3 that answers. */
export interface Service {
  readonly endpoint: string
  readonly account: Credentials
  /** Somebody else, who has nothing to say about what is the account's. */
  readonly other: Credentials
  /** Somebody who may store no more than 8 MiB, where the service has quotas. */
  readonly limited?: Credentials
}

/** It could not be installed, started or stopped; what it has said is in the message. */
export class ServiceFailed extends Data.TaggedError("ServiceFailed")<{ readonly message: string }> {}

/** Installs it where that is needed, starts it below the directory, and gives what it tells once it answers. */
export const startAny = (
  name: string,
  directory: string,
  owner: number = process.pid
): Effect.Effect<ReadonlyMap<string, string>, ServiceFailed> =>
  Effect.gen(function*() {
    const { group, script } = yield* find(name)
    yield* install(group)
    yield* run(script, ["start", `${directory}/${name}`], { SERVICE_OWNER: String(owner) })
    return yield* Effect.sync(() => parse(readFileSync(`${directory}/${name}/env`, "utf8")))
  })

/** The same, of an S3. */
export const start = (name: string, directory: string, owner?: number): Effect.Effect<Service, ServiceFailed> =>
  Effect.map(startAny(name, directory, owner), toService)

/** nginx, by all its addresses. */
export interface Nginx {
  readonly plain: string
  readonly tls: string
  /** Host and port of what has a password. */
  readonly auth: string
  /** A reverse proxy before the plain one. */
  readonly proxy: string
  /** As in a URL. */
  readonly user: string
  readonly password: string
  /** The authority of its certificate. */
  readonly caFile: string
  /** What is in it is served. */
  readonly directory: string
}

/** The same, of nginx. */
export const startNginx = (directory: string, owner?: number): Effect.Effect<Nginx, ServiceFailed> =>
  Effect.map(startAny("nginx", directory, owner), (values) => {
    const value = (name: string) => values.get(name) ?? ""
    return {
      plain: value("PLAIN"),
      tls: value("TLS"),
      auth: value("AUTH"),
      proxy: value("PROXY"),
      user: value("USER"),
      password: value("PASSWORD"),
      caFile: value("CA"),
      directory: value("WWW")
    }
  })

/** Stops it, if it was started there. */
export const stop = (name: string, directory: string): Effect.Effect<void, ServiceFailed> =>
  Effect.flatMap(
    find(name),
    ({ script }) => existsSync(`${directory}/${name}`) ? run(script, ["stop", `${directory}/${name}`]) : Effect.void
  )

/** Installs a group of packages; see install.sh. */
export const install = (group: string): Effect.Effect<void, ServiceFailed> => run("install.sh", [group])

// -----------------------------------------------------------------------------

const find = (name: string) => {
  const known = names.find((one) => one === name)
  return known === undefined
    ? new ServiceFailed({ message: `There is no service "${name}"; known are ${names.join(", ")}` })
    : Effect.succeed(services[known])
}

const run = (script: string, options: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  Effect.async<void, ServiceFailed>((resume) => {
    execFile(
      "bash",
      [fileURLToPath(new URL(script, import.meta.url)), ...options],
      { env: { ...process.env, ...env } },
      (error, stdout, stderr) =>
        resume(error === null ? Effect.void : new ServiceFailed({ message: `${error.message}\n${stdout}${stderr}` }))
    )
  })

const parse = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.trim().split("\n").map((line) => {
      const at = line.indexOf("=")
      return [line.slice(0, at), line.slice(at + 1)]
    })
  )

const toService = (values: ReadonlyMap<string, string>): Service => {
  const credentials = (prefix: string): Credentials => ({
    accessKeyId: values.get(`${prefix}ACCESS_KEY`) ?? "",
    secretAccessKey: values.get(`${prefix}SECRET_KEY`) ?? ""
  })
  return {
    endpoint: values.get("ENDPOINT") ?? "",
    account: credentials(""),
    other: credentials("OTHER_"),
    ...(values.has("LIMITED_ACCESS_KEY") ? { limited: credentials("LIMITED_") } : {})
  }
}
