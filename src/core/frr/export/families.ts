import { ok, refused, type Result } from '../../base/result.js'
import type { AddressFamily, MaxPrefixes, PrefixRule } from '../../model/bgp.js'
import type { FoundNeighbor } from '../../model/found.js'
import { FAMILIES, type Family } from '../names.js'
import type { Block } from '../read/block.js'
import type { Neighbor } from '../read/neighbor.js'
import type { Statements } from '../read/statement.js'
import {
  listRules,
  mapRules,
  readSets,
  type Direction,
  type Policies,
  type Sets,
} from './policy.js'

export interface FamiliesAround {
  readonly policies: Policies
  readonly block: Block
  /** What a direction without a policy lets through: nothing (RFC 8212), or everything. */
  readonly silentMeans: 'nothing' | 'everything'
}

type Families = Pick<FoundNeighbor, 'ipv4Unicast' | 'ipv6Unicast'>

const KNOWN: ReadonlySet<string> = new Set([
  'activate',
  'route-map in',
  'route-map out',
  'prefix-list in',
  'prefix-list out',
  'maximum-prefix',
  'soft-reconfiguration inbound',
])

/** What is said of a neighbour in its families, or every reason against it. */
export function readFamilies(neighbor: Neighbor, around: FamiliesAround): Result<Families, string> {
  const [ipv4, ipv6] = FAMILIES.map((family) => readFamily(neighbor, family, around))
  const faults = [ipv4, ipv6].flatMap((one) => (one?.ok === false ? one.faults : []))
  const value = (one: typeof ipv4) => (one?.ok === true ? one.value : null)
  const families = { ipv4Unicast: value(ipv4), ipv6Unicast: value(ipv6) }
  if (faults.length > 0) return refused(...faults)
  if (families.ipv4Unicast === null && families.ipv6Unicast === null) {
    return refused('it is active in neither IPv4 nor IPv6 unicast')
  }
  return ok(families)
}

function readFamily(
  { address, families }: Neighbor,
  family: Family,
  around: FamiliesAround,
): Result<AddressFamily | null, string> {
  const said = families.get(family)
  if (said === undefined) return ok(null)
  if (!said.has('activate')) {
    return refused(`it has settings in ${family} and is not active there: take them away`)
  }
  const strange = [...said.keys()].filter((slot) => !KNOWN.has(slot))
  const into = readWay(said, 'in', family, around)
  const out = readWay(said, 'out', family, around)
  const max = maxPrefixes(said, address)
  const faults = [
    ...strange.map((slot) => `it says \`${slot}\` in ${family}, which an intent cannot`),
    ...[into, out, max].flatMap((part) => (part.ok ? [] : part.faults)),
  ]
  if (faults.length > 0 || !into.ok || !out.ok || !max.ok) return refused(...faults)
  const silent = notOriginated(out.value.prefixes, family, around.block)
  if (silent !== undefined) return refused(silent)
  const { prefixes, communities, localPreference } = into.value
  return ok({
    import: { prefixes, communities, localPreference, maxPrefixes: max.value },
    export: {
      prefixes: out.value.prefixes,
      communities: out.value.communities,
      med: out.value.med,
      prependAs: out.value.prependAs,
    },
  })
}

function readWay(
  said: Statements,
  way: 'in' | 'out',
  family: Family,
  around: FamiliesAround,
): Result<Sets & Pick<Direction, 'prefixes'>, string> {
  const named = (kind: string) => {
    const line = said.get(`${kind} ${way}`)?.line ?? ''
    return new RegExp(` ${kind} (\\S+) ${way}$`).exec(line)?.[1]
  }
  const found = direction(named('route-map'), named('prefix-list'), family, around)
  if (!found.ok) return refused(...found.faults.map((why) => `${family} ${way}: ${why}`))
  const sets = readSets(found.value.sets, way, around.block.localAs)
  if (!sets.ok) return refused(...sets.faults.map((why) => `${family} ${way}: ${why}`))
  return ok({ ...sets.value, prefixes: found.value.prefixes })
}

function direction(
  map: string | undefined,
  list: string | undefined,
  family: Family,
  { policies, silentMeans }: FamiliesAround,
): Result<Direction, string> {
  if (map !== undefined && list !== undefined) {
    return refused(`both route map ${map} and prefix list ${list} filter it: use one of them`)
  }
  if (map !== undefined) return mapRules(map, family, policies)
  if (list !== undefined) {
    const prefixes = listRules(list, family, policies)
    return prefixes.ok ? ok({ prefixes: prefixes.value, sets: [] }) : prefixes
  }
  return silentMeans === 'nothing'
    ? ok({ prefixes: [], sets: [] })
    : refused('nothing filters it, and an intent lists what is let through: give it a prefix list')
}

function maxPrefixes(said: Statements, address: string): Result<MaxPrefixes | null, string> {
  const line = said.get('maximum-prefix')?.line
  if (line === undefined) return ok(null)
  const words = line.slice(`neighbor ${address} `.length)
  const match = /^maximum-prefix (\d+)(?: (\d+))?(?: (warning-only)| restart (\d+))?$/.exec(words)
  if (match === null) return refused(`it says \`${words}\`, which an intent cannot`)
  const [, limit, percent = '75', warn, restart] = match
  return ok({
    limit: Number(limit),
    warningPercent: Number(percent),
    action: warn === undefined ? 'teardown' : 'warn',
    restartMinutes: restart === undefined ? null : Number(restart),
  })
}

/** An intent originates what it exports exactly; where FRR does not, that would be a new route. */
function notOriginated(
  prefixes: readonly PrefixRule[],
  family: Family,
  { families, foreign }: Block,
): string | undefined {
  const own = families.get(family)
  const silent = prefixes.find(({ prefix, ge, le }) => {
    const network = `network ${prefix}`
    const line = `${family}: ${network}`
    const there = foreign.some((one) => one === line || one.startsWith(`${line} `))
    return ge === null && le === null && own?.has(network) !== true && !there
  })
  if (silent === undefined) return undefined
  return (
    `it lets out exactly ${silent.prefix}, which an intent would also originate, and there is no ` +
    `\`network ${silent.prefix}\`: add it, or let its list say a range`
  )
}
