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

/** Sorts as FRR prints: ascending, without duplicates, well-known communities by name (RFC 1997). */
export function sortCommunities(communities: readonly string[]): string[] {
  const values = new Map(communities.map((text) => [value(text), text]))
  if ([...values.keys()].some(Number.isNaN)) return [...communities]
  return [...values].sort(([a], [b]) => a - b).map(([bits, text]) => NAMES.get(bits) ?? text)
}

/** Sorts large communities, `A:B:C` (RFC 8092): ascending and without duplicates. */
export function sortLargeCommunities(communities: readonly string[]): string[] {
  return [...new Set(communities)].sort((a, b) => {
    const left = a.split(':').map(Number)
    const right = b.split(':').map(Number)
    const at = left.findIndex((part, i) => part !== right[i])
    return at < 0 ? 0 : (left[at] ?? 0) - (right[at] ?? 0)
  })
}

/** Whether a community has three 32-bit parts (RFC 8092); the other form has two 16-bit parts (RFC 1997). */
export function isLarge(community: string): boolean {
  return community.split(':').length === 3
}
