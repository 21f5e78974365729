import { parseJson } from '../../core/base/json.js'
import type {
  RoutePath,
  RouteQuestion,
  RouteTable,
  RouteView,
  TableRoute,
} from '../../core/routes/table.js'
import type { DaemonConnections } from './vty/connections.js'
import { looseCount, looseMembers, looseObject, looseText, type Loose } from './loose.js'

const FAMILIES = [
  ['ipv4-unicast', 'ipv4', 'ip'],
  ['ipv6-unicast', 'ipv6', 'ipv6'],
] as const

/** FRR's tree has up to two nodes for each prefix: 10,000 routes, about 1 kB each in bgpd's answer. */
const NODES_MAX = 20_000
/** FRR 8.4 lists with each route the neighbours that it was sent to, 50 octets each. */
const LISTED_MAX = 200_000

/**
 * Reads the BGP tables of these VRFs, those with more routes than {@link NODES_MAX} allows as a count only. bgpd is
 * not asked for `statistics`, which ends bgpd 10.3 with a signal 11 where it is asked for all VRFs.
 */
export async function readRouteView(
  connections: DaemonConnections,
  questions: readonly RouteQuestion[],
): Promise<RouteView> {
  const tables: RouteTable[] = []
  const present = new Map<string, ReadonlySet<string>>()
  for (const { vrf, origins } of questions) {
    for (const family of FAMILIES) tables.push(await readTable(connections, vrf, family))
    present.set(vrf ?? '', await readPresent(connections, vrf, origins))
  }
  return { tables, present }
}

async function readTable(
  { ask }: DaemonConnections,
  vrf: string | null,
  [family, word]: (typeof FAMILIES)[number],
): Promise<RouteTable> {
  const table = `show bgp vrf ${vrf ?? 'default'} ${word} unicast`
  const [summary] = await ask('bgpd', [`${table} summary json`])
  const counts = looseObject(parseJson(summary?.text ?? ''))
  const nodes = looseCount(counts['ribCount']) ?? 0
  const peers = looseCount(counts['peerCount']) ?? 0
  const isShort = nodes <= NODES_MAX
  return { vrf, family, routes: isShort ? await listRoutes(ask, table, nodes * peers) : null }
}

async function listRoutes(
  ask: DaemonConnections['ask'],
  table: string,
  sent: number,
): Promise<readonly TableRoute[] | null> {
  const [plain] = await ask('bgpd', [`${table} detail json`])
  const answer = parseJson(plain?.text ?? '')
  if (answer !== undefined) return routesOf(answer)
  // FRR 8.4 knows the words in the other order only.
  if (sent > LISTED_MAX) return null
  const [listed] = await ask('bgpd', [`${table} json detail`])
  return routesOf(parseJson(listed?.text ?? ''))
}

function routesOf(answer: unknown): readonly TableRoute[] {
  return looseMembers(looseObject(answer)['routes']).map(([prefix, paths]) => ({
    prefix,
    paths: (Array.isArray(paths) ? paths : []).map(looseObject).filter(isPath).map(path),
  }))
}

/** FRR 8.4 lists the prefix itself among its paths. */
function isPath(entry: Loose): boolean {
  return entry['peer'] !== undefined
}

const NOBODY: readonly (string | undefined)[] = ['0.0.0.0', '::', '(unspec)', undefined]

/** JSON has the well-known communities in another spelling than the configuration (bgp_community.c). */
const WELL_KNOWN: ReadonlyMap<string, string> = new Map([
  ['noExport', 'no-export'],
  ['noAdvertise', 'no-advertise'],
  ['localAs', 'local-AS'],
  ['noPeer', 'no-peer'],
  ['gracefulShutdown', 'graceful-shutdown'],
])

function path(entry: Loose): RoutePath {
  const peer = looseObject(entry['peer'])
  const from = looseText(peer['peerId'])
  const lists = ['community', 'largeCommunity'].map((key) => looseObject(entry[key])['list'])
  const asPath = looseText(looseObject(entry['aspath'])['string']) ?? ''
  return {
    from: NOBODY.includes(from) ? null : (from ?? null),
    best: looseObject(entry['bestpath'])['overall'] === true,
    internal: peer['type'] === 'internal',
    communities: lists
      .flatMap((list): readonly unknown[] => (Array.isArray(list) ? list : []))
      .flatMap((text) => looseText(text) ?? [])
      .map((text) => WELL_KNOWN.get(text) ?? text),
    asPath: asPath === 'Local' ? '' : asPath,
  }
}

/** The prefixes that zebra has as they are, not as a part of a wider one, and not from bgpd itself. */
async function readPresent(
  { ask }: DaemonConnections,
  vrf: string | null,
  origins: readonly string[],
): Promise<ReadonlySet<string>> {
  const inside = vrf === null ? '' : ` vrf ${vrf}`
  const commands = origins.map(
    (prefix) => `show ${prefix.includes(':') ? 'ipv6' : 'ip'} route${inside} ${prefix} json`,
  )
  const replies = commands.length === 0 ? [] : await ask('zebra', commands)
  return new Set(
    origins.filter((prefix, i) => {
      const found = looseObject(parseJson(replies[i]?.text ?? ''))[prefix]
      const entries = Array.isArray(found) ? found : []
      return entries.some((entry: unknown) => looseObject(entry)['protocol'] !== 'bgp')
    }),
  )
}

/** The prefixes without a valid route in the BGP table. A `network` line alone makes none that is valid. */
export async function readAbsent(
  { ask }: DaemonConnections,
  vrf: string | null,
  prefixes: readonly string[],
): Promise<readonly string[]> {
  const commands = prefixes.map((prefix) => {
    const word = prefix.includes(':') ? 'ipv6' : 'ipv4'
    return `show bgp vrf ${vrf ?? 'default'} ${word} unicast ${prefix} json`
  })
  const replies = await ask('bgpd', commands)
  return prefixes.filter((_, i) => {
    const { paths } = looseObject(parseJson(replies[i]?.text ?? ''))
    const entries = Array.isArray(paths) ? paths : []
    return !entries.some((entry: unknown) => looseObject(entry)['valid'] === true)
  })
}
