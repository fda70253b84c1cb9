/**
 * How a store connects: by its own pool of connections, to nobody that its policy objects to, or through a proxy.
 *
 * The policy is asked where a connection is made, with the addresses that the name of the host has just been looked up
 * to, so that a name cannot change its address between the check and the use. The address of a proxy is the operator's
 * word; what a proxy itself connects to, it alone knows.
 *
 * @internal
 */
import type * as Undici from "@effect/platform-node/Undici"
import { Agent, buildConnector, Pool, ProxyAgent } from "@effect/platform-node/Undici"
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as dns from "node:dns"
import { isIP, type LookupFunction } from "node:net"
import type { Policy } from "./policy.js"
import * as Proxies from "./proxies.js"

/** @internal */
export interface Options {
  readonly policy: Policy
  readonly proxies: Proxies.Proxies
  /** Certificates to trust in the place of Node's own. */
  readonly ca: string | undefined
  readonly insecure: boolean
  readonly connectTimeout: Duration.Duration
}

/**
 * The policy objects to what would have been connected to.
 *
 * @internal
 */
export class Refused extends Data.TaggedError("Refused")<{ readonly message: string }> {}

/** As of `node:dns`. */
type Lookup = (
  host: string,
  options: dns.LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: Array<dns.LookupAddress>) => void
) => void

/** @internal */
export class Resolver extends Context.Reference<Resolver>()("effect-glance-store/internal/http/Resolver", {
  defaultValue: (): Lookup => dns.lookup
}) {}

/**
 * Gives the pool that a request has to go to.
 *
 * @internal
 */
export const make = (options: Options): Effect.Effect<(url: URL) => Undici.Dispatcher, never, Scope.Scope> =>
  Effect.gen(function*() {
    const lookup = yield* Resolver
    const tls = {
      rejectUnauthorized: !options.insecure,
      ...(options.ca === undefined ? {} : { ca: options.ca }),
      // To undici 0 is no limit.
      timeout: Duration.isFinite(options.connectTimeout) ? Duration.toMillis(options.connectTimeout) : 0
    }
    const direct = yield* owned(new Agent({ connect: guarded(options, tls, lookup) }))
    const proxied = new Map<Proxies.Proxy, Undici.Dispatcher>()
    for (const proxy of Proxies.all(options.proxies)) {
      const { authorization, url } = proxy
      const token = authorization === undefined ? {} : { token: Redacted.value(authorization) }
      const agent = new ProxyAgent({
        uri: url,
        ...token,
        factory: (origin, { connect, ...pool }: Undici.Pool.Options) =>
          new Pool(origin, typeof connect === "function" ? { ...pool, connect: once(connect) } : pool),
        proxyTunnel: false,
        requestTls: tls,
        proxyTls: tls
      })
      proxied.set(proxy, yield* owned(agent))
    }
    return (url) => {
      const proxy = Proxies.choose(options.proxies, url)
      return proxy === undefined ? direct : proxied.get(proxy) ?? direct
    }
  })

// -----------------------------------------------------------------------------

/** Ends with the scope, and with it every connection. */
const owned = <D extends Undici.Dispatcher>(dispatcher: D): Effect.Effect<D, never, Scope.Scope> =>
  Effect.acquireRelease(Effect.succeed(dispatcher), () => Effect.promise(() => dispatcher.destroy()))

/**
 * A connection that was lost while it was made. To undici it is one that was lost later, and it would make it again and
 * again: a proxy that hangs up would never be left alone.
 */
const once = (connect: Undici.buildConnector.connector): Undici.buildConnector.connector => (target, callback) =>
  connect(target, (...[error, socket]) => {
    if (error === null) {
      callback(null, socket)
    } else {
      const isLost = Predicate.hasProperty(error, "code") && error.code === "UND_ERR_SOCKET"
      callback(isLost ? new Error(`the proxy hung up: ${error.message}`) : error, null)
    }
  })

const guarded = (
  { policy }: Options,
  tls: Undici.buildConnector.BuildOptions,
  lookup: Lookup
): Undici.buildConnector.connector => {
  const connect = buildConnector({ ...tls, lookup: lookingUp(policy, lookup) })
  return (target, callback) => {
    // An address is not looked up, so the lookup does not see it.
    const objection = isIP(target.hostname) === 0 ? undefined : policy.objectsToAddress(target.hostname)
    if (objection !== undefined) {
      callback(new Refused({ message: objection }), null)
      return
    }
    connect(target, (...[error, socket]) => {
      if (error !== null) {
        callback(error, null)
        return
      }
      const { remoteAddress = "an unknown address" } = socket
      const late = isIP(remoteAddress) === 0 ? `it is ${remoteAddress}` : policy.objectsToAddress(remoteAddress)
      if (late === undefined) {
        callback(null, socket)
      } else {
        socket.destroy()
        callback(new Refused({ message: late }), null)
      }
    })
  }
}

/** Finds those addresses of a host to which there is no objection. */
const lookingUp = (policy: Policy, lookup: Lookup): LookupFunction => (host, options, callback) => {
  lookup(host, { ...options, all: true }, (error, found) => {
    if (error !== null) {
      callback(error, [])
      return
    }
    const addresses = found.filter(({ address }) => policy.objectsToAddress(address) === undefined)
    const [first] = addresses
    if (first === undefined) {
      const reasons = found.map(({ address }) => policy.objectsToAddress(address)).join("; ")
      callback(new Refused({ message: reasons === "" ? "it has no address" : reasons }), [])
    } else if (options.all === true) {
      callback(null, addresses)
    } else {
      callback(null, first.address, first.family)
    }
  })
}
