/**
 * When a server wants to be asked again.
 *
 * @internal
 */
import * as Duration from "effect/Duration"

/**
 * Seconds, or a date that is compared with `now` (milliseconds since 1970); what is neither, or is
 * in the past, gives nothing.
 *
 * @internal
 */
export const parse = (header: string | undefined, now: number): Duration.Duration | undefined => {
  const text = header?.trim() ?? ""
  const millis = /^\d+$/u.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return millis > 0 ? Duration.millis(millis) : undefined
}
