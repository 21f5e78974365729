import { parseJson } from '../../core/base/json.js'
import type { DaemonConnections } from './vty/connections.js'
import { looseCount, looseMembers, looseObject } from './loose.js'
import type { NeighborId } from './neighbors.js'

/** FRR's tree has up to two nodes for each prefix, and lists a route in 0.4 kB: 4 MB at most. */
const NODES_MAX = 20_000

/** The routes with GRACEFUL_SHUTDOWN (65535:0) in the tables of both families, those of one neighbour counted. */
export async function drainingRoutes(
  { ask }: DaemonConnections,
  { vrf, address }: NeighborId,
): Promise<number | null> {
  let count = 0
  for (const family of ['ipv4', 'ipv6']) {
    const table = `show bgp vrf ${vrf ?? 'default'} ${family} unicast`
    const [summary] = await ask('bgpd', [`${table} summary json`])
    const nodes = looseCount(looseObject(parseJson(summary?.text ?? ''))['ribCount']) ?? 0
    if (nodes > NODES_MAX) return null
    if (nodes === 0) continue
    const [marked] = await ask('bgpd', [`${table} community graceful-shutdown json`])
    count += routesFrom(marked?.text ?? '', address)
  }
  return count
}

/** Reads `{"routes":{"10.5.0.0/24":[{"peerId":"10.0.0.1"}]}}`; anything else has no routes. */
function routesFrom(json: string, address: string): number {
  const routes = looseMembers(looseObject(parseJson(json))['routes'])
  return routes.filter(([, paths]) => {
    const entries = Array.isArray(paths) ? paths : []
    return entries.some((path: unknown) => looseObject(path)['peerId'] === address)
  }).length
}
