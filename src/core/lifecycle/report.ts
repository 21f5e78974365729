import type { HealthEvent, ServiceLifecycle, ServiceState, Severity } from '../model/health.js'
import type { Move } from './advance.js'
import type { Records } from './follow.js'
import { subjectKey, timeOf, type LifecycleRecord } from './record.js'

/** What the profile of a provider calls a state; undefined: nothing. */
export type NameOf = (record: LifecycleRecord) => string | undefined

/** Removed subjects that the health shows, the newest first: it is sent to the hub whole. */
export const REMOVED_SHOWN = 100

/** All records as the health shows them. */
export function shownLifecycles(records: Records, nameOf: NameOf): readonly ServiceLifecycle[] {
  const all = [...records.values()].map((record) => shownLifecycle(record, nameOf))
  const removed = all
    .filter(({ isWanted }) => !isWanted)
    .toSorted((a, b) => timeOf(b.since) - timeOf(a.since))
  return [...all.filter(({ isWanted }) => isWanted), ...removed.slice(0, REMOVED_SHOWN)]
}

/** One record as it is shown. */
export function shownLifecycle(record: LifecycleRecord, nameOf: NameOf): ServiceLifecycle {
  const { kind, name, state, since, reason } = record
  const providerState = nameOf(record)
  const isWanted = state !== 'deleting' && state !== 'deleted'
  return {
    ...{ kind, name, state, since, reason, isWanted },
    ...(providerState === undefined ? {} : { providerState }),
  }
}

/** Events of one moment that name a subject each; a cut fibre moves thousands of attachments. */
export const EVENTS_AT_ONCE = 100

/** An event for each subject that has changed its state; a last one counts those beyond the limit. */
export function lifecycleEvents(
  moves: readonly Move[],
  {
    at,
    router,
    severityOf,
  }: {
    readonly at: string
    /** The id of the router. */
    readonly router: string
    /** The severity of a subject at this look. */
    readonly severityOf: (key: string) => Severity | undefined
  },
): readonly HealthEvent[] {
  const named = moves.slice(0, EVENTS_AT_ONCE).map(({ record, from }): HealthEvent => {
    const { kind, name, state, reason } = record
    const severity =
      state === 'down' ? (severityOf(subjectKey(record)) ?? 'critical') : SEVERITIES[state]
    const message = `The ${kind} ${name} changed from ${from} to ${state}. ${reason}`
    return { at, kind, name, code: 'LIFECYCLE', severity, message }
  })
  const rest = moves.length - named.length
  if (rest === 0) return named
  const message = `${rest} more connections and attachments changed their state at the same time; "demarc show connections" and "demarc show attachments" have all of them.`
  const more = { kind: 'router', name: router, code: 'LIFECYCLE', severity: 'ok', message } as const
  return [...named, { at, ...more }]
}

const SEVERITIES: Readonly<Record<Exclude<ServiceState, 'down'>, Severity>> = {
  requested: 'ok',
  confirming: 'ok',
  pending: 'ok',
  available: 'ok',
  deleting: 'ok',
  deleted: 'ok',
  rejected: 'warning',
  expired: 'warning',
}
