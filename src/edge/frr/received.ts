import { parseJson } from '../../core/base/json.js'
import type { DaemonConnections } from './connections.js'
import { looseObject, looseText } from './loose.js'

/**
 * Addresses of the neighbours from which bgpd has accepted a route to this prefix. `vrf` and `prefix`
 * become words of a command; their types have been checked.
 */
export async function announcersOf(
  connections: DaemonConnections,
  vrf: string | null,
  prefix: string,
): Promise<readonly string[]> {
  const scope = vrf === null ? '' : ` vrf ${vrf}`
  const family = prefix.includes(':') ? 'ipv6' : 'ipv4'
  const command = `show bgp${scope} ${family} unicast ${prefix} json`
  const [reply] = await connections.ask('bgpd', [command])
  return announcers(reply?.text ?? '')
}

/** Reads `{"paths":[{"peer":{"peerId":"10.0.0.1"}}]}`; anything else has no announcers. */
function announcers(json: string): readonly string[] {
  const { paths } = looseObject(parseJson(json))
  if (!Array.isArray(paths)) return []
  return paths.flatMap(
    (path: unknown) => looseText(looseObject(looseObject(path)['peer'])['peerId']) ?? [],
  )
}
