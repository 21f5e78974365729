import { formatCidr, network, parseCidr, width, type Cidr } from '../base/ip.js'

/** A wider prefix with the same addresses as several. */
export interface Aggregate {
  readonly prefix: string
  /** How many of the given prefixes it stands for. */
  readonly covers: number
}

/**
 * The aggregate that saves the most announced routes: it has no address that the prefixes have not. null: no two of them
 * lie side by side or within each other.
 */
export function bestAggregate(prefixes: readonly string[]): Aggregate | null {
  const found = [...new Set(prefixes)].flatMap((text) => {
    const cidr = parseCidr(text)
    return cidr === undefined ? [] : [{ ip: network(cidr), length: cidr.length }]
  })
  const [best] = joined(found).sort((a, b) => b.covers - a.covers)
  if (best === undefined || best.covers < 2) return null
  return { prefix: formatCidr(best.cidr), covers: best.covers }
}

interface Joined {
  readonly cidr: Cidr
  readonly covers: number
}

/** From the longest prefixes to the shortest: a part of another disappears in it, and two halves become one. */
function joined(prefixes: readonly Cidr[]): Joined[] {
  const left = new Map(prefixes.map((cidr) => [keyOf(cidr), { cidr, covers: 1 }]))
  const longest = Math.max(0, ...prefixes.map(({ length }) => length))
  for (let length = longest; length > 0; length -= 1) {
    for (const entry of [...left.values()].filter(({ cidr }) => cidr.length === length)) {
      const whole = wholeOf(entry.cidr, left)
      if (whole === null) continue
      const { cidr, parts } = whole
      const covers = parts.reduce((sum, part) => sum + (left.get(keyOf(part))?.covers ?? 0), 0)
      for (const part of parts) left.delete(keyOf(part))
      left.set(keyOf(cidr), { cidr, covers })
    }
  }
  return [...left.values()]
}

/** What a prefix disappears in, with everything that does; null: it stays, or has already gone. */
function wholeOf(
  cidr: Cidr,
  left: ReadonlyMap<string, Joined>,
): { readonly cidr: Cidr; readonly parts: readonly Cidr[] } | null {
  if (!left.has(keyOf(cidr))) return null
  for (let length = cidr.length - 1; length >= 0; length -= 1) {
    const wider = { ip: network({ ip: cidr.ip, length }), length }
    if (left.has(keyOf(wider))) return { cidr: wider, parts: [wider, cidr] }
  }
  const other = halfBeside(cidr)
  if (!left.has(keyOf(other))) return null
  const length = cidr.length - 1
  return { cidr: { ip: network({ ip: cidr.ip, length }), length }, parts: [cidr, other] }
}

/** The other half of the prefix that is one bit shorter. */
function halfBeside({ ip, length }: Cidr): Cidr {
  const bit = 1n << BigInt(width(ip) - length)
  return { ip: { family: ip.family, bits: ip.bits ^ bit }, length }
}

function keyOf({ ip, length }: Cidr): string {
  return `${ip.family} ${ip.bits} ${length}`
}
