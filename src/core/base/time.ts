declare const unit: unique symbol

/** A duration, or an instant on a monotonic clock, in milliseconds. */
export type Millis = number & { readonly [unit]: 'ms' }

/** A duration in seconds, as settings, the wire and FRR state it. */
export type Seconds = number & { readonly [unit]: 's' }

/** Marks a number as milliseconds; the result of arithmetic on {@link Millis} is marked again. */
export function millis(value: number): Millis {
  return value as Millis
}

/** Marks a number as seconds. */
export function seconds(value: number): Seconds {
  return value as Seconds
}

/** Seconds as milliseconds. */
export function toMillis(duration: Seconds): Millis {
  return millis(duration * 1000)
}

/** Milliseconds as seconds, with their fraction. */
export function toSeconds(duration: Millis): Seconds {
  return seconds(duration / 1000)
}

/** What demarc takes for a time: from 2000-01-01 up to 2100-01-01, ms since 1970. */
const PLAUSIBLE = { from: 946_684_800_000, to: 4_102_444_800_000 } as const

/**
 * The time, or the nearest that is plausible; both are ms since 1970. A clock that was never set starts in
 * 1970, and one that is broken may be in a year of five digits, whose text no reader of ISO 8601 takes.
 */
export function plausibleTime(sinceEpoch: number): number {
  if (Number.isNaN(sinceEpoch)) return PLAUSIBLE.from
  return Math.min(PLAUSIBLE.to, Math.max(PLAUSIBLE.from, sinceEpoch))
}

/** A time of a peer in ISO 8601: its own text, or the nearest that is plausible. */
export function plausibleInstant(text: string): string {
  const year = Number(/^(\d{4})-/.exec(text)?.[1] ?? Infinity)
  if (year >= 2000 && year < 2100) return text
  return instantText((year < 2000 ? PLAUSIBLE.from : PLAUSIBLE.to) / 1000)
}

const DAY = 86_400
/** Years, months and days repeat after 400 years (ISO 8601, proleptic Gregorian). */
const ERA_DAYS = 146_097
/** Days from 1 March of year 0 to 1 January 1970. */
const EPOCH = 719_468

/** Seconds since 1970 as ISO 8601 UTC, for years 0 to 9999. */
export function instantText(sinceEpoch: number): string {
  const days = whole(sinceEpoch, DAY)
  const rest = Math.floor(sinceEpoch - days * DAY)
  const time = [rest / 3600, (rest / 60) % 60, rest % 60].map((part) => padded(part, 2)).join(':')
  return `${dateText(days)}T${time}.000Z`
}

/** Years are counted from March, so that a leap day is the last of its year. */
function dateText(daysSinceEpoch: number): string {
  const days = daysSinceEpoch + EPOCH
  const era = whole(days, ERA_DAYS)
  const dayOfEra = days - era * ERA_DAYS
  const leaps = whole(dayOfEra, 1460) - whole(dayOfEra, 36_524) + whole(dayOfEra, 146_096)
  const yearOfEra = whole(dayOfEra - leaps, 365)
  const lapsed = 365 * yearOfEra + whole(yearOfEra, 4) - whole(yearOfEra, 100)
  const dayOfYear = dayOfEra - lapsed
  const fromMarch = whole(5 * dayOfYear + 2, 153)
  const day = dayOfYear - whole(153 * fromMarch + 2, 5) + 1
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
  const year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`
}

function whole(part: number, of: number): number {
  return Math.floor(part / of)
}

function padded(part: number, width: number): string {
  return String(Math.floor(part)).padStart(width, '0')
}
