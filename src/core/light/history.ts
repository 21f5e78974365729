import { meanOf, type Point } from './point.js'

/** Means of minutes for a day, of hours for 31 days, of days for 5 years; the oldest first. */
export interface LightHistory {
  readonly minutes: readonly Point[]
  readonly hours: readonly Point[]
  readonly days: readonly Point[]
}

export const NO_LIGHT_HISTORY: LightHistory = { minutes: [], hours: [], days: [] }

const MINUTE = 60
const HOUR = 3600
export const DAY = 86_400

/** Seconds that the points of each tier are kept, and the most points that it can hold. */
export const TIERS = {
  minutes: { kept: DAY, most: DAY / MINUTE + 1 },
  hours: { kept: 31 * DAY, most: 31 * 24 + 1 },
  days: { kept: 1827 * DAY, most: 1828 },
} as const

/** Readings of one minute that are kept until it ends; more than these are left out. */
const OPEN_MOST = 64

/** The readings of the minute that is under way. */
export type OpenMinute = readonly Point[]

/** Adds a reading to its minute; `closed`: the mean of the minute that it ends, null: it ends none. */
export function withReading(
  open: OpenMinute,
  reading: Point,
): { readonly open: OpenMinute; readonly closed: Point | null } {
  const [first] = open
  if (first === undefined || bucket(first, MINUTE) === bucket(reading, MINUTE)) {
    return { open: [...open, reading].slice(0, OPEN_MOST), closed: null }
  }
  return { open: [reading], closed: meanOf(open) }
}

/** Adds the mean of a minute. An hour and a day are added when the next one has begun. */
export function withMinute(history: LightHistory, minute: Point): LightHistory {
  const hour = ended(history.minutes, minute, HOUR)
  const day = hour === null ? null : ended(history.hours, hour, DAY)
  return {
    minutes: appended(history.minutes, minute, 'minutes'),
    hours: hour === null ? history.hours : appended(history.hours, hour, 'hours'),
    days: day === null ? history.days : appended(history.days, day, 'days'),
  }
}

/** The mean of the newest bucket of this many seconds, where the next point is in a later one. */
function ended(points: readonly Point[], next: Point, size: number): Point | null {
  const last = points.at(-1)
  if (last === undefined || bucket(next, size) <= bucket(last, size)) return null
  return meanOf(points.filter((point) => bucket(point, size) === bucket(last, size)))
}

function appended(points: readonly Point[], point: Point, tier: keyof typeof TIERS) {
  const { kept, most } = TIERS[tier]
  return [...points.filter(({ t }) => t > point.t - kept), point].slice(-most)
}

function bucket({ t }: Point, size: number): number {
  return Math.floor(t / size)
}
