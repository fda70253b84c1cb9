/**
 * The algorithms a multihash can be made with, under the names of Python's hashlib.
 *
 * A name counts only in its exact spelling and only if it is in this table *and* the running Node
 * offers it: `crypto.createHash` alone is no gate, it takes aliases and other cases that
 * glance_store would refuse, and gives SHAKE a length nobody asked for.
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { createHash, getHashes } from "node:crypto"
import type { Hash } from "node:crypto"
import { UnknownHashingAlgo } from "./StoreError.js"

const fixed = {
  "md5": "md5",
  "sha1": "sha1",
  "sha224": "sha224",
  "sha256": "sha256",
  "sha384": "sha384",
  "sha512": "sha512",
  "blake2b": "blake2b512",
  "blake2s": "blake2s256",
  "sha3_224": "sha3-224",
  "sha3_256": "sha3-256",
  "sha3_384": "sha3-384",
  "sha3_512": "sha3-512",
  "sha512_224": "sha512-224",
  "sha512_256": "sha512-256",
  "ripemd160": "ripemd160",
  "sm3": "sm3",
  "md5-sha1": "md5-sha1"
} as const

const extendable = { "shake_128": "shake128", "shake_256": "shake256" } as const

const nodeNames: ReadonlyMap<string, string> = new Map(Object.entries({ ...fixed, ...extendable }))

/**
 * The names with a digest of fixed length.
 *
 * @since 0.1.0
 * @category models
 */
export type Name = keyof typeof fixed

/**
 * SHAKE, whose digest has the `length` asked for, in bytes.
 *
 * @since 0.1.0
 * @category models
 */
export interface Extendable {
  readonly algo: keyof typeof extendable
  readonly length: number
}

/**
 * What `add` takes: a name, or SHAKE with its length. A plain string is accepted, for names that
 * come from a request, and checked before a byte is read.
 *
 * @since 0.1.0
 * @category models
 */
export type HashingAlgorithm = Name | Extendable | (string & {})

/**
 * An algorithm that passed the gate.
 *
 * @since 0.1.0
 * @category models
 */
export interface Resolved {
  /** hashlib's name, `md5`. */
  readonly name: string
  /** Node's name for the same. */
  readonly nodeName: string
  /** Bytes of the digest, where the caller chooses them. */
  readonly outputLength: number | undefined
}

/**
 * MD5, which makes the checksum of every image.
 *
 * @since 0.1.0
 * @category models
 */
export const md5: Resolved = { name: "md5", nodeName: "md5", outputLength: undefined }

let offered: ReadonlySet<string> | undefined

/** Node's own list, asked for once: it does not change while a process runs. */
const isOffered = (nodeName: string): boolean => {
  offered ??= new Set(getHashes())
  return offered.has(nodeName)
}

/**
 * The names that work in this process, in hashlib's spelling.
 *
 * @since 0.1.0
 * @category accessors
 */
export const available = (): ReadonlyArray<string> =>
  Array.from(nodeNames).filter(([, nodeName]) => isOffered(nodeName)).map(([name]) => name)

const ShakeLength = Schema.Int.pipe(Schema.between(1, 0xffff))

/**
 * The gate: fails with the names that would have passed.
 *
 * @since 0.1.0
 * @category constructors
 */
export const resolve = (algorithm: HashingAlgorithm): Effect.Effect<Resolved, UnknownHashingAlgo> => {
  const { algo, length } = typeof algorithm === "string" ? { algo: algorithm, length: undefined } : algorithm
  const nodeName = nodeNames.get(algo)
  const refuse = (reason?: string) =>
    new UnknownHashingAlgo({ algo, available: available(), ...(reason === undefined ? {} : { reason }) })
  if (nodeName === undefined || !isOffered(nodeName)) {
    return refuse()
  }
  if (algo in extendable && length === undefined) {
    return refuse("it needs an explicit length in bytes")
  }
  if (length !== undefined && (algo in fixed || !Schema.is(ShakeLength)(length))) {
    return refuse(`length ${length} is not possible`)
  }
  return Effect.succeed({ name: algo, nodeName, outputLength: length })
}

/**
 * hashlib's name for a spelling of Node's or OpenSSL's (`sha3-256`, `SHA512/256`, `blake2b512`), for
 * callers who want to be lenient with what they are given. `add` itself never guesses.
 *
 * @since 0.1.0
 * @category conversions
 */
export const normalize = (spelling: string): Option.Option<string> => {
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "")
  const wanted = plain(spelling)
  for (const [name, nodeName] of nodeNames) {
    if (plain(name) === wanted || plain(nodeName) === wanted) {
      return Option.some(name)
    }
  }
  return Option.none()
}

/**
 * A fresh hash of Node's, never to be shared between two images.
 *
 * @since 0.1.0
 * @category constructors
 */
export const unsafeHash = (algorithm: Resolved): Hash =>
  createHash(algorithm.nodeName, algorithm.outputLength === undefined ? {} : { outputLength: algorithm.outputLength })
