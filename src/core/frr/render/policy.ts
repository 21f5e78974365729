import type {
  AddressFamily,
  AsPathPolicy,
  BgpNeighbor,
  Community,
  PrefixRule,
} from '../../model/bgp.js'
import { asPathRules } from '../as-path-regex.js'
import { isLarge, sortCommunities, sortLargeCommunities } from '../community.js'
import { policyName, type ListKind, type UnicastFamily } from '../names.js'
import { anyRule, ruleText } from '../prefix-rule.js'
import { policyList, routeMap, type PolicyList, type RouteMap } from '../read/policy.js'

/** The community that a router adds to its routes before a session ends (RFC 8326). */
const GRACEFUL_SHUTDOWN = 'graceful-shutdown'

/** One direction of one family of one neighbour: a map, and lists of the same name. */
export interface WantedPolicy {
  readonly name: string
  readonly lists: readonly WantedList[]
  readonly map: RouteMap
}

interface WantedList {
  readonly kind: ListKind
  readonly list: PolicyList
}

/** What a direction matches, and the lines that set something on it. */
interface WantedDirection {
  readonly prefixes: readonly PrefixRule[]
  readonly asPaths: AsPathPolicy | null
  readonly matchCommunities: readonly Community[]
  readonly sets: readonly string[]
}

/**
 * The policies of both directions. A map always matches its list, and a list is never empty, because FRR
 * accepts everything with an empty one.
 */
export function wantedPolicies(
  neighbor: BgpNeighbor,
  family: UnicastFamily,
  wanted: AddressFamily,
  localAs: number,
): readonly [into: WantedPolicy, out: WantedPolicy] {
  const [into, out] = [policyName(neighbor, family, 'in'), policyName(neighbor, family, 'out')]
  const { import: from, export: to } = wanted
  const shownAs = neighbor.localAs ?? localAs
  return [
    policy(into, family, { ...from, sets: importLines(neighbor, wanted) }),
    policy(out, family, {
      ...to,
      matchCommunities: [],
      sets: exportLines(neighbor, wanted, shownAs),
    }),
  ]
}

function policy(
  name: string,
  family: UnicastFamily,
  { prefixes, asPaths, matchCommunities, sets }: WantedDirection,
): WantedPolicy {
  const [kind, width] = family === 'ipv4 unicast' ? (['ip', 4] as const) : (['ipv6', 6] as const)
  const match = `match ${kind} address prefix-list ${name}`
  const refused = asPaths === null ? [] : asPathRules(asPaths)
  const [normal, large] = [
    sortCommunities(matchCommunities.filter((text) => !isLarge(text))),
    sortLargeCommunities(matchCommunities.filter(isLarge)),
  ]
  const matches = [
    match,
    ...(normal.length === 0 ? [] : [`match community ${name}`]),
    ...(large.length === 0 ? [] : [`match large-community ${name}`]),
  ]
  return {
    name,
    lists: [
      {
        kind: `${kind} prefix-list`,
        list: policyList(`${kind} prefix-list`, rules(width, prefixes)),
      },
      ...list('bgp as-path access-list', refused),
      ...list('bgp community-list standard', normal.map(permitted)),
      ...list('bgp large-community-list standard', large.map(permitted)),
    ],
    map: routeMap(
      [
        // Refused paths first: FRR takes the first entry that matches.
        ...(refused.length === 0 ? [] : ['deny 5', `match as-path ${name}`]),
        ...['permit 10', ...matches, ...sets],
      ].join('\n'),
    ),
  }
}

function permitted(text: string): string {
  return `permit ${text}`
}

/** No list without rules, because FRR keeps none. */
function list(kind: ListKind, texts: readonly string[]): readonly WantedList[] {
  return texts.length === 0 ? [] : [{ kind, list: policyList(kind, numbered(texts)) }]
}

/** Numbered as FRR numbers them, so that the text is what FRR prints. */
function rules(width: 4 | 6, prefixes: readonly PrefixRule[]): string {
  const texts = prefixes.map((rule) => `permit ${ruleText(rule)}`)
  if (texts.length === 0) texts.push(`deny ${anyRule(width)}`)
  return numbered([...new Set(texts)])
}

function numbered(texts: readonly string[]): string {
  return texts.map((text, i) => `seq ${5 * (i + 1)} ${text}`).join('\n')
}

function importLines(neighbor: BgpNeighbor, family: AddressFamily): string[] {
  const { localPreference, communities } = family.import
  const preference = neighbor.drain ? 0 : localPreference
  return [
    ...communityLines(communities),
    ...(preference === null ? [] : [`set local-preference ${preference}`]),
  ]
}

/** `shownAs` is the AS that the neighbour sees. */
function exportLines(neighbor: BgpNeighbor, family: AddressFamily, shownAs: number): string[] {
  const { prependAs, med, communities } = family.export
  const copies = Array.from({ length: prependAs }, () => shownAs).join(' ')
  return [
    ...(prependAs === 0 ? [] : [`set as-path prepend ${copies}`]),
    ...communityLines(neighbor.drain ? [...communities, GRACEFUL_SHUTDOWN] : communities),
    ...(med === null ? [] : [`set metric ${med}`]),
  ]
}

/** With `additive` the route keeps the communities that it has. */
function communityLines(communities: readonly (Community | typeof GRACEFUL_SHUTDOWN)[]): string[] {
  if (communities.length === 0) return []
  const large = sortLargeCommunities(communities.filter(isLarge))
  const normal = sortCommunities(communities.filter((text) => !isLarge(text)))
  return [
    ...(normal.length === 0 ? [] : [`set community ${normal.join(' ')} additive`]),
    ...(large.length === 0 ? [] : [`set large-community ${large.join(' ')} additive`]),
  ]
}
