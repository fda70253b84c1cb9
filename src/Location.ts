/**
 * A storage URI, read once and written back exactly.
 *
 * The grammar is glance_store's, not the WHATWG's: nothing is percent-decoded, no dot segment is
 * resolved, no default port dropped, so a location that some store wrote years ago comes out as it
 * went in. A URI may hold credentials: a `Location` prints, inspects and serialises without them,
 * and only `unsafeUri` reveals them.
 *
 * @since 0.1.0
 */
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as Schema from "effect/Schema"
import { maskUri } from "./internal/mask.js"
import { BadStoreUri } from "./StoreError.js"

/**
 * The text of a URI, cut where the grammar cuts it; `scheme` in lower case, the rest untouched.
 *
 * @since 0.1.0
 * @category models
 */
export interface Parts {
  readonly scheme: string
  readonly authority: string
  readonly path: string
  readonly query?: string
  readonly fragment?: string
}

/**
 * Equal to another of the same text.
 *
 * @since 0.1.0
 * @category models
 */
export class Location implements Equal.Equal, Inspectable.Inspectable {
  // Private fields, so that no spread, log or inspection of the object finds a credential.
  /** @internal */
  readonly #uri: string
  /** @internal */
  readonly #parts: Parts

  private constructor(uri: string, parts: Parts) {
    this.#uri = uri
    this.#parts = parts
  }

  /**
   * Cuts the URI; the text is kept as it is.
   *
   * @since 0.1.0
   */
  static fromUri(uri: string): Either.Either<Location, BadStoreUri> {
    const refuse = (reason: string) => Either.left(new BadStoreUri({ uri: maskUri(uri), reason }))
    if (uri === "") {
      return refuse("it is empty")
    }
    if (unprintable.test(uri)) {
      return refuse("control characters and lone surrogates are not allowed")
    }
    const match = grammar.exec(uri)
    if (match?.groups === undefined) {
      return refuse("it has to begin with a scheme and \"://\"")
    }
    const { authority = "", fragment, path = "", query, scheme = "" } = match.groups
    if (!balanced.test(authority)) {
      return refuse("the brackets of its host are not balanced")
    }
    return Either.right(
      new Location(uri, {
        scheme: scheme.toLowerCase(),
        authority,
        path,
        ...(query === undefined ? {} : { query }),
        ...(fragment === undefined ? {} : { fragment })
      })
    )
  }

  /**
   * Puts the parts together, if they are ones that `fromUri` finds again.
   *
   * @since 0.1.0
   */
  static fromParts(parts: Parts): Either.Either<Location, BadStoreUri> {
    return Location.fromUri(
      `${parts.scheme}://${parts.authority}${parts.path}` +
        (parts.query === undefined ? "" : `?${parts.query}`) +
        (parts.fragment === undefined ? "" : `#${parts.fragment}`)
    ).pipe(
      Either.filterOrLeft(
        (location) =>
          (["authority", "path", "query", "fragment"] as const).every((part) => location.#parts[part] === parts[part]),
        (location) =>
          new BadStoreUri({ uri: location.toString(), reason: "one of its parts holds what begins the next one" })
      )
    )
  }

  get scheme(): string {
    return this.#parts.scheme
  }

  /**
   * The URI with its credentials: for the store that reads it, never for a log.
   *
   * @since 0.1.0
   */
  static unsafeUri(location: Location): string {
    return location.#uri
  }

  /**
   * The parts with their credentials, like `unsafeUri`.
   *
   * @since 0.1.0
   */
  static unsafeParts(location: Location): Parts {
    return location.#parts
  }

  /** @since 0.1.0 */
  [Equal.symbol](that: Equal.Equal): boolean {
    return that instanceof Location && that.#uri === this.#uri
  }

  /** @since 0.1.0 */
  [Hash.symbol](): number {
    return Hash.string(this.#uri)
  }

  /**
   * The URI without its credentials; JSON and inspection say no more.
   *
   * @since 0.1.0
   */
  toString(): string {
    return maskUri(this.#uri)
  }

  /** @since 0.1.0 */
  toJSON(): string {
    return maskUri(this.#uri)
  }

  /** @since 0.1.0 */
  [Inspectable.NodeInspectSymbol](): string {
    return maskUri(this.#uri)
  }
}

/**
 * @since 0.1.0
 * @category constructors
 */
export const fromUri: (uri: string) => Either.Either<Location, BadStoreUri> = Location.fromUri

/**
 * @since 0.1.0
 * @category constructors
 */
export const fromParts: (parts: Parts) => Either.Either<Location, BadStoreUri> = Location.fromParts

/**
 * The whole URI, credentials included.
 *
 * @since 0.1.0
 * @category accessors
 */
export const unsafeUri: (location: Location) => string = Location.unsafeUri

/**
 * The parts of the URI, credentials included.
 *
 * @since 0.1.0
 * @category accessors
 */
export const unsafeParts: (location: Location) => Parts = Location.unsafeParts

/**
 * What a driver's own location is decoded from and encoded to.
 *
 * @since 0.1.0
 * @category schemas
 */
export const LocationFromSelf: Schema.Schema<Location> = Schema.declare(
  (value): value is Location => value instanceof Location,
  { identifier: "effect-glance-store/Location/Location" }
)

/**
 * That the location is of one of the schemes.
 *
 * @since 0.1.0
 * @category validation
 */
export const requireScheme = (
  location: Location,
  schemes: ReadonlyArray<string>
): Either.Either<Location, BadStoreUri> =>
  schemes.includes(location.scheme)
    ? Either.right(location)
    : Either.left(
      new BadStoreUri({
        uri: location.toString(),
        reason: `it has to begin with ${schemes.map((scheme) => `${scheme}://`).join(", ")}`
      })
    )

// -----------------------------------------------------------------------------

/** RFC 3986's outer shape with the `//` that all of glance_store's schemes have. */
const grammar =
  /^(?<scheme>[A-Za-z][A-Za-z0-9+.-]*):\/\/(?<authority>[^/?#]*)(?<path>[^?#]*)(?:\?(?<query>[^#]*))?(?:#(?<fragment>.*))?$/su

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unprintable = /[\u0000-\u001F\u007F]|\p{Surrogate}/u

/** No bracket at all, or one pair around a host. */
const balanced = /^(?:[^[\]]*|[^[\]]*\[[^[\]]*\][^[\]]*)$/u
