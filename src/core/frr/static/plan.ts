import { fault } from '../../base/fault.js'
import type { Draft, PlanConflict } from '../../model/drift.js'
import type { Effect, FrrPlan, HaveFrr, HaveRoutes, PlannedStep } from '../../model/plan.js'
import { routeSubject } from '../../model/names.js'
import type { FoundRoute, StaticRoute } from '../../model/vrf.js'
import { readRoutes, removal, routeKey, routeLine, withoutTag, type RouteLine } from './routes.js'

/** The part of FRR's plan that the static routes have. */
export type RoutesPlan = Pick<FrrPlan, 'remove' | 'change' | 'effects'>

const NOTHING: RoutesPlan = { remove: [], change: [], effects: [] }

/**
 * Plans the static routes: those without demarc's tag are foreign and stay. With `adopt`, a foreign route to the same
 * prefix by the same next hop is taken over by its tag. A daemon that does not answer matters only where routes
 * are wanted.
 */
export function draftRoutes(
  want: readonly StaticRoute[],
  { routes }: HaveFrr,
  adopt: boolean,
): Draft<RoutesPlan> {
  if (routes === undefined || routes.config === null) {
    return { plan: NOTHING, conflicts: want.length === 0 ? [] : [unavailable(routes)] }
  }
  const have = readRoutes(routes.config)
  const target = want.map(routeLine)
  const adoptable = new Set(adopt ? target.map(routeKey) : [])
  const conflicts = target.flatMap((route) => foreign(route, have, adoptable))
  const owned = have.filter((route) => route.owned)
  return { plan: compose(target, owned, routes.daemon), conflicts }
}

/** Plans demarc's own routes back to what they were; one that the change took over loses the tag again. */
export function restoreRoutes(before: HaveFrr, { routes: now }: HaveFrr): RoutesPlan {
  const was = before.routes?.config ?? null
  if (was === null || now === undefined || now.config === null) return NOTHING
  const owned = readRoutes(now.config).filter((route) => route.owned)
  const taken = new Set(owned.map(routeKey))
  const target = readRoutes(was).filter((route) => route.owned || taken.has(routeKey(route)))
  return compose(target, owned, now.daemon)
}

/** Removes the tag from demarc's routes, which then are foreign and stay. */
export function releaseRoutes({ routes }: HaveFrr): readonly PlannedStep[] {
  if (routes === undefined || routes.config === null) return []
  const owned = readRoutes(routes.config).filter((route) => route.owned)
  const lines = owned.map((route) => withoutTag(route).line)
  return planned(routes.daemon, lines, 'none')
}

/** All static routes, demarc's own and others. */
export function foundRoutes({ routes }: HaveFrr): readonly FoundRoute[] {
  return readRoutes(routes?.config ?? [])
}

function unavailable(routes: HaveRoutes | undefined): PlanConflict {
  const known = routes?.fault ?? fault('FRR_UNAVAILABLE', routes?.daemon ?? 'staticd')
  return { fault: known, targets: [] }
}

/** A prefix has the routes of one owner: a foreign one beside them would share or take their traffic. */
function foreign(
  route: RouteLine,
  have: readonly RouteLine[],
  adoptable: ReadonlySet<string>,
): readonly PlanConflict[] {
  const others = have.filter(
    ({ owned, vrf, prefix }) => !owned && vrf === route.vrf && prefix === route.prefix,
  )
  const inTheWay = others.find((other) => !adoptable.has(routeKey(other)))
  if (inTheWay === undefined) return []
  const subject = routeSubject(route.prefix, route.vrf)
  const message =
    `FRR has \`${inTheWay.line}\` without demarc's tag, and the intent wants \`${route.line}\`:` +
    ' remove it from FRR or from the intent, or take it over with `demarc adopt`, which needs the same next hop'
  return [{ fault: fault('NOT_OWNED', subject, message), targets: [subject] }]
}

function compose(
  target: readonly RouteLine[],
  owned: readonly RouteLine[],
  daemon: HaveRoutes['daemon'],
): RoutesPlan {
  const present = new Map(owned.map((route) => [routeKey(route), route]))
  const wanted = new Set(target.map(routeKey))
  const gone = owned.filter((route) => !wanted.has(routeKey(route)))
  const set = target.filter((route) => present.get(routeKey(route))?.line !== route.line)
  return {
    remove: planned(daemon, gone.map(removal), 'traffic-loss'),
    change: planned(daemon, [...makesRoom(set, owned), ...set.map(({ line }) => line)], 'soft'),
    effects: [
      ...gone.map((route) => effect(route, 'traffic-loss', 'the route is removed')),
      ...set.map((route) =>
        effect(route, 'soft', `the route ${present.has(routeKey(route)) ? 'changes' : 'is added'}`),
      ),
    ],
  }
}

/**
 * Lines that remove routes before they are set anew. FRR refuses a prefix that has a next hop and is discarded at one
 * distance, also for a moment, as while two routes exchange their distances.
 */
function makesRoom(set: readonly RouteLine[], owned: readonly RouteLine[]): readonly string[] {
  const changing = new Set(set.map(routeKey))
  const old = owned.filter((route) => changing.has(routeKey(route)))
  return old.filter((route) => old.some((other) => isMixed(route, other))).map(removal)
}

/** Whether one of two routes to a prefix has a next hop, and the other discards. */
function isMixed(a: RouteLine, b: RouteLine): boolean {
  const same = a.vrf === b.vrf && a.prefix === b.prefix
  return same && (a.hop === 'blackhole') !== (b.hop === 'blackhole')
}

function effect({ prefix, vrf }: RouteLine, impact: Effect['impact'], why: string): Effect {
  return { subject: routeSubject(prefix, vrf), impact, why }
}

function planned(
  daemon: HaveRoutes['daemon'],
  lines: readonly string[],
  impact: PlannedStep['impact'],
): readonly PlannedStep[] {
  return lines.length === 0 ? [] : [{ step: { do: 'frr', daemon, lines }, impact }]
}
