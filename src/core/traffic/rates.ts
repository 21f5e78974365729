import { millis, toSeconds, type Millis } from '../base/time.js'
import type { CounterSample, LinkCounters, LinkRates } from '../model/state.js'

/** Samples of the counters of one link, and what they say of how busy it is. */
export interface RateWindow {
  /** The oldest first, at least one; what is older than {@link RATE_WINDOW} is kept only where there is no other. */
  readonly samples: readonly CounterSample[]
  /** Directions that are busy: from {@link BUSY_FROM} percent until under {@link BUSY_UNTIL} percent. */
  readonly busy: Readonly<Record<Direction, boolean>>
}

type Direction = 'in' | 'out'

/** The time over which rates are averaged. */
const RATE_WINDOW = millis(30_000)
/** The least time between two samples that are kept; more frequent ones replace the newest. */
const SAMPLE_GAP = millis(4000)
/** The shortest time over which a rate is computed. */
const SHORTEST = millis(2000)

export const BUSY_FROM = 80
const BUSY_UNTIL = 75

const IDLE = { in: false, out: false } as const

/**
 * Takes in a sample. Counters that went back, because the driver was loaded anew or a counter of 32 bits began
 * again, and a clock that went back, begin a new window.
 */
export function followRates(
  before: RateWindow | null,
  sample: CounterSample | undefined,
  /** bit/s; null: not known. */
  capacity: number | null,
): RateWindow | null {
  if (sample === undefined) return before
  const samples = addSample(before?.samples ?? [], sample)
  const used = ratesOf({ samples }, capacity)?.utilization ?? null
  return { samples, busy: busyOf(before?.busy ?? IDLE, used) }
}

/** The samples of several links as one; undefined: one of them has none, or there is no link. */
export function summed([first, ...others]: readonly (CounterSample | undefined)[]):
  CounterSample | undefined {
  return others.reduce(
    (sum, sample) => (sum === undefined || sample === undefined ? undefined : plus(sum, sample)),
    first,
  )
}

function plus(one: CounterSample, other: CounterSample): CounterSample {
  const added = keys(one).map((key) => [key, one.counters[key] + other.counters[key]] as const)
  return { at: one.at, counters: Object.fromEntries(added) as Record<keyof LinkCounters, number> }
}

function addSample(
  before: readonly CounterSample[],
  sample: CounterSample,
): readonly CounterSample[] {
  const newest = before.at(-1)
  if (newest === undefined || isRestarted(newest, sample)) return [sample]
  if (sample.at === newest.at) return before
  const previous = before.at(-2)
  const isClose = previous !== undefined && sample.at - previous.at < SAMPLE_GAP
  const kept = [...(isClose ? before.slice(0, -1) : before), sample]
  const recent = kept.findIndex(({ at }) => sample.at - at <= RATE_WINDOW)
  return kept.slice(Math.min(recent, kept.length - 2))
}

function isRestarted(before: CounterSample, after: CounterSample): boolean {
  return (
    after.at < before.at || keys(after).some((key) => after.counters[key] < before.counters[key])
  )
}

function keys({ counters }: CounterSample): readonly (keyof LinkCounters)[] {
  return Object.keys(counters) as (keyof LinkCounters)[]
}

/** null: there is nothing to compare with yet. `capacity` in bit/s; null: not known. */
export function ratesOf(
  window: Pick<RateWindow, 'samples'> | null,
  capacity: number | null,
): LinkRates | null {
  const first = window?.samples[0]
  const last = window?.samples.at(-1)
  if (first === undefined || last === undefined || last.at - first.at < SHORTEST) return null
  const time = toSeconds(millis(last.at - first.at))
  const each = (key: keyof LinkCounters) => (last.counters[key] - first.counters[key]) / time
  const perSecond = Object.fromEntries(keys(last).map((key) => [key, each(key)]))
  const counted = perSecond as Readonly<Record<keyof LinkCounters, number>>
  return { perSecond: counted, utilization: utilizationOf(counted, capacity) }
}

function utilizationOf(
  { inOctets, outOctets }: LinkCounters,
  capacity: number | null,
): LinkRates['utilization'] {
  if (capacity === null || capacity <= 0) return null
  const part = (octets: number): number => (octets * 8 * 100) / capacity
  return { in: part(inOctets), out: part(outOctets) }
}

function busyOf(before: RateWindow['busy'], used: LinkRates['utilization']): RateWindow['busy'] {
  if (used === null) return IDLE
  const busy = (direction: Direction): boolean =>
    used[direction] >= (before[direction] ? BUSY_UNTIL : BUSY_FROM)
  return { in: busy('in'), out: busy('out') }
}

/** What a link has sent and received over a time. */
export interface Moved {
  readonly time: Millis
  readonly inPkts: number
  readonly outPkts: number
}

/** What was counted over this time or a little longer; null: the samples do not reach back so far. */
export function movedWithin(window: RateWindow | null, time: Millis): Moved | null {
  const last = window?.samples.at(-1)
  const first = window?.samples.findLast(({ at }) => last !== undefined && last.at - at >= time)
  if (first === undefined || last === undefined) return null
  return {
    time: millis(last.at - first.at),
    inPkts: last.counters.inPkts - first.counters.inPkts,
    outPkts: last.counters.outPkts - first.counters.outPkts,
  }
}
