import { fault, type Fault } from '../base/fault.js'
import { faultsOf, ok, refused, type Result } from '../base/result.js'
import { overLimits, type Sessions } from '../frr/diff/limits.js'
import { planFrrAdoption } from '../frr/plan/adopt.js'
import type { GracefulShutdown } from '../frr/plan/graceful.js'
import { planFrr } from '../frr/plan/plan.js'
import { planAdoption } from '../links/adopt.js'
import { planLinks } from '../links/plan.js'
import { findSubnet } from '../links/survey/subnets.js'
import { isWorse, type Effect, type FrrPlan, type Impact } from '../model/plan.js'
import type { Have, Plan, Want } from '../model/plan.js'
import { endingSessions } from './ending-sessions.js'
import { joinPlan } from './join.js'

/** What a plan takes into account besides the wanted and the observed router. */
export interface Care {
  /** The sessions that are Established, with their prefix counts. */
  readonly established: Sessions
  /** Seconds that peers get to move their traffic from a session that ends; 0: none is drained. */
  readonly drain: number
  /** The links that packets to the hub leave by; they are changed last in each class. */
  readonly hubPath: ReadonlySet<string>
  /** Take over what is foreign and matches the want. */
  readonly adopt: boolean
}

/** For repairs and rollbacks: they end an outage, so they drain nothing and order nothing. */
const NO_CARE: Care = { established: new Map(), drain: 0, hubPath: new Set(), adopt: false }

const PLAIN = { links: planLinks, frr: planFrr }
const ADOPTING = { links: planAdoption, frr: planFrrAdoption }

/**
 * Plans the whole router: the ordered steps, kernel and FRR, from what is observed to what is wanted; or
 * every conflict with what is foreign. An applied plan leaves an empty plan.
 */
export function planRouter(want: Want, have: Have, care: Care = NO_CARE): Result<Plan> {
  const planners = care.adopt ? ADOPTING : PLAIN
  const terms = { last: care.hubPath }
  const links = planners.links(want.links, have.links, have.sysctlDefaults, terms)
  const over = overLimits(want.bgp, care.established)
  const planFrrPart = (passage: GracefulShutdown | null = null) =>
    withEffects(planners.frr(want.bgp, have.frr, passage), over)
  const frr = planFrrPart()
  if (!links.ok || !frr.ok) return refused(...faultsOf(links), ...faultsOf(frr))
  const leaving = endingSessions(links.value, frr.value, want.bgp, care.established)
  if (leaving.size === 0) return ok(joinPlan(links.value, frr.value, want.bgp))
  const standing = findSubnet(links.value.stableSubnets)
  const gentle = planFrrPart({
    isReady: (vrf, address) => standing(vrf, address) !== undefined,
    leaving: care.drain === 0 ? new Map() : leaving,
    drain: care.drain,
  })
  return gentle.ok ? ok(joinPlan(links.value, gentle.value, want.bgp)) : gentle
}

/** A session over its limit would be down already without this plan, so the plan has that effect. */
function withEffects(plan: Result<FrrPlan>, over: readonly Effect[]): Result<FrrPlan> {
  if (!plan.ok || over.length === 0) return plan
  return ok({ ...plan.value, effects: [...plan.value.effects, ...over] })
}

/** Refuses a plan that would do more to traffic than every one of the ceilings allows. */
export function withinImpact(plan: Plan, ceilings: readonly Impact[]): Result<Plan> {
  const ceiling = ceilings.reduce((a, b) => (isWorse(a, b) ? b : a), 'traffic-loss')
  if (!isWorse(plan.impact, ceiling)) return ok(plan)
  const worse = plan.effects.filter(({ impact }) => isWorse(impact, ceiling))
  const faults = worse.map(({ subject, impact, why }): Fault =>
    fault('IMPACT_TOO_HIGH', subject, `${impact} (${why}); ${ceiling} is allowed`),
  )
  if (faults.length > 0) return refused(...faults)
  return refused(fault('IMPACT_TOO_HIGH', 'plan', `it has impact ${plan.impact}`))
}
