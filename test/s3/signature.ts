/** Signature Version 4 as S3 checks it: in the Authorization header, or in the query of a presigned URL. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto"
import type { IncomingHttpHeaders } from "node:http"
import { Refusal, refuse } from "./refusals.js"
import type { Operation, Route } from "./routes.js"

/** Somebody who may sign requests. What is mutable may change while the server runs. */
export interface Account {
  /** Whose buckets these are; several keys may have one owner. */
  readonly owner: string
  readonly accessKeyId: string
  secretAccessKey: string
  /** Of temporary credentials. */
  sessionToken?: string
  /** Whether the token has expired. */
  expired?: boolean
  /** What the account may not do. */
  denied?: ReadonlySet<Operation>
}

export interface Signed {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly route: Route
}

export interface Checks {
  readonly accounts: ReadonlyArray<Account>
  readonly region: string
  /** As radosgw, which signs for whatever region the client believes in. */
  readonly anyRegion: boolean
  /** Now, in milliseconds, as this server has it. */
  readonly now: number
}

/** Who has signed, and what the payload is said to be. */
export interface Authentic {
  readonly account: Account
  /** The value of x-amz-content-sha256. */
  readonly payload: string
}

/** Throws a `Refusal` unless the request is signed by one of the accounts, lately, for this region. */
export const authenticate = (signed: Signed, checks: Checks): Authentic => {
  const claim = signed.route.query.has("X-Amz-Signature") ? ofQuery(signed, checks) : ofHeader(signed, checks)
  const { accessKeyId, date, region, service, terminator } = claim
  const account = checks.accounts.find((candidate) => candidate.accessKeyId === accessKeyId)
  if (account === undefined) return refuse("InvalidAccessKeyId")
  if (service !== "s3" || terminator !== "aws4_request") return refuse("AuthorizationHeaderMalformed")
  if (region !== checks.region && !checks.anyRegion) {
    return refuse("AuthorizationHeaderMalformed", { Region: checks.region })
  }
  if (!claim.signedHeaders.includes("host")) return refuse("AuthorizationHeaderMalformed")

  const scope = [date, region, service, terminator]
  const digest = createHash("sha256").update(canonical(signed, claim)).digest("hex")
  const stringToSign = ["AWS4-HMAC-SHA256", claim.timestamp, scope.join("/"), digest].join("\n")
  const key = scope.reduce<string | Buffer>(
    (secret, part) => createHmac("sha256", secret).update(part).digest(),
    `AWS4${account.secretAccessKey}`
  )
  const expected = createHmac("sha256", key).update(stringToSign).digest("hex")
  if (!same(expected, claim.signature)) return refuse("SignatureDoesNotMatch")

  if (account.sessionToken !== claim.token) return refuse("InvalidToken")
  if (account.expired === true) return refuse("ExpiredToken")
  if (account.denied !== undefined && signed.route.operation !== undefined) {
    if (account.denied.has(signed.route.operation)) return refuse("AccessDenied")
  }
  return { account, payload: claim.payload }
}

// -----------------------------------------------------------------------------

interface Claim {
  readonly accessKeyId: string
  readonly date: string
  readonly region: string
  readonly service: string
  readonly terminator: string
  readonly timestamp: string
  readonly signedHeaders: ReadonlyArray<string>
  readonly signature: string
  readonly payload: string
  readonly token: string | undefined
}

const tolerance = 15 * 60_000

const ofHeader = ({ headers }: Signed, { now }: Checks): Claim => {
  const { authorization } = headers
  if (authorization === undefined) return refuse("AccessDenied")
  const fields =
    /^AWS4-HMAC-SHA256 Credential=(?<credential>[^,]+), ?SignedHeaders=(?<names>[^,]+), ?Signature=(?<signature>[0-9a-f]{64})$/u
      .exec(authorization)?.groups ?? refuse("AuthorizationHeaderMalformed")
  const timestamp = header(headers, "x-amz-date") ?? refuse("AccessDenied")
  const payload = header(headers, "x-amz-content-sha256") ?? refuse("InvalidRequest")
  if (Math.abs(instant(timestamp) - now) > tolerance) return tooSkewed(timestamp, now)
  return {
    ...credential(fields["credential"] ?? ""),
    timestamp,
    signedHeaders: (fields["names"] ?? "").split(";"),
    signature: fields["signature"] ?? "",
    payload,
    token: header(headers, "x-amz-security-token")
  }
}

const ofQuery = ({ route: { query } }: Signed, { now }: Checks): Claim => {
  const get = (name: string) => query.get(name) ?? refuse("AuthorizationHeaderMalformed")
  const timestamp = get("X-Amz-Date")
  const begin = instant(timestamp)
  if (begin - now > tolerance || now > begin + Number(get("X-Amz-Expires")) * 1000) return refuse("AccessDenied")
  return {
    ...credential(get("X-Amz-Credential")),
    timestamp,
    signedHeaders: get("X-Amz-SignedHeaders").split(";"),
    signature: get("X-Amz-Signature"),
    payload: "UNSIGNED-PAYLOAD",
    token: query.get("X-Amz-Security-Token") ?? undefined
  }
}

/** S3's own answer, which a client may set its clock by. */
export const tooSkewed = (timestamp: string, now: number): never => {
  throw new Refusal({
    code: "RequestTimeTooSkewed",
    details: { RequestTime: timestamp, ServerTime: new Date(now).toISOString(), MaxAllowedSkewMilliseconds: tolerance }
  })
}

/** A key may have a slash in it: the scope is what comes last. */
const credential = (text: string) => {
  const parts = text.split("/")
  const [date = "", region = "", service = "", terminator = ""] = parts.slice(-4)
  return { accessKeyId: parts.slice(0, -4).join("/"), date, region, service, terminator }
}

const canonical = ({ headers, method, route: { path, query } }: Signed, { payload, signedHeaders }: Claim) =>
  [
    method,
    path,
    Array.from(query)
      .filter(([name]) => name !== "X-Amz-Signature")
      .map(([name, value]) => `${encoded(name)}=${encoded(value)}`)
      .toSorted()
      .join("&"),
    ...signedHeaders.map((name) => `${name}:${(header(headers, name) ?? "").trim().replace(/ +/gu, " ")}`),
    "",
    signedHeaders.join(";"),
    payload
  ].join("\n")

const encoded = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/gu, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)

const header = (headers: IncomingHttpHeaders, name: string) => {
  const value = headers[name]
  return Array.isArray(value) ? value.join(",") : value
}

/** `20261124T101112Z`, in milliseconds. */
const instant = (timestamp: string) =>
  Date.parse(timestamp.replace(/^(\d{4})(\d\d)(\d\dT\d\d)(\d\d)(\d\dZ)$/u, "$1-$2-$3:$4:$5"))

const same = (left: string, right: string) =>
  left.length === right.length && timingSafeEqual(Buffer.from(left), Buffer.from(right))
