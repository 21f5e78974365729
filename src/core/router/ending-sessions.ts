import type { BgpInstance } from '../model/bgp.js'
import { isWorse, type FrrPlan, type Impact } from '../model/plan.js'
import { sessionsLost } from './join.js'
import type { LinkPlan } from '../links/plan.js'

/**
 * The established sessions that a plan ends for certain, and what that does. A link that flaps is
 * none of the reasons: the session may well live through it.
 */
export function endingSessions(
  links: LinkPlan,
  frr: FrrPlan,
  bgp: readonly BgpInstance[],
  established: Pick<ReadonlySet<string>, 'has'>,
): ReadonlyMap<string, Impact> {
  const taken = links.disturbed.filter(({ impact }) => impact !== 'link-flap')
  const ends = [...frr.effects, ...sessionsLost(taken, bgp)].filter(
    ({ subject, impact }) => established.has(subject) && isWorse(impact, 'soft'),
  )
  const found = new Map<string, Impact>()
  for (const { subject, impact } of ends) {
    if (isWorse(impact, found.get(subject) ?? 'none')) found.set(subject, impact)
  }
  return found
}
