import type { Conversations } from './conversations.js'

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
  const found = parse(json)
  const paths = Array.isArray(found['paths']) ? found['paths'] : []
  return paths.flatMap((path: unknown) => {
    const id = object(object(path)['peer'])['peerId']
    return typeof id === 'string' ? [id] : []
  })
}

function parse(json: string): Readonly<Record<string, unknown>> {
  try {
    return object(JSON.parse(json))
  } catch {
    return {}
  }
}

function object(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}
