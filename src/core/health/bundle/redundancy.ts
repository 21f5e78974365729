import type { LostRedundancy, Redundancy } from '../../model/health.js'
import type { ConnectionState } from '../../model/state.js'
import { isActive } from '../../cable/lacp.js'
import { advance, startTimeline, type Clocks, type Timeline } from '../../light/timeline.js'

/** What a bundle went without, as one assessment hands it to the next. At most {@link HOURS_MAX} hours. */
export interface RedundancyTrend {
  /** At the last look that showed the bundle. */
  readonly line: Timeline
  /** Ports of the intent that carried no traffic then; null: the last look did not show the bundle. */
  readonly missing: number | null
  /** Oldest first; hours without a loss are left out. */
  readonly hours: readonly LostHour[]
}

export interface LostHour extends LostRedundancy {
  /** Hours of the timeline. */
  readonly hour: number
}

const HOUR = 3600

/** Hours that a trend remembers: a week. */
export const HOURS_MAX = 7 * 24

/**
 * Takes one look into the trend. The time since the last look counts with what was missing then; time in which the
 * bundle was not seen counts nothing. null: not a bundle, or the kernel has never shown it.
 */
export function followRedundancy(
  before: RedundancyTrend | null,
  connection: Pick<ConnectionState, 'ports' | 'lacp'>,
  clocks: Clocks,
): RedundancyTrend | null {
  const missing = missingPorts(connection)
  if (before === null) {
    return missing === null ? null : { line: startTimeline(null, clocks), missing, hours: [] }
  }
  if (missing === null) return unseen(before)
  const line = advance(before.line, clocks)
  if (before.missing === null) return { line, missing, hours: before.hours }
  const passed = Math.max(0, clocks.mono - before.line.mono) / 1000
  const lost = {
    memberSeconds: before.missing * passed,
    losses: missing > before.missing ? 1 : 0,
  }
  return { line, missing, hours: added(before.hours, lost, hourOf(line)) }
}

/** The trend of a bundle that a look did not show. */
export function unseen(trend: RedundancyTrend): RedundancyTrend {
  return trend.missing === null ? trend : { ...trend, missing: null }
}

/** The hour of the timeline that a line is in. */
export function hourOf({ t }: Pick<Timeline, 't'>): number {
  return Math.floor(t / HOUR)
}

/** Ports of the intent that the aggregate does not use; null: not a bundle, or the kernel does not show it. */
function missingPorts({ ports, lacp }: Pick<ConnectionState, 'ports' | 'lacp'>): number | null {
  if (lacp === null) return null
  const active = new Set(lacp.members.filter(isActive).map(({ port }) => port))
  return ports.filter((port) => !active.has(port)).length
}

function added(
  hours: readonly LostHour[],
  lost: LostRedundancy,
  hour: number,
): readonly LostHour[] {
  if (lost.memberSeconds === 0 && lost.losses === 0) return hours
  const last = hours.at(-1)
  const rest = last?.hour === hour ? hours.slice(0, -1) : hours
  const sum = last?.hour === hour ? plus(last, lost) : lost
  return [...rest, { hour, ...sum }]
    .filter((each) => each.hour > hour - HOURS_MAX)
    .slice(-HOURS_MAX)
}

/** The trend as it is shown; null: the last look did not show the bundle. */
export function redundancyOf({ line, missing, hours }: RedundancyTrend): Redundancy | null {
  if (missing === null) return null
  const now = hourOf(line)
  const within = (count: number): LostRedundancy => {
    const { memberSeconds, losses } = hours
      .filter(({ hour }) => hour > now - count)
      .reduce<LostRedundancy>(plus, NOTHING_LOST)
    return { memberSeconds: Math.round(memberSeconds), losses }
  }
  // An hour that has just begun has nothing yet.
  return { missing, hour: within(2), day: within(24), week: within(HOURS_MAX) }
}

const NOTHING_LOST: LostRedundancy = { memberSeconds: 0, losses: 0 }

function plus(one: LostRedundancy, other: LostRedundancy): LostRedundancy {
  return {
    memberSeconds: one.memberSeconds + other.memberSeconds,
    losses: one.losses + other.losses,
  }
}
