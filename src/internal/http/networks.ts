/**
 * Sets of addresses, and the set of those that lead to the inside of a machine or a network.
 *
 * An IPv6 address may carry an IPv4 address (mapped, compatible, NAT64, 6to4): then it is in a set also if that one is.
 *
 * @internal
 */
import * as Either from "effect/Either"
import { BlockList, isIP, isIPv4 } from "node:net"

/** @internal */
export interface Networks {
  readonly has: (address: string) => boolean
}

/**
 * From addresses and networks (`10.0.0.0/8`, `fd00::/8`); the left is the first that is neither.
 *
 * @internal
 */
export const make = (texts: ReadonlyArray<string>): Either.Either<Networks, string> => {
  const list = new BlockList()
  for (const text of texts) {
    const [, address = "", prefix] = /^([^/]*)(?:\/([0-9]{1,3}))?$/u.exec(text) ?? []
    const version = address.includes("%") ? 0 : isIP(address)
    const bits = prefix === undefined ? lengths[version] : Number(prefix)
    if (version === 0 || bits === undefined || bits > (lengths[version] ?? 0)) {
      return Either.left(text)
    }
    const family = version === 4 ? "ipv4" : "ipv6"
    if (bits === 0) {
      // A BlockList has no networks of 0 bits.
      const halves = version === 4 ? ["0.0.0.0", "128.0.0.0"] : ["::", "8000::"]
      for (const half of halves) {
        list.addSubnet(half, 1, family)
      }
    } else {
      list.addSubnet(address, bits, family)
    }
  }
  return Either.right({ has: (address) => forms(address).some((form) => list.check(form, family(form))) })
}

/**
 * Nothing that is there belongs to the public network: this machine, the networks of its operator, its neighbours on
 * the link (the metadata services of clouds among them), multicast, and what is set aside for other purposes.
 *
 * @internal
 */
export const inside: ReadonlyArray<string> = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.0.0.0/24",
  "192.0.2.0/24",
  "192.88.99.0/24",
  "192.168.0.0/16",
  "198.18.0.0/15",
  "198.51.100.0/24",
  "203.0.113.0/24",
  "224.0.0.0/4",
  "240.0.0.0/4",
  "::/128",
  "::1/128",
  "64:ff9b:1::/48",
  "100::/64",
  "2001::/23",
  "2001:db8::/32",
  "3fff::/20",
  "5f00::/16",
  "fc00::/7",
  "fe80::/10",
  "fec0::/10",
  "ff00::/8"
]

/** @internal */
export const withoutZone = (address: string): string => address.replace(/%.*$/su, "")

// -----------------------------------------------------------------------------

const lengths: Readonly<Record<number, number>> = { 4: 32, 6: 128 }

const family = (address: string) => isIPv4(address) ? "ipv4" : "ipv6"

/** The address itself, and the IPv4 address that it carries. */
const forms = (address: string): ReadonlyArray<string> => {
  const plain = withoutZone(address)
  if (isIPv4(plain)) {
    return [plain]
  }
  const groups = groupsOf(plain)
  const carried = carries(groups)
  return carried === undefined
    ? [plain]
    : [
      plain,
      carried.flatMap((group) => [group >> 8, group & 0xff]).join(".")
    ]
}

const carries = (groups: ReadonlyArray<number>): ReadonlyArray<number> | undefined => {
  const zero = (from: number, to: number) => groups.slice(from, to).every((group) => group === 0)
  const [first, second] = groups
  return (
      // Compatible and mapped, and translated (::ffff:0:a.b.c.d).
      zero(0, 6) || (zero(0, 5) && groups[5] === 0xffff) || (zero(0, 4) && groups[4] === 0xffff && groups[5] === 0) ||
      // NAT64.
      (first === 0x64 && second === 0xff9b && zero(2, 6))
    )
    ? groups.slice(6)
    // 6to4.
    : first === 0x2002
    ? groups.slice(1, 3)
    : undefined
}

/** The eight numbers of an IPv6 address, which a URL knows how to read in every form. */
const groupsOf = (address: string): ReadonlyArray<number> => {
  const [left = "", right] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split("::")
  const numbers = (text: string) => text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16))
  const [before, after] = [numbers(left), numbers(right ?? "")]
  return [...before, ...Array.from({ length: 8 - before.length - after.length }, () => 0), ...after]
}
