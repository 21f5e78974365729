import { millis } from '../../../src/core/base/time.js'
import { assess } from '../../../src/core/health/assess.js'
import { healthDocument } from '../../../src/core/health/document.js'
import { NO_HISTORY } from '../../../src/core/health/rules/history.js'
import type { AgentSource } from '../../../src/core/metrics/agent.js'
import type { Family } from '../../../src/core/metrics/family.js'
import type { RouterState } from '../../../src/core/model/state.js'
import type { Status } from '../../../src/core/wire/messages.js'
import { healthyRouter } from './router-state.js'

const REF = { generation: 42, digest: 'a'.repeat(64) }
const AT = '2025-01-31T10:20:30.000Z'

/** The status of an agent that is in sync and connected. */
export function calmStatus(over: Partial<AgentSource['status']> = {}): AgentSource['status'] {
  return {
    ...{ router: 'par-edge-1', agentVersion: '0.1.0', at: AT, startedAt: AT, state: 'in-sync' },
    ...{ running: REF, lastGood: REF, change: null, faults: [] },
    hub: { url: 'wss://hub', connected: true, since: AT, lastError: null, unacknowledged: 0 },
    ...over,
  } satisfies Omit<Status, 'health'>
}

/** What the metrics are made of after two looks at this router, a minute apart. */
export function sourceOf(
  state: RouterState = healthyRouter(),
  status: AgentSource['status'] = calmStatus(),
): AgentSource {
  const first = assess(state, NO_HISTORY, millis(0))
  const { verdicts } = assess(state, first.history, millis(60_000))
  return {
    ...{ status, hasHub: true, seen: state },
    health: healthDocument(state, verdicts, null),
    process: { cpu: 1.5, memory: 64 * 2 ** 20, startedAt: 1_700_000_000 },
  }
}

/** `metric{value,value}` → figure. */
export function figures(families: Iterable<Family>): Map<string, number> {
  return new Map(
    [...families].flatMap(({ name, samples }) =>
      samples.map(({ labels, value }) => [`${name}{${labels.join(',')}}`, value]),
    ),
  )
}
