import { ok, refused, type Result } from '../../base/result.js'
import type { AddressFamily, MaxPrefixes, PrefixRule } from '../../model/bgp.js'
import type { ExportedNeighbor } from '../../model/exported.js'
import { foreignOrigin } from '../diff/conflicts.js'
import { UNICAST, type UnicastFamily } from '../names.js'
import type { Block } from '../read/block.js'
import type { Neighbor } from '../read/neighbor.js'
import type { Statements } from '../read/statement.js'
import { OPTION_SLOTS, readOptions } from './family-options.js'
import {
  listRules,
  mapRules,
  readSets,
  type Direction,
  type Policies,
  type Sets,
} from './policy.js'

export interface FamiliesContext {
  readonly policies: Policies
  readonly block: Block
  /** What a direction without a policy permits: nothing (RFC 8212), or everything. */
  readonly unfiltered: 'nothing' | 'everything'
}

type Families = Pick<ExportedNeighbor, 'ipv4Unicast' | 'ipv6Unicast'>

const KNOWN: ReadonlySet<string> = new Set([
  'activate',
  'route-map in',
  'route-map out',
  'prefix-list in',
  'prefix-list out',
  'maximum-prefix',
  ...OPTION_SLOTS,
  'soft-reconfiguration inbound',
])

/** The families of a neighbour; the faults are all that an intent cannot express. */
export function readFamilies(
  neighbor: Neighbor,
  context: FamiliesContext,
): Result<Families, string> {
  const [ipv4, ipv6] = UNICAST.map((family) => readFamily(neighbor, family, context))
  const faults = [ipv4, ipv6].flatMap((read) => (read?.ok === false ? read.faults : []))
  const value = (read: typeof ipv4) => (read?.ok === true ? read.value : null)
  const families = { ipv4Unicast: value(ipv4), ipv6Unicast: value(ipv6) }
  if (faults.length > 0) return refused(...faults)
  if (families.ipv4Unicast === null && families.ipv6Unicast === null) {
    return refused('it is active in neither IPv4 nor IPv6 unicast')
  }
  return ok(families)
}

function readFamily(
  neighbor: Neighbor,
  family: UnicastFamily,
  context: FamiliesContext,
): Result<AddressFamily | null, string> {
  const { address, families } = neighbor
  const statements = families.get(family)
  if (statements === undefined) return ok(null)
  if (!statements.has('activate')) {
    return refused(`it has settings in ${family} and is not active there: remove them`)
  }
  const unknown = [...statements.keys()].filter((slot) => !KNOWN.has(slot))
  const into = readDirection(neighbor, 'in', family, context)
  const out = readDirection(neighbor, 'out', family, context)
  const max = maxPrefixes(statements, address)
  const options = readOptions(statements, address)
  const faults = [
    ...unknown.map((slot) => `it has \`${slot}\` in ${family}, which an intent cannot express`),
    ...[into, out, max, options].flatMap((part) => (part.ok ? [] : part.faults)),
  ]
  if (!into.ok || !out.ok || !max.ok || !options.ok || faults.length > 0) return refused(...faults)
  const missing = notOriginated(out.value.prefixes, family, context.block)
  if (missing !== undefined) return refused(missing)
  if (out.value.matchCommunities.length > 0) {
    return refused(
      `${family} out: its route map matches communities, which an intent cannot express`,
    )
  }
  const { prefixes, asPaths, matchCommunities, communities, localPreference } = into.value
  const { defaultOriginate, maxPrefixesOut, ...shared } = options.value
  return ok({
    ...shared,
    import: {
      ...{ prefixes, asPaths, matchCommunities, communities, localPreference },
      maxPrefixes: max.value,
    },
    export: {
      prefixes: out.value.prefixes,
      asPaths: out.value.asPaths,
      communities: out.value.communities,
      med: out.value.med,
      prependAs: out.value.prependAs,
      defaultOriginate,
      maxPrefixes: maxPrefixesOut,
      shareOf: null,
    },
  })
}

function readDirection(
  { families, statements: own }: Neighbor,
  direction: 'in' | 'out',
  family: UnicastFamily,
  context: FamiliesContext,
): Result<Sets & Omit<Direction, 'sets'>, string> {
  const named = (kind: string) => {
    const line = families.get(family)?.get(`${kind} ${direction}`)?.line ?? ''
    return new RegExp(` ${kind} (\\S+) ${direction}$`).exec(line)?.[1]
  }
  const policy = policyOf(named('route-map'), named('prefix-list'), family, context)
  if (!policy.ok) return refused(...policy.faults.map((why) => `${family} ${direction}: ${why}`))
  const shown = /^neighbor \S+ local-as (\d+)/.exec(own.get('local-as')?.line ?? '')?.[1]
  const shownAs = shown === undefined ? context.block.localAs : Number(shown)
  const sets = readSets(policy.value.sets, direction, shownAs)
  if (!sets.ok) return refused(...sets.faults.map((why) => `${family} ${direction}: ${why}`))
  const { prefixes, asPaths, matchCommunities } = policy.value
  return ok({ ...sets.value, prefixes, asPaths, matchCommunities })
}

/** A direction without a route map. */
const ANY = { asPaths: null, matchCommunities: [], sets: [] } as const

function policyOf(
  map: string | undefined,
  list: string | undefined,
  family: UnicastFamily,
  { policies, unfiltered }: FamiliesContext,
): Result<Direction, string> {
  if (map !== undefined && list !== undefined) {
    return refused(`both route map ${map} and prefix list ${list} filter it: use one of them`)
  }
  if (map !== undefined) return mapRules(map, family, policies)
  if (list !== undefined) {
    const prefixes = listRules(list, family, policies)
    return prefixes.ok ? ok({ ...ANY, prefixes: prefixes.value }) : prefixes
  }
  return unfiltered === 'nothing'
    ? ok({ ...ANY, prefixes: [] })
    : refused('nothing filters it, and an intent lists what it permits: give it a prefix list')
}

function maxPrefixes(statements: Statements, address: string): Result<MaxPrefixes | null, string> {
  const line = statements.get('maximum-prefix')?.line
  if (line === undefined) return ok(null)
  const words = line.slice(`neighbor ${address} `.length)
  const match = /^maximum-prefix (\d+)(?: (\d+))?(?: (warning-only)| restart (\d+))?$/.exec(words)
  if (match === null) return refused(`it has \`${words}\`, which an intent cannot express`)
  const [, limit, percent = '75', warn, restart] = match
  return ok({
    limit: Number(limit),
    warningPercent: Number(percent),
    action: warn === undefined ? 'teardown' : 'warn',
    restartMinutes: restart === undefined ? null : Number(restart),
  })
}

/** An intent originates every prefix that it exports exactly. Where FRR does not, that would add a route. */
function notOriginated(
  prefixes: readonly PrefixRule[],
  family: UnicastFamily,
  block: Block,
): string | undefined {
  const own = block.families.get(family)
  const missing = prefixes.find(({ prefix, ge, le }) => {
    const isOriginated = ['network', 'aggregate-address'].some((kind) => {
      const slot = `${kind} ${prefix}`
      return own?.has(slot) === true || foreignOrigin(block, family, slot) !== undefined
    })
    return ge === null && le === null && !isOriginated
  })
  if (missing === undefined) return undefined
  return (
    `it announces exactly ${missing.prefix}, which an intent would also originate, and FRR has no ` +
    `\`network ${missing.prefix}\`: add that line, or use a range in the list`
  )
}
