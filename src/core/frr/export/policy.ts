import { ok, refused, type Result } from '../../base/result.js'
import { toCommunity, type Community, type PrefixRule } from '../../model/bgp.js'
import { toPrefix } from '../../model/names.js'
import type { ConfigTree } from '../../model/plan.js'
import type { Family } from '../names.js'
import { anyRule, normalRule } from '../prefix-rule.js'
import { mapStatement } from '../read/statement.js'

/** The lists and maps of a configuration, whoever made them, in the order FRR asks them. */
export interface Policies {
  /** `ip NAME` or `ipv6 NAME` to rules such as `permit 10.0.0.0/8 le 24`. */
  readonly lists: ReadonlyMap<string, readonly string[]>
  readonly maps: ReadonlyMap<string, readonly MapEntry[]>
}

interface MapEntry {
  readonly action: 'permit' | 'deny'
  readonly lines: readonly string[]
}

/** What one direction lets through and does to it. */
export interface Direction {
  readonly prefixes: readonly PrefixRule[]
  /** The lines of the map that set something. */
  readonly sets: readonly string[]
}

/** All prefix lists and route maps of a running configuration, in its order, demarc's own or not. */
export function readPolicies(tree: ConfigTree): Policies {
  const lists = new Map<string, string[]>()
  const maps = new Map<string, MapEntry[]>()
  for (const { line, children } of tree) {
    const rule = readRule(line)
    if (rule !== undefined) append(lists, rule.list, rule.says)
    const map = /^route-map (\S+) (permit|deny) \d+$/.exec(line)
    if (map !== null) {
      const action = map[2] === 'deny' ? 'deny' : 'permit'
      append(maps, map[1] ?? '', { action, lines: children.map((child) => child.line) })
    }
  }
  return { lists, maps }
}

function readRule(line: string): { readonly list: string; readonly says: string } | undefined {
  const match = /^(ip|ipv6) prefix-list (\S+) (?:seq \d+ )?(permit|deny) (.+)$/.exec(line)
  if (match === null) return undefined
  const [, kind = '', name = '', action = '', rule = ''] = match
  return { list: `${kind} ${name}`, says: `${action} ${normalRule(rule, kind === 'ip' ? 4 : 6)}` }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const there = map.get(key)
  if (there === undefined) map.set(key, [value])
  else there.push(value)
}

/** The prefixes of a list of permits; what follows them may only deny the rest, as FRR does anyway. */
export function listRules(
  name: string,
  family: Family,
  { lists }: Policies,
): Result<readonly PrefixRule[], string> {
  const [kind, width] = family === 'ipv4 unicast' ? (['ip', 4] as const) : (['ipv6', 6] as const)
  const all = lists.get(`${kind} ${name}`)
  if (all === undefined) return refused(`its prefix list ${name} does not exist: make it`)
  const last = all.at(-1) === `deny ${anyRule(width)}` ? -1 : all.length
  const rules = [...new Set(all.slice(0, last))].map(permitted)
  const wrong = rules.findIndex((rule) => rule === undefined)
  return wrong < 0
    ? ok(rules.filter((rule) => rule !== undefined))
    : refused(
        `its prefix list ${name} says \`${all[wrong]}\`: an intent only lists what is let through`,
      )
}

function permitted(text: string): PrefixRule | undefined {
  const match = /^permit (\S+)(?: ge (\d+))?(?: le (\d+))?$/.exec(text)
  const prefix = toPrefix(match?.[1] ?? '')
  if (match === null || prefix === undefined) return undefined
  const bound = (digits: string | undefined) => (digits === undefined ? null : Number(digits))
  return { prefix, ge: bound(match[2]), le: bound(match[3]) }
}

/** A map of one entry that matches one prefix list. */
export function mapRules(
  name: string,
  family: Family,
  policies: Policies,
): Result<Direction, string> {
  const entries = policies.maps.get(name)
  if (entries === undefined) return refused(`its route map ${name} does not exist: make it`)
  const [first, ...more] = withoutLastDeny(entries)
  if (first?.action !== 'permit' || more.length > 0) {
    return refused(
      `its route map ${name} is not one single permit: an intent has no more than that`,
    )
  }
  const list = onlyList(first, family)
  if (list === undefined) {
    return refused(`its route map ${name} does not match one prefix list and nothing else`)
  }
  const prefixes = listRules(list, family, policies)
  const sets = first.lines.filter((line) => line.startsWith('set '))
  return prefixes.ok ? ok({ prefixes: prefixes.value, sets }) : prefixes
}

/** An entry that denies all that is left says what FRR does anyway. */
function withoutLastDeny(entries: readonly MapEntry[]): readonly MapEntry[] {
  const last = entries.at(-1)
  return last?.action === 'deny' && last.lines.length === 0 ? entries.slice(0, -1) : entries
}

function onlyList({ lines }: MapEntry, family: Family): string | undefined {
  const match = `match ${family === 'ipv4 unicast' ? 'ip' : 'ipv6'} address prefix-list `
  const [first, ...more] = lines.filter((line) => !line.startsWith('set '))
  return more.length === 0 && first?.startsWith(match) === true
    ? first.slice(match.length)
    : undefined
}

/** What the `set` lines of a map do, as far as an intent knows it. */
export interface Sets {
  readonly communities: readonly Community[]
  readonly localPreference: number | null
  readonly med: number | null
  readonly prependAs: number
}

const NOTHING_SET: Sets = { communities: [], localPreference: null, med: null, prependAs: 0 }

/** A policy sets the local preference of what comes in; the rest but communities is for what goes out. */
export function readSets(
  lines: readonly string[],
  way: 'in' | 'out',
  localAs: number,
): Result<Sets, string> {
  let all = NOTHING_SET
  for (const line of lines) {
    const more = readSet(mapStatement(line).line, way, localAs)
    if (more === undefined) return refused(`its route map says \`${line}\`, which an intent cannot`)
    all = { ...all, ...more, communities: [...all.communities, ...(more.communities ?? [])] }
  }
  return ok(all)
}

function readSet(line: string, way: 'in' | 'out', localAs: number): Partial<Sets> | undefined {
  const [, what = '', value = ''] =
    /^set ((?:large-)?community|local-preference|metric|as-path prepend) (.+)$/.exec(line) ?? []
  const read = READERS[`${way} ${what.replace('large-', '')}`]
  return read?.(value, localAs)
}

type Reader = (value: string, localAs: number) => Partial<Sets> | undefined

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

/** Without `additive` the map would take away what the route carries. */
function addedCommunities(value: string): Partial<Sets> | undefined {
  if (!value.endsWith(' additive')) return undefined
  const read = value.split(' ').slice(0, -1).map(toCommunity)
  const communities = read.filter((one) => one !== undefined)
  return communities.length === read.length ? { communities } : undefined
}

function prepended(value: string, localAs: number): Partial<Sets> | undefined {
  const copies = value.split(' ')
  return copies.every((as) => as === String(localAs)) ? { prependAs: copies.length } : undefined
}
