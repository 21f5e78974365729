import type { BgpInstance } from '../model/bgp.js'
import {
  isWorse,
  worstImpact,
  type Effect,
  type FrrPlan,
  type FrrWaitStep,
  type Plan,
  type PlannedStep,
} from '../model/plan.js'
import { neighborSubject } from '../model/subject.js'
import type { Disturbed } from '../links/steps/ledger.js'
import type { LinkPlan } from '../links/plan.js'
import { findSubnet } from '../links/survey/subnets.js'

/**
 * One plan of both. Before anything breaks: links and sessions that can come already, then the drain.
 * Then sessions that go, links that go, links that come, and sessions that come or change.
 *
 * zebra hears of links and of addresses on two sockets, and forgets for good an address whose link
 * it does not know yet (FRR 8.4, `zebra_if_addr_update_ctx`). Where BGP is wanted it is therefore
 * waited for between a new link and its addresses. `waits` says so where `bgp` does not list the neighbours.
 */
export function joinPlan(
  links: LinkPlan,
  frr: FrrPlan,
  bgp: readonly BgpInstance[],
  waits: boolean = bgp.length > 0,
): Plan {
  const steps = [
    ...additions(links.early, waits ? links.earlyWait : null),
    ...frr.early,
    ...frr.drain,
    ...frr.remove,
    ...links.removals,
    ...additions(links.additions, waits ? links.wait : null),
    ...frr.change,
  ]
  const effects = merged([...links.effects, ...frr.effects, ...sessionsLost(links.disturbed, bgp)])
  const impact = worstImpact([...steps, ...effects].map((each) => each.impact))
  return { steps, impact, effects }
}

function additions(
  steps: readonly PlannedStep[],
  wait: FrrWaitStep | null,
): readonly PlannedStep[] {
  if (wait === null) return steps
  const comes = steps.findIndex(
    ({ step }) => step.do === 'address-add' && wait.links.includes(step.link),
  )
  const at = comes === -1 ? steps.length : comes
  return [...steps.slice(0, at), { step: wait, impact: 'none' }, ...steps.slice(at)]
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
export function sessionsLost(
  disturbed: readonly Disturbed[],
  bgp: readonly BgpInstance[],
): readonly Effect[] {
  const find = findSubnet(disturbed.filter(({ impact }) => isWorse(impact, 'soft')))
  return bgp.flatMap(({ vrf, neighbors }) =>
    neighbors.flatMap(({ address }): readonly Effect[] => {
      const found = find(vrf, address)
      if (found === undefined) return []
      const impact = found.impact === 'traffic-loss' ? 'traffic-loss' : 'session-reset'
      return [{ subject: neighborSubject(address, vrf), impact, why: `its link ${found.why}` }]
    }),
  )
}
