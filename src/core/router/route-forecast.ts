import { parseCidr } from '../base/ip.js'
import type { Sessions } from '../frr/diff/limits.js'
import type { BgpInstance, BgpNeighbor } from '../model/bgp.js'
import type { HaveFrr, Want } from '../model/plan.js'
import { neighborSubject } from '../model/names.js'
import {
  exportMatcher,
  FAMILY_NAMES,
  familyOf,
  importMatcher,
  mayLeave,
  type FamilyName,
} from '../routes/policy.js'
import type { RouteForecast, Unforeseen } from '../routes/outlook.js'
import {
  localPrefixes,
  lostPrefixes,
  ownBefore,
  survivors,
  type ChosenRoute,
  type ParsedRoute,
} from './route-survivors.js'
import type { RouteTable, RouteView } from '../routes/table.js'

/** What is known of the routes before a change. */
export interface RoutesBefore {
  readonly sessions: Sessions
  readonly view: RouteView
  readonly frr: HaveFrr
  /** What the intent in force wants; null: there is none. */
  readonly inForce: Want | null
}

/** Routes that are compared with the rules of sessions, at most: a session looks at each route. */
const COMPARED_MAX = 2_000_000

/**
 * Evaluates the wanted policies on the routes that are there: for each session that is Established now and that the
 * want keeps. A route that the neighbour announces and FRR refuses today is not known to FRR, so that a wider import
 * shows no gain.
 */
export function forecastRoutes(want: Want, before: RoutesBefore): readonly RouteForecast[] {
  return want.bgp.flatMap((instance) =>
    FAMILY_NAMES.flatMap((family) => {
      const sessions = keptSessions(instance, family, before.sessions)
      if (sessions.length === 0) return []
      return forecastFamily({ instance, family, sessions }, want, before)
    }),
  )
}

/** An Established session that stays wanted, with its counts of one family. */
interface KeptSession {
  readonly neighbor: BgpNeighbor
  readonly subject: string
  readonly received: number | null
  readonly sent: number | null
  readonly outLimit?: number
}

function keptSessions(
  { vrf, neighbors }: BgpInstance,
  family: FamilyName,
  established: Sessions,
): readonly KeptSession[] {
  return neighbors.flatMap((neighbor) => {
    const subject = neighborSubject(neighbor.address, vrf)
    const counts = established.get(subject)?.find((found) => found.family === family)
    if (counts === undefined || neighbor.shutdown !== null) return []
    const outLimit = familyOf(neighbor, family)?.export.maxPrefixes ?? null
    return [{ neighbor, subject, ...counts, ...(outLimit === null ? {} : { outLimit }) }]
  })
}

interface FamilyScope {
  readonly instance: BgpInstance
  readonly family: FamilyName
  readonly sessions: readonly KeptSession[]
}

function forecastFamily(
  { instance, family, sessions }: FamilyScope,
  want: Want,
  before: RoutesBefore,
): readonly RouteForecast[] {
  const table = tableOf(before.view, instance.vrf, family)
  const routes = listed(table, sessions.length)
  if (routes === null) {
    const why = table === undefined ? 'not-read' : 'too-many'
    return sessions.map((session) => ({
      ...unlisted(session, instance, family, before),
      ...named(why),
    }))
  }
  const own = ownBefore(before.frr, instance.vrf, family)
  const lost = lostPrefixes(before.inForce, want, instance.vrf)
  const local = localPrefixes(want.links, before.view, instance.vrf)
  const after = survivors(routes, { instance, family, own, local, lost })
  const inForce = instanceOf(before.inForce, instance.vrf)
  return sessions.map(({ neighbor, subject, received, sent, outLimit }) => {
    const refused = refusedBy(neighbor, family, routes)
    const next = announcedTo(neighbor, after, { instance, family })
    const usual = inForce && announcedNow(neighbor, routes, { instance: inForce, family })
    const isKnown = !hasHiddenRoutes(neighbor, { instance, family }, want, before.inForce)
    const announced = usual === next ? sent : isKnown ? next : null
    return {
      subject,
      family,
      accepted: { before: received, after: received === null ? null : received - refused },
      // Where the policies say the same as before, so does FRR's own count.
      announced: { before: sent, after: announced },
      ...(sent !== null && announced === null ? named('own-routes') : {}),
      ...(outLimit === undefined ? {} : { outLimit }),
    }
  })
}

