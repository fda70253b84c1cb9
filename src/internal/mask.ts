/**
 * Storage URIs as they may be shown: what stands where credentials stand is replaced by `***`.
 *
 * A secret of a legacy `s3://key:secret@host` location may hold slashes, so where a user part has
 * begun outside file and http URIs everything up to the last `@` belongs to it.
 *
 * @internal
 */
export const maskUri = (uri: string): string => {
  const parts = /^([^:/?#]*:\/\/)([^/?#]*)([^?#]*)(\?[^#]*)?(.*)$/su.exec(uri)
  if (parts === null) {
    return uri.includes("@") ? "***" : uri
  }
  const [, prefix = "", authority = "", path = "", query = "", fragment = ""] = parts
  const shown = (query === "" ? "" : "?***") + fragment
  if (authority.includes("@")) {
    return `${prefix}***${authority.slice(authority.lastIndexOf("@"))}${path}${shown}`
  }
  const rest = uri.slice(prefix.length)
  if (/:(?!\d*$)/u.test(authority) && rest.includes("@")) {
    return `${prefix}***${rest.slice(rest.lastIndexOf("@"))}`
  }
  return prefix + authority + path + shown
}
