import type { BgpInstance } from '../model/bgp.js'
import { isWorse, type FrrPlan, type Impact } from '../model/plan.js'
import { sessionsLost } from './join.js'
import type { LinkPlan } from '../links/plan.js'

/**
 * The established sessions that a plan certainly ends, by subject, with the worst impact on each. A
 * link that goes down and up again does not count: a session may survive that.
 */
export function endingSessions(
  links: LinkPlan,
  frr: FrrPlan,
  bgp: readonly BgpInstance[],
  established: Pick<ReadonlySet<string>, 'has'>,
): ReadonlyMap<string, Impact> {
  const lost = links.disturbed.filter(({ impact }) => impact !== 'link-flap')
  const ends = [...frr.effects, ...sessionsLost(lost, bgp)].filter(
    ({ subject, impact }) => established.has(subject) && isWorse(impact, 'soft'),
  )
  const worst = new Map<string, Impact>()
  for (const { subject, impact } of ends) {
    if (isWorse(impact, worst.get(subject) ?? 'none')) worst.set(subject, impact)
  }
  return worst
}
