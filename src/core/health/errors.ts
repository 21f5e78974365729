import { millis, type Millis } from '../base/time.js'
import type { Protection, ProtectionCounts } from '../model/link.js'
import type { LinkCounters } from '../model/state.js'
import type { DropWindow, ErrorWindow } from './rules/history.js'
import { ERROR_WINDOW, ERRORS_TOLERATED } from './rules/port.js'

/**
 * Counts errors in windows of a minute. A burst shows as soon as the window holds too many errors,
 * and stays until a whole window has passed without another. Assessments that are further apart than
 * a minute make longer windows, which may hold proportionally more errors.
 */
export function countErrors(
  before: ErrorWindow | null,
  counters: LinkCounters,
  now: Millis,
): ErrorWindow {
  const start = { at: now, inErrors: counters.inErrors, outErrors: counters.outErrors }
  if (before === null || isReset(before, counters) || now < before.at) {
    return { ...start, burst: null }
  }
  const inErrors = counters.inErrors - before.inErrors
  const outErrors = counters.outErrors - before.outErrors
  const within = millis(Math.max(ERROR_WINDOW, now - before.at))
  const tolerated = ERRORS_TOLERATED * (within / ERROR_WINDOW)
  const burst = inErrors + outErrors > tolerated ? { inErrors, outErrors, within } : null
  if (now - before.at >= ERROR_WINDOW) return { ...start, burst }
  return { ...before, burst: burst ?? before.burst }
}

/** Counters start again from 0 when a driver is loaded anew. */
function isReset(before: ErrorWindow, counters: LinkCounters): boolean {
  return counters.inErrors < before.inErrors || counters.outErrors < before.outErrors
}

type Dropped = ProtectionCounts['dropped']

/** The shortest time over which dropped frames are counted. */
const DROP_WINDOW = millis(60_000)

/**
 * Counts dropped frames in windows of a minute: what was dropped shows at once, and until a whole window has passed
 * without more. null: nothing is limited, or it was not read.
 */
export function countDrops(
  before: DropWindow | null,
  counts: ProtectionCounts | undefined,
  now: Millis,
): DropWindow | null {
  if (counts === undefined) return null
  const { dropped } = counts
  if (before === null || hasRestarted(before.dropped, dropped) || now < before.at) {
    return { at: now, dropped, recent: {} }
  }
  const since = difference(before.dropped, dropped)
  if (now - before.at >= DROP_WINDOW) return { at: now, dropped, recent: since }
  return { ...before, recent: Object.keys(since).length > 0 ? since : before.recent }
}

/** When the window of these drops ends; null: nothing is limited. */
export function dropsEndAt(drops: DropWindow | null): Millis | null {
  return drops === null ? null : millis(drops.at + DROP_WINDOW)
}

function difference(before: Dropped, after: Dropped): Dropped {
  return Object.fromEntries(
    entries(after).flatMap(([key, count]) => {
      const more = count - (before[key] ?? 0)
      return more > 0 ? [[key, more]] : []
    }),
  )
}

/** Counters start again from 0 when the limits are set anew. */
function hasRestarted(before: Dropped, after: Dropped): boolean {
  return entries(before).some(([key, count]) => (after[key] ?? 0) < count)
}

function entries(dropped: Dropped): readonly (readonly [keyof Protection, number])[] {
  return Object.entries(dropped) as (readonly [keyof Protection, number])[]
}
