import { millis } from '../../base/time.js'
import type { Finding } from '../../model/health.js'
import type { FrrRemark, RouterState } from '../../model/state.js'
import { rule, type Rule } from './rule.js'

/** A repair of demarc's own takes less. */
const REPAIR = millis(10_000)
/** Time in which FRR installs the routes of a session that has just come up; a full table takes longest. */
const CONVERGENCE = millis(30_000)

/** What FRR does otherwise than the intent says; `agent/health` words it. */
export const FRR_REMARK_RULES: readonly Rule<RouterState>[] = [
  remark('BGP_INTENT_OVERRIDDEN', 'critical', REPAIR),
  remark('BGP_FOREIGN_SETTING', 'warning', REPAIR),
  remark('BGP_POLICY_DRIFT', 'critical', REPAIR),
  remark('LISTEN_RANGE_NEIGHBOR', 'critical', REPAIR),
  remark('ROUTES_NOT_INSTALLED', 'critical', CONVERGENCE),
  remark('ROUTES_NOT_FROM_BGP', 'critical', CONVERGENCE),
]

function remark(
  code: FrrRemark['code'],
  severity: Finding['severity'],
  raiseAfter: Rule<RouterState>['raiseAfter'],
): Rule<RouterState> {
  return rule({
    code,
    severity,
    raiseAfter,
    test({ frr }) {
      const found = frr.remarks.filter((remarked) => remarked.code === code)
      return found.length === 0 ? null : found.map(({ message }) => message).join(' ')
    },
  })
}
