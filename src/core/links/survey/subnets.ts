import { formatIp, network, parseCidr, parseIp, type Cidr } from '../../base/ip.js'

/** An interface's address with its prefix length, in the VRF it is in (null is the default one). */
export interface Subnet {
  readonly vrf: string | null
  readonly address: string
}

/** Finds the subnet an address lies in; of two such the last one of the shortest length. */
export function findSubnet<T extends Subnet>(
  subnets: readonly T[],
): (vrf: string | null, address: string) => T | undefined {
  const byKey = new Map<string, T>()
  const lengths = new Set<number>()
  for (const each of subnets) {
    const cidr = parseCidr(each.address)
    if (cidr === undefined) continue
    lengths.add(cidr.length)
    byKey.set(keyOf(each.vrf, cidr), each)
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

/** Subnets that grow in number, asked whether a further one shares an address with any of them. */
export interface SubnetSet {
  readonly add: (subnet: Subnet) => void
  readonly overlaps: (subnet: Subnet) => boolean
}

/** `lengths` are all that will ever be added or asked for. */
export function openSubnetSet(lengths: ReadonlySet<number>): SubnetSet {
  const held = new Set<string>()
  /** Those held, cut to each shorter length. */
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

/** The prefix lengths, in bits, that occur among addresses with one. */
export function lengthsOf(addresses: readonly string[]): ReadonlySet<number> {
  return new Set(addresses.map((address) => Number(address.slice(address.indexOf('/') + 1))))
}

function keyOf(vrf: string | null, cidr: Cidr): string {
  return `${vrf ?? ''} ${formatIp(network(cidr))}/${cidr.length}`
}
