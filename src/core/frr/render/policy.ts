import type { AddressFamily, BgpNeighbor, Community, PrefixRule } from '../../model/bgp.js'
import { isLarge, sortCommunities, sortLargeCommunities } from '../community.js'
import { policyName, type UnicastFamily } from '../names.js'
import { anyRule, ruleText } from '../prefix-rule.js'
import { prefixList, routeMap, type PrefixList, type RouteMap } from '../read/policy.js'

/** The community that a router adds to its routes before a session ends (RFC 8326). */
const GRACEFUL_SHUTDOWN = 'graceful-shutdown'

/** One direction of one family of one neighbour: a list and a map of the same name. */
export interface WantedPolicy {
  readonly name: string
  readonly kind: 'ip' | 'ipv6'
  readonly list: PrefixList
  readonly map: RouteMap
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
  return [
    policy(into, family, wanted.import.prefixes, importLines(neighbor, wanted)),
    policy(
      out,
      family,
      wanted.export.prefixes,
      exportLines(neighbor, wanted, neighbor.localAs ?? localAs),
    ),
  ]
}

function policy(
  name: string,
  family: UnicastFamily,
  prefixes: readonly PrefixRule[],
  sets: readonly string[],
): WantedPolicy {
  const [kind, width] = family === 'ipv4 unicast' ? (['ip', 4] as const) : (['ipv6', 6] as const)
  const match = `match ${kind} address prefix-list ${name}`
  return {
    name,
    kind,
    list: prefixList(width, rules(width, prefixes)),
    map: routeMap(['permit 10', match, ...sets].join('\n')),
  }
}

/** Numbered as FRR numbers them, so that the text is what FRR prints. */
function rules(width: 4 | 6, prefixes: readonly PrefixRule[]): string {
  const texts = prefixes.map((rule) => `permit ${ruleText(rule)}`)
  if (texts.length === 0) texts.push(`deny ${anyRule(width)}`)
  return [...new Set(texts)].map((text, i) => `seq ${5 * (i + 1)} ${text}`).join('\n')
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
