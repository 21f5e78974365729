import type { Lifecycle } from '../model/health.js'
import type { Findings } from './findings.js'
import { isStopped, type Subject } from './subjects.js'

/**
 * `pending` until it works for the first time, `available` while it works, `down` afterwards. It
 * follows what is shown, so that a blip shorter than the holding time changes nothing.
 */
export function lifecycleOf(
  subject: Subject,
  findings: Findings,
  before: Lifecycle | undefined,
): Lifecycle {
  if (isShutDown(subject)) return 'down'
  const stopped = isStopped(subject)
  const shown = findings.shown.length > 0
  if (!stopped) return stillShown(subject, findings) ? (before ?? 'pending') : 'available'
  if (before === undefined) return wasUp(subject) ? 'down' : 'pending'
  return before === 'available' && shown ? 'down' : before
}

/** Gone, but not for long enough to say so. */
function stillShown(subject: Subject, findings: Findings): boolean {
  const stopping = new Set(
    subject.judgements.filter(({ rule }) => rule.stops).map(({ rule }) => rule.code),
  )
  return findings.shown.some(({ code }) => stopping.has(code))
}

function isShutDown(subject: Subject): boolean {
  return subject.kind === 'neighbor' && subject.state.adminDown
}

/** FRR remembers sessions that were up before this agent looked for the first time. */
function wasUp(subject: Subject): boolean {
  return subject.kind === 'neighbor' && subject.state.establishedTransitions > 0
}
