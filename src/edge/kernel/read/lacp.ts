import { readFile } from 'node:fs/promises'
import { toIfname } from '../../../core/model/names.js'
import type { LacpMemberState, LacpState } from '../../../core/model/state.js'
import { parseBond } from '../messages/bond-options.js'
import { NOTHING, parseLink, type RawLink } from '../messages/link-parse.js'
import { attributes, macText, uint } from '../netlink/reader.js'
import type { NetlinkSocket } from '../netlink/socket.js'
import { BOND, BOND_AD_INFO, BOND_SLAVE } from '../netlink/uapi.js'
import { getLink } from './port-state.js'
import { dumpLinks } from './links.js'

/** The partner's system id while no LACPDU of a partner has been received. */
const NO_PARTNER = '00:00:00:00:00:00'

/** Bits of the actor state, IEEE 802.1AX-2014 figure 6-8. */
const STATE = {
  SYNCHRONIZATION: 0x08,
  COLLECTING: 0x10,
  DISTRIBUTING: 0x20,
  EXPIRED: 0x80,
} as const

/** The bond's active aggregator, its partner, and each member's LACP state; null: no 802.3ad bond of that name. */
export async function readLacp(socket: NetlinkSocket, name: string): Promise<LacpState | null> {
  const message = await getLink(socket, name)
  const bond = message === null ? undefined : parseLink(message)
  const options = bond?.kind === 'bond' ? parseBond(bond.data) : undefined
  if (bond === undefined || options === undefined) return null
  const info = attributes(attributes(bond.data).get(BOND.AD_INFO) ?? NOTHING)
  const aggregatorId = uint(info.get(BOND_AD_INFO.AGGREGATOR)) ?? 0
  const partners = await readPartners(name)
  const members = await dumpLinks(socket, bond.index)
  return {
    minLinks: options.minLinks,
    partnerId: macText(info.get(BOND_AD_INFO.PARTNER_MAC)) ?? NO_PARTNER,
    partnerKey: uint(info.get(BOND_AD_INFO.PARTNER_KEY)) ?? 0,
    // Some kernel releases ignore the filter for the master.
    members: members
      .filter((link) => link.master === bond.index)
      .map((link) => memberState(link, aggregatorId, partners.get(link.name) ?? NO_PARTNER)),
  }
}

function memberState(link: RawLink, active: number, partnerId: string): LacpMemberState {
  const slave = attributes(link.slave)
  const aggregatorId = uint(slave.get(BOND_SLAVE.AD_AGGREGATOR_ID)) ?? 0
  const state = uint(slave.get(BOND_SLAVE.AD_ACTOR_STATE)) ?? 0
  const linkUp = uint(slave.get(BOND_SLAVE.MII_STATUS)) === 0
  return {
    port: link.name,
    linkUp,
    inAggregate: linkUp && aggregatorId === active && aggregatorId !== 0,
    synchronization: (state & STATE.SYNCHRONIZATION) !== 0,
    collecting: (state & STATE.COLLECTING) !== 0,
    distributing: (state & STATE.DISTRIBUTING) !== 0,
    partnerExpired: (state & STATE.EXPIRED) !== 0,
    partnerId,
  }
}

/**
 * The partner of each member. Netlink does not have it; the bonding driver's own file has, for a reader
 * with CAP_NET_ADMIN. Empty where there is no such file.
 */
async function readPartners(bond: string): Promise<ReadonlyMap<string, string>> {
  if (toIfname(bond) === undefined) return new Map()
  const file = await readFile(`/proc/net/bonding/${bond}`, 'utf8').catch(() => '')
  return parsePartners(file)
}

/** System id of the partner by member, from the text of `/proc/net/bonding/BOND`. */
export function parsePartners(file: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const section of file.split(/^Slave Interface: /m).slice(1)) {
    const port = section.slice(0, section.indexOf('\n')).trim()
    const partner = section.split('details partner lacp pdu:')[1] ?? ''
    const mac = /system mac address: ([0-9a-f:]{17})/.exec(partner)?.[1]
    if (mac !== undefined) found.set(port, mac)
  }
  return found
}
