import { formatCidr, formatIp, network, parseCidr, parseIp, type Ip } from '../../base/ip.js'
import type { FoundNeighbor, LeftOut } from '../../model/found.js'
import { subjects, type DraftAttachment, type Drafted } from './draft.js'

/** Where a neighbour of a VRF may belong: attachments by their name, subnet and own address. */
interface Places {
  readonly byName: ReadonlyMap<string, DraftAttachment>
  readonly bySubnet: ReadonlyMap<string, DraftAttachment>
  readonly byAddress: ReadonlyMap<string, DraftAttachment>
  /** Prefix lengths there are, the longest first. */
  readonly lengths: readonly number[]
}

/**
 * Gives each neighbour to an attachment of its VRF: the one its mark names, the one whose subnet it is
 * in, or the one that has the address it is spoken to from.
 */
export function withNeighbors(
  { draft, left }: Drafted,
  found: readonly FoundNeighbor[],
  localAs: number,
): Drafted {
  const places = placesOf(draft.attachments)
  const given = new Map<string, FoundNeighbor[]>()
  const homeless: LeftOut[] = []
  for (const neighbor of found) {
    const ip = parseIp(neighbor.address)
    const near = ip === undefined ? undefined : nearest(places, neighbor.vrf, ip)
    const home = markedHome(places, neighbor) ?? near ?? farHome(places, neighbor, localAs)
    if (home === undefined) {
      homeless.push({ at: subjects.neighbor(neighbor), why: whyNowhere(neighbor) })
      continue
    }
    const internal = neighbor.peerAs === localAs
    const one = internal && near !== home ? { ...neighbor, multihop: NO_LIMIT } : neighbor
    given.set(home.name, [...(given.get(home.name) ?? []), one])
  }
  const attachments = draft.attachments.map((one) => ({
    ...one,
    neighbors: given.get(one.name) ?? [],
  }))
  return { draft: { ...draft, attachments }, left: [...left, ...homeless] }
}

/** Hops of an iBGP session, which an intent must say where the neighbour is in no subnet of its own. */
const NO_LIMIT = 255

function placesOf(attachments: readonly DraftAttachment[]): Places {
  const bySubnet = new Map<string, DraftAttachment>()
  const byAddress = new Map<string, DraftAttachment>()
  const lengths = new Set<number>()
  for (const one of attachments) {
    for (const cidr of one.addresses.map(parseCidr)) {
      if (cidr === undefined) continue
      lengths.add(cidr.length)
      bySubnet.set(subnetKey(one.vrf, cidr.ip, cidr.length), one)
      byAddress.set(`${one.vrf ?? ''} ${formatIp(cidr.ip)}`, one)
    }
  }
  return {
    byName: new Map(attachments.map((one) => [one.name, one])),
    bySubnet,
    byAddress,
    lengths: [...lengths].sort((a, b) => b - a),
  }
}

function subnetKey(vrf: string | null, ip: Ip, length: number): string {
  return `${vrf ?? ''} ${formatCidr({ ip: network({ ip, length }), length })}`
}

function nearest(
  { bySubnet, lengths }: Places,
  vrf: string | null,
  ip: Ip,
): DraftAttachment | undefined {
  const width = ip.family === 4 ? 32 : 128
  const fitting = lengths.filter((length) => length <= width)
  const length = fitting.find((one) => bySubnet.has(subnetKey(vrf, ip, one)))
  return length === undefined ? undefined : bySubnet.get(subnetKey(vrf, ip, length))
}

function markedHome({ byName }: Places, { attachment, vrf }: FoundNeighbor) {
  const home = byName.get(attachment ?? '')
  return home?.vrf === vrf && home.bridge === null ? home : undefined
}

function farHome({ byAddress }: Places, neighbor: FoundNeighbor, localAs: number) {
  const { multihop, peerAs, updateSource, vrf } = neighbor
  if (updateSource === null || (multihop === 1 && peerAs !== localAs)) return undefined
  return byAddress.get(`${vrf ?? ''} ${updateSource}`)
}

function whyNowhere({ vrf, multihop }: FoundNeighbor): string {
  const where = vrf === null ? 'no attachment' : `no attachment in VRF ${vrf}`
  const source = multihop > 1 ? ', and none has the address it is spoken to from' : ''
  return `${where} has its subnet${source}: it stays as it is`
}
