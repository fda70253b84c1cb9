/**
 * Storage URIs as they may be shown: what stands where credentials stand is replaced by `***`.
 *
 * The secret of a legacy `s3://key:secret@host` location is not percent-encoded, it may hold any
 * character that ends a user part elsewhere. So once a user part may have begun, everything up to the last
 * `@` counts as one: now and then a path with an `@` is shown shorter than it is, and no secret is
 * taken for a path. Queries and fragments, which carry signatures and tokens, are never shown.
 *
 * @internal
 */
export const maskUri = (uri: string): string => {
  const [, prefix = "", rest = ""] = /^([a-z][a-z\d+.-]*:\/\/)(.*)$/isu.exec(uri) ?? []
  if (prefix === "") {
    return uri.includes("@") ? "***" : withoutQuery(uri)
  }
  const [authority = ""] = /^[^/?#]*/u.exec(rest) ?? []
  const end = rest.lastIndexOf("@")
  const user = rest.slice(0, Math.max(0, end))
  if (end === -1 || authority === "" || !(user.includes(":") || authority.includes("@"))) {
    return prefix + withoutQuery(rest)
  }
  // Such an @ ends a secret, or stands in a query that may hold one.
  return /[?#]/u.test(user) ? `${prefix}***` : `${prefix}***${withoutQuery(rest.slice(end))}`
}

const withoutQuery = (text: string): string => text.replace(/([?#]).*$/su, "$1***")
