import type { HealthEvent, Lifecycle, Severity, SubjectKind, Verdict } from '../model/health.js'
import type { RouterState } from '../model/state.js'
import { earliest, followFindings, type Findings } from './findings.js'
import { isShutDown, lifecycleOf } from './lifecycle.js'
import type { HealthHistory, SubjectHistory } from './rules/history.js'
import { notice, type Occurrence } from './occurrences.js'
import { keyOf, type Subject, subjectsOf } from './subjects.js'

export interface Assessment {
  /** Router, ports, connections, attachments, neighbours, in the order of the state. */
  readonly verdicts: readonly Verdict[]
  readonly events: readonly HealthEvent[]
  readonly memory: HealthHistory
}

/**
 * Judges everything by the rules. `now` is ms on a clock that does not step; only differences of it
 * count. `state.at` stamps what is said.
 */
export function assess(state: RouterState, memory: HealthHistory, now: number): Assessment {
  const [router, ...parts] = subjectsOf(state, memory, now)
  const moment = { at: state.at, now }
  const seen = parts.map((subject) => look(subject, memory, { ...moment, least: 'ok' }))
  // The router is as well as its worst part.
  const least = worstSeverity(seen.map(({ verdict }) => verdict.severity))
  const looks = router === undefined ? seen : [look(router, memory, { ...moment, least }), ...seen]
  const subjects = Object.fromEntries(
    looks.map(({ verdict, memory: kept }) => [keyOf(verdict.kind, verdict.name), kept] as const),
  )
  return {
    verdicts: looks.map(({ verdict }) => verdict),
    events: [...looks.flatMap(({ events }) => events), ...gone(memory, subjects, state.at)],
    memory: { subjects, due: earliest(looks.map(({ due }) => due)) },
  }
}

/** When to look again although nothing changed: a finding that is held becomes due. */
export function wakeAt(memory: HealthHistory): number | null {
  return memory.due
}

interface Look {
  readonly verdict: Verdict
  readonly events: readonly HealthEvent[]
  readonly memory: SubjectHistory
  readonly due: number | null
}

interface Moment {
  readonly at: string
  readonly now: number
  /** The subject is at least as bad as this. */
  readonly least: Severity
}

function look(subject: Subject, memory: HealthHistory, moment: Moment): Look {
  const { kind, name } = subject
  const before = memory.subjects[keyOf(kind, name)]
  const findings = followFindings(subject, before?.findings ?? {}, moment.now)
  const noticed = notice(subject, findings, before?.seen)
  const standing = standingOf(subject, findings, { before, ...moment })
  const said = [
    ...stories(findings),
    ...noticed.occurrences,
    ...moved(name, before?.told, standing),
  ]
  const { severity, lifecycle, since } = standing
  return {
    verdict: { kind, name, severity, lifecycle, findings: findings.shown, since },
    events: said.map(({ code, severity: grade, message }) => ({
      at: moment.at,
      kind,
      name,
      code,
      severity: grade,
      message,
    })),
    memory: { ...standing, findings: findings.memory, seen: noticed.seen },
    due: findings.due,
  }
}

type Standing = Pick<SubjectHistory, 'severity' | 'since' | 'lifecycle' | 'told'>

function standingOf(
  subject: Subject,
  findings: Findings,
  from: { readonly before: SubjectHistory | undefined } & Moment,
): Standing {
  const { before } = from
  const lifecycle = lifecycleOf(subject, findings, before?.lifecycle)
  const severity = worstSeverity([from.least, ...findings.shown.map((finding) => finding.severity)])
  const since = before?.severity === severity ? before.since : from.at
  const told = isToldOf(subject, findings, lifecycle) ? lifecycle : (before?.told ?? lifecycle)
  return {
    severity,
    since,
    lifecycle,
    told,
  }
}

/**
 * A neighbour behind a dark fibre does not call for attention, the fibre does: that something is
 * down is told only with a reason of its own.
 */
function isToldOf(subject: Subject, findings: Findings, lifecycle: Lifecycle): boolean {
  if (lifecycle !== 'down' || isShutDown(subject)) return true
  return findings.shown.some(({ code }) => code !== 'BLOCKED')
}

function stories(findings: Findings): readonly Occurrence[] {
  return [
    ...findings.raised,
    ...findings.cleared.map(({ code, message }) => ({
      code,
      severity: 'ok' as const,
      message: `No longer: ${message}`,
    })),
  ]
}

function moved(
  name: string,
  from: Lifecycle | undefined,
  { told: to, severity }: Standing,
): readonly Occurrence[] {
  if (from === undefined || from === to) return []
  const message = `${name} went from ${from} to ${to}.`
  return [{ code: 'LIFECYCLE', severity: to === 'available' ? 'ok' : severity, message }]
}

/** What is no longer looked at has nothing wrong any more: every alarm that was told is ended. */
function gone(
  before: HealthHistory,
  now: Readonly<Record<string, SubjectHistory>>,
  at: string,
): readonly HealthEvent[] {
  return Object.entries(before.subjects)
    .filter(([key]) => !Object.hasOwn(now, key))
    .flatMap(([key, { findings }]) => {
      const slash = key.indexOf('/')
      const kind = key.slice(0, slash) as SubjectKind
      const name = key.slice(slash + 1)
      return Object.entries(findings)
        .filter(([code, finding]) => finding.told && code !== 'BLOCKED')
        .map(([code]) => ({
          at,
          kind,
          name,
          code,
          severity: 'ok' as const,
          message: `${name} is no longer looked at.`,
        }))
    })
}

/** From best to worst: not to know is worse than a thing that is fine, and better than a known fault. */
const ORDER: readonly Severity[] = ['ok', 'unknown', 'warning', 'critical']

/** `ok` where there are none. */
export function worstSeverity(severities: readonly Severity[]): Severity {
  return ORDER[Math.max(0, ...severities.map((severity) => ORDER.indexOf(severity)))] ?? 'ok'
}
