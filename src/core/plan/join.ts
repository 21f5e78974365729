import { formatIp, network, parseCidr, parseIp, type Cidr } from '../base/ip.js'
import type { BgpInstance } from '../model/bgp.js'
import type { Effect, FrrPlan, FrrWaitStep, Plan, PlannedStep } from '../model/plan.js'
import { isWorse, worstImpact } from './impact.js'
import type { Disturbed } from './ledger.js'
import type { LinkPlan } from './links.js'

/**
 * One plan of both: sessions that go, then links that go, then links that come, then sessions that
 * come or change.
 *
 * zebra hears of links and of addresses on two sockets, and forgets for good an address whose link
 * it does not know yet (FRR 8.4, `zebra_if_addr_update_ctx`). Where BGP is wanted it is therefore
 * waited for between a new link and its addresses; the undo passes the same waits backwards.
 * `waits` says so where `bgp` does not list the neighbours.
 */
export function joinPlan(
  links: LinkPlan,
  frr: FrrPlan,
  bgp: readonly BgpInstance[],
  waits: boolean = bgp.length > 0,
): Plan {
  const goes = links.removals.findIndex(({ step }) => step.do === 'link-delete')
  const comes = links.additions.findIndex(
    ({ step }) => step.do === 'address-add' && links.wait?.links.includes(step.link) === true,
  )
  const steps = [
    ...frr.remove,
    ...withWait(links.removals, goes, frr.remove.length > 0 ? links.waitBack : null),
    ...withWait(links.additions, comes, waits ? links.wait : null),
    ...frr.change,
  ]
  const effects = merged([...links.effects, ...frr.effects, ...sessionsLost(links.disturbed, bgp)])
  const impact = worstImpact([...steps, ...effects].map((each) => each.impact))
  return { steps, impact, effects }
}

/** The wait in front of the step at `index`, or at the end where there is none. */
function withWait(
  steps: readonly PlannedStep[],
  index: number,
  step: FrrWaitStep | null,
): readonly PlannedStep[] {
  if (step === null) return steps
  const at = index === -1 ? steps.length : index
  return [...steps.slice(0, at), { step, impact: 'none' }, ...steps.slice(at)]
}

/** One line a subject, the worst. */
function merged(effects: readonly Effect[]): readonly Effect[] {
  const bySubject = new Map<string, Effect>()
  for (const effect of effects) {
    const known = bySubject.get(effect.subject)
    if (known === undefined || isWorse(effect.impact, known.impact)) {
      bySubject.set(effect.subject, effect)
    }
  }
  return [...bySubject.values()]
}

/** The neighbours that are still wanted, in the subnets that the links' part disturbs. */
function sessionsLost(
  disturbed: readonly Disturbed[],
  bgp: readonly BgpInstance[],
): readonly Effect[] {
  const subnets = new Map<string, Disturbed>()
  const lengths = new Set<number>()
  for (const each of disturbed.filter(({ impact }) => isWorse(impact, 'soft'))) {
    const cidr = parseCidr(each.address)
    if (cidr === undefined) continue
    lengths.add(cidr.length)
    subnets.set(keyOf(each.vrf, cidr), each)
  }
  if (subnets.size === 0) return []
  return bgp.flatMap(({ vrf, neighbors }) =>
    neighbors.flatMap(({ address }): readonly Effect[] => {
      const ip = parseIp(address)
      if (ip === undefined) return []
      for (const length of lengths) {
        if (ip.family === 4 && length > 32) continue
        const found = subnets.get(keyOf(vrf, { ip, length }))
        if (found === undefined) continue
        const impact = found.impact === 'traffic-loss' ? 'traffic-loss' : 'session-reset'
        const subject = `neighbor ${address}${vrf === null ? '' : ` vrf ${vrf}`}`
        return [{ subject, impact, why: `its link ${found.why}` }]
      }
      return []
    }),
  )
}

function keyOf(vrf: string | null, cidr: Cidr): string {
  return `${vrf ?? ''} ${formatIp(network(cidr))}/${cidr.length}`
}
