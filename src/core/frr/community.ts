/** Well-known communities (IANA) under the names FRR prints. */
const WELL_KNOWN: Readonly<Record<string, number>> = {
  'graceful-shutdown': 0xffff0000,
  blackhole: 0xffff029a,
  'no-export': 0xffffff01,
  'no-advertise': 0xffffff02,
  'local-AS': 0xffffff03,
  'no-peer': 0xffffff04,
}

function value(community: string): number {
  const known = WELL_KNOWN[community]
  if (known !== undefined) return known
  const [high, low] = community.split(':')
  return Number(high) * 0x10000 + Number(low)
}

const NAMES = new Map(Object.entries(WELL_KNOWN).map(([name, bits]) => [bits, name]))

/** Without doubles, in the order and with the names FRR gives them (ascending, RFC 1997 names). */
export function sortCommunities(communities: readonly string[]): string[] {
  const values = new Map(communities.map((text) => [value(text), text]))
  if ([...values.keys()].some(Number.isNaN)) return [...communities]
  return [...values].sort(([a], [b]) => a - b).map(([bits, text]) => NAMES.get(bits) ?? text)
}

/** RFC 8092 communities, `A:B:C`, ascending and without doubles. */
export function sortLargeCommunities(communities: readonly string[]): string[] {
  return [...new Set(communities)].sort((a, b) => {
    const left = a.split(':').map(Number)
    const right = b.split(':').map(Number)
    const at = left.findIndex((part, i) => part !== right[i])
    return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
  })
}

/**
 * Whether a checked community is one of three 32-bit parts (RFC 8092), and not of two 16-bit ones (RFC
 * 1997).
 */
export function isLarge(community: string): boolean {
  return community.split(':').length === 3
}
