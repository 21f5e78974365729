import type { HealthDocument } from '../wire/health.js'
import type { Status } from '../wire/messages.js'

/** What readiness is judged by. */
export interface ReadinessSource {
  readonly status: Pick<Status, 'state' | 'running'>
  readonly health: HealthDocument | null
  /** Time since the last look at the router, seconds. */
  readonly lookAge: number
  /** The oldest that a look may be, seconds. */
  readonly lookAgeMax: number
}

/** States in which the router is as the intent in force wants it. */
const IN_FORCE: readonly string[] = ['in-sync', 'provisional']

/**
 * Why the agent is not ready, as sentences; none: it is. Ready is an agent whose intent is in force and that
 * reads FRR and the kernel. The hub is no part of it: without a hub the router goes on as it is.
 */
export function unreadiness(source: ReadinessSource): readonly string[] {
  const { status, health, lookAge, lookAgeMax } = source
  const intent =
    status.running === null
      ? ['no intent runs']
      : IN_FORCE.includes(status.state)
        ? []
        : [`the intent is not in force: ${status.state}`]
  if (health === null) return [...intent, 'the router was not looked at yet']
  const { frr, findings = {} } = health.router
  return [
    ...intent,
    ...(lookAge > lookAgeMax ? [`the last look was ${Math.round(lookAge)} s ago`] : []),
    ...(frr.reachable ? [] : ['FRR does not answer']),
    ...('OBSERVATION_STALE' in findings ? ['the kernel or the host does not answer'] : []),
  ]
}
