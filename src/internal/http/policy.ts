/**
 * Which hosts and addresses a store may ask: it must not become a door to the inside of the network it runs in.
 *
 * Hosts are judged by their names before they are looked up, addresses when they are connected to, whatever name led
 * to them. What is denied stays denied, whoever allows it.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { isIP } from "node:net"
import * as Networks from "./networks.js"

/** @internal */
export interface Options {
  readonly allowedHosts?: ReadonlyArray<string> | undefined
  readonly deniedHosts: ReadonlyArray<string>
  readonly allowedNetworks: ReadonlyArray<string>
  readonly deniedNetworks: ReadonlyArray<string>
}

/** Each gives why not, or nothing where there is no objection. */
export interface Policy {
  /** Of a host as a URL has it: a name, or an address. */
  readonly objectsToHost: (host: string) => string | undefined
  readonly objectsToAddress: (address: string) => string | undefined
}

/**
 * The left is what is wrong with the options.
 *
 * @internal
 */
export const make = (
  { allowedHosts, allowedNetworks, deniedHosts, deniedNetworks }: Options
): Either.Either<Policy, string> =>
  Either.gen(function*() {
    const mayAsk = allowedHosts === undefined ? () => true : yield* hosts("allowedHosts", allowedHosts)
    const mayNotAsk = yield* hosts("deniedHosts", deniedHosts)
    const allowed = yield* networks("allowedNetworks", allowedNetworks)
    const denied = yield* networks("deniedNetworks", deniedNetworks)
    const inside = yield* networks("inside", Networks.inside)

    const objectsToAddress = (address: string) =>
      denied.has(address)
        ? `${address} is in a denied network`
        : inside.has(address) && !allowed.has(address)
        ? `${address} is not a public address, and in no allowed network`
        : undefined

    return {
      objectsToAddress,
      objectsToHost: (host) => {
        const name = bare(host)
        return mayNotAsk(name)
          ? `the host ${name} is denied`
          : !mayAsk(name)
          ? `the host ${name} is not one of the allowed`
          : isIP(name) === 0
          ? undefined
          : objectsToAddress(name)
      }
    }
  })

// -----------------------------------------------------------------------------

/** Without brackets and a last dot, in lower case. */
const bare = (host: string): string => host.replace(/^\[|\]$|\.$/gu, "").toLowerCase()

const networks = (option: string, texts: ReadonlyArray<string>) =>
  Either.mapLeft(Networks.make(texts), (text) => `${option}: ${text} is neither an address nor a network`)

/** Names and addresses, and `*.example.org` for whatever is below a name. */
const hosts = (option: string, texts: ReadonlyArray<string>): Either.Either<(name: string) => boolean, string> => {
  const exact = new Set<string>()
  const suffixes: Array<string> = []
  for (const text of texts) {
    const wild = text.startsWith("*.")
    const host = wild ? text.slice(2) : text
    const canonical = canonicalHost(host)
    if (canonical === undefined || wild && isIP(bare(canonical)) !== 0) {
      return Either.left(`${option}: ${text} is neither the name of a host nor *. before one`)
    }
    if (wild) {
      suffixes.push(`.${bare(canonical)}`)
    } else {
      exact.add(bare(canonical))
    }
  }
  return Either.right((name) => exact.has(name) || suffixes.some((suffix) => name.endsWith(suffix)))
}

/** As a URL would have it. */
const canonicalHost = (text: string): string | undefined => {
  const host = isIP(text) === 6 ? `[${text}]` : text
  return /[/?#@:\\%\s]/u.test(isIP(text) === 6 ? "" : text) || !URL.canParse(`http://${host}/`)
    ? undefined
    : new URL(`http://${host}/`).hostname
}
