import { isHostSubject } from './link-hosts.js'
import { mayDrawHub, touchesHubPath, type HubRoute } from './hub-path.js'
import { expectations, HUB, type Expectation, type Witness } from './witness.js'
import { neighborSubject } from '../model/names.js'
import { routeFloors } from '../routes/floors.js'
import type { RouteForecast } from '../routes/outlook.js'
import type { AskedProbe } from '../model/probe.js'
import { isWorse, type Have, type Plan, type Want } from '../model/plan.js'

/** What is known before the first step of a change. */
export interface ChangeOutlook {
  readonly want: Want
  readonly plan: Plan
  readonly have: Have
  readonly witnesses: readonly Witness[]
  readonly hubRoute: HubRoute | null
  readonly probes: readonly AskedProbe[]
  /** The subjects of the targets that the intent wants probed again and again. */
  readonly targets: readonly string[]
  /** What the plan does to the routes of the sessions. */
  readonly routes: readonly RouteForecast[]
}

/** Which witnesses are queried after the change, and which of them need a sign of life from after it. */
export function expectationsFor({
  want,
  plan,
  have,
  witnesses,
  hubRoute,
  probes,
  targets,
  routes,
}: ChangeOutlook): readonly Expectation[] {
  const probed = [...targets, ...probes.map(({ subject }) => subject)]
  const hosts = witnesses.map(({ subject }) => subject).filter(isHostSubject)
  const wanted = new Set([...wantedSubjects(want), ...probed, ...hosts])
  const disturbed = new Set(
    plan.effects.filter(({ impact }) => isWorse(impact, 'soft')).map(({ subject }) => subject),
  )
  const optional = hubRoute === null ? [] : newSessions(want, plan, hubRoute)
  const judgesHub = optional.length > 0 || touchesHubPath(plan, have.links, hubRoute)
  return expectations(witnesses, {
    excused: (subject) => (subject === HUB ? !judgesHub : !wanted.has(subject)),
    // The hub and the probes are queried anew each time, so that an older answer proves nothing.
    disturbed: (subject) => subject === HUB || disturbed.has(subject) || probed.includes(subject),
    required: probes.filter(({ required }) => required).map(({ subject }) => subject),
    optional,
    routes: routeFloors(routes),
  })
}

/**
 * Sessions that the plan adds or changes and whose routes may take over the packets to the hub. The hub
 * is reached in the default VRF.
 */
function newSessions({ bgp }: Want, { effects }: Plan, route: HubRoute): readonly string[] {
  const concerned = new Set(effects.map(({ subject }) => subject))
  return bgp
    .filter(({ vrf }) => vrf === null)
    .flatMap(({ neighbors }) => neighbors)
    .filter((neighbor) => neighbor.shutdown === null && mayDrawHub(neighbor, route))
    .map(({ address }) => neighborSubject(address, null))
    .filter((subject) => concerned.has(subject))
}

/** Sessions that the intent wants up, and bonds. */
function wantedSubjects({ bgp, links }: Want): ReadonlySet<string> {
  return new Set([
    ...bgp.flatMap(({ vrf, neighbors }) =>
      neighbors
        .filter(({ shutdown }) => shutdown === null)
        .map(({ address }) => neighborSubject(address, vrf)),
    ),
    ...links
      .filter(({ detail }) => detail.kind === 'bond')
      .map(({ alias }) => (alias ?? '').replace(/^demarc /, '')),
  ])
}
