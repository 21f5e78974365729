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

/** RFC 3339 section 5.6: `T` and `Z` in either case, a blank for the `T`, a fraction of any length. */
const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d))$/
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const
const DAY_MINUTES = 1440
/** Milliseconds from 1970 to the start of year 0, and to the end of year 9999. */
const YEARS = { start: -62_167_219_200_000, end: 253_402_300_800_000 } as const

/**
 * Milliseconds since 1970 of an instant of RFC 3339 with any offset from UTC; undefined where the text is none.
 * What is finer than a millisecond is cut off. A leap second, 23:59:60 UTC, counts as the second after it.
 */
export function instantOf(text: string): number | undefined {
  const match = RFC_3339.exec(text)
  if (match === null) return undefined
  const minutes = minutesOf(match)
  const second = Number(match[6])
  if (minutes === undefined || second > (isLastOfDay(minutes) ? 60 : 59)) return undefined
  const fraction = Number((match[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const at = (minutes * 60 + second) * 1000 + fraction
  return at >= YEARS.start && at < YEARS.end ? at : undefined
}

/** Minutes since 1970 in UTC of a match of {@link RFC_3339}. */
function minutesOf(match: RegExpExecArray): number | undefined {
  const days = dayOf(Number(match[1]), Number(match[2]), Number(match[3]))
  const time = minuteOf(match[4], match[5])
  const offset = minuteOf(match[9] ?? '0', match[10] ?? '0')
  if (days === undefined || time === undefined || offset === undefined) return undefined
  return days * DAY_MINUTES + time - (match[8] === '-' ? -offset : offset)
}

function minuteOf(hours: string | undefined, minutes: string | undefined): number | undefined {
  const [hour, minute] = [Number(hours), Number(minutes)]
  return hour <= 23 && minute <= 59 ? hour * 60 + minute : undefined
}

/** Leap seconds are at the end of a day of UTC. */
function isLastOfDay(minutes: number): boolean {
  return minutes - whole(minutes, DAY_MINUTES) * DAY_MINUTES === DAY_MINUTES - 1
}

/** Days from 1970 to a date of the proleptic Gregorian calendar; years are counted from March. */
function dayOf(year: number, month: number, day: number): number | undefined {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const length = month === 2 && isLeap ? 29 : (MONTH_DAYS[month - 1] ?? 0)
  if (day < 1 || day > length) return undefined
  const fromMarch = (month + 9) % 12
  const marchYear = month <= 2 ? year - 1 : year
  const leaps = whole(marchYear, 4) - whole(marchYear, 100) + whole(marchYear, 400)
  return 365 * marchYear + leaps + whole(153 * fromMarch + 2, 5) + day - 1 - EPOCH
}

/** Milliseconds since 1970 as RFC 3339 in UTC, such as `2026-01-31T12:00:00.000Z`; for years 0 to 9999. */
export function instantTextOf(at: number): string {
  const fraction = padded(at - whole(at, 1000) * 1000, 3)
  return instantText(whole(at, 1000)).replace('.000Z', `.${fraction}Z`)
}

function whole(part: number, of: number): number {
  return Math.floor(part / of)
}

function padded(part: number, width: number): string {
  return String(Math.floor(part)).padStart(width, '0')
}
