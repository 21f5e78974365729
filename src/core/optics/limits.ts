import type { ThresholdSet } from '../model/optic.js'

export type Level = keyof ThresholdSet

/** The limits of one quantity that can be used, and those that contradict the others. */
export interface ConsistentLimits {
  readonly limits: ThresholdSet
  readonly unusable: readonly Level[]
}

const LOWS = ['lowAlarm', 'lowWarning'] as const
const HIGHS = ['highAlarm', 'highWarning'] as const

/**
 * Low alarm ≤ low warning < high warning ≤ high alarm is the order of SFF-8472. Modules are sold that
 * write another. An alarm inside its warning is not used, the warning is. In any other disorder nothing
 * shows which limit is right, and none of the quantity is used. So no reading between the two middle
 * limits ever counts as beyond one.
 */
export function consistentLimits(found: ThresholdSet): ConsistentLimits {
  const limits = withoutEqualPairs(found)
  const unusable = contradicting(limits)
  const kept = (level: Level) => (unusable.includes(level) ? null : limits[level])
  return {
    limits: {
      highAlarm: kept('highAlarm'),
      highWarning: kept('highWarning'),
      lowWarning: kept('lowWarning'),
      lowAlarm: kept('lowAlarm'),
    },
    unusable,
  }
}

/** Makers write the same number for high and low where a pair sets no limit. */
function withoutEqualPairs(found: ThresholdSet): ThresholdSet {
  const alarms = found.highAlarm === found.lowAlarm
  const warnings = found.highWarning === found.lowWarning
  return {
    highAlarm: alarms ? null : found.highAlarm,
    highWarning: warnings ? null : found.highWarning,
    lowWarning: warnings ? null : found.lowWarning,
    lowAlarm: alarms ? null : found.lowAlarm,
  }
}

function contradicting(limits: ThresholdSet): readonly Level[] {
  const above = (one: Level, other: Level): boolean => {
    const [upper, lower] = [limits[one], limits[other]]
    return upper !== null && lower !== null && upper > lower
  }
  const crossed = LOWS.some((low) =>
    HIGHS.some(
      (high) => (limits[low] !== null && limits[low] === limits[high]) || above(low, high),
    ),
  )
  if (crossed) return [...HIGHS, ...LOWS].filter((level) => limits[level] !== null)
  const high = above('highWarning', 'highAlarm') ? (['highAlarm'] as const) : []
  const low = above('lowAlarm', 'lowWarning') ? (['lowAlarm'] as const) : []
  return [...high, ...low]
}
