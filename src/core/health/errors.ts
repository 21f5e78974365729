import type { PortCounters } from '../model/state.js'
import type { ErrorCount } from './rules/history.js'
import { ERROR_WINDOW, ERRORS_TOLERATED } from './rules/port.js'

/**
 * Counts errors in windows of a minute: a burst shows as soon as it is over the limit, and stays
 * until a whole window passed without another. Looks that are further apart make longer windows,
 * which may hold as many errors more.
 */
export function countErrors(
  before: ErrorCount | null,
  counters: PortCounters,
  now: number,
): ErrorCount {
  const start = { at: now, inErrors: counters.inErrors, outErrors: counters.outErrors }
  if (before === null || wentBack(before, counters) || now < before.at) {
    return { ...start, burst: null }
  }
  const inErrors = counters.inErrors - before.inErrors
  const outErrors = counters.outErrors - before.outErrors
  const within = Math.max(ERROR_WINDOW, now - before.at)
  const tolerated = ERRORS_TOLERATED * (within / ERROR_WINDOW)
  const burst = inErrors + outErrors > tolerated ? { inErrors, outErrors, within } : null
  if (now - before.at >= ERROR_WINDOW) return { ...start, burst }
  return { ...before, burst: burst ?? before.burst }
}

/** Counters start again when a driver is loaded anew. */
function wentBack(before: ErrorCount, counters: PortCounters): boolean {
  return counters.inErrors < before.inErrors || counters.outErrors < before.outErrors
}
