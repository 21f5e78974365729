import { fault, type Fault } from '../base/fault.js'
import { ok, refused, type Result } from '../base/result.js'
import { seconds, type Seconds } from '../base/time.js'
import { overLimits, type Sessions } from '../frr/diff/limits.js'
import { draftFrrAdoption } from '../frr/plan/adopt.js'
import type { GracefulShutdown } from '../frr/plan/graceful.js'
import { draftFrr } from '../frr/plan/plan.js'
import { draftRoutes, type RoutesPlan } from '../frr/static/plan.js'
import { draftAdoption } from '../links/adopt.js'
import { draftLinks } from '../links/plan.js'
import { findSubnet } from '../links/survey/subnets.js'
import type { MovedSubnet } from '../links/survey/moved-subnets.js'
import { takenByRoutes } from '../links/survey/taken-routes.js'
import { withoutConflicts, type Draft } from '../model/drift.js'
import type { ForeignPaths } from '../model/foreign-paths.js'
import { isWorse, type Effect, type FrrPlan, type Impact } from '../model/plan.js'
import type { Have, Plan, Want } from '../model/plan.js'
import { routeSubject } from '../model/names.js'
import { hostRemarks } from './host-remarks.js'
import { endingSessions, movedNeighbors } from './ending-sessions.js'
import { joinPlan, joinRoutes } from './join.js'

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

const PLAIN = { links: draftLinks, frr: draftFrr }
const ADOPTING = { links: draftAdoption, frr: draftFrrAdoption }

/**
 * Plans the whole router: the ordered steps, kernel and FRR, from what is observed to what is wanted; or
 * every conflict with what is foreign. An applied plan leaves an empty plan.
 */
export function planRouter(want: Want, have: Have, terms: RouterTerms = NO_TERMS): Result<Plan> {
  return withoutConflicts(draftRouter(want, have, terms))
}

/** As {@link planRouter}, with a plan also where there are conflicts. */
export function draftRouter(want: Want, have: Have, terms: RouterTerms = NO_TERMS): Draft<Plan> {
  const drafters = terms.adopt ? ADOPTING : PLAIN
  const links = drafters.links(want.links, have.links, have.sysctlDefaults, {
    last: terms.hubPath,
    paths: terms.paths,
    protections: have.protections && { have: have.protections, touched: new Set() },
    vrfRules: have.vrfRules && {
      have: have.vrfRules,
      before: null,
      mayCloseForeign: terms.paths !== null,
    },
  })
  const over = overLimits(want.bgp, terms.established)
  const routes = draftRoutes(want.routes, have.frr, terms.adopt)
  // A repair gives a subnet that no link has back to a link of the same name, where BFD finds it again.
  const isMeant = ({ isNew }: MovedSubnet) => !isNew || terms.paths !== null
  const moved = movedNeighbors(links, have.links, isMeant)
  const draftFrrPart = (graceful: GracefulShutdown | null = null) =>
    withRoutes(
      withEffects(drafters.frr(want.bgp, have.frr, graceful, moved), (effects) => [
        ...over,
        ...remarksOnHosts(want, terms, effects),
      ]),
      withTakenPaths(routes, want, have, terms.paths),
    )
  const frr = draftFrrPart()
  const joined = (part: Draft<FrrPlan>): Draft<Plan> => ({
    plan: joinPlan(links.plan, part.plan, want.bgp, needsFrr(want)),
    conflicts: [...links.conflicts, ...part.conflicts],
  })
  const ending = endingSessions(links.plan, frr.plan, want.bgp, terms.established)
  if (ending.size === 0) return joined(frr)
  const findStable = findSubnet(links.plan.stableSubnets)
  const graceful = {
    isReady: (vrf: string | null, address: string) => findStable(vrf, address) !== undefined,
    ending: terms.drain === 0 ? new Map<string, Impact>() : ending,
    drain: terms.drain,
  }
  return joined(draftFrrPart(graceful))
}

/** Whether FRR must know the links of the want. */
function needsFrr({ bgp, routes }: Want): boolean {
  return bgp.length > 0 || routes.length > 0
}

/** A static route is there before BGP announces its prefix, and goes before its link does. */
function withRoutes(frr: Draft<FrrPlan>, routes: Draft<RoutesPlan>): Draft<FrrPlan> {
  return {
    plan: joinRoutes(frr.plan, routes.plan),
    conflicts: [...frr.conflicts, ...routes.conflicts],
  }
}

/** A static route that is set anew may take packets from what is not demarc's. */
function withTakenPaths(
  { plan, conflicts }: Draft<RoutesPlan>,
  want: Want,
  have: Have,
  paths: ForeignPaths | null,
): Draft<RoutesPlan> {
  if (paths === null) return { plan, conflicts }
  const touched = new Set(plan.effects.map(({ subject }) => subject))
  const added = want.routes.filter(({ prefix, vrf }) => touched.has(routeSubject(prefix, vrf)))
  const taken = takenByRoutes(added, have.links, paths)
  return { plan: { ...plan, effects: [...plan.effects, ...taken] }, conflicts }
}

/** Adds effects that are no step's: FRR ends a session that is over its prefix limit by itself. */
function withEffects(
  { plan, conflicts }: Draft<FrrPlan>,
  more: (effects: readonly Effect[]) => readonly Effect[],
): Draft<FrrPlan> {
  return { plan: { ...plan, effects: [...plan.effects, ...more(plan.effects)] }, conflicts }
}

function remarksOnHosts(
  { bgp }: Want,
  { paths }: RouterTerms,
  effects: readonly Effect[],
): readonly Effect[] {
  if (paths === null) return []
  return hostRemarks(bgp, paths, new Set(effects.map(({ subject }) => subject)))
}

/** How a person allows more. */
const ALLOW_MORE =
  'give --max-impact to demarc apply, or maxImpact to the hub within max_impact of [safety] in demarc.toml'

/** Refuses a plan whose impact is worse than the ceiling. */
export function withinImpact(plan: Plan, ceiling: Impact): Result<Plan> {
  if (!isWorse(plan.impact, ceiling)) return ok(plan)
  const worse = plan.effects.filter(({ impact }) => isWorse(impact, ceiling))
  const faults = worse.map(({ subject, impact, why }): Fault =>
    fault(
      'IMPACT_TOO_HIGH',
      subject,
      `${impact} (${why}); ${ceiling} is allowed: to allow more, ${ALLOW_MORE}`,
    ),
  )
  if (faults.length > 0) return refused(...faults)
  const text = `it has impact ${plan.impact}; ${ceiling} is allowed: to allow more, ${ALLOW_MORE}`
  return refused(fault('IMPACT_TOO_HIGH', 'plan', text))
}
