import { parseJson } from '../../core/base/json.js'
import type { DaemonConnections } from './vty/connections.js'
import { looseCount, looseMembers, looseObject, looseText } from './loose.js'

/** FRR's tree has up to two nodes for each prefix, and lists a route in 0.4 kB: 4 MB at most. */
const NODES_MAX = 20_000

/**
 * The routes with GRACEFUL_SHUTDOWN (65535:0) in the tables of both families of a VRF, counted by the address of their
 * neighbour; null: a table has too many routes to list them.
 */
export async function drainingRoutes(
  { ask }: DaemonConnections,
  vrf: string | null,
): Promise<ReadonlyMap<string, number> | null> {
  const announced: string[] = []
  for (const family of ['ipv4', 'ipv6']) {
    const table = `show bgp vrf ${vrf ?? 'default'} ${family} unicast`
    const [summary] = await ask('bgpd', [`${table} summary json`])
    const nodes = looseCount(looseObject(parseJson(summary?.text ?? ''))['ribCount']) ?? 0
    if (nodes > NODES_MAX) return null
    if (nodes === 0) continue
    const [marked] = await ask('bgpd', [`${table} community graceful-shutdown json`])
    announced.push(...announcers(marked?.text ?? ''))
  }
  return counted(announced)
}

function counted(addresses: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const address of addresses) counts.set(address, (counts.get(address) ?? 0) + 1)
  return counts
}

/** The neighbours of each route in `{"routes":{"10.5.0.0/24":[{"peerId":"10.0.0.1"}]}}`; anything else has no routes. */
function announcers(json: string): readonly string[] {
  return looseMembers(looseObject(parseJson(json))['routes']).flatMap(([, paths]) => {
    const peers = (Array.isArray(paths) ? paths : []).flatMap(
      (path: unknown) => looseText(looseObject(path)['peerId']) ?? [],
    )
    return [...new Set(peers)]
  })
}
