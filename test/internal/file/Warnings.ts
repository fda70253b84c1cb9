/** What a store tells its operator: the log from warnings upwards. */
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"

export const make = () => {
  const messages: Array<string> = []
  const logger = Logger.make<unknown, void>(({ logLevel, message }) => {
    if (LogLevel.greaterThanEqual(logLevel, LogLevel.Warning)) {
      messages.push(Array.isArray(message) ? message.map(String).join(" ") : String(message))
    }
  })
  return {
    /** Listens to what runs inside this. */
    listen: Effect.provide(Logger.add(logger)),
    messages: (): ReadonlyArray<string> => messages.slice()
  }
}
