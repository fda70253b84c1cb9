/**
 * The system calls of a store as a test wants them: seen, refused, or held until it says so. Without a rule they are
 * Node's own, so that a store can be made before the faults begin.
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as os from "node:os"
import * as Syscalls from "../../../src/internal/disk/Syscalls.js"

export interface Call {
  readonly name: keyof Syscalls.Calls
  readonly args: ReadonlyArray<unknown>
  /** Makes the call. */
  readonly proceed: () => void
  /** Makes the call, and hands over the telling of its result instead of telling it. */
  readonly proceedSilently: (deliver: (tell: () => void) => void) => void
  /** Gives this result instead. */
  readonly succeed: (result: unknown) => void
  /** Fails as the operating system would. */
  readonly fail: (code: string) => void
}

export type Rule = (call: Call) => void

export type Matches = (call: Call) => boolean

const passing: Rule = (call) => call.proceed()

export const make = () => {
  let rule = passing
  let pending = 0
  const seen: Array<Call> = []

  const intercepted = Object.fromEntries(
    Object.entries(Syscalls.node).map(([name, original]) => [
      name,
      (...args: ReadonlyArray<unknown>) => {
        pending++
        // What all of them have in common: a callback, last.
        const callback = args.at(-1) as (error: Error | null, result?: unknown) => void
        const settle: typeof callback = (error, result) => {
          pending--
          callback(error, result)
        }
        const perform = (done: typeof callback) => Reflect.apply(original, undefined, [...args.slice(0, -1), done])
        const call: Call = {
          // The keys of `node` are these names.
          name: name as Call["name"],
          args,
          proceed: () => perform(settle),
          proceedSilently: (deliver) => perform((error, result) => deliver(() => settle(error, result))),
          succeed: (result) => setImmediate(settle, null, result),
          fail: (code) => {
            const error = failure(code, name, args[0])
            // A file is closed even where the operating system says that it could not be.
            return name === "close" ? perform(() => settle(error)) : setImmediate(settle, error)
          }
        }
        seen.push(call)
        rule(call)
      }
    ])
    // Of the same names and signatures as those of `node`, which it was made from.
  ) as unknown as Syscalls.Calls

  return {
    /** A store that is made inside this has these system calls. */
    inject: Effect.provideService(Syscalls.Syscalls, intercepted),
    /** From now on; forgets what was seen. */
    obey: (wanted: Rule) => {
      rule = wanted
      seen.length = 0
    },
    /** Back to Node's own. */
    relent: () => {
      rule = passing
    },
    /** The calls since the last rule. */
    seen: (): ReadonlyArray<Call> => seen.slice(),
    /** Waits until no call is under way, and none has been begun for some turns of the event loop. */
    quiet: Effect.promise(async () => {
      for (let calm = 0; calm < 10;) {
        const before = seen.length
        // oxlint-disable-next-line no-await-in-loop -- one turn after the other
        await new Promise((resolve) => setImmediate(resolve))
        calm = pending === 0 && seen.length === before ? calm + 1 : 0
      }
    })
  }
}

/** Fails the calls that match, and lets the others pass. */
export const failing = (code: string, matches: Matches): Rule => (call) =>
  matches(call) ? call.fail(code) : call.proceed()

/** Matches the call at this place, counted from 0, among those since. */
export const nth = (index: number) => {
  let next = 0
  return (): boolean => next++ === index
}

export const named = (...names: ReadonlyArray<Call["name"]>) => ({ name }: Call): boolean => names.includes(name)

/**
 * Holds the calls that match until `release`: before they are made, or when they are made and nobody has been told yet.
 * `begun` waits for the first of them.
 */
export const holding = (matches: Matches, moment: "before" | "after" = "before") => {
  const begun = Deferred.unsafeMake<void>(FiberId.none)
  const held: Array<() => void> = []
  const hold = (proceed: () => void) => {
    held.push(proceed)
    Deferred.unsafeDone(begun, Effect.void)
  }
  return {
    rule: ((call) => {
      if (!matches(call)) return call.proceed()
      return moment === "before" ? hold(call.proceed) : call.proceedSilently(hold)
    }) satisfies Rule,
    begun: Deferred.await(begun),
    held: (): number => held.length,
    /** Lets those go that are held; those that come later are held again. */
    release: () => {
      for (const proceed of held.splice(0)) proceed()
    }
  }
}

/** The parts of files that were written, in bytes, joined where they touch. */
export const written = (calls: ReadonlyArray<Call>): ReadonlyArray<readonly [from: number, to: number]> => {
  const parts = calls.filter(named("write")).map(({ args: [, , , length, position] }) => {
    if (typeof position !== "number" || typeof length !== "number") throw new TypeError("a write without a position")
    return [position, position + length] as const
  })
  const joined: Array<[number, number]> = []
  for (const [from, to] of parts.toSorted(([a], [b]) => a - b)) {
    const last = joined.at(-1)
    if (last === undefined || last[1] < from) joined.push([from, to])
    else last[1] = Math.max(last[1], to)
  }
  return joined
}

// -----------------------------------------------------------------------------

/** As Node makes them. */
const failure = (code: string, syscall: string, subject: unknown): NodeJS.ErrnoException => {
  const errno = Object.entries(os.constants.errno).find(([name]) => name === code)?.[1]
  if (errno === undefined) throw new Error(`no such error: ${code}`)
  return Object.assign(new Error(`${code}: as the test wants it, ${syscall}`), {
    code,
    errno: -errno,
    syscall,
    ...(typeof subject === "string" ? { path: subject } : {})
  })
}
