/** What an operation shows to whoever looks on: its spans and its log. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Tracer from "effect/Tracer"
import { randomBytes } from "node:crypto"
import { inspect } from "node:util"

export interface Seen {
  readonly spans: Array<SpanSeen>
  readonly log: Array<string>
}

export interface SpanSeen {
  readonly name: string
  readonly attributes: Map<string, unknown>
  exit: Exit.Exit<unknown, unknown> | undefined
}

/** Runs the effect, and gives what was seen of it beside its exit. */
export const watched = <A, E, R>(
  self: Effect.Effect<A, E, R>
): Effect.Effect<{ readonly exit: Exit.Exit<A, E>; readonly seen: Seen }, never, R> =>
  Effect.suspend(() => {
    const seen: Seen = { spans: [], log: [] }
    const tracer = Tracer.make({
      context: (run) => run(),
      span: (name, parent, context, links, startTime, kind) => {
        const attributes = new Map<string, unknown>()
        const entry: SpanSeen = { name, attributes, exit: undefined }
        seen.spans.push(entry)
        return {
          _tag: "Span",
          name,
          kind,
          parent,
          context,
          links,
          attributes,
          sampled: true,
          spanId: randomBytes(8).toString("hex"),
          traceId: randomBytes(16).toString("hex"),
          status: { _tag: "Started", startTime },
          attribute: (key, value) => attributes.set(key, value),
          addLinks: () => {},
          event: (event, _, fields) => attributes.set(event, fields),
          end: (_, exit) => {
            entry.exit = exit
          }
        }
      }
    })
    const logger = Logger.make(({ annotations, cause, message }) => {
      seen.log.push(inspect([message, annotations, Cause.pretty(cause), cause], { depth: null }))
    })
    return Effect.exit(self).pipe(
      Effect.withTracer(tracer),
      Logger.withMinimumLogLevel(LogLevel.All),
      Effect.provide(Logger.replace(Logger.defaultLogger, logger)),
      Effect.map((exit) => ({ exit, seen }))
    )
  })

/** All that can be read of a failure, by whatever means one prints it. */
export const printed = (exit: Exit.Exit<unknown, unknown>, seen: Seen): string => {
  const outcome = Exit.isFailure(exit) ? exit.cause : exit.value
  return [
    Exit.isFailure(exit) ? Cause.pretty(exit.cause, { renderErrorCause: true }) : "",
    ...(Exit.isFailure(exit) ? Array.from(Cause.failures(exit.cause), String) : []),
    String(exit),
    JSON.stringify(exit),
    inspect(exit, { depth: null, showHidden: true }),
    inspect(outcome, { depth: null, showHidden: true }),
    inspect(seen, { depth: null, showHidden: true }),
    ...seen.log
  ].join("\n")
}
