import type { Lifecycle } from '../model/health.js'
import type { Findings } from './findings.js'
import { isStopped, type Subject } from './subjects.js'

/**
 * `pending` until it works for the first time, `available` while it works, `down` afterwards. It
 * goes down only with something to show, so that a blip shorter than the holding time changes nothing.
 */
export function lifecycleOf(
  subject: Subject,
  findings: Findings,
  before: Lifecycle | undefined,
): Lifecycle {
  if (isShutDown(subject)) return 'down'
  if (!isStopped(subject)) return 'available'
  if (before === undefined) return wasUp(subject) ? 'down' : 'pending'
  return before === 'available' && findings.shown.length > 0 ? 'down' : before
}

/** Down because the intent says so. */
export function isShutDown(subject: Subject): boolean {
  return subject.kind === 'neighbor' && subject.state.adminDown
}

/** FRR remembers sessions that were up before this agent looked for the first time. */
function wasUp(subject: Subject): boolean {
  return subject.kind === 'neighbor' && subject.state.establishedTransitions > 0
}
