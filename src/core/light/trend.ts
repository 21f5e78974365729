import type { LightTrend } from '../model/light.js'
import { DAY } from './history.js'
import type { Sample } from './point.js'
import { median, medianOfSorted, persistence } from './statistics.js'

/** dB within which a module repeats a reading over months; no date is more exact than that. */
export const REPEATS_WITHIN = 0.1

/** Days that a slope is measured over, the longest first. */
const WINDOWS = [365, 90, 30] as const
/** A slope over fewer days, or from fewer of them, is none. */
const LEAST_DAYS = 14
/** Values that one slope is made from, at most; of more days, neighbours are averaged. */
const VALUES_MOST = 182
/** A decline below this over its window is not shown, dB: connectors and receivers wander as much. */
const DECLINE_LEAST = 0.3
/** Standard deviations of the interval, and of the proof that there is a slope at all. */
const DEVIATIONS = 3.3

/**
 * How light declines, by the slope of Theil and Sen: the median of the slopes of all pairs, which a quarter of wrong values
 * does not move. The interval is that of Sen (1968) by Kendall's variance, widened by the persistence of the
 * residuals. The longest window counts, unless it proves nothing or a shorter one contradicts it, because the decline began later.
 * `days`: means of days, the oldest first, at one temperature. null: no decline can be shown.
 */
export function declineOf(days: readonly Sample[]): LightTrend | null {
  const newest = days.at(-1)?.t ?? 0
  const trends = WINDOWS.flatMap((window) => {
    const within = days.filter(({ t }) => t > newest - window * DAY)
    const found = slopeOf(thinned(within))
    return found === null ? [] : [found]
  })
  const [first] = trends
  if (first === undefined) return null
  const chosen = trends.reduce((kept, next) => {
    const contradicts = next.least > kept.most || next.most < kept.least
    return contradicts || (next.isProven && !kept.isProven) ? next : kept
  })
  const { isProven, ...trend } = chosen
  return isProven && -trend.slope * trend.days >= DECLINE_LEAST ? trend : null
}

function slopeOf(days: readonly Sample[]): (LightTrend & { readonly isProven: boolean }) | null {
  const count = days.length
  const [first, last] = [days[0], days.at(-1)]
  if (first === undefined || last === undefined) return null
  const span = (last.t - first.t) / DAY
  if (count < LEAST_DAYS / 2 || span < LEAST_DAYS - 1) return null
  const slopes = pairSlopes(days)
  const slope = medianOfSorted(slopes)
  const residuals = days.map(({ t, value }) => value - (slope * (t - first.t)) / DAY)
  const repeated = persistence(residuals)
  const widened = Math.sqrt((1 + repeated) / (1 - repeated))
  const deviation = widened * Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18)
  const at = (deviations: number) => {
    const index = Math.round((slopes.length + deviations * deviation) / 2)
    return slopes[Math.min(slopes.length - 1, Math.max(0, index))] ?? slope
  }
  return {
    slope,
    least: at(-DEVIATIONS) - REPEATS_WITHIN / span,
    most: at(DEVIATIONS) + REPEATS_WITHIN / span,
    days: Math.round(span),
    isProven: at(DEVIATIONS) < 0,
  }
}

/** dB a day of all pairs, ascending. */
function pairSlopes(days: readonly Sample[]): Float64Array {
  const slopes = new Float64Array((days.length * (days.length - 1)) / 2)
  let at = 0
  for (const [index, from] of days.entries()) {
    for (const to of days.slice(index + 1)) {
      slopes[at] = ((to.value - from.value) / Math.max(1, to.t - from.t)) * DAY
      at += 1
    }
  }
  return slopes.sort()
}

function thinned(days: readonly Sample[]): readonly Sample[] {
  const size = Math.ceil(days.length / VALUES_MOST)
  if (size <= 1) return days
  return Array.from({ length: Math.floor(days.length / size) }, (_, at) => {
    const part = days.slice(at * size, (at + 1) * size)
    const mean = (of: (sample: Sample) => number) =>
      part.reduce((total, sample) => total + of(sample), 0) / part.length
    return { t: mean(({ t }) => t), value: mean(({ value }) => value), temperature: null }
  })
}

/** Hours between the two readings of a pair: shorter than any ageing, long enough for day and night. */
const PAIR_HOURS = [6, 9, 12] as const
/** Pairs whose temperatures differ by this many °C, and how many of them are needed. */
const PAIR = { difference: 2, least: 48 }
/** dB for each °C; more than this is no property of a module. */
const COEFFICIENT_MOST = 0.2

/**
 * dB for each °C that the light moves with the temperature of the module, by the median over pairs of hours of
 * the same day; 0 where it cannot be measured. So the seasons are taken out by what day and night show.
 */
export function temperatureCoefficient(hours: readonly Sample[]): number {
  const ratios = hours.flatMap((from, at) =>
    PAIR_HOURS.flatMap((distance) => {
      const to = hours[at + distance]
      if (to === undefined || to.temperature === null || from.temperature === null) return []
      const warmer = to.temperature - from.temperature
      const isNear = to.t - from.t < DAY
      return isNear && Math.abs(warmer) >= PAIR.difference ? [(to.value - from.value) / warmer] : []
    }),
  )
  if (ratios.length < PAIR.least) return 0
  return Math.max(-COEFFICIENT_MOST, Math.min(COEFFICIENT_MOST, median(ratios)))
}

/** The value as it would be at another temperature, °C. */
export function atTemperature(sample: Sample, wanted: number | null, coefficient: number): Sample {
  if (sample.temperature === null || wanted === null) return sample
  return { ...sample, value: sample.value - coefficient * (sample.temperature - wanted) }
}
