import type { HostState, RouterState } from '../../model/state.js'
import { HOST_CONFLICT_RULES } from './host-conflicts.js'
import { rule, type Rule } from './rule.js'

/** Per cent of memory that must be available; below, the kernel starts to reclaim what daemons need. */
const MEMORY_LOW = 10
const MEMORY_EXHAUSTED = 5

export const ROUTER_RULES: readonly Rule<RouterState>[] = [
  rule({
    code: 'FRR_UNREACHABLE',
    severity: 'critical',
    holds: 5000,
    stops: true,
    test: ({ frr }) =>
      frr.reachable ? null : `FRR does not answer: ${frr.reason}. Check frr.service.`,
  }),
  rule({
    code: 'MEMORY_EXHAUSTED',
    severity: 'critical',
    holds: 30_000,
    clears: 30_000,
    test: ({ host }) => memoryBelow(host, MEMORY_EXHAUSTED),
  }),
  rule({
    code: 'MEMORY_LOW',
    severity: 'warning',
    holds: 60_000,
    clears: 60_000,
    hiddenBy: ['MEMORY_EXHAUSTED'],
    test: ({ host }) => memoryBelow(host, MEMORY_LOW),
  }),
  ...HOST_CONFLICT_RULES,
]

function memoryBelow(host: HostState, percent: number): string | null {
  if (host.memoryTotal <= 0) return null
  const left = (host.memoryAvailable / host.memoryTotal) * 100
  if (left >= percent) return null
  return `Only ${left.toFixed(1)} % of ${Math.round(host.memoryTotal / 2 ** 20)} MiB of memory are available: find what uses it.`
}
