import { instantOf } from '../base/time.js'
import {
  LIGHTS,
  type FarEnd,
  type Light,
  type LightStep,
  type LightTrend,
  type LightView,
  type MarginEnd,
  type PortLight,
  type StrandView,
} from '../model/light.js'
import type { OpticDiagnostics } from '../model/optic.js'
import { lanesOf } from './lanes.js'
import { DAY } from './history.js'
import { limitOf, type Laser } from './limit.js'
import type { LightMemory } from './memory.js'
import { samplesOf, type Sample } from './point.js'
import { median } from './statistics.js'
import { isRecovered } from './step.js'
import { instantAt, type Timeline } from './timeline.js'
import { atTemperature, declineOf, REPEATS_WITHIN, temperatureCoefficient } from './trend.js'

/** What the days and hours say of one light of one lane. It changes once a day. */
export interface LaneTrend {
  readonly light: Light
  readonly lane: number
  /** dB for each °C. */
  readonly coefficient: number
  readonly decline: LightTrend | null
  /** Where the light is at the end of the days, at the temperature of the baseline; null: no days. */
  readonly level: Sample | null
}

/** The trends of every lane of both lights, since the last step and the baseline. */
export function trendsOf(memory: LightMemory): readonly LaneTrend[] {
  const { baseline, history, steps } = memory
  if (baseline === null) return []
  return baseline.lanes.flatMap((_, lane) =>
    LIGHTS.map((light) => {
      const step = steps.findLast((each) => each.light === light && each.lane === lane)
      const since = Math.max(baseline.t, step?.t ?? 0)
      const after = ({ t }: Sample): boolean => t > since
      const hours = samplesOf(history.hours, light, lane).filter(after)
      const coefficient = temperatureCoefficient(hours)
      // The mean of a day that the step is in is of neither level.
      const days = samplesOf(history.days, light, lane).filter(({ t }) => t > since + DAY / 2)
      const corrected = days.map((day) => atTemperature(day, baseline.temperature, coefficient))
      return { light, lane, coefficient, decline: declineOf(corrected), level: levelOf(corrected) }
    }),
  )
}

/** Days whose median is the level that a margin is counted from. */
const LEVEL_DAYS = 3

function levelOf(days: readonly Sample[]): Sample | null {
  const newest = days.at(-1)
  if (newest === undefined) return null
  return { ...newest, value: median(days.slice(-LEVEL_DAYS).map(({ value }) => value)) }
}

/** Means of minutes that the present level is made from. */
const LEVEL_FROM = 5

/** What is shown of a memory. `laser` null: the module cannot be read now. */
export function viewOf(
  memory: LightMemory,
  trends: readonly LaneTrend[],
  { laser, now }: { readonly laser: Laser | null; readonly now: Timeline },
): PortLight {
  const view = (light: Light) => lightView(light, memory, { trends, laser, now })
  return {
    inputPower: view('inputPower'),
    outputPower: view('outputPower'),
    baseline: memory.baseline,
    formerBaselines: memory.formerBaselines,
    flags: memory.flags,
    farEnd: memory.farEnd === null ? null : strands(memory.farEnd, laser?.diagnostics, now),
  }
}

interface ViewFrom {
  readonly trends: readonly LaneTrend[]
  readonly laser: Laser | null
  readonly now: Timeline
}

function lightView(light: Light, memory: LightMemory, from: ViewFrom): LightView {
  const lanes = memory.baseline?.lanes.map((_, lane) => laneView(light, lane, memory, from)) ?? []
  const worst = <T>(values: readonly T[], badness: (value: T) => number): T | null =>
    values.toSorted((a, b) => badness(b) - badness(a))[0] ?? null
  return {
    loss: worst(
      lanes.flatMap(({ loss }) => loss ?? []),
      (loss) => loss,
    ),
    step: worst(
      lanes.flatMap(({ step }) => step ?? []),
      ({ before, after }) => before - after,
    ),
    decline: worst(
      lanes.flatMap(({ decline }) => decline ?? []),
      ({ slope }) => -slope,
    ),
  }
}

function laneView(light: Light, lane: number, memory: LightMemory, from: ViewFrom): LightView {
  const { baseline, history, steps } = memory
  const first = baseline?.lanes[lane]?.[light] ?? null
  const trend = from.trends.find((each) => each.light === light && each.lane === lane)
  const recent = samplesOf(history.minutes.slice(-LEVEL_FROM), light, lane)
  if (baseline === null || first === null || recent.length === 0) return NOTHING
  const same = recent.map((each) =>
    atTemperature(each, baseline.temperature, trend?.coefficient ?? 0),
  )
  const level = median(same.map(({ value }) => value))
  const falls = steps.filter(
    (step) =>
      step.light === light &&
      step.lane === lane &&
      step.t > baseline.t &&
      step.after < step.before &&
      !isRecovered(step, level),
  )
  return { loss: first - level, step: largest(falls), decline: declining(trend, light, from) }
}

const NOTHING: LightView = { loss: null, step: null, decline: null }

function largest(steps: readonly LightStep[]): LightStep | null {
  return steps.toSorted((a, b) => b.before - b.after - (a.before - a.after))[0] ?? null
}

function declining(
  trend: LaneTrend | undefined,
  light: Light,
  { laser, now }: ViewFrom,
): LightView['decline'] {
  const { decline = null, level = null } = trend ?? {}
  if (decline === null || level === null) return null
  const low = laser === null ? null : limitOf(laser, light, 'low')
  const margin = low === null ? null : { ...level, value: level.value - low.limit }
  return { ...decline, ends: margin === null ? null : endOf(decline, margin, now) }
}

/** A margin that lasts longer than this many days has no end worth a date. */
const END_MOST = 20 * 365

function endOf(
  { slope, least, most }: LightTrend,
  margin: Sample,
  now: Timeline,
): MarginEnd | null {
  const after = (dailyLoss: number, wrong = 0): number =>
    Math.max(0, margin.value + wrong) / dailyLoss
  const date = (days: number): string => instantAt(now, margin.t + days * DAY)
  if (after(-slope) > END_MOST) return null
  const last = most < 0 ? after(-most, REPEATS_WITHIN) : Infinity
  return {
    at: date(after(-slope)),
    earliest: date(after(-least, -REPEATS_WITHIN)),
    latest: last > END_MOST ? null : date(last),
  }
}

/** What the far end measured counts for this long, ms. */
const FAR_END_COUNTS = 86_400_000

/** null: the report is too old. Of several lanes the mean is compared, as a report has one figure for each light. */
function strands(
  farEnd: FarEnd,
  diagnostics: OpticDiagnostics | undefined,
  { mono, offset }: Timeline,
): StrandView | null {
  if (mono + offset - (instantOf(farEnd.receivedAt) ?? 0) > FAR_END_COUNTS) return null
  const ours = (light: Light): number | null => {
    const values = diagnostics === undefined ? [] : lanesOf(diagnostics).map((lane) => lane[light])
    const known = values.flatMap((value) => value?.dbm ?? [])
    return known.length === 0 ? null : known.reduce((sum, dbm) => sum + dbm, 0) / known.length
  }
  const loss = (launched: number | null, received: number | 'none' | null): number | null =>
    launched === null || received === null || received === 'none' ? null : launched - received
  return {
    ...farEnd,
    outboundLoss: loss(ours('outputPower'), farEnd.inputPower),
    inboundLoss: loss(farEnd.outputPower, ours('inputPower')),
  }
}
