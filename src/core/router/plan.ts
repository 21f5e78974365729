import { fault, type Fault } from '../base/fault.js'
import { faultsOf, ok, refused, type Result } from '../base/result.js'
import { seconds, type Seconds } from '../base/time.js'
import { overLimits, type Sessions } from '../frr/diff/limits.js'
import { planFrrAdoption } from '../frr/plan/adopt.js'
import type { GracefulShutdown } from '../frr/plan/graceful.js'
import { planFrr } from '../frr/plan/plan.js'
import { planAdoption } from '../links/adopt.js'
import { planLinks } from '../links/plan.js'
import { findSubnet } from '../links/survey/subnets.js'
import type { ForeignPaths } from '../model/foreign-paths.js'
import { isWorse, type Effect, type FrrPlan, type Impact } from '../model/plan.js'
import type { Have, Plan, Want } from '../model/plan.js'
import { endingSessions } from './ending-sessions.js'
import { joinPlan } from './join.js'

/** What a plan of the router takes into account besides the wanted and the observed router. */
export interface RouterTerms {
  /** The sessions that are Established, with their prefix counts. */
  readonly established: Sessions
  /** The time that peers get to move their traffic from a session that ends; 0: no session is drained. */
  readonly drain: Seconds
  /** The links that packets to the hub leave by; they are changed last in each class of steps. */
  readonly hubPath: ReadonlySet<string>
  /** Adopt what is foreign and matches the want. */
  readonly adopt: boolean
  /** Paths of packets that the plan must not take over; null: a repair or rollback, which returns to what was accepted. */
  readonly paths: ForeignPaths | null
}

/** For repairs and rollbacks: they end an outage, so they drain no session and order no links. */
const NO_TERMS: RouterTerms = {
  established: new Map(),
  drain: seconds(0),
  hubPath: new Set(),
  adopt: false,
  paths: null,
}

const PLAIN = { links: planLinks, frr: planFrr }
const ADOPTING = { links: planAdoption, frr: planFrrAdoption }

/**
 * Plans the whole router: the ordered steps, kernel and FRR, from what is observed to what is wanted; or
 * every conflict with what is foreign. An applied plan leaves an empty plan.
 */
export function planRouter(want: Want, have: Have, terms: RouterTerms = NO_TERMS): Result<Plan> {
  const planners = terms.adopt ? ADOPTING : PLAIN
  const links = planners.links(want.links, have.links, have.sysctlDefaults, {
    last: terms.hubPath,
    paths: terms.paths,
    vrfRules: have.vrfRules && {
      have: have.vrfRules,
      before: null,
      mayCloseForeign: terms.paths !== null,
    },
  })
  const over = overLimits(want.bgp, terms.established)
  const planFrrPart = (graceful: GracefulShutdown | null = null) =>
    withEffects(planners.frr(want.bgp, have.frr, graceful), over)
  const frr = planFrrPart()
  if (!links.ok || !frr.ok) return refused(...faultsOf(links), ...faultsOf(frr))
  const ending = endingSessions(links.value, frr.value, want.bgp, terms.established)
  if (ending.size === 0) return ok(joinPlan(links.value, frr.value, want.bgp))
  const findStable = findSubnet(links.value.stableSubnets)
  const graceful = planFrrPart({
    isReady: (vrf, address) => findStable(vrf, address) !== undefined,
    ending: terms.drain === 0 ? new Map() : ending,
    drain: terms.drain,
  })
  return graceful.ok ? ok(joinPlan(links.value, graceful.value, want.bgp)) : graceful
}

/** Adds effects that are no step's: FRR ends a session that is over its prefix limit by itself. */
function withEffects(plan: Result<FrrPlan>, effects: readonly Effect[]): Result<FrrPlan> {
  if (!plan.ok || effects.length === 0) return plan
  return ok({ ...plan.value, effects: [...plan.value.effects, ...effects] })
}

/** Refuses a plan whose impact is worse than the lowest of the ceilings. */
export function withinImpact(plan: Plan, ceilings: readonly Impact[]): Result<Plan> {
  const ceiling = ceilings.reduce((a, b) => (isWorse(a, b) ? b : a), 'traffic-loss')
  if (!isWorse(plan.impact, ceiling)) return ok(plan)
  const worse = plan.effects.filter(({ impact }) => isWorse(impact, ceiling))
  const faults = worse.map(({ subject, impact, why }): Fault =>
    fault('IMPACT_TOO_HIGH', subject, `${impact} (${why}); ${ceiling} is allowed`),
  )
  if (faults.length > 0) return refused(...faults)
  return refused(
    fault('IMPACT_TOO_HIGH', 'plan', `it has impact ${plan.impact}; ${ceiling} is allowed`),
  )
}
