import {
  LIGHTS,
  type Baseline,
  type FarEnd,
  type FlagRecord,
  type FormerBaseline,
  type LaneLight,
  type Light,
  type LightStep,
  type ModuleId,
} from '../model/light.js'
import { lanesOf } from './lanes.js'
import { withFlags } from './flags.js'
import {
  NO_LIGHT_HISTORY,
  withMinute,
  withReading,
  type LightHistory,
  type OpenMinute,
} from './history.js'
import type { Laser } from './limit.js'
import { meanOf, type Point } from './point.js'
import { median } from './statistics.js'
import { stepsAt } from './step.js'
import { instantAt, type Timeline } from './timeline.js'

/** What is remembered of the light of one port; all of it is kept on the disk but `open`. */
export interface LightMemory {
  readonly module: ModuleId
  readonly history: LightHistory
  readonly open: OpenMinute
  /** Minutes in a row in which the link was up with light both ways. */
  readonly working: number
  readonly baseline: Baseline | null
  /** Newest last, at most {@link FORMER_KEPT}. */
  readonly formerBaselines: readonly FormerBaseline[]
  /** Newest last, at most {@link STEPS_KEPT}. */
  readonly steps: readonly LightStep[]
  readonly flags: readonly FlagRecord[]
  readonly farEnd: FarEnd | null
}

export const FORMER_KEPT = 8
export const STEPS_KEPT = 32

/** Minutes with a link and light both ways after which a circuit counts as working. */
const BASELINE_AFTER = 5

/** One reading of a module, and whether its port has a link. */
export interface LightReading {
  readonly laser: Laser
  readonly hasLink: boolean
}

/** Takes in a reading at the present moment of the timeline. */
export function withLight(
  memory: LightMemory | null,
  reading: LightReading,
  now: Timeline,
): LightMemory {
  const module = moduleOf(reading.laser)
  const known =
    memory !== null && isSame(memory.module, module) ? memory : begun(module, memory, now)
  const { alarms } = reading.laser.diagnostics
  const flags = withFlags(known.flags, alarms, instantAt(now, now.t))
  const followed = { ...known, flags }
  const point = pointOf(reading, now.t)
  if (point === null) return { ...followed, working: 0 }
  const { open, closed } = withReading(followed.open, point)
  const working = reading.hasLink && isLit(point) ? followed.working : 0
  if (closed === null) return { ...followed, open, working }
  const history = withMinute(followed.history, closed)
  return settled({ ...followed, open, history, working: working + 1 }, now)
}

/** A memory of another module; the baseline of the one before is kept. */
function begun(module: ModuleId, before: LightMemory | null, now: Timeline): LightMemory {
  return {
    module,
    history: NO_LIGHT_HISTORY,
    open: [],
    working: 0,
    baseline: null,
    formerBaselines: before === null ? [] : formerOf(before, 'exchanged', now),
    steps: [],
    flags: [],
    farEnd: before?.farEnd ?? null,
  }
}

/** Looks for steps in the newest minute, and takes the baseline once the circuit works. */
function settled(memory: LightMemory, now: Timeline): LightMemory {
  const { minutes } = memory.history
  const lastStep = (light: Light, lane: number): number =>
    memory.steps.findLast((step) => step.light === light && step.lane === lane)?.t ?? -Infinity
  const found = stepsAt(minutes, lastStep).map((step) => ({ ...step, at: instantAt(now, step.t) }))
  const steps = found.length === 0 ? memory.steps : [...memory.steps, ...found].slice(-STEPS_KEPT)
  const isDue = memory.baseline === null && memory.working >= BASELINE_AFTER
  const baseline = isDue
    ? baselineFrom(memory, minutes.slice(-BASELINE_AFTER), now)
    : memory.baseline
  return { ...memory, steps, baseline }
}

/** Takes a new baseline now; null: there is no light both ways to take it from. */
export function renewed(memory: LightMemory, now: Timeline): LightMemory | null {
  const recent = [...memory.history.minutes.slice(-BASELINE_AFTER), ...memory.open].filter(
    ({ t }) => t > now.t - RECENT,
  )
  const newest = recent.at(-1)
  // What was measured before the light changed says nothing of the circuit as it is now.
  const settledAt = memory.steps.at(-1)?.t ?? -Infinity
  const usable = recent.filter((point) => isLit(point) && point.t >= settledAt)
  if (newest === undefined || !isLit(newest) || usable.length === 0) return null
  return {
    ...memory,
    baseline: baselineFrom(memory, usable, now),
    formerBaselines: formerOf(memory, 'renewed', now),
  }
}

/** Readings that a baseline may be made from are not older than this, s. */
const RECENT = 3 * 3600

function formerOf(
  { baseline, formerBaselines }: LightMemory,
  reason: FormerBaseline['reason'],
  now: Timeline,
): readonly FormerBaseline[] {
  if (baseline === null) return formerBaselines
  const ended = { ...baseline, endedAt: instantAt(now, now.t), reason }
  return [...formerBaselines, ended].slice(-FORMER_KEPT)
}

function baselineFrom(
  { module }: Pick<LightMemory, 'module'>,
  points: readonly Point[],
  now: Timeline,
): Baseline {
  const { temperature, inputPower } = meanOf(points)
  const middle = (light: Light, lane: number): number | null => {
    const values = points.flatMap((point) => point[light][lane] ?? [])
    return values.length === 0 ? null : median(values)
  }
  const lanes = inputPower.map((_, lane): LaneLight => ({
    inputPower: middle('inputPower', lane),
    outputPower: middle('outputPower', lane),
  }))
  return { at: instantAt(now, now.t), t: now.t, module, temperature, lanes }
}

/** null: the module shows no light at all, such as at a cut. */
function pointOf({ laser: { diagnostics } }: LightReading, t: number): Point | null {
  const lanes = lanesOf(diagnostics)
  const inputPower = lanes.map((lane) => (lane.rxLos ? null : (lane.inputPower?.dbm ?? null)))
  const outputPower = lanes.map((lane) =>
    lane.txDisabled || lane.txFault ? null : (lane.outputPower?.dbm ?? null),
  )
  const isDark = [...inputPower, ...outputPower].every((value) => value === null)
  return isDark ? null : { t, temperature: diagnostics.temperature, inputPower, outputPower }
}

/** Every lane has light both ways. */
function isLit(point: Point): boolean {
  return LIGHTS.every((light) => point[light].every((value) => value !== null))
}

function moduleOf({ identity: { vendor, vendorPart, serialNo } }: Laser): ModuleId {
  return { vendor, vendorPart, serialNo }
}

function isSame(one: ModuleId, other: ModuleId): boolean {
  return (
    one.vendor === other.vendor &&
    one.vendorPart === other.vendorPart &&
    one.serialNo === other.serialNo
  )
}
