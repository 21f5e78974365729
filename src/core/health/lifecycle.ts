import type { Lifecycle, Verdict } from '../model/health.js'
import type { Findings } from './findings.js'
import { WITHOUT_ROUTES } from './rules/routes.js'
import { isStopped, type Subject } from './subjects.js'

/**
 * `pending` until the subject works for the first time, `available` while it works, `down`
 * afterwards. An available subject becomes `down` only when a finding is shown, so that a fault
 * shorter than `raiseAfter` changes nothing, and a `down` one becomes `available` only when none is shown.
 */
export function lifecycleOf(
  subject: Subject,
  findings: Findings,
  before: Lifecycle | undefined,
): Lifecycle {
  if (isShutDown(subject)) return 'down'
  if (!isStopped(subject)) {
    return before === 'down' && isSettling(subject, findings) ? 'down' : 'available'
  }
  if (before === undefined) return wasUp(subject) ? 'down' : 'pending'
  return before === 'available' && findings.shown.length > 0 ? 'down' : before
}

/**
 * Whether the subject does what it is for at this look, its routes included. It fails only when a finding is shown,
 * so that a fault shorter than `raiseAfter` changes nothing.
 */
export function serviceOf(subject: Subject, findings: Findings): Verdict['service'] {
  if (isShutDown(subject)) return 'fails'
  if (subject.isStale) return 'unclear'
  const isUseless = subject.results.some(
    ({ rule, message }) => message !== null && WITHOUT_ROUTES.has(rule.code),
  )
  if (!isStopped(subject) && !isUseless) return 'works'
  return findings.shown.some(({ severity }) => severity !== 'warning') ? 'fails' : 'unclear'
}

/** The subject works again, and not yet for as long as what stopped it, or the cause of that, must be gone. */
function isSettling({ results }: Subject, { shown }: Findings): boolean {
  const stopping = results
    .filter(({ rule }) => rule.stops)
    .flatMap(({ rule }) => [rule.code, ...rule.suppressedBy])
  return shown.some(({ code }) => stopping.includes(code))
}

/** The intent shuts the subject down. */
export function isShutDown(subject: Subject): boolean {
  return subject.kind === 'neighbor' && subject.state.wantShutdown
}

/** FRR counts sessions that were up before this agent started. */
function wasUp(subject: Subject): boolean {
  return subject.kind === 'neighbor' && (subject.state.establishedTransitions ?? 0) > 0
}
