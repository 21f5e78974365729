import { faultsOf, ok, refused, type Result } from '../../base/result.js'
import { toCommunity, type AsPathPolicy, type Community, type PrefixRule } from '../../model/bgp.js'
import { toPrefix } from '../../model/names.js'
import type { ConfigTree } from '../../model/plan.js'
import { readAsPathRules } from '../as-path-regex.js'
import { LIST_KINDS, type UnicastFamily } from '../names.js'
import { anyRule, normalRule } from '../prefix-rule.js'
import { mapStatement } from '../read/statement.js'

/** All prefix lists and route maps of a configuration, in the order that FRR evaluates them. */
export interface Policies {
  /** Rules such as `permit 10.0.0.0/8 le 24`, by `ip prefix-list NAME`. */
  readonly lists: ReadonlyMap<string, readonly string[]>
  readonly maps: ReadonlyMap<string, readonly MapEntry[]>
}

interface MapEntry {
  readonly action: 'permit' | 'deny'
  readonly lines: readonly string[]
}

/** What one direction permits, and what it sets on it. */
export interface Direction {
  readonly prefixes: readonly PrefixRule[]
  readonly asPaths: AsPathPolicy | null
  readonly matchCommunities: readonly Community[]
  /** The lines of the map that set something. */
  readonly sets: readonly string[]
}

/** All prefix lists and route maps of a running configuration, in its order, demarc's own or not. */
export function readPolicies(tree: ConfigTree): Policies {
  const lists = new Map<string, string[]>()
  const maps = new Map<string, MapEntry[]>()
  for (const { line, children } of tree) {
    const rule = readRule(line)
    if (rule !== undefined) append(lists, rule.list, rule.rule)
    const map = /^route-map (\S+) (permit|deny) \d+$/.exec(line)
    if (map !== null) {
      const action = map[2] === 'deny' ? 'deny' : 'permit'
      append(maps, map[1] ?? '', { action, lines: children.map((child) => child.line) })
    }
  }
  return { lists, maps }
}

function readRule(line: string): { readonly list: string; readonly rule: string } | undefined {
  const kind = LIST_KINDS.find((words) => line.startsWith(`${words} `))
  if (kind === undefined) return undefined
  const match = /^(\S+) (?:seq \d+ )?(permit|deny) (.+)$/.exec(line.slice(kind.length + 1))
  if (match === null) return undefined
  const [, name = '', action = '', text = ''] = match
  const width = kind === 'ip prefix-list' ? 4 : kind === 'ipv6 prefix-list' ? 6 : null
  const rule = width === null ? text : normalRule(text, width)
  return { list: `${kind} ${name}`, rule: `${action} ${rule}` }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}

/** The prefixes of a list that only permits. A last rule that denies the rest is FRR's default. */
export function listRules(
  name: string,
  family: UnicastFamily,
  { lists }: Policies,
): Result<readonly PrefixRule[], string> {
  const [kind, width] = family === 'ipv4 unicast' ? (['ip', 4] as const) : (['ipv6', 6] as const)
  const all = lists.get(`${kind} prefix-list ${name}`)
  if (all === undefined) return refused(`its prefix list ${name} does not exist: create it`)
  const last = all.at(-1) === `deny ${anyRule(width)}` ? -1 : all.length
  const rules = [...new Set(all.slice(0, last))].map(permitted)
  const wrong = rules.findIndex((rule) => rule === undefined)
  return wrong < 0
    ? ok(rules.filter((rule) => rule !== undefined))
    : refused(`its prefix list ${name} has \`${all[wrong]}\`: an intent only lists what it permits`)
}

function permitted(text: string): PrefixRule | undefined {
  const match = /^permit (\S+)(?: ge (\d+))?(?: le (\d+))?$/.exec(text)
  const prefix = toPrefix(match?.[1] ?? '')
  if (match === null || prefix === undefined) return undefined
  const bound = (digits: string | undefined) => (digits === undefined ? null : Number(digits))
  return { prefix, ge: bound(match[2]), le: bound(match[3]) }
}

/** A map of one entry that matches one prefix list, after one that refuses AS paths at most. */
export function mapRules(
  name: string,
  family: UnicastFamily,
  policies: Policies,
): Result<Direction, string> {
  const entries = policies.maps.get(name)
  if (entries === undefined) return refused(`its route map ${name} does not exist: create it`)
  const { refusing, rest } = withoutPaths(withoutLastDeny(entries))
  const [first, ...more] = rest
  if (first?.action !== 'permit' || more.length > 0) {
    return refused(
      `its route map ${name} is not one single permit, and an intent cannot express more`,
    )
  }
  const list = onlyList(first, family)
  if (list === undefined) {
    return refused(`its route map ${name} does not match one prefix list and nothing else`)
  }
  const prefixes = listRules(list, family, policies)
  const asPaths = readPaths(refusing, policies)
  const matched = readMatched(first, policies)
  if (!prefixes.ok || !asPaths.ok || !matched.ok) {
    return refused(...faultsOf(prefixes), ...faultsOf(asPaths), ...faultsOf(matched))
  }
  const sets = first.lines.filter((line) => line.startsWith('set '))
  return ok({
    prefixes: prefixes.value,
    asPaths: asPaths.value,
    matchCommunities: matched.value,
    sets,
  })
}

