/**
 * What a store can do, as data: checked once, before a byte moves.
 *
 * A store that cannot read cannot read a range, whatever was asked for: `make` and `revoke` keep
 * that rule, so no value of this type breaks it.
 *
 * @since 0.1.0
 */
import * as Data from "effect/Data"

/**
 * The names of what a store may be able to do. `write` covers adding and deleting, `readRange` an
 * offset or a length in `get`.
 *
 * @since 0.1.0
 * @category models
 */
export type Capability = "read" | "readRange" | "write" | "acls"

/**
 * Made by `make`, compared by value.
 *
 * @since 0.1.0
 * @category models
 */
export interface Capabilities extends Readonly<Record<Capability, boolean>> {}

/**
 * Can do what is named, and what that includes: `readRange` includes `read`.
 *
 * @since 0.1.0
 * @category constructors
 */
export const make = (...granted: ReadonlyArray<Capability>): Capabilities =>
  Data.struct({
    read: granted.includes("read") || granted.includes("readRange"),
    readRange: granted.includes("readRange"),
    write: granted.includes("write"),
    acls: granted.includes("acls")
  })

/**
 * @since 0.1.0
 * @category constructors
 */
export const none: Capabilities = make()

const names = (self: Capabilities): ReadonlyArray<Capability> =>
  (["read", "readRange", "write", "acls"] as const).filter((name) => self[name])

/**
 * Adds capabilities, with what they include.
 *
 * @since 0.1.0
 * @category combinators
 */
export const grant = (self: Capabilities, ...granted: ReadonlyArray<Capability>): Capabilities =>
  make(...names(self), ...granted)

/**
 * Takes capabilities away, with those that include them: without `read` there is no `readRange`.
 *
 * @since 0.1.0
 * @category combinators
 */
export const revoke = (self: Capabilities, ...revoked: ReadonlyArray<Capability>): Capabilities =>
  make(...names(self).filter((name) => !revoked.includes(name) && !(name === "readRange" && revoked.includes("read"))))

/**
 * Whether all of them are there; true for an empty question.
 *
 * @since 0.1.0
 * @category predicates
 */
export const supports = (self: Capabilities, ...asked: ReadonlyArray<Capability>): boolean =>
  asked.every((name) => self[name])
