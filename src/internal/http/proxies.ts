/**
 * Which proxy a request goes through, by the scheme of its URL or, before that, by scheme and host.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { basic } from "./httpLocation.js"

/** @internal */
export interface Proxy {
  /** Without credentials. */
  readonly url: string
  /** The value of a `Proxy-Authorization` header. */
  readonly authorization: Redacted.Redacted | undefined
}

/** By `scheme`, `scheme://host`, `all` or `all://host`. */
export type Proxies = ReadonlyMap<string, Proxy>

/**
 * From keys and proxies, or the text that stands in a configuration file (`http:10.0.0.1:3128, https:10.0.0.1:1080`).
 * The left is what is wrong, which repeats no proxy, for that may have credentials.
 *
 * @internal
 */
export const make = (
  options: string | Readonly<Record<string, string | Redacted.Redacted>> | Redacted.Redacted
): Either.Either<Proxies, string> =>
  Either.gen(function*() {
    const pairs = typeof options === "string"
      ? yield* pairsOf(options)
      : Redacted.isRedacted(options)
      ? yield* pairsOf(Redacted.value(options))
      : Object.entries(options)
    const proxies = new Map<string, Proxy>()
    for (const [key, value] of pairs) {
      if (!/^(?:https?|all)(?::\/\/[^/]+)?$/u.test(key)) {
        return yield* Either.left(`${key} is none of http, https and all, with or without :// and a host`)
      }
      proxies.set(key, yield* proxyOf(key, Redacted.isRedacted(value) ? Redacted.value(value) : value))
    }
    return proxies
  })

/** @internal */
export const all = (proxies: Proxies): ReadonlyArray<Proxy> => Array.from(proxies.values())

/** @internal */
export const choose = (proxies: Proxies, url: URL): Proxy | undefined => {
  const scheme = url.protocol.slice(0, -1)
  return [`${scheme}://${url.hostname}`, scheme, `all://${url.hostname}`, "all"]
    .map((key) => proxies.get(key))
    .find((proxy) => proxy !== undefined)
}

// -----------------------------------------------------------------------------

const pairsOf = (text: string): Either.Either<ReadonlyArray<readonly [string, string]>, string> =>
  Either.all(
    text.split(",").filter((pair) => pair.trim() !== "").map((pair) => {
      const colon = pair.indexOf(":")
      return colon === -1
        ? Either.left("it is a list of scheme:proxy, and one of them has no colon")
        : Either.right([pair.slice(0, colon).trim(), pair.slice(colon + 1).trim()] as const)
    })
  )

const proxyOf = (key: string, text: string): Either.Either<Proxy, string> => {
  const withScheme = text.includes("://") ? text : `http://${text}`
  if (text === "" || !URL.canParse(withScheme)) {
    return Either.left(`the proxy for ${key} is no host and port`)
  }
  const url = new URL(withScheme)
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return Either.left(`the proxy for ${key} is neither http:// nor https://`)
  }
  const { password, username } = url
  url.username = ""
  url.password = ""
  return Either.right({
    url: url.href,
    authorization: username === "" && password === ""
      ? undefined
      : Redacted.make(basic(decodeURIComponent(username), decodeURIComponent(password)))
  })
}
