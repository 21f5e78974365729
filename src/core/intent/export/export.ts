import { ok, type Result } from '../../base/result.js'
import { formatIp, parseIp } from '../../base/ip.js'
import type { ExportedBgp, ExportedNeighbor, NotExported } from '../../model/exported.js'
import type { FoundRoute } from '../../model/vrf.js'
import type { HaveLink, HaveProtections } from '../../model/link.js'
import type { Intent } from '../../wire/intent.js'
import { draftLinks } from './links.js'
import { exportRoutes } from './static-routes.js'
import { withNeighbors } from './neighbors.js'
import { indexRouter } from './router-index.js'
import { remarks, validPart } from './valid-part.js'

/** What is on the router, and what else the intent is made of. */
export interface ExportSource {
  readonly links: readonly HaveLink[]
  readonly protections?: HaveProtections | undefined
  readonly bgp: ExportedBgp
  readonly routes: readonly FoundRoute[]
  readonly managedPorts: readonly string[]
  readonly routerId: string
  /** The lowest generation that is new to the router. */
  readonly generation: number
  /** The running intent, whose names are kept; null: none runs. */
  readonly running: Intent | null
}

/** An intent that describes a router. */
export interface Exported {
  readonly intent: Intent
  /** What is on the router and not in the intent, and what a person has to complete. */
  readonly notExported: readonly NotExported[]
}

/**
 * Makes the intent that describes what a router has today. Taking the router over with it changes
 * nothing that works: whatever an intent cannot describe exactly is left out, is not taken over, and is
 * listed. Fails only by a defect: the intent that remains is then refused with faults that no part has.
 */
export function exportIntent(source: ExportSource): Result<Exported> {
  const { links, protections, bgp, managedPorts, routerId, generation, running } = source
  const drafted = draftLinks(
    indexRouter({ links, ...(protections && { protections }) }, managedPorts, running),
  )
  const complete = withNeighbors(drafted, bgp)
  const routes = exportRoutes(source.routes, complete.draft)
  const head = {
    routerId,
    generation,
    router: bgp.router,
    vrfAs: bgp.vrfAs,
    aggregates: bgp.aggregates,
    staticRoutes: routes.byVrf,
    running,
    secretOf: secretNamer(bgp.neighbors, running),
  }
  const valid = validPart(complete, head, managedPorts)
  if (!valid.ok) return valid
  const { intent, drafted: rest } = valid.value
  const assumed = {
    at: 'router',
    why: 'its role is assumed to be "customer"; correct it if that is wrong',
  }
  return ok({
    intent,
    notExported: [
      ...rest.notExported,
      ...bgp.notExported,
      ...routes.left,
      ...remarks(rest.draft, head),
      ...(running === null ? [assumed] : []),
    ],
  })
}

/**
 * Gives each neighbour's password its name: the one in the running intent, else one made of VRF and
 * address, such as `bgp-10-0-0-1`. A made name is a bare TOML key, so that it does not nest in a file.
 */
function secretNamer(
  neighbors: readonly ExportedNeighbor[],
  running: Intent | null,
): (neighbor: ExportedNeighbor) => string {
  const names = new Map(running === null ? [] : runningSecrets(running))
  const taken = new Set(names.values())
  for (const neighbor of neighbors) {
    if (names.has(keyOf(neighbor))) continue
    const name = freeName(madeName(neighbor), taken)
    taken.add(name)
    names.set(keyOf(neighbor), name)
  }
  return (neighbor) => names.get(keyOf(neighbor)) ?? madeName(neighbor)
}

/** The secrets of the running intent, by neighbour. */
function runningSecrets({ attachments }: Intent): readonly (readonly [string, string])[] {
  return attachments.flatMap(({ l3, bgp = [] }) =>
    bgp.flatMap(({ neighborAddress, authPassword }) => {
      const ip = parseIp(neighborAddress)
      if (ip === undefined || authPassword === undefined) return []
      const key = keyOf({ vrf: l3?.vrf ?? null, address: formatIp(ip) })
      return [[key, authPassword.secret] as const]
    }),
  )
}

/** What distinguishes neighbours; the address is canonical. */
interface NeighborKey {
  readonly vrf: string | null
  readonly address: string
}

function keyOf({ vrf, address }: NeighborKey): string {
  return `${vrf ?? ''} ${address}`
}

function madeName({ vrf, address }: NeighborKey): string {
  const parts = ['bgp', ...(vrf === null ? [] : [vrf]), address]
  return parts.join('-').replaceAll(/[^A-Za-z0-9_-]/g, '-')
}

/** The VRFs `a.b` and `a-b` make one name of two. */
function freeName(made: string, taken: ReadonlySet<string>): string {
  let name = made
  for (let number = 2; taken.has(name); number++) name = `${made}-${number}`
  return name
}
