import { LIGHTS, type Light, type LightStep } from '../model/light.js'
import { samplesOf, type Point, type Sample } from './point.js'
import { median, robustDeviation } from './statistics.js'

/** Means of minutes that must all show a change before it counts. */
const CONFIRMED_BY = 3
/** Means of minutes before it that it is compared with, at most and at least. */
const COMPARED = { most: 30, least: 5 }
/** The smallest step, dB. A cleaned connector gains less, and a module repeats its reading within 0.1 dB. */
const STEP_LEAST = 1
/** The smallest step in standard deviations of what it is compared with. */
const STEP_DEVIATIONS = 6
/** Unit of the readings (SFF-8472 section 9.2), mW. */
const QUANTUM = 0.0001

/** A step before its time is written: all but `at`. */
export type FoundStep = Omit<LightStep, 'at'>

/**
 * Steps that the newest minute confirms. `minutes`: means of minutes, the oldest first; `since`: the last step of a
 * light of a lane, on the timeline.
 */
export function stepsAt(
  minutes: readonly Point[],
  since: (light: Light, lane: number) => number,
): readonly FoundStep[] {
  const newest = minutes.at(-1)
  if (newest === undefined) return []
  return LIGHTS.flatMap((light) =>
    newest[light].flatMap((value, lane) => {
      if (value === null) return []
      const start = since(light, lane)
      const recent = samplesOf(minutes.slice(-COMPARED.most * 2), light, lane)
      const found = stepOf(recent.filter(({ t }) => t >= start))
      return found === null ? [] : [{ light, lane, ...found }]
    }),
  )
}

function stepOf(samples: readonly Sample[]): Pick<FoundStep, 't' | 'before' | 'after'> | null {
  const now = samples.slice(-CONFIRMED_BY)
  const [first] = now
  const past = samples
    .slice(0, -CONFIRMED_BY)
    .slice(-COMPARED.most)
    .map(({ value }) => value)
  if (first === undefined || past.length < COMPARED.least) return null
  const before = median(past)
  const changes = now.map(({ value }) => value - before)
  const smallest = Math.min(...changes.map(Math.abs))
  const isOneWay = changes.every((change) => Math.sign(change) === Math.sign(changes[0] ?? 0))
  const noise = Math.max(robustDeviation(past), quantum(before))
  if (!isOneWay || smallest < Math.max(STEP_LEAST, STEP_DEVIATIONS * noise)) return null
  return { t: first.t, before, after: median(now.map(({ value }) => value)) }
}

/** One unit of the reading at this power, as the deviation of an even distribution, dB. */
function quantum(dbm: number): number {
  const milliwatts = 10 ** (dbm / 10)
  return (10 * Math.log10(1 + QUANTUM / milliwatts)) / Math.sqrt(12)
}

/** Whether the light has come back by at least half of a fall. */
export function isRecovered({ before, after }: FoundStep, now: number): boolean {
  return now >= before - (before - after) / 2
}
