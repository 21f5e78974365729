import { parseJson } from '../../core/base/json.js'
import type { DaemonConnections } from './vty/connections.js'
import { looseCount, looseMembers, looseObject, looseText } from './loose.js'

/** The routes of BGP in one table. */
export interface RouteCount {
  readonly family: 'ipv4-unicast' | 'ipv6-unicast'
  /** Routes of BGP that zebra has from bgpd. */
  readonly known: number
  /** Of these, the ones that zebra has installed in the kernel. */
  readonly installed: number
  /** Routes of zebra that neither are installed nor have lost to another protocol; null: not counted. */
  readonly failed: number | null
}

const FAMILIES = [
  ['ipv4-unicast', 'ip'],
  ['ipv6-unicast', 'ipv6'],
] as const

/**
 * A list of routes is read only up to this many, 1 kB each: with more, a difference in the counts is not
 * looked into.
 */
const LISTED_MAX = 2000

/**
 * Asks zebra for its counts, whose cost does not depend on the number of routes that are sent, and for the list of
 * BGP's routes only where the counts differ and the list is short. bgpd is not asked to count its table:
 * `show bgp … statistics json` for all VRFs ends bgpd 10.3 with a signal 11.
 */
export async function readRouteCounts(
  connections: DaemonConnections,
  vrf: string | null,
): Promise<readonly RouteCount[]> {
  const inside = vrf === null ? '' : ` vrf ${vrf}`
  const commands = FAMILIES.map(([, word]) => `show ${word} route${inside} summary json`)
  const replies = await connections.ask('zebra', commands)
  const counts = FAMILIES.map(([family], i) => counted(family, replies[i]?.text ?? ''))
  return Promise.all(
    counts.map(async (count, i) => {
      const word = FAMILIES[i]?.[1] ?? 'ip'
      if (count.known === count.installed || count.known > LISTED_MAX) return count
      const [list] = await connections.ask('zebra', [`show ${word} route${inside} bgp json`])
      return { ...count, failed: failedRoutes(list?.text ?? '') }
    }),
  )
}

function counted(family: RouteCount['family'], json: string): RouteCount {
  const { routes } = looseObject(parseJson(json))
  const rows = (Array.isArray(routes) ? routes : [])
    .map(looseObject)
    .filter(({ type }) => /^[ei]bgp$/.test(looseText(type) ?? ''))
  const sum = (member: 'rib' | 'fib') =>
    rows.reduce((total, row) => total + (looseCount(row[member]) ?? 0), 0)
  const [known, installed] = [sum('rib'), sum('fib')]
  return { family, known, installed, failed: known === installed ? 0 : null }
}

/** The prefixes of BGP that zebra has in one table, both families. */
export async function readBgpPrefixes(
  connections: DaemonConnections,
  vrf: string | null,
): Promise<readonly string[]> {
  const inside = vrf === null ? '' : ` vrf ${vrf}`
  const commands = FAMILIES.map(([, word]) => `show ${word} route${inside} bgp json`)
  const lists = await connections.ask('zebra', commands)
  return lists.flatMap(({ text }) => looseMembers(parseJson(text)).map(([prefix]) => prefix))
}

/**
 * Routes that zebra has chosen and not installed, and routes without a next hop that can be reached. A route that
 * lost to one of another protocol, such as a connected subnet that the peer announces as well, is no fault.
 */
function failedRoutes(json: string): number {
  return looseMembers(parseJson(json)).reduce((total, [, entries]) => {
    const failed = (Array.isArray(entries) ? entries : []).map(looseObject).some(isFailed)
    return failed ? total + 1 : total
  }, 0)
}

function isFailed(route: ReturnType<typeof looseObject>): boolean {
  return route['selected'] === true && route['installed'] !== true
}

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
