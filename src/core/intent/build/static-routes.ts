import { DISTANCE } from '../../model/intent-defaults.js'
import { toIpText, toPrefix } from '../../model/names.js'
import type { StaticRoute } from '../../model/vrf.js'
import type { IntentIndex } from '../survey/intent-index.js'
import { vrfParts } from '../survey/vrf-parts.js'

/** The static routes of all VRFs, sorted. */
export function buildStaticRoutes({ intent }: IntentIndex): StaticRoute[] {
  const routes = vrfParts(intent).flatMap(({ vrf, staticRoutes }) =>
    staticRoutes.flatMap(({ prefix, nextHop, distance = DISTANCE }): StaticRoute[] => {
      const checked = toPrefix(prefix)
      const hop = toIpText(nextHop ?? '') ?? null
      return checked === undefined ? [] : [{ vrf, prefix: checked, nextHop: hop, distance }]
    }),
  )
  return routes.sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
}

function sortKey({ vrf, prefix, nextHop }: StaticRoute): string {
  return `${vrf ?? ''} ${prefix} ${nextHop ?? ''}`
}
