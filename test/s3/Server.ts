/**
 * A loopback S3, as a scoped service: real requests over real sockets, with signatures checked, and faults that are
 * switched on one by one. What it keeps is in memory and can be looked at and changed behind its back.
 *
 * It knows the operations of `routes.ts`, path and virtual addressing, and says NotImplemented to all else.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as http from "node:http"
import { setTimeout as sleep } from "node:timers/promises"
import * as Listening from "../Listening.js"
import { type Exchange, type Recorded, recordOf } from "./exchange.js"
import * as Faults from "./faults.js"
import * as Objects from "./objects.js"
import { route } from "./routes.js"
import { serve } from "./serve.js"
import * as Settings from "./settings.js"
import type { Account } from "./signature.js"

export interface Options extends Partial<Settings.Settings> {
  /** Buckets of the first account that are there from the beginning; `glance` if absent. */
  readonly buckets?: ReadonlyArray<string>
}

export interface Service {
  /** `http://127.0.0.1:port`. */
  readonly endpoint: string
  readonly port: number
  /** Of the settings. */
  readonly region: string
  /** Who signs by default, and somebody else. Both may be changed while the server runs. */
  readonly account: Account
  readonly other: Account
  readonly settings: Settings.Settings
  readonly buckets: Objects.Buckets
  readonly faults: Faults.Faults
  /** In the order they came. */
  readonly requests: ReadonlyArray<Recorded>
  /** Puts an object where there was none or another, past all requests. */
  readonly put: (bucket: string, key: string, bytes: Uint8Array) => void
  /** The bytes of an object, if there is one. */
  readonly bytes: (bucket: string, key: string) => Buffer | undefined
  /** Upload ids of the bucket, or of one key in it. */
  readonly uploads: (bucket: string, key?: string) => ReadonlyArray<string>
  readonly openSockets: () => number
  /** Of objects, parts, and bodies on their way. */
  readonly bytesHeld: () => number
  /** Waits for a request that has come, or has been answered, as it is told. */
  readonly until: (holds: (requests: ReadonlyArray<Recorded>) => boolean) => Effect.Effect<void>
}

export class Server extends Context.Tag("effect-glance-store/test/s3/Server")<Server, Service>() {}

export const make = (
  { buckets: names = ["glance"], ...settings }: Options = {}
): Effect.Effect<Service, never, Scope.Scope> =>
  Effect.gen(function*() {
    const account: Account = {
      owner: "glance",
      accessKeyId: "GLANCEACCESSKEY00001",
      secretAccessKey: "glance/Secret+Key/0000000000000000000001"
    }
    const other: Account = {
      owner: "other",
      accessKeyId: "OTHERACCESSKEY000001",
      secretAccessKey: "other/Secret+Key/00000000000000000000001"
    }
    const state: State = {
      accounts: [account, other],
      settings: { ...Settings.aws, ...settings },
      buckets: new Map(
        names.map((name) => [name, Objects.makeBucket(account.owner, settings.region ?? Settings.aws.region)])
      ),
      faults: Faults.make(),
      requests: [],
      watchers: new Set(),
      nextPass: 0
    }
    const { openConnections, port } = yield* listen(state)
    const bucketOf = (name: string) => {
      const bucket = state.buckets.get(name)
      if (bucket === undefined) throw new Error(`the server has no bucket ${name}`)
      return bucket
    }
    return {
      endpoint: `http://127.0.0.1:${port}`,
      port,
      get region() {
        return state.settings.region
      },
      account,
      other,
      settings: state.settings,
      buckets: state.buckets,
      faults: state.faults,
      requests: state.requests,
      put: (bucket, key, bytes) => {
        Objects.putObject(bucketOf(bucket), key, Objects.contentOf(bytes), { headers: {}, checksums: {} })
      },
      bytes: (bucket, key) => {
        const stored = bucketOf(bucket).objects.get(key)
        return stored === undefined ? undefined : Objects.bytesOf(stored)
      },
      uploads: (bucket, key) =>
        Array.from(bucketOf(bucket).uploads.values()).filter((upload) => key === undefined || upload.key === key).map((
          { id }
        ) => id),
      openSockets: openConnections,
      bytesHeld: () =>
        Objects.sizeOf(state.buckets) +
        state.requests.filter(({ status }) => status === undefined).reduce((sum, { received }) => sum + received, 0),
      until: (holds) =>
        Effect.async<void>((resume) => {
          const look = () => {
            if (!holds(state.requests)) return
            state.watchers.delete(look)
            resume(Effect.void)
          }
          state.watchers.add(look)
          look()
          return Effect.sync(() => state.watchers.delete(look))
        })
    }
  })

export const layer = (options?: Options): Layer.Layer<Server> => Layer.scoped(Server, make(options))

// -----------------------------------------------------------------------------

interface State {
  readonly accounts: ReadonlyArray<Account>
  readonly settings: Settings.Settings
  readonly buckets: Objects.Buckets
  readonly faults: Faults.Faults
  readonly requests: Array<Recorded>
  readonly watchers: Set<() => void>
  /** When the next byte may pass, where there is a pace. */
  nextPass: number
}

const listen = (state: State) => {
  const server = http.createServer()
  const take = (request: http.IncomingMessage, response: http.ServerResponse) => {
    void handle(state, request, response)
  }
  server.on("request", take).on("checkContinue", take)
  // What a client does with an idle connection is its own affair.
  server.keepAliveTimeout = 60_000
  return Listening.make(server)
}

const handle = async (state: State, request: http.IncomingMessage, response: http.ServerResponse) => {
  const asked = route(request.method ?? "", request.url ?? "", request.headers.host ?? "")
  const record = recordOf(request, asked)
  const exchange: Exchange = {
    request,
    response,
    route: asked,
    fault: state.faults.take(asked),
    settings: state.settings,
    buckets: state.buckets,
    record,
    pace: (bytes) => pace(state, bytes)
  }
  state.requests.push(record)
  notify(state)
  response.on("error", () => response.destroy())
  await serve(exchange, state.accounts)
  notify(state)
}

const notify = ({ watchers }: State) => {
  for (const look of Array.from(watchers)) look()
}

const pace = async (state: State, bytes: number) => {
  notify(state)
  const { bytesPerSecond } = state.settings
  if (bytesPerSecond === Infinity) return
  const now = Date.now()
  state.nextPass = Math.max(now, state.nextPass) + bytes / bytesPerSecond * 1000
  if (state.nextPass > now) await sleep(state.nextPass - now)
}
