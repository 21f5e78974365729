import { formatCidr, formatIp, network, parseCidr, parseIp, type Ip } from '../../base/ip.js'
import type { ExportedBgp, ExportedNeighbor, NotExported } from '../../model/exported.js'
import { subjects, type DraftAttachment, type Drafted } from './draft.js'

/** The attachments that a neighbour can belong to, by name, by subnet and by own address, in a VRF. */
interface Places {
  readonly byName: ReadonlyMap<string, DraftAttachment>
  readonly bySubnet: ReadonlyMap<string, DraftAttachment>
  readonly byAddress: ReadonlyMap<string, DraftAttachment>
  /** The prefix lengths of all subnets, the longest first. */
  readonly lengths: readonly number[]
}

/**
 * Assigns each neighbour to an attachment of its VRF: the one that demarc's mark names, else the one
 * whose subnet it is in, else the one that has the source address of the session.
 */
export function withNeighbors(
  { draft, notExported }: Drafted,
  found: Pick<ExportedBgp, 'neighbors' | 'router' | 'vrfAs'>,
): Drafted {
  const places = placesOf(draft.attachments)
  const given = new Map<string, ExportedNeighbor[]>()
  const unplaced: NotExported[] = []
  for (const neighbor of found.neighbors) {
    const localAs = ownAs(found, neighbor.vrf)
    const ip = parseIp(neighbor.address)
    const near = ip === undefined ? undefined : nearest(places, neighbor.vrf, ip)
    const home = markedHome(places, neighbor) ?? near ?? farHome(places, neighbor, localAs)
    if (home === undefined) {
      unplaced.push({ at: subjects.neighbor(neighbor), why: whyNowhere(neighbor) })
      continue
    }
    const internal = neighbor.peerAs === localAs
    const placed = internal && near !== home ? { ...neighbor, multihop: NO_LIMIT } : neighbor
    given.set(home.name, [...(given.get(home.name) ?? []), placed])
  }
  const attachments = draft.attachments.map((attachment) => ({
    ...attachment,
    neighbors: given.get(attachment.name) ?? [],
  }))
  return { draft: { ...draft, attachments }, notExported: [...notExported, ...unplaced] }
}

/** The AS of the router in a VRF; 0: no neighbour is exported. */
function ownAs({ router, vrfAs }: Pick<ExportedBgp, 'router' | 'vrfAs'>, vrf: string | null) {
  return vrfAs.get(vrf ?? '') ?? router?.localAs ?? 0
}

/** iBGP has no hop limit, but an intent must state one for a neighbour outside the attachment's subnets. */
const NO_LIMIT = 255

function placesOf(attachments: readonly DraftAttachment[]): Places {
  const bySubnet = new Map<string, DraftAttachment>()
  const byAddress = new Map<string, DraftAttachment>()
  const lengths = new Set<number>()
  for (const attachment of attachments) {
    const { vrf, addresses } = attachment
    for (const cidr of addresses.map(parseCidr)) {
      if (cidr === undefined) continue
      lengths.add(cidr.length)
      bySubnet.set(subnetKey(vrf, cidr.ip, cidr.length), attachment)
      byAddress.set(`${vrf ?? ''} ${formatIp(cidr.ip)}`, attachment)
    }
  }
  return {
    byName: new Map(attachments.map((attachment) => [attachment.name, attachment])),
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
  const found = fitting.find((length) => bySubnet.has(subnetKey(vrf, ip, length)))
  return found === undefined ? undefined : bySubnet.get(subnetKey(vrf, ip, found))
}

function markedHome({ byName }: Places, { attachment, vrf }: ExportedNeighbor) {
  const home = byName.get(attachment ?? '')
  return home?.vrf === vrf && home.bridge === null ? home : undefined
}

function farHome({ byAddress }: Places, neighbor: ExportedNeighbor, localAs: number) {
  const { multihop, peerAs, updateSource, vrf } = neighbor
  if (updateSource === null || (multihop === 1 && peerAs !== localAs)) return undefined
  return byAddress.get(`${vrf ?? ''} ${updateSource}`)
}

function whyNowhere({ vrf, multihop }: ExportedNeighbor): string {
  const where = vrf === null ? 'no attachment' : `no attachment in VRF ${vrf}`
  const source = multihop > 1 ? ', and none has the source address of its session' : ''
  return `${where} has its subnet${source}: it is not taken over`
}
