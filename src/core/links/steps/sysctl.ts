import type { LinkSysctl } from '../../model/link.js'
import { worstImpact } from '../../model/plan.js'
import { REASONS, type Reason } from './impact.js'
import type { Ledger } from './ledger.js'

/** Plans the sysctls that differ. `reason` is given where the whole link is created or removed. */
export function settleSysctl(
  ledger: Ledger,
  name: string,
  wanted: LinkSysctl,
  reason?: Reason,
): void {
  const current = ledger.state(name)?.sysctl
  if (current === undefined) return
  const keys = (['rpFilter', 'forwarding4', 'forwarding6'] as const).filter(
    (key) => wanted[key] !== null && current[key] !== wanted[key],
  )
  if (keys.length === 0) return
  const pick = (values: LinkSysctl): Partial<LinkSysctl> =>
    Object.fromEntries(keys.map((key) => [key, values[key]]))
  const to = pick(wanted)
  ledger.setSysctl(name, to, pick(current), reason ?? reasonOf(to, current))
}

/** How strictly the kernel filters with each `rp_filter`: 0 off, 2 loose, 1 strict. */
const STRICTNESS = { 0: 0, 2: 1, 1: 2 } as const

function reasonOf(to: Partial<LinkSysctl>, current: LinkSysctl): Reason {
  const reasons: Reason[] = []
  if (to.forwarding4 === false || to.forwarding6 === false) reasons.push(REASONS.forwardingOff)
  if (to.rpFilter !== undefined) {
    const stricter = STRICTNESS[to.rpFilter] > STRICTNESS[current.rpFilter]
    reasons.push(stricter ? REASONS.filterStricter : REASONS.filterLooser)
  }
  const worst = worstImpact(reasons.map(({ impact }) => impact))
  return reasons.find(({ impact }) => impact === worst) ?? REASONS.forwardingOn
}
