import { readFile } from 'node:fs/promises'
import { toIfname } from '../../../core/model/names.js'
import {
  LACP_BITS,
  type LacpBit,
  type LacpMemberState,
  type LacpPdus,
  type LacpState,
} from '../../../core/model/state.js'
import { parseBond } from '../messages/bond-options.js'
import { NOTHING, parseLink, type RawLink } from '../messages/link-parse.js'
import { attributes, macText, uint } from '../netlink/reader.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { BOND, BOND_AD_INFO, BOND_SLAVE } from '../netlink/uapi.js'
import { parseBonding, type BondingMember } from './bonding-file.js'
import { readPdus } from './lacp-counters.js'
import { getLink } from './port-state.js'
import { dumpLinks } from './links.js'

/** The partner's system id while no LACPDU of a partner has been received. */
const NO_PARTNER = '00:00:00:00:00:00'

/** The bond's active aggregator, its partner, and each member's LACP state; null: no 802.3ad bond of that name. */
export async function readLacp(socket: NetlinkSocket, name: string): Promise<LacpState | null> {
  const message = await getLink(socket, name)
  const bond = message === null ? undefined : parseLink(message)
  const options = bond?.kind === 'bond' ? parseBond(bond.data) : undefined
  if (bond === undefined || options === undefined) return null
  const { aggregatorId, ...aggregator } = activeAggregator(bond)
  const inFile = await readBonding(name)
  const links = await dumpLinks(socket, bond.index)
  // Some kernel releases ignore the filter for the master.
  const members = links.filter((link) => link.master === bond.index)
  return {
    minLinks: options.minLinks,
    ...aggregator,
    members: await Promise.all(
      members.map(async (link) =>
        memberState(link, aggregatorId, {
          inFile: inFile.get(link.name),
          pdus: await readPdus(socket, link.index),
        }),
      ),
    ),
  }
}

/** What the kernel shows of the aggregator that carries traffic. */
function activeAggregator(bond: RawLink) {
  const info = attributes(attributes(bond.data).get(BOND.AD_INFO) ?? NOTHING)
  return {
    aggregatorId: uint(info.get(BOND_AD_INFO.AGGREGATOR)) ?? 0,
    actorKey: uint(info.get(BOND_AD_INFO.ACTOR_KEY)) ?? 0,
    partnerId: macText(info.get(BOND_AD_INFO.PARTNER_MAC)) ?? NO_PARTNER,
    partnerKey: uint(info.get(BOND_AD_INFO.PARTNER_KEY)) ?? 0,
  }
}

function memberState(
  link: RawLink,
  active: number,
  { inFile, pdus }: { readonly inFile: BondingMember | undefined; readonly pdus: LacpPdus | null },
): LacpMemberState {
  const slave = attributes(link.slave)
  const aggregatorId = uint(slave.get(BOND_SLAVE.AD_AGGREGATOR_ID)) ?? 0
  const linkUp = uint(slave.get(BOND_SLAVE.MII_STATUS)) === 0
  const end = (side: 'actor' | 'partner', state: number) => ({
    key: inFile?.[side].key ?? null,
    portNumber: inFile?.[side].portNumber ?? null,
    state: lacpBits(uint(slave.get(state)) ?? 0),
  })
  return {
    port: link.name,
    linkUp,
    inAggregate: linkUp && aggregatorId === active && aggregatorId !== 0,
    actor: end('actor', BOND_SLAVE.AD_ACTOR_STATE),
    partnerId: inFile?.partner.system ?? NO_PARTNER,
    partner: end('partner', BOND_SLAVE.AD_PARTNER_STATE),
    churn: inFile?.churn ?? null,
    pdus,
    linkFailures: uint(slave.get(BOND_SLAVE.LINK_FAILURE_COUNT)) ?? null,
  }
}

/** The bits of a state octet that are set. */
export function lacpBits(state: number): readonly LacpBit[] {
  return LACP_BITS.filter((_bit, place) => (state & (1 << place)) !== 0)
}

/**
 * What the bonding driver writes of each member. Netlink does not have the keys, the port numbers and the churn of a
 * member; the driver's own file has, for a reader with CAP_NET_ADMIN. Empty where there is no such file.
 */
async function readBonding(bond: string): Promise<ReadonlyMap<string, BondingMember>> {
  if (toIfname(bond) === undefined) return new Map()
  return parseBonding(await readFile(`/proc/net/bonding/${bond}`, 'utf8').catch(() => ''))
}
