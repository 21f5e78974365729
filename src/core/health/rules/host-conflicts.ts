import type { Finding } from '../../model/health.js'
import type { ConflictCode } from '../../model/host-facts.js'
import type { RouterState } from '../../model/state.js'
import { rule, type Rule } from './rule.js'

/** ms: a service that restarts is seen half configured. */
const SETTLED = 5000

/** ms: a change saves FRR's configuration at its end. */
const WRITTEN = 60_000

/** What others on the host do to demarc; `core/coexist` finds it and says it. */
export const HOST_CONFLICT_RULES: readonly Rule<RouterState>[] = [
  conflict('NETWORKD_MANAGES', 'critical'),
  conflict('NETWORKD_REMOVES', 'critical'),
  conflict('NETWORKMANAGER_MANAGES', 'critical'),
  conflict('IFUPDOWN_STANZA', 'critical'),
  conflict('CLOUD_INIT_NETWORK', 'warning'),
  conflict('FRR_OTHER_WRITER', 'warning'),
  conflict('FRR_FILE_DIFFERS', 'warning', WRITTEN),
  conflict('RP_FILTER_STRICT', 'warning'),
  conflict('FORWARDING_OFF', 'critical'),
  conflict('ARP_IGNORED', 'critical'),
  conflict('ARP_PROXY', 'warning'),
  conflict('ARP_FLUX', 'warning'),
  conflict('ROUTER_ADVERTISEMENTS', 'warning'),
  conflict('IPV6_DISABLED', 'critical'),
  conflict('HOST_CONFIG_UNREADABLE', 'unknown'),
]

function conflict(
  code: ConflictCode,
  severity: Finding['severity'],
  holds = SETTLED,
): Rule<RouterState> {
  return rule({
    code,
    severity,
    holds,
    test: ({ conflicts }) => {
      const found = conflicts.filter((one) => one.code === code)
      return found.length === 0 ? null : found.map(({ message }) => message).join(' ')
    },
  })
}
