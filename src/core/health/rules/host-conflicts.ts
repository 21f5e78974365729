import { millis } from '../../base/time.js'
import type { Finding } from '../../model/health.js'
import type { ConflictCode } from '../../model/host-facts.js'
import type { RouterState } from '../../model/state.js'
import { rule, type Rule } from './rule.js'

/** While a service restarts, its configuration is incomplete for a moment. */
const RESTART = millis(5000)

/** A change saves FRR's configuration only at its end. */
const SAVE = millis(60_000)

/** Settings of other programs on the host that disturb demarc; `core/coexist` finds and words them. */
export const HOST_CONFLICT_RULES: readonly Rule<RouterState>[] = [
  conflict('NETWORKD_MANAGES', 'critical'),
  conflict('NETWORKD_REMOVES', 'critical'),
  conflict('NETWORKMANAGER_MANAGES', 'critical'),
  conflict('IFUPDOWN_STANZA', 'critical'),
  conflict('CLOUD_INIT_NETWORK', 'warning'),
  conflict('FRR_OTHER_WRITER', 'warning'),
  conflict('FRR_FILE_DIFFERS', 'warning', SAVE),
  conflict('RP_FILTER_STRICT', 'warning'),
  conflict('FORWARDING_OFF', 'critical'),
  conflict('ARP_IGNORED', 'critical'),
  conflict('ARP_PROXY', 'warning'),
  conflict('ARP_FLUX', 'warning'),
  conflict('ROUTER_ADVERTISEMENTS', 'warning'),
  conflict('IPV6_DISABLED', 'critical'),
  conflict('MAC_DUPLICATE', 'warning'),
  conflict('HOST_CONFIG_UNREADABLE', 'unknown'),
]

function conflict(
  code: ConflictCode,
  severity: Finding['severity'],
  raiseAfter = RESTART,
): Rule<RouterState> {
  return rule({
    code,
    severity,
    raiseAfter,
    test: ({ conflicts }) => {
      const found = conflicts.filter((conflicting) => conflicting.code === code)
      return found.length === 0 ? null : found.map(({ message }) => message).join(' ')
    },
  })
}
