import type { AddressFamily, BgpNeighbor, Community, PrefixRule } from '../../model/bgp.js'
import type { ConfigNode, ConfigTree } from '../../model/plan.js'
import { isLarge, sortCommunities, sortLargeCommunities } from '../community.js'
import { FAMILIES, ORIGINATE_MAP, policyName, type Family } from '../names.js'
import { anyRule, ruleText } from '../prefix-rule.js'
import { leaf } from '../tree.js'

/** RFC 8326: the mark a router puts on routes before it leaves. */
const GRACEFUL_SHUTDOWN = 'graceful-shutdown'

export function familyOf(neighbor: BgpNeighbor, family: Family): AddressFamily | null {
  return family === 'ipv4 unicast' ? neighbor.ipv4Unicast : neighbor.ipv6Unicast
}

/**
 * The prefix lists and route maps of one neighbour. A map always matches its list, and a list is
 * never empty, because FRR lets everything through an empty one.
 */
export function policies(neighbor: BgpNeighbor, localAs: number): ConfigTree {
  return FAMILIES.flatMap((family) => {
    const wanted = familyOf(neighbor, family)
    if (wanted === null) return []
    const into = policyName(neighbor, family, 'in')
    const out = policyName(neighbor, family, 'out')
    return [
      ...prefixList(into, family, wanted.import.prefixes),
      ...prefixList(out, family, wanted.export.prefixes),
      routeMap(into, family, importLines(neighbor, wanted)),
      routeMap(out, family, exportLines(neighbor, wanted, localAs)),
    ]
  })
}

/** The map that marks demarc's `network` lines lets all through: the mark is its name. */
export function originateMap(): ConfigNode {
  return leaf(`route-map ${ORIGINATE_MAP} permit 10`)
}

function prefixList(name: string, family: Family, rules: readonly PrefixRule[]): ConfigTree {
  const [kind, width] = family === 'ipv4 unicast' ? (['ip', 4] as const) : (['ipv6', 6] as const)
  const texts = rules.map((rule) => `permit ${ruleText(rule)}`)
  if (texts.length === 0) texts.push(`deny ${anyRule(width)}`)
  return [...new Set(texts)].map((text, i) =>
    leaf(`${kind} prefix-list ${name} seq ${5 * (i + 1)} ${text}`),
  )
}

function routeMap(name: string, family: Family, lines: readonly string[]): ConfigNode {
  const kind = family === 'ipv4 unicast' ? 'ip' : 'ipv6'
  const match = `match ${kind} address prefix-list ${name}`
  return { line: `route-map ${name} permit 10`, children: [match, ...lines].map(leaf) }
}

function importLines(neighbor: BgpNeighbor, family: AddressFamily): string[] {
  const { localPreference, communities } = family.import
  const preference = neighbor.drain ? 0 : localPreference
  return [
    ...communityLines(communities),
    ...(preference === null ? [] : [`set local-preference ${preference}`]),
  ]
}

function exportLines(neighbor: BgpNeighbor, family: AddressFamily, localAs: number): string[] {
  const { prependAs, med, communities } = family.export
  const copies = Array.from({ length: prependAs }, () => localAs).join(' ')
  return [
    ...(prependAs === 0 ? [] : [`set as-path prepend ${copies}`]),
    ...communityLines(neighbor.drain ? [...communities, GRACEFUL_SHUTDOWN] : communities),
    ...(med === null ? [] : [`set metric ${med}`]),
  ]
}

/** `additive`: what the route already carries stays on it. */
function communityLines(communities: readonly (Community | typeof GRACEFUL_SHUTDOWN)[]): string[] {
  const large = sortLargeCommunities(communities.filter(isLarge))
  const normal = sortCommunities(communities.filter((text) => !isLarge(text)))
  return [
    ...(normal.length === 0 ? [] : [`set community ${normal.join(' ')} additive`]),
    ...(large.length === 0 ? [] : [`set large-community ${large.join(' ')} additive`]),
  ]
}
