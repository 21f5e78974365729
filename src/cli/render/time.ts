import { millis, toSeconds, type Millis, type Seconds } from '../../core/base/time.js'

const UNITS = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const

/**
 * A duration for a person, its two largest units: `0.4 s`, `42 s`, `1 min 23 s`, `2 d 3 h`. Tenths are
 * shown below ten seconds only; less than nothing is `0 s`.
 */
export function span(duration: Seconds): string {
  const tenths = Math.round(duration * 10) / 10
  if (tenths <= 0) return '0 s'
  if (tenths < 10) return `${tenths} s`
  const whole = Math.round(duration)
  const first = UNITS.findIndex(([, size]) => whole >= size)
  const [[name, size] = UNITS[3], next] = UNITS.slice(first, first + 2)
  const head = `${Math.floor(whole / size)} ${name}`
  const rest = next === undefined ? 0 : Math.floor((whole % size) / next[1])
  return next === undefined || rest === 0 ? head : `${head} ${rest} ${next[0]}`
}

/** An instant of ISO 8601 in the time zone of the terminal: `2026-11-29 17:23:36`, always as wide. */
export function localTime(instant: string): string {
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) return instant
  return `${dayOf(date)} ${timeOf(date)}`
}

/** The same without the date where it is that of `now`: `17:23:36`. */
export function shortTime(instant: string, now: Date): string {
  const date = new Date(instant)
  const isToday = !Number.isNaN(date.getTime()) && dayOf(date) === dayOf(now)
  return isToday ? timeOf(date) : localTime(instant)
}

/** How long ago an instant was; 0 s for one that lies ahead, because the clock was set back; '' where it is none. */
export function ageText(instant: string | undefined, now: Millis): string {
  const passed = now - Date.parse(instant ?? '')
  return Number.isNaN(passed) ? '' : span(toSeconds(millis(Math.max(0, passed))))
}

/** The instants in a sentence of the agent, which writes them in UTC, in the time zone of the terminal. */
export function localInstants(text: string): string {
  return text.replace(INSTANT, (_all, day: string, time: string) => {
    const instant = localTime(`${day}T${time}Z`)
    return time.length === MINUTE.length ? instant.slice(0, -':00'.length) : instant
  })
}

/** `2026-11-29T17:23:36.512Z`, and `2026-11-29 17:23 UTC`. */
const INSTANT = /(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(?:Z| UTC)/g
const MINUTE = '17:23'

function dayOf(date: Date): string {
  return `${date.getFullYear()}-${padded(date.getMonth() + 1)}-${padded(date.getDate())}`
}

function timeOf(date: Date): string {
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(padded).join(':')
}

function padded(part: number): string {
  return String(part).padStart(2, '0')
}
