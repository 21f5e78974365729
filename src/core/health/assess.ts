import type { Json } from '../base/json.js'
import { same } from '../base/merge-patch.js'
import type { Millis } from '../base/time.js'
import {
  SERVICE_KINDS,
  type HealthEvent,
  type Lifecycle,
  type Severity,
  type SubjectKind,
  type Verdict,
} from '../model/health.js'
import type { RouterState } from '../model/state.js'
import { redundancyOf, unseen } from './bundle/redundancy.js'
import { notedNextAt } from '../routes/usual.js'
import { dropsEndAt } from './errors.js'
import { earliest, followFindings, isReported, wordsHoldUntil, type Findings } from './findings.js'
import { isShutDown, lifecycleOf, serviceOf } from './lifecycle.js'
import { type Occurrence, occurrencesOf } from './occurrences.js'
import type { HealthHistory, SubjectHistory } from './rules/history.js'
import { causeChangesAt } from './session/cause.js'
import { createSteadyMemory, type Steadiness, type SteadyMemory } from './steady/memory.js'
import { keyOf, type Subject, subjectsOf } from './subjects.js'

export interface Assessment {
  /** Router, ports, connections, attachments, neighbours, in the order of the state. */
  readonly verdicts: readonly Verdict[]
  readonly events: readonly HealthEvent[]
  /** For the next assessment. */
  readonly history: HealthHistory
}

/**
 * Judges the router and all its parts by the rules. `now` is an instant on a clock that never jumps;
 * only differences of it count. Events carry the wall clock time `state.at`.
 */
export function assess(
  state: RouterState,
  history: HealthHistory,
  now: Millis,
  memory: HealthMemory = createHealthMemory(),
): Assessment {
  memory.begin(now)
  const [router, ...parts] = subjectsOf(state, history, now, memory.subject)
  const moment = { at: state.at, now }
  const judge = (part: Subject, least: Severity): SubjectAssessment => {
    const key = keyOf(part.kind, part.name)
    return memory.outcome(key, part, (last) =>
      steadiness(assessSubject(part, history, { ...moment, least }), {
        ...{ last, before: history.subjects[key], now },
      }),
    )
  }
  const assessedParts = parts.map((part) => judge(part, 'ok'))
  // The router is as bad as its worst part.
  const least = worstSeverity(assessedParts.map(({ verdict }) => verdict.severity))
  const assessed = router === undefined ? assessedParts : [judge(router, least), ...assessedParts]
  const subjects = Object.fromEntries(
    assessed.map(
      ({ verdict, history: kept }) => [keyOf(verdict.kind, verdict.name), kept] as const,
    ),
  )
  return {
    verdicts: assessed.map(({ verdict }) => verdict),
    events: [
      ...assessed.flatMap(({ events }) => events),
      ...endedWithSubject(history, subjects, state.at),
    ],
    history: {
      subjects,
      bundles: bundlesOf(parts, history.bundles),
      due: earliest(assessed.map(({ due }) => due)),
    },
  }
}

/** Bundles whose trends are remembered. */
const BUNDLES_MOST = 256

/** The trends of the bundles of this look, and behind them those of the looks before, as far as there is room. */
function bundlesOf(
  parts: readonly Subject[],
  before: HealthHistory['bundles'],
): HealthHistory['bundles'] {
  const looked = parts.flatMap((part) =>
    part.kind === 'connection' && part.redundancy !== null
      ? [[part.name, part.redundancy] as const]
      : [],
  )
  const names = new Set(looked.map(([name]) => name))
  const others = before
    .filter(([name]) => !names.has(name))
    .map(([name, trend]) => [name, unseen(trend)] as const)
  return [...looked, ...others].slice(0, BUNDLES_MOST)
}

/** What the assessments before have found of each part; for a new one nothing. */
export type HealthMemory = SteadyMemory<Subject, SubjectAssessment>

export function createHealthMemory(): HealthMemory {
  return createSteadyMemory()
}

/** What is as it was stays the same object. It holds while nothing was said, nothing waits, and no time ends. */
function steadiness(
  found: SubjectAssessment,
  {
    last,
    before,
    now,
  }: {
    readonly last: SubjectAssessment | undefined
    readonly before: SubjectHistory | undefined
    readonly now: Millis
  },
): Steadiness<SubjectAssessment> {
  const history = unlessSame(before, found.history)
  const outcome = { ...found, history, verdict: unlessSame(last?.verdict, found.verdict) }
  const isSteady = history === before && found.events.length === 0 && found.due === null
  return { outcome, until: isSteady ? holdsUntil(history, now) : null }
}

/** When an assessment may have another outcome, though the state stays as it is. */
function holdsUntil({ findings, observed }: SubjectHistory, now: Millis): Millis | null {
  const { usual, trace, drops } = observed
  const words = wordsHoldUntil(findings)
  if (words === null) return null
  return earliest([
    words,
    usual === null ? null : notedNextAt(usual),
    dropsEndAt(drops),
    ...(trace === null ? [] : causeChangesAt(trace).filter((at) => at > now)),
  ])
}

function unlessSame<T extends object>(before: T | undefined, now: T): T {
  return before !== undefined && same(before as Json & T, now as Json & T) ? before : now
}

