import type { LinkSysctl } from '../../model/link.js'
import { worstImpact } from '../../model/plan.js'
import { REASONS, type Reason } from './impact.js'
import { asIfname, change, record, type Ledger } from './ledger.js'

/** Sets what differs; `reason` replaces the table's own where the whole link comes or goes. */
export function settleSysctl(
  ledger: Ledger,
  name: string,
  wanted: LinkSysctl,
  reason?: Reason,
): void {
  const is = ledger.now.get(name)?.sysctl
  if (is === undefined) return
  const keys = (['rpFilter', 'forwarding4', 'forwarding6'] as const).filter(
    (key) => wanted[key] !== null && is[key] !== wanted[key],
  )
  if (keys.length === 0) return
  const pick = (from: LinkSysctl): Partial<LinkSysctl> =>
    Object.fromEntries(keys.map((key) => [key, from[key]]))
  const [to, from] = [pick(wanted), pick(is)]
  const step = { do: 'sysctl-set', link: asIfname(name), to, from } as const
  record(ledger, step, reason ?? reasonOf(to, is))
  change(ledger, name, { sysctl: { ...is, ...to } })
}

/** Strict filtering is 1 and loose is 2 in the kernel; from loosest: 0, 2, 1. */
function reasonOf(to: Partial<LinkSysctl>, is: LinkSysctl): Reason {
  const strictness = { 0: 0, 2: 1, 1: 2 } as const
  const reasons: Reason[] = []
  if (to.forwarding4 === false || to.forwarding6 === false) reasons.push(REASONS.forwardingOff)
  if (to.rpFilter !== undefined) {
    const stricter = strictness[to.rpFilter] > strictness[is.rpFilter]
    reasons.push(stricter ? REASONS.filterStricter : REASONS.filterLooser)
  }
  const impact = worstImpact(reasons.map((each) => each.impact))
  return reasons.find((each) => each.impact === impact) ?? REASONS.forwardingOn
}
