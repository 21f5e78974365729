import type { BgpInstance } from '../../core/model/bgp.js'
import { toPrefix } from '../../core/model/names.js'
import type { Want } from '../../core/model/plan.js'
import type { FamilyState, FrrRemark, ShownNeighbor } from '../../core/model/state.js'

/** The routes of BGP that zebra has in one table. */
export interface RouteCount {
  readonly family: FamilyState['family']
  readonly known: number
  readonly installed: number
  /** Routes that zebra chose and could not install; null: not counted. */
  readonly failed: number | null
  /** Routes of the kernel with the protocol of BGP that zebra does not have; absent: not looked for. */
  readonly strangers?: readonly string[]
}

/** What BGP has in one VRF. */
export interface VrfRoutes {
  readonly counts: readonly RouteCount[]
  /** Routes with GRACEFUL_SHUTDOWN, by the address of their neighbour; one that is not there has none, or they were not looked for. */
  readonly draining: ReadonlyMap<string, number>
}

/** What the strangers, and routes with GRACEFUL_SHUTDOWN, are looked for with. */
export interface RouteReads {
  readonly draining: (vrf: string | null) => Promise<ReadonlyMap<string, number> | null>
  readonly routes: (vrf: string | null) => Promise<readonly RouteCount[]>
  /** The prefixes of BGP that zebra has in one VRF. */
  readonly prefixes: (vrf: string | null) => Promise<readonly string[]>
  /** Every route of the kernel with the protocol of BGP. */
  readonly bgpRoutes: () => Promise<
    readonly { readonly destination: string; readonly table: number }[]
  >
}

/** With more routes of BGP than this, those of the kernel and the marked ones are not listed every 30 s. */
const COMPARED_MAX = 2000
/** The kernel's main table, which the default VRF has (RT_TABLE_MAIN). */
const MAIN_TABLE = 254
/** Prefixes that a finding names. */
const NAMED_MAX = 5

/** Counts the routes of BGP in the VRFs of the want, and compares them with the kernel's own list. */
export async function readRoutes(want: Want | null, reads: RouteReads): Promise<RoutesByVrf> {
  const vrfs = want?.bgp.map(({ vrf }) => vrf) ?? []
  const counts = await Promise.all(
    vrfs.map(async (vrf) => ({ vrf, counts: await reads.routes(vrf), draining: NONE })),
  )
  const known = counts.flatMap((one) => one.counts).reduce((sum, count) => sum + count.known, 0)
  if (want === null || vrfs.length === 0 || known > COMPARED_MAX) return byVrf(counts)
  const kernel = await reads.bgpRoutes()
  const compared = counts.map(async (one) => {
    const table = tableOf(want, one.vrf)
    const own = kernel.filter((route) => route.table === table).map((route) => route.destination)
    const [found, draining] = await Promise.all([
      withStrangers(one.counts, own, () => reads.prefixes(one.vrf)),
      reads.draining(one.vrf),
    ])
    return { vrf: one.vrf, counts: found, draining: draining ?? NONE }
  })
  return byVrf(await Promise.all(compared))
}

const NONE: VrfRoutes['draining'] = new Map()

function byVrf(all: readonly (VrfRoutes & { readonly vrf: string | null })[]): RoutesByVrf {
  return new Map(all.map(({ vrf, ...routes }) => [vrf ?? '', routes]))
}

function tableOf({ links }: Want, vrf: string | null): number | undefined {
  if (vrf === null) return MAIN_TABLE
  const detail = links.find(({ name }) => name === vrf)?.detail
  return detail?.kind === 'vrf' ? detail.table : undefined
}

/** zebra's list is read only where the kernel has more routes than zebra has installed. */
async function withStrangers(
  counts: readonly RouteCount[],
  kernel: readonly string[],
  prefixes: () => Promise<readonly string[]>,
): Promise<readonly RouteCount[]> {
  const installed = counts.reduce((sum, count) => sum + count.installed, 0)
  const unique = [...new Set(kernel)]
  if (unique.length <= installed) return counts
  const known = new Set((await prefixes()).map((prefix) => toPrefix(prefix) ?? prefix))
  const strangers = unique.filter((prefix) => !known.has(toPrefix(prefix) ?? prefix))
  return counts.map((count) => ({
    ...count,
    strangers: strangers.filter(
      (prefix) => prefix.includes(':') === (count.family === 'ipv6-unicast'),
    ),
  }))
}

