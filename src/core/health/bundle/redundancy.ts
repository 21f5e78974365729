import { millis, type Millis } from '../../base/time.js'
import type { LostRedundancy, Redundancy } from '../../model/health.js'
import type { ConnectionState } from '../../model/state.js'
import { isActive } from '../../cable/lacp.js'

/** What a bundle went without, as one assessment hands it to the next. At most {@link HOURS_MAX} hours. */
export interface RedundancyTrend {
  /** Of the last look, monotonic. */
  readonly at: Millis
  /** Ports of the intent that carried no traffic then. */
  readonly missing: number
  /** Oldest first; hours without a loss are left out. */
  readonly hours: readonly LostHour[]
}

interface LostHour extends LostRedundancy {
  /** Hours of the monotonic clock. */
  readonly hour: number
}

const HOUR = millis(3_600_000)
const HOURS_MAX = 7 * 24

/**
 * Takes one look into the trend. The time since the last look counts with what was missing then. null: not a bundle,
 * or the kernel does not show it.
 */
export function followRedundancy(
  before: RedundancyTrend | null,
  connection: Pick<ConnectionState, 'ports' | 'lacp'>,
  now: Millis,
): RedundancyTrend | null {
  const missing = missingPorts(connection)
  if (missing === null) return null
  if (before === null || now < before.at) return { at: now, missing, hours: before?.hours ?? [] }
  const lost = {
    memberSeconds: (before.missing * (now - before.at)) / 1000,
    losses: missing > before.missing ? 1 : 0,
  }
  return { at: now, missing, hours: added(before.hours, lost, Math.floor(now / HOUR)) }
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

/** The trend as it is shown. */
export function redundancyOf({ at, missing, hours }: RedundancyTrend): Redundancy {
  const now = Math.floor(at / HOUR)
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
