import type { BgpInstance } from '../model/bgp.js'
import { blockedBy, suppressDependents } from '../change/drift.js'
import type { MovedNeighbors } from '../frr/plan/steps.js'
import { linkDriftItems } from '../links/drift-keys.js'
import type { MovedSubnet } from '../links/survey/moved-subnets.js'
import { findSubnet } from '../links/survey/subnets.js'
import { linkTarget, type Draft } from '../model/drift.js'
import type { HaveLink } from '../model/link.js'
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

/**
 * The neighbours in the subnets that come to another link, but for those links that something foreign keeps as they are.
 * undefined: there are none.
 */
export function movedNeighbors(
  { plan, conflicts }: Draft<LinkPlan>,
  have: readonly HaveLink[],
  isMeant: (subnet: MovedSubnet) => boolean = () => true,
): MovedNeighbors | undefined {
  if (plan.moved.length === 0) return undefined
  const steps = [...plan.early, ...plan.removals, ...plan.additions].map(({ step }) => step)
  const held = suppressDependents(blockedBy(conflicts), linkDriftItems(steps, have))
  const moved = plan.moved.filter((subnet) => isMeant(subnet) && !held.has(linkTarget(subnet.link)))
  if (moved.length === 0) return undefined
  const find = findSubnet(moved)
  return (vrf, { address }) => find(vrf, address) !== undefined
}