const REFUSED_PATHS = /^match as-path (\S+)$/

/** The list of a first entry that refuses AS paths; null: there is none. */
function withoutPaths(entries: readonly MapEntry[]) {
  const [first, ...rest] = entries
  const [line = '', ...more] = first?.lines ?? []
  const refusing = REFUSED_PATHS.exec(line)?.[1]
  return first?.action === 'deny' && refusing !== undefined && more.length === 0
    ? { refusing, rest }
    : { refusing: null, rest: entries }
}

function readPaths(name: string | null, { lists }: Policies): Result<AsPathPolicy | null, string> {
  if (name === null) return ok(null)
  const policy = readAsPathRules(lists.get(`bgp as-path access-list ${name}`) ?? [])
  return policy === undefined
    ? refused(`its AS path list ${name} has rules that an intent cannot express`)
    : ok(policy)
}

const MATCHED = /^match (community|large-community) (\S+)$/

function readMatched(
  { lines }: MapEntry,
  { lists }: Policies,
): Result<readonly Community[], string> {
  const found = lines.flatMap((line) => {
    const [, kind, name] = MATCHED.exec(line) ?? []
    return kind === undefined
      ? []
      : [{ name, rules: lists.get(`bgp ${kind}-list standard ${name}`) ?? [] }]
  })
  const read = found.map(({ name, rules }) => ({
    name,
    communities: rules.map((rule) => toCommunity(rule.replace(/^permit /, ''))),
  }))
  const strange = read.find(
    ({ communities }) => communities.length === 0 || communities.includes(undefined),
  )
  if (strange !== undefined) {
    return refused(
      `its community list ${strange.name} is not a list of communities that it permits`,
    )
  }
  const all = read.flatMap(({ communities }) => communities.filter((one) => one !== undefined))
  return ok(all.toSorted())
}

/** A last entry that denies the rest is FRR's default. */
function withoutLastDeny(entries: readonly MapEntry[]): readonly MapEntry[] {
  const last = entries.at(-1)
  return last?.action === 'deny' && last.lines.length === 0 ? entries.slice(0, -1) : entries
}

function onlyList({ lines }: MapEntry, family: UnicastFamily): string | undefined {
  const match = `match ${family === 'ipv4 unicast' ? 'ip' : 'ipv6'} address prefix-list `
  const [first, ...more] = lines.filter((line) => !line.startsWith('set ') && !MATCHED.test(line))
  return more.length === 0 && first?.startsWith(match) === true
    ? first.slice(match.length)
    : undefined
}

/** What the `set` lines of a map do, as far as an intent can express it. */
export interface Sets {
  readonly communities: readonly Community[]
  readonly localPreference: number | null
  readonly med: number | null
  readonly prependAs: number
}

const NOTHING_SET: Sets = { communities: [], localPreference: null, med: null, prependAs: 0 }

/**
 * Reads `set` lines: local preference only for imports, MED and prepends only for exports, communities for both.
 * `shownAs` is the AS that the neighbour sees.
 */
export function readSets(
  lines: readonly string[],
  direction: 'in' | 'out',
  shownAs: number,
): Result<Sets, string> {
  let all = NOTHING_SET
  for (const line of lines) {
    const more = readSet(mapStatement(line).line, direction, shownAs)
    if (more === undefined)
      return refused(`its route map has \`${line}\`, which an intent cannot express`)
    all = { ...all, ...more, communities: [...all.communities, ...(more.communities ?? [])] }
  }
  return ok(all)
}

function readSet(
  line: string,
  direction: 'in' | 'out',
  shownAs: number,
): Partial<Sets> | undefined {
  const [, what = '', value = ''] =
    /^set ((?:large-)?community|local-preference|metric|as-path prepend) (.+)$/.exec(line) ?? []
  const read = READERS[`${direction} ${what.replace('large-', '')}`]
  return read?.(value, shownAs)
}

type Reader = (value: string, shownAs: number) => Partial<Sets> | undefined

const READERS: Readonly<Record<string, Reader>> = {
  'in community': addedCommunities,
  'out community': addedCommunities,
  'in local-preference': (value) =>
    isNumber(value) ? { localPreference: Number(value) } : undefined,
  'out metric': (value) => (isNumber(value) ? { med: Number(value) } : undefined),
  'out as-path prepend': prepended,
}

function isNumber(text: string): boolean {
  return /^\d+$/.test(text)
}

/** Without `additive` the map removes the communities of the route, which an intent cannot express. */
function addedCommunities(value: string): Partial<Sets> | undefined {
  if (!value.endsWith(' additive')) return undefined
  const read = value.split(' ').slice(0, -1).map(toCommunity)
  const communities = read.filter((community) => community !== undefined)
  return communities.length === read.length ? { communities } : undefined
}

function prepended(value: string, shownAs: number): Partial<Sets> | undefined {
  const copies = value.split(' ')
  return copies.every((as) => as === String(shownAs)) ? { prependAs: copies.length } : undefined
}
