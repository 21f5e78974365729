import { formatIp, parseIp } from '../../base/ip.js'
import { DISTANCE } from '../../model/intent-defaults.js'
import type { ConfigTree } from '../../model/plan.js'
import type { FoundRoute, StaticRoute } from '../../model/vrf.js'

/**
 * The tag of every static route of demarc's, which is the mark of ownership: the letters "demc". FRR keeps the
 * tag with the route and acts on it nowhere by itself.
 */
const ROUTE_TAG = 0x64_65_6d_63

/** A line of FRR that is a static route, whosever it is. */
export type RouteLine = FoundRoute

/** The line that sets a route, with demarc's tag. */
export function routeLine(route: StaticRoute): RouteLine {
  const { vrf, prefix, nextHop, distance } = route
  const fields = { vrf, prefix, hop: nextHop ?? 'blackhole', distance, owned: true }
  return { ...fields, line: textOf(fields) }
}

/** The line without demarc's tag. */
export function withoutTag(route: RouteLine): RouteLine {
  const fields = { ...route, owned: false }
  return { ...fields, line: textOf(fields) }
}

function textOf({ vrf, prefix, hop, distance, owned }: Omit<RouteLine, 'line'>): string {
  const start = `${kindOf(prefix)} route ${prefix} ${hop ?? ''}`
  const tag = owned ? ` tag ${ROUTE_TAG}` : ''
  return `${start}${tag}${distance === DISTANCE ? '' : ` ${distance}`}${inVrf(vrf)}`
}

/** The line that removes a route. FRR finds it by its prefix and next hop. */
export function removal({ vrf, prefix, hop, line }: RouteLine): string {
  if (hop === undefined) return `no ${line}`
  return `no ${kindOf(prefix)} route ${prefix} ${hop}${inVrf(vrf)}`
}

function kindOf(prefix: string): 'ip' | 'ipv6' {
  return prefix.includes(':') ? 'ipv6' : 'ip'
}

function inVrf(vrf: string | null): string {
  return vrf === null ? '' : ` vrf ${vrf}`
}

/** All static routes of a configuration. */
export function readRoutes(tree: ConfigTree): readonly RouteLine[] {
  return tree.flatMap(({ line, children }) => {
    const vrf = /^vrf (\S+)$/.exec(line)?.[1]
    if (vrf === undefined) return readRoute(line, null)
    return children.flatMap((child) => readRoute(child.line, vrf))
  })
}

/** demarc sets no other form. */
const PLAIN = /^(\S+)(?: tag (\d+))?(?: (\d+))?$/

function readRoute(text: string, vrf: string | null): readonly RouteLine[] {
  const [, prefix, rest = ''] = /^(?:ip|ipv6) route (\S+) (.+)$/.exec(text) ?? []
  if (prefix === undefined) return []
  return [{ vrf, prefix, ...readEnd(rest), line: `${text}${inVrf(vrf)}` }]
}

function readEnd(text: string): Pick<RouteLine, 'hop' | 'distance' | 'owned'> {
  const [, word = '', tag = '', distance = DISTANCE] = PLAIN.exec(text) ?? []
  const isMarked = tag === String(ROUTE_TAG)
  const hop = isMarked || tag === '' ? hopOf(word) : undefined
  return { hop, distance: Number(distance), owned: isMarked && hop !== undefined }
}

function hopOf(text: string): string | undefined {
  const ip = parseIp(text)
  if (ip !== undefined) return formatIp(ip)
  return text === 'blackhole' ? text : undefined
}

/** Two routes with the same key replace each other. */
export function routeKey({ vrf, prefix, hop, line }: RouteLine): string {
  return `${vrf ?? ''} ${prefix} ${hop ?? line}`
}
