/**
 * Texts of a configuration as values of options, by the rules of oslo.config's types.
 *
 * Python's other ways to write a number (`1_000`, `nan`) are not taken: no other reader of the option knows them.
 *
 * @internal
 */
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { isDeepStrictEqual } from "node:util"
import type { StoreOption } from "../StoreOption.js"

/**
 * The value as the field of a Config takes it, unset where a number is empty; or what is allowed. Every text
 * that the option was given counts where it takes `repeated strings`, else the last.
 *
 * @internal
 */
export const read = (option: StoreOption, texts: ReadonlyArray<string>): Either.Either<unknown, string> => {
  const text = texts.at(-1) ?? ""
  const hide = (value: string) => (option.secret === true ? Redacted.make(value) : value)
  switch (option.type) {
    case "string":
      return option.choices === undefined || option.choices.includes(text)
        ? Either.right(hide(text))
        : Either.left(`one of ${option.choices.join(", ")}`)
    case "integer":
      return number(text, /^[+-]?\d+$/u, "a whole number")
    case "number":
      return number(text, /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu, "a number")
    case "boolean":
      return boolean(text)
    case "list of strings":
      return Either.right(list(text).map(hide))
    case "repeated strings":
      return Either.right(texts.map(hide))
    case "map of strings":
      return Either.map(pairs(text), (found) => Object.fromEntries(found.map(([key, value]) => [key, hide(value)])))
  }
}

/**
 * The texts that are read as this value of a field, one for each time that the option is given; none where there are
 * no such texts.
 *
 * @internal
 */
export const write = (option: StoreOption, value: unknown): Option.Option<ReadonlyArray<string>> => {
  const shown = reveal(value)
  const texts = Array.isArray(shown)
    ? option.type === "repeated strings" ? shown.map(String) : [shown.join(",")]
    : Predicate.isRecord(shown)
    ? [Object.entries(shown).map(([key, inner]) => `${key}:${String(inner)}`).join(",")]
    : [String(shown)]
  // A field may take a text, as it stands in a configuration, for a number or a map.
  const meant = typeof shown === "string" ? read(option, texts) : Either.right(shown)
  const isMeant = Either.isRight(meant) && isDeepStrictEqual(reveal(meant.right), readBack(option, texts))
  return isMeant && texts.length > 0 ? Option.some(texts) : Option.none()
}

/** @internal */
export const list = (text: string): ReadonlyArray<string> => {
  const items = text.trim().replace(/,+$/u, "")
  return items === "" ? [] : items.split(",").map((item) => item.trim())
}

/**
 * `key:value` with commas between them; a piece without a colon belongs to the value before it no more than
 * to any other, and is refused.
 *
 * @internal
 */
export const pairs = (text: string): Either.Either<ReadonlyArray<readonly [key: string, value: string]>, string> => {
  const found = new Map<string, string>()
  for (const piece of text.trim() === "" ? [] : text.split(",")) {
    const colon = piece.indexOf(":")
    const key = piece.slice(0, Math.max(0, colon)).trim()
    if (key === "" || found.has(key)) {
      return Either.left("name:value pairs with commas between them, each name once")
    }
    found.set(key, piece.slice(colon + 1).trim())
  }
  return Either.right(Array.from(found))
}

// -----------------------------------------------------------------------------

const number = (text: string, grammar: RegExp, allowed: string) => {
  const trimmed = text.trim()
  return trimmed === ""
    ? Either.right(undefined)
    : grammar.test(trimmed)
    ? Either.right(Number(trimmed))
    : Either.left(allowed)
}

/** Without the cover of what is secret. */
const reveal = (value: unknown): unknown =>
  Redacted.isRedacted(value)
    ? reveal(Redacted.value(value))
    : Array.isArray(value)
    ? value.map(reveal)
    : Predicate.isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, reveal(inner)]))
    : value

const readBack = (option: StoreOption, texts: ReadonlyArray<string>): unknown =>
  Either.match(read(option, texts), { onLeft: () => unreadable, onRight: reveal })

/** Equal to no value. */
const unreadable = Symbol("unreadable")

const truths = new Map([
  ["true", true],
  ["1", true],
  ["on", true],
  ["yes", true],
  ["false", false],
  ["0", false],
  ["off", false],
  ["no", false]
])

const boolean = (text: string) => {
  const truth = truths.get(text.toLowerCase())
  return truth === undefined ? Either.left(`one of ${Array.from(truths.keys()).join(", ")}`) : Either.right(truth)
}
