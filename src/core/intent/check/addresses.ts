import { groupBy } from '../../base/group-by.js'
import { type Fault, fault } from '../../base/fault.js'
import { type Cidr, type Ip, lastAddress, network, parseCidr, width } from '../../base/ip.js'
import { type OwnAddress, type Site, type IntentIndex } from '../survey/intent-index.js'

/** Blocks that no interface and no neighbour may have an address in, and why. */
const UNUSABLE: readonly (readonly [block: string, why: string])[] = [
  ['0.0.0.0/8', '"this network" (RFC 1122)'],
  ['127.0.0.0/8', 'loopback (RFC 1122)'],
  ['224.0.0.0/4', 'multicast (RFC 5771)'],
  ['240.0.0.0/4', 'reserved (RFC 1112)'],
  ['::/96', 'unspecified, loopback and IPv4-compatible (RFC 4291)'],
  ['::ffff:0:0/96', 'IPv4-mapped (RFC 4291)'],
  ['fe80::/10', 'link-local, which the kernel gives by itself (RFC 4291)'],
  ['ff00::/8', 'multicast (RFC 4291)'],
]
const BLOCKS = UNUSABLE.flatMap(([block, why]) => {
  const cidr = parseCidr(block)
  if (cidr === undefined) return []
  return [{ family: cidr.ip.family, first: network(cidr).bits, last: lastAddress(cidr).bits, why }]
})

/** Why no host can have this address; undefined: a host can. */
export function unusable(ip: Ip): string | undefined {
  const { family, bits } = ip
  return BLOCKS.find((block) => {
    return block.family === family && block.first <= bits && bits <= block.last
  })?.why
}

/** Why the address is not that of a host in its subnet; undefined: it is. */
export function notAHost(subnet: Cidr, ip: Ip): string | undefined {
  // A point-to-point subnet has two hosts and nothing else (RFC 3021, RFC 6164).
  if (width(ip) - subnet.length < 2) return undefined
  if (ip.bits === network(subnet).bits) {
    return ip.family === 4 ? "the subnet's own address" : "the subnet's anycast address (RFC 4291)"
  }
  const broadcast = ip.family === 4 && ip.bits === lastAddress(subnet).bits
  return broadcast ? 'the broadcast address' : undefined
}

/** The router's own addresses are those of hosts, and no two subnets of a VRF overlap. */
export function checkAddresses({ sites }: IntentIndex): Fault[] {
  const byTable = groupBy(
    sites.flatMap((site) => site.addresses.map((address) => ({ site, address }))),
    ({ site, address }) => `${address.cidr.ip.family} ${site.vrf ?? ''}`,
  )
  return [
    ...sites.flatMap(({ addresses }) => addresses.flatMap(checkHost)),
    ...[...byTable.values()].flatMap(overlapping),
  ]
}

function checkHost({ at, cidr }: OwnAddress): Fault[] {
  const why = unusable(cidr.ip) ?? notAHost(cidr, cidr.ip)
  if (cidr.length === 0)
    return [
      fault('INTENT_VALUE', at, 'must be a subnet; a prefix length of 0 covers every address'),
    ]
  return why === undefined ? [] : [fault('INTENT_VALUE', at, `must be a host's address; is ${why}`)]
}

interface Row {
  readonly site: Site
  readonly address: OwnAddress
  /** Place in the document: of two that overlap, the later one is refused. */
  readonly order: number
  readonly first: bigint
  readonly last: bigint
}

/** Sorted by first address, it is enough to compare each subnet with the one before that ends last. */
function overlapping(
  all: readonly { readonly site: Site; readonly address: OwnAddress }[],
): Fault[] {
  const rows = all
    .map(({ site, address }, order): Row => {
      const { cidr } = address
      return { site, address, order, first: network(cidr).bits, last: lastAddress(cidr).bits }
    })
    .sort((a, b) => compare(a.first, b.first) || a.address.cidr.length - b.address.cidr.length)
  let widest = rows[0]
  return rows.slice(1).flatMap((row) => {
    const before = widest
    if (before === undefined || row.first > before.last) {
      widest = row
      return []
    }
    return [row.order > before.order ? overlap(row, before) : overlap(before, row)]
  })
}

function overlap({ site, address }: Row, earlier: Row): Fault {
  const table = site.vrf === null ? 'the default VRF' : `VRF "${site.vrf}"`
  const message = `${address.text} overlaps ${earlier.address.text} of ${earlier.site.at} in ${table}`
  return fault('INTENT_CONFLICT', address.at, message)
}

function compare(a: bigint, b: bigint): number {
  return a === b ? 0 : a < b ? -1 : 1
}
