import { millis, type Millis } from '../base/time.js'
import type { PortCounters } from '../model/state.js'
import type { ErrorWindow } from './rules/history.js'
import { ERROR_WINDOW, ERRORS_TOLERATED } from './rules/port.js'

/**
 * Counts errors in windows of a minute. A burst shows as soon as the window holds too many errors,
 * and stays until a whole window has passed without another. Assessments that are further apart than
 * a minute make longer windows, which may hold proportionally more errors.
 */
export function countErrors(
  before: ErrorWindow | null,
  counters: PortCounters,
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
function isReset(before: ErrorWindow, counters: PortCounters): boolean {
  return counters.inErrors < before.inErrors || counters.outErrors < before.outErrors
}
