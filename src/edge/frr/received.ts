import { parseJson } from '../../core/base/json.js'
import type { Conversations } from './conversations.js'
import { looseObject, looseText } from './loose.js'

/** Who announces a prefix that bgpd holds, by address. Both words are of checked types. */
export async function announcersOf(
  talk: Conversations,
  vrf: string | null,
  prefix: string,
): Promise<readonly string[]> {
  const scope = vrf === null ? '' : ` vrf ${vrf}`
  const family = prefix.includes(':') ? 'ipv6' : 'ipv4'
  const [reply] = await talk.ask('bgpd', [`show bgp${scope} ${family} unicast ${prefix} json`])
  return announcers(reply?.text ?? '')
}

/** `{"paths":[{"peer":{"peerId":"10.0.0.1"}}]}`; anything else has no announcers. */
function announcers(json: string): readonly string[] {
  const { paths } = looseObject(parseJson(json))
  if (!Array.isArray(paths)) return []
  return paths.flatMap(
    (path: unknown) => looseText(looseObject(looseObject(path)['peer'])['peerId']) ?? [],
  )
}
