/**
 * What somebody may have meant who wrote a name that does not exist.
 *
 * @internal
 */
export const nearest = (name: string, names: Iterable<string>): string | undefined => {
  let best: { readonly name: string; readonly distance: number } | undefined
  for (const candidate of names) {
    const apart = distance(name, candidate)
    if (apart <= Math.max(2, candidate.length / 4) && (best === undefined || apart < best.distance)) {
      best = { name: candidate, distance: apart }
    }
  }
  return best?.name
}

// -----------------------------------------------------------------------------

/** Levenshtein's: how many characters to add, leave out or change. */
const distance = (one: string, other: string): number => {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [index, character] of Array.from(one).entries()) {
    const next = [index + 1]
    for (let at = 1; at <= other.length; at++) {
      const changed = (row[at - 1] ?? 0) + (other[at - 1] === character ? 0 : 1)
      next.push(Math.min(changed, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