/** By the name of the VRF; `''`: the default VRF. */
export type RoutesByVrf = ReadonlyMap<string, VrfRoutes>

const WORDS = { 'ipv4-unicast': 'IPv4', 'ipv6-unicast': 'IPv6' } as const

/** Where bgpd, zebra and the kernel do not have the same routes of BGP, in the VRFs of the intent. */
export function routeRemarks(
  instances: readonly BgpInstance[],
  neighbors: readonly ShownNeighbor[],
  routes: RoutesByVrf,
): readonly FrrRemark[] {
  return instances.flatMap((instance) => {
    const counts = routes.get(instance.vrf ?? '')?.counts ?? []
    return counts.flatMap((count) => [
      ...remark(instance, neighbors, count),
      ...strangerRemark(instance, count),
    ])
  })
}

function remark(
  instance: BgpInstance,
  neighbors: readonly ShownNeighbor[],
  { family, known, installed, failed }: RouteCount,
): readonly FrrRemark[] {
  const where = `${WORDS[family]} routes of BGP${instance.vrf === null ? '' : ` in VRF ${instance.vrf}`}`
  const accepted = mostAccepted(instance.vrf, neighbors, family)
  const own = originated(instance, family)
  if (accepted - own > known) {
    const message = `bgpd has accepted ${accepted} ${where} from one neighbor, and zebra has only ${known}, of which ${installed} are in the kernel: packets do not follow the others. Look for "bgp no-rib" in FRR and restart frr.service if there is none.`
    return [{ code: 'ROUTES_NOT_INSTALLED', message }]
  }
  if (failed === null || failed === 0) return []
  const message = `zebra has chosen ${failed} of ${known} ${where} and has not installed them in the kernel: packets do not follow them. See the log of zebra for the kernel's reason.`
  return [{ code: 'ROUTES_NOT_INSTALLED', message }]
}

/** zebra takes no notice of a route that carries its own protocol and that it did not add. */
function strangerRemark(
  { vrf }: BgpInstance,
  { family, strangers = [] }: RouteCount,
): readonly FrrRemark[] {
  if (strangers.length === 0) return []
  const named = strangers.slice(0, NAMED_MAX).join(', ')
  const more = strangers.length > NAMED_MAX ? ` and ${strangers.length - NAMED_MAX} more` : ''
  const inside = vrf === null ? '' : ` in VRF ${vrf}`
  const words = vrf === null ? '' : ` vrf ${vrf}`
  const message = `The kernel has ${strangers.length} ${WORDS[family]} routes with the protocol of BGP${inside} that FRR does not know: ${named}${more}. Packets follow them, and no policy of the intent counts for them. Somebody added them by hand, or FRR left them behind: remove them with "ip route del PREFIX${words} proto bgp".`
  return [{ code: 'ROUTES_NOT_FROM_BGP', message }]
}

/** The most prefixes of one session: zebra must have as many routes, whatever the other sessions have. */
function mostAccepted(
  vrf: string | null,
  neighbors: readonly ShownNeighbor[],
  family: FamilyState['family'],
): number {
  const accepted = neighbors
    .filter((neighbor) => neighbor.vrf === vrf && neighbor.sessionState === 'Established')
    .flatMap(({ families }) => families.filter((counts) => counts.family === family))
    .map(({ received }) => received ?? 0)
  return Math.max(0, ...accepted)
}

/** Prefixes that the intent originates: one that a peer announces as well is the router's own for bgpd. */
function originated({ neighbors }: BgpInstance, family: FamilyState['family']): number {
  const prefixes = neighbors.flatMap(({ ipv4Unicast, ipv6Unicast }) => {
    const settings = family === 'ipv4-unicast' ? ipv4Unicast : ipv6Unicast
    const exact = settings?.export.prefixes.filter(({ ge, le }) => ge === null && le === null)
    return exact?.map(({ prefix }) => prefix) ?? []
  })
  return new Set<string>(prefixes).size
}