/** When to assess again even if nothing changes, because a finding becomes due; null: never. */
export function dueAt(history: HealthHistory): Millis | null {
  return history.due
}

interface SubjectAssessment {
  readonly verdict: Verdict
  readonly events: readonly HealthEvent[]
  readonly history: SubjectHistory
  readonly due: Millis | null
}

interface Moment {
  /** Wall clock, ISO 8601 UTC. */
  readonly at: string
  readonly now: Millis
  /** The subject is at least as bad as this. */
  readonly least: Severity
}

function assessSubject(
  subject: Subject,
  history: HealthHistory,
  moment: Moment,
): SubjectAssessment {
  const { kind, name } = subject
  const before = history.subjects[keyOf(kind, name)]
  const findings = followFindings(subject, before?.findings ?? {}, moment.now)
  const { occurrences, observed } = occurrencesOf(subject, findings, before?.observed)
  const status = statusOf(subject, findings, { before, ...moment })
  const reports = [
    ...findingReports(findings),
    ...occurrences,
    ...lifecycleReports(subject, before?.reportedLifecycle, status),
  ]
  const { severity, lifecycle, since } = status
  return {
    verdict: {
      ...{ kind, name, severity, lifecycle, since, findings: findings.shown },
      service: serviceOf(subject, findings),
      ...causeOf(findings),
      ...shownRedundancy(subject),
      ...('rates' in subject && subject.rates !== null && { rates: subject.rates }),
    },
    events: reports.map((report) => ({
      at: moment.at,
      kind,
      name,
      code: report.code,
      severity: report.severity,
      message: report.message,
    })),
    history: { ...status, findings: findings.history, observed },
    due: findings.due,
  }
}

/** The cause of the finding that is shown: while another one is not yet reported, the document names the same. */
function causeOf({ shown, history }: Findings): Pick<Verdict, 'cause'> {
  const variants = shown.map(({ code }) => history[code]?.variant ?? '')
  const cause = variants.find((variant) => variant !== '')
  return cause === undefined ? {} : { cause }
}

function shownRedundancy(subject: Subject): Pick<Verdict, 'redundancy'> {
  if (subject.kind !== 'connection' || subject.redundancy === null) return {}
  const redundancy = redundancyOf(subject.redundancy)
  return redundancy === null ? {} : { redundancy }
}

type SubjectStatus = Pick<SubjectHistory, 'severity' | 'since' | 'lifecycle' | 'reportedLifecycle'>

function statusOf(
  subject: Subject,
  findings: Findings,
  from: { readonly before: SubjectHistory | undefined } & Moment,
): SubjectStatus {
  const { before } = from
  const lifecycle = lifecycleOf(subject, findings, before?.lifecycle)
  const severity = worstSeverity([from.least, ...findings.shown.map((finding) => finding.severity)])
  const since = before?.severity === severity ? before.since : from.at
  const reportedLifecycle = isLifecycleReported(subject, findings, lifecycle)
    ? lifecycle
    : (before?.reportedLifecycle ?? lifecycle)
  return { severity, since, lifecycle, reportedLifecycle }
}

/**
 * A subject that is down only because something below it does not work reports nothing: the alarm of
 * the cause is enough.
 */
function isLifecycleReported(subject: Subject, findings: Findings, lifecycle: Lifecycle): boolean {
  if (lifecycle !== 'down' || isShutDown(subject)) return true
  return findings.shown.some(isReported)
}

function findingReports(findings: Findings): readonly Occurrence[] {
  return [
    ...findings.raised,
    ...findings.cleared.map(({ code, message }) => ({
      code,
      severity: 'ok' as const,
      message: `Resolved: ${message}`,
    })),
  ]
}

/** Connections and attachments have a lifecycle of their own, which the agent keeps over a restart. */
function lifecycleReports(
  { kind, name }: Subject,
  from: Lifecycle | undefined,
  { reportedLifecycle: to, severity }: SubjectStatus,
): readonly Occurrence[] {
  if (from === undefined || from === to || isServiceKind(kind)) return []
  const message = `The ${kind} ${name} changed from ${from} to ${to}.`
  return [{ code: 'LIFECYCLE', severity: to === 'available' ? 'ok' : severity, message }]
}

function isServiceKind(kind: SubjectKind): boolean {
  return SERVICE_KINDS.some((each) => each === kind)
}

/** Ends every reported alarm of a subject that is no longer part of the state. */
function endedWithSubject(
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
        .filter(([code, finding]) => finding.reported && isReported({ code }))
        .map(([code]) => ({
          at,
          kind,
          name,
          code,
          severity: 'ok' as const,
          message: `The ${kind} ${name} has left the intent and is not assessed any more.`,
        }))
    })
}

/** From best to worst: `unknown` is worse than `ok` and better than a known fault. */
const ORDER: readonly Severity[] = ['ok', 'unknown', 'warning', 'critical']

/** `ok` where there are none. */
export function worstSeverity(severities: readonly Severity[]): Severity {
  return ORDER[Math.max(0, ...severities.map((severity) => ORDER.indexOf(severity)))] ?? 'ok'
}
