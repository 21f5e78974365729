import { formatIp, network, parseCidr, parseIp, type Cidr } from '../../base/ip.js'

/** An interface's address with its prefix length, in the VRF it is in (null is the default one). */
export interface Subnet {
  readonly vrf: string | null
  readonly address: string
}

/** Finds the subnet that an address is in: of several the one with the shortest length, then the last given. */
export function findSubnet<T extends Subnet>(
  subnets: readonly T[],
): (vrf: string | null, address: string) => T | undefined {
  const byKey = new Map<string, T>()
  const lengths = new Set<number>()
  for (const subnet of subnets) {
    const cidr = parseCidr(subnet.address)
    if (cidr === undefined) continue
    lengths.add(cidr.length)
    byKey.set(keyOf(subnet.vrf, cidr), subnet)
  }
  const shortest = [...lengths].sort((a, b) => a - b)
  return (vrf, address) => {
    const ip = shortest.length === 0 ? undefined : parseIp(address)
    if (ip === undefined) return undefined
    for (const length of shortest) {
      if (ip.family === 4 && length > 32) continue
      const found = byKey.get(keyOf(vrf, { ip, length }))
      if (found !== undefined) return found
    }
    return undefined
  }
}

/** A set that answers whether a subnet shares an address with any of those added. */
export interface SubnetSet {
  readonly add: (subnet: Subnet) => void
  readonly overlaps: (subnet: Subnet) => boolean
}

/** `lengths` holds every prefix length that will be added or asked about. */
export function openSubnetSet(lengths: ReadonlySet<number>): SubnetSet {
  const held = new Set<string>()
  /** The subnets held, cut to each shorter length. */
  const cut = new Set<string>()
  const shorter = (than: number) => [...lengths].filter((length) => length < than)
  return {
    add({ vrf, address }) {
      const cidr = parseCidr(address)
      if (cidr === undefined) return
      held.add(keyOf(vrf, cidr))
      for (const length of shorter(cidr.length)) cut.add(keyOf(vrf, { ip: cidr.ip, length }))
    },
    overlaps({ vrf, address }) {
      const cidr = parseCidr(address)
      if (cidr === undefined) return false
      return (
        cut.has(keyOf(vrf, cidr)) ||
        [cidr.length, ...shorter(cidr.length)].some((length) =>
          held.has(keyOf(vrf, { ip: cidr.ip, length })),
        )
      )
    },
  }
}

/** The prefix lengths, in bits, of addresses such as `10.0.0.2/30`. */
export function lengthsOf(addresses: readonly string[]): ReadonlySet<number> {
  return new Set(addresses.map((address) => Number(address.slice(address.indexOf('/') + 1))))
}

function keyOf(vrf: string | null, cidr: Cidr): string {
  return `${vrf ?? ''} ${formatIp(network(cidr))}/${cidr.length}`
}
