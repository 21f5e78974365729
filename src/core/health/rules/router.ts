import { millis } from '../../base/time.js'
import type { HostState, RouterState } from '../../model/state.js'
import { HOST_CONFLICT_RULES } from './host-conflicts.js'
import { rule, type Rule } from './rule.js'

/** Per cent of memory; below, the kernel reclaims pages that daemons need. */
const MEMORY_LOW = 10
const MEMORY_EXHAUSTED = 5

export const ROUTER_RULES: readonly Rule<RouterState>[] = [
  rule({
    code: 'FRR_UNREACHABLE',
    severity: 'critical',
    raiseAfter: millis(5000),
    stops: true,
    test: ({ frr }) =>
      frr.reachable ? null : `FRR does not answer: ${frr.reason}. Check frr.service.`,
  }),
  rule({
    code: 'MEMORY_EXHAUSTED',
    severity: 'critical',
    raiseAfter: millis(30_000),
    clearAfter: millis(30_000),
    test: ({ host }) => memoryBelow(host, MEMORY_EXHAUSTED),
  }),
  rule({
    code: 'MEMORY_LOW',
    severity: 'warning',
    raiseAfter: millis(60_000),
    clearAfter: millis(60_000),
    suppressedBy: ['MEMORY_EXHAUSTED'],
    test: ({ host }) => memoryBelow(host, MEMORY_LOW),
  }),
  ...HOST_CONFLICT_RULES,
]

function memoryBelow(host: HostState, percent: number): string | null {
  if (host.memoryTotal <= 0) return null
  const left = (host.memoryAvailable / host.memoryTotal) * 100
  if (left >= percent) return null
  return `Only ${left.toFixed(1)} % of ${Math.round(host.memoryTotal / 2 ** 20)} MiB of memory are available, less than ${percent} %: find the program that uses it.`
}
