/** What goes wrong, when it is told to. */
import type { Code } from "./refusals.js"
import type { Operation, Route } from "./routes.js"

/** How a request fares. Bytes are counted in the body: of the request, or of the answer of a GET. */
export type Kind =
  /** Refused, after its body was read; or at once, in the middle of it. */
  | { readonly type: "refused"; readonly code: Code; readonly retryAfter?: number; readonly atOnce?: boolean }
  /** Never answered. */
  | { readonly type: "silent" }
  /** The connection is reset once so many bytes of the request have come. */
  | { readonly type: "reset"; readonly after: number }
  /** No more than so many bytes of the request are read, and no answer comes. */
  | { readonly type: "stalled"; readonly after: number }
  /** Done, but the connection ends before the answer. */
  | { readonly type: "lost" }
  /** 200, with an error in the body; not done, unless it says so. */
  | { readonly type: "failedWith200"; readonly code: Code; readonly done?: boolean }
  /** Done, and answered with the ETag of something else. */
  | { readonly type: "wrongETag" }
  /** As if the client's clock were wrong. */
  | { readonly type: "skewed" }
  /** The answer ends after so many bytes, and with it the connection. */
  | { readonly type: "truncated"; readonly after: number }
  /** The answer ends after so many bytes, without a word: in chunks, with no length. */
  | { readonly type: "short"; readonly after: number }
  /** The answer stands still after so many bytes. */
  | { readonly type: "stalledAnswer"; readonly after: number }
  /** The answer comes in drops. */
  | { readonly type: "dripping"; readonly bytes: number; readonly everyMillis: number }
  /** A range is answered with one that begins elsewhere. */
  | { readonly type: "wrongRange"; readonly shift: number }
  /** A byte of the answer is another: the one at this place. */
  | { readonly type: "flipped"; readonly at: number }

export type Fault = Kind & {
  readonly operation: Operation | ReadonlyArray<Operation>
  readonly partNumber?: number
  readonly key?: string
  /** Requests that it befalls; 1 if absent. */
  readonly times?: number
  /** Requests that it lets pass before. */
  readonly skip?: number
}

interface Pending {
  readonly fault: Fault
  skip: number
  left: number
}

/** The faults that are still to come. */
export interface Faults {
  readonly add: (...faults: ReadonlyArray<Fault>) => void
  readonly clear: () => void
  /** Those that have not befallen all the requests they were meant for. */
  readonly pending: () => ReadonlyArray<Fault>
  /** The one for this request, which is then used up once. */
  readonly take: (route: Route) => Fault | undefined
}

export const make = (): Faults => {
  let all: ReadonlyArray<Pending> = []
  return {
    add: (...faults) => {
      all = [...all, ...faults.map((fault) => ({ fault, skip: fault.skip ?? 0, left: fault.times ?? 1 }))]
    },
    clear: () => {
      all = []
    },
    pending: () => all.map(({ fault }) => fault),
    take: (route) => {
      for (const pending of all.filter(({ fault }) => matches(fault, route))) {
        if (pending.skip > 0) {
          pending.skip--
          continue
        }
        pending.left--
        all = all.filter(({ left }) => left > 0)
        return pending.fault
      }
      return undefined
    }
  }
}

const matches = ({ key, operation, partNumber }: Fault, route: Route) =>
  route.operation !== undefined &&
  [operation].flat().includes(route.operation) &&
  (partNumber === undefined || partNumber === route.partNumber) &&
  (key === undefined || key === route.key)
