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
import { neighborSubject } from '../model/names.js'
import type { Disturbed } from '../links/steps/ledger.js'
import type { LinkPlan } from '../links/plan.js'
import type { RoutesPlan } from '../frr/static/plan.js'
import { findSubnet } from '../links/survey/subnets.js'

/**
 * Joins the plans of the kernel and of FRR. Before anything breaks, links and sessions are added and the
 * ending sessions are drained. Then sessions are removed, links are removed, links are added, and
 * sessions are added or changed.
 *
 * zebra receives links and addresses on two sockets, and loses an address whose link it does not know
 * yet (FRR 8.4, `zebra_if_addr_update_ctx`). With BGP the plan therefore waits between a new link and its
 * addresses. `waits` decides it where `bgp` does not list the neighbours.
 */
export function joinPlan(
  links: LinkPlan,
  frr: FrrPlan,
  bgp: readonly BgpInstance[],
  waits: boolean = bgp.length > 0,
): Plan {
  const steps = [
    ...withWait(links.early, waits ? links.earlyWait : null),
    ...frr.early,
    ...frr.drain,
    ...frr.remove,
    ...links.removals,
    ...withWait(links.additions, waits ? links.wait : null),
    ...frr.change,
  ]
  const effects = worstBySubject([
    ...links.effects,
    ...frr.effects,
    ...sessionsLost(links.disturbed, bgp),
  ])
  const impacts = [...steps, ...effects].map(({ impact }) => impact)
  return { steps, impact: worstImpact(impacts), effects }
}

/** The static routes come first of what FRR changes, because BGP announces what they reach. */
export function joinRoutes(frr: FrrPlan, routes: RoutesPlan): FrrPlan {
  return {
    ...frr,
    remove: [...frr.remove, ...routes.remove],
    change: [...routes.change, ...frr.change],
    effects: [...frr.effects, ...routes.effects],
  }
}

function withWait(steps: readonly PlannedStep[], wait: FrrWaitStep | null): readonly PlannedStep[] {
  if (wait === null) return steps
  const first = steps.findIndex(
    ({ step }) => step.do === 'address-add' && wait.links.includes(step.link),
  )
  const at = first === -1 ? steps.length : first
  return [...steps.slice(0, at), { step: wait, impact: 'none' }, ...steps.slice(at)]
}

/** One effect for each subject, the worst. */
function worstBySubject(effects: readonly Effect[]): readonly Effect[] {
  const bySubject = new Map<string, Effect>()
  for (const effect of effects) {
    const known = bySubject.get(effect.subject)
    if (known === undefined || isWorse(effect.impact, known.impact)) {
      bySubject.set(effect.subject, effect)
    }
  }
  return [...bySubject.values()]
}

/** The effects on wanted neighbours in the subnets that the plan of links disturbs. */
export function sessionsLost(
  disturbed: readonly Disturbed[],
  bgp: readonly BgpInstance[],
): readonly Effect[] {
  const find = findSubnet(disturbed.filter(({ impact }) => isWorse(impact, 'soft')))
  return bgp.flatMap(({ vrf, neighbors }) =>
    neighbors.flatMap(({ address }): readonly Effect[] => {
      const subnet = find(vrf, address)
      if (subnet === undefined) return []
      const impact = subnet.impact === 'traffic-loss' ? 'traffic-loss' : 'session-reset'
      return [{ subject: neighborSubject(address, vrf), impact, why: `its link ${subnet.why}` }]
    }),
  )
}
