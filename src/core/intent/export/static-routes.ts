import { contains, parseCidr, parseIp } from '../../base/ip.js'
import { DISTANCE } from '../../model/intent-defaults.js'
import type { NotExported } from '../../model/exported.js'
import { routeSubject } from '../../model/names.js'
import type { FoundRoute } from '../../model/vrf.js'
import type { Draft } from './draft.js'

/** The static routes that belong to the interconnects, by VRF ('' is the default one), and the others. */
export interface ExportedRoutes {
  readonly byVrf: ReadonlyMap<string, readonly object[]>
  readonly left: readonly NotExported[]
}

/**
 * Chooses the routes that an intent describes: demarc's own, and those to a next hop in the subnet of an attachment
 * in the same VRF. All others stay as they are.
 */
export function exportRoutes(found: readonly FoundRoute[], draft: Draft): ExportedRoutes {
  const byVrf = new Map<string, object[]>()
  const left: NotExported[] = []
  const refused = new Set(found.filter((route) => whyNot(route, draft) !== null).map(placeOf))
  for (const route of found) {
    const why = whyNot(route, draft) ?? (refused.has(placeOf(route)) ? SHARED : null)
    const vrf = route.vrf ?? ''
    if (why === null) byVrf.set(vrf, [...(byVrf.get(vrf) ?? []), documentOf(route)])
    else left.push({ at: placeOf(route), why: `\`${route.line}\`: ${why}` })
  }
  return { byVrf, left }
}

/** demarc keeps all routes to a prefix, or none. */
const SHARED = 'another route to the prefix is not exported: it stays as it is'

function placeOf({ prefix, vrf }: FoundRoute): string {
  return routeSubject(prefix, vrf)
}

function whyNot({ hop, owned, vrf }: FoundRoute, { vrfs, attachments }: Draft): string | null {
  if (hop === undefined) return 'an intent cannot express it: it stays as it is'
  if (vrf !== null && !vrfs.some(({ name }) => name === vrf)) return 'its VRF is not exported'
  if (owned) return null
  const ip = parseIp(hop)
  const here = attachments.filter((attachment) => attachment.vrf === vrf)
  const isNear =
    ip !== undefined &&
    here.some(({ addresses }) =>
      addresses.some((text) => {
        const cidr = parseCidr(text)
        return cidr !== undefined && contains(cidr, ip)
      }),
    )
  return isNear ? null : 'its next hop is in no subnet of an attachment: it stays as it is'
}

function documentOf({ prefix, hop, distance }: FoundRoute) {
  return {
    prefix,
    ...(hop === 'blackhole' ? { discard: true } : { nextHop: hop }),
    ...(distance === DISTANCE ? {} : { distance }),
  }
}