function named(unforeseen: Unforeseen): Pick<RouteForecast, 'unforeseen'> {
  return { unforeseen }
}

/**
 * Whether the session announces what the table does not show as it will be: an aggregate that replaces its parts, an
 * aggregate that comes or goes, a static route that comes, or a default route that the table does not have. A static
 * route that goes is evaluated.
 */
function hasHiddenRoutes(
  neighbor: BgpNeighbor,
  { instance, family }: AnnounceScope,
  want: Want,
  inForce: Want | null,
): boolean {
  const aggregates = (whole: Want | null) =>
    JSON.stringify(instanceOf(whole, instance.vrf)?.aggregates ?? [])
  const statics = (whole: Want | null) =>
    whole?.routes.filter(({ vrf }) => vrf === instance.vrf).map((route) => JSON.stringify(route)) ??
    []
  const there = new Set(statics(inForce))
  return (
    familyOf(neighbor, family)?.export.defaultOriginate === true ||
    instance.aggregates.some(({ summaryOnly }) => summaryOnly) ||
    aggregates(want) !== aggregates(inForce) ||
    statics(want).some((route) => !there.has(route))
  )
}

function tableOf({ tables }: RouteView, vrf: string | null, family: FamilyName) {
  return tables.find((table) => table.vrf === vrf && table.family === family)
}

/** The routes of a table, parsed once; null: too many, or not read. */
function listed(table: RouteTable | undefined, sessions: number): readonly ParsedRoute[] | null {
  if (table === undefined || table.routes === null) return null
  if (table.routes.length * sessions > COMPARED_MAX) return null
  return table.routes.flatMap((route) => {
    const cidr = parseCidr(route.prefix)
    return cidr === undefined ? [] : [{ ...route, cidr }]
  })
}

/** Without a list of routes only two things are certain: a policy without rules takes none, an unchanged one as many. */
function unlisted(
  { neighbor, subject, received, sent }: KeptSession,
  { vrf }: BgpInstance,
  family: FamilyName,
  before: RoutesBefore,
): RouteForecast {
  const wanted = familyOf(neighbor, family)
  const old = familyOf(
    instanceOf(before.inForce, vrf)?.neighbors.find(({ address }) => address === neighbor.address),
    family,
  )
  const after = (direction: 'import' | 'export', count: number | null) => {
    const policy = wanted?.[direction]
    if (policy === undefined || policy.prefixes.length === 0) return 0
    return JSON.stringify(policy) === JSON.stringify(old?.[direction]) ? count : null
  }
  return {
    subject,
    family,
    accepted: { before: received, after: after('import', received) },
    announced: { before: sent, after: after('export', sent) },
  }
}

function instanceOf(want: Want | null, vrf: string | null): BgpInstance | undefined {
  return want?.bgp.find((instance) => instance.vrf === vrf)
}

function refusedBy(
  neighbor: BgpNeighbor,
  family: FamilyName,
  routes: readonly ParsedRoute[],
): number {
  const accepts = importMatcher(neighbor, family)
  return routes.filter(({ paths, cidr }) => {
    const own = paths.find(({ from }) => from === neighbor.address)
    return own !== undefined && !accepts(cidr, own)
  }).length
}

interface AnnounceScope {
  readonly instance: BgpInstance
  readonly family: FamilyName
}

/** How many routes the export policy of a neighbour lets out. */
function announcedTo(
  neighbor: BgpNeighbor,
  routes: readonly ChosenRoute[],
  { instance, family }: AnnounceScope,
): number {
  const announces = exportMatcher(neighbor, family)
  const isInternal = neighbor.peerAs === instance.localAs
  return routes.filter(({ cidr, best }) => mayLeave(best, isInternal) && announces(cidr, best))
    .length
}

/** The same of the table as it is, by the policy in force. */
function announcedNow(
  { address }: BgpNeighbor,
  routes: readonly ParsedRoute[],
  scope: AnnounceScope,
): number | undefined {
  const neighbor = scope.instance.neighbors.find((found) => found.address === address)
  if (neighbor === undefined) return undefined
  const chosen = routes.flatMap(({ cidr, paths }) => {
    const best = paths.find((path) => path.best)
    return best === undefined ? [] : [{ cidr, best }]
  })
  return announcedTo(neighbor, chosen, scope)
}
