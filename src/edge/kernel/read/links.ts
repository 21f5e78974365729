import {
  ADDRESS_PROTOCOL,
  type HaveAddress,
  type HaveLink,
  type HaveProtections,
  type LinkSysctl,
} from '../../../core/model/link.js'
import type { VrfRules } from '../../../core/model/vrf.js'
import type { InterfaceAddress } from '../../../core/model/names.js'
import { isOurs } from '../../../core/model/own-link.js'
import type { PortModes } from '../ethtool/link-modes.js'
import { parseAddress, type PlainAddress } from '../messages/addresses.js'
import { parseBridgePort } from '../messages/bridge-settings.js'
import { detailOf, parseLink, parseName, toRpFilter, type RawLink } from '../messages/link-parse.js'
import { attributes, macText, spanOf, uint, type Message, type Span } from '../netlink/reader.js'
import type { Protections } from '../nftables/protections.js'
import { RULE_DUMP, vrfRulesOf } from '../messages/rules.js'
import { KernelError, type NetlinkSocket, type Request } from '../netlink/socket.js'
import {
  BOND_SLAVE,
  FAMILY,
  IFLA,
  MESSAGE,
  NETCONF,
  NETCONF_DEFAULT,
  SKIP_STATS,
} from '../netlink/uapi.js'

/** What the kernel has: its links with their addresses and settings. */
export interface KernelRead {
  readonly links: readonly HaveLink[]
  /** `net.*.conf.default`: the settings that a new link starts with. */
  readonly sysctlDefaults: LinkSysctl
  readonly vrfRules: VrfRules
  readonly protections: HaveProtections
}

/** What a reading asks. */
interface KernelSources {
  readonly socket: NetlinkSocket
  readonly modes: Pick<PortModes, 'of'>
  readonly protections: Pick<Protections, 'read'>
}

/** All links with their addresses and settings, in three dumps, two single requests, and one for each port. */
export async function readKernel(
  { socket, modes, protections }: KernelSources,
  /** Of addresses; see `./mark-record.ts`. */
  recorded: (addresses: readonly PlainAddress[]) => readonly PlainAddress[],
): Promise<KernelRead> {
  const raw = await dumpLinks(socket)
  const names = new Map(raw.map((link) => [link.index, link.name]))
  const addresses = addressesByLink(recorded(await dumpPlainAddresses(socket)))
  const links: HaveLink[] = []
  for (const each of raw) {
    const link = haveLink(each, names, addresses.get(each.index) ?? [])
    links.push(link.detail.kind === 'port' ? await modes.of(link, each.kind) : link)
  }
  const sysctlDefaults = await readDefaults(socket)
  return {
    links,
    sysctlDefaults,
    vrfRules: vrfRulesOf(await socket.dump(RULE_DUMP)),
    protections: await protections.read(links),
  }
}

function haveLink(
  link: RawLink,
  names: ReadonlyMap<number, string>,
  addresses: readonly HaveAddress[],
): HaveLink {
  const { index, name, alias, mtu, up, carrier, mac, sysctl, altNames } = link
  const detail = detailOf(link, (parent) => names.get(parent))
  const master = names.get(link.master) ?? null
  const plain = { index, name, detail, alias, mtu, up, carrier, master, mac, addresses, sysctl }
  const permanentMac = macText(attributes(link.slave).get(BOND_SLAVE.PERM_HWADDR))
  const found = {
    ...plain,
    ...(altNames.length > 0 && { altNames }),
    ...(isBondPort(link) && permanentMac !== undefined && { permanentMac }),
    ...bridgePortOf(link),
    ...lowerOf(link, names),
  }
  return mayHaveOwnAddresses(found) ? found : { ...found, addresses: addresses.map(foreign) }
}

function bridgePortOf(link: RawLink): Pick<HaveLink, 'bridgePort'> {
  if (link.slaveKind !== 'bridge') return {}
  const bridgePort = parseBridgePort(link.slave, link.up && link.carrier && link.operational)
  return bridgePort === undefined ? {} : { bridgePort }
}

function lowerOf(
  { kind, parent, index }: RawLink,
  names: ReadonlyMap<number, string>,
): Pick<HaveLink, 'lower'> {
  const lower = kind === 'vlan' || parent === index ? undefined : names.get(parent)
  return lower === undefined ? {} : { lower }
}

/** IFLA_INFO_SLAVE_DATA has numbers of its own for each kind of master. */
function isBondPort({ slaveKind }: RawLink): boolean {
  return slaveKind === 'bond'
}

/**
 * A kernel that cannot take demarc's mark off an address leaves it on a link that was released. So the mark
 * counts only where demarc has addresses: on its own links, and on ports, which have no mark.
 */
function mayHaveOwnAddresses(link: HaveLink): boolean {
  return isOurs(link) || link.detail.kind === 'port'
}

function foreign(held: HaveAddress): HaveAddress {
  return held.owned ? { ...held, owned: false } : held
}

/** Every link, or those of one master (0: all), without their counters. */
export async function dumpLinks(socket: NetlinkSocket, master = 0): Promise<readonly RawLink[]> {
  const messages = await socket.dump(linkDump(master))
  return messages.flatMap((message) => parseLink(message) ?? [])
}

/** The index of each link by name, and a link group that no link belongs to. */
export interface LinkNames {
  readonly indexes: ReadonlyMap<string, number>
  readonly freeGroup: number
}

/** Administrators may assign group numbers to links; demarc takes one far above those in common use. */
const FIRST_GROUP = 0x00de_0000

/** Reads the names of all links. Rejects with a FaultError. */
export async function dumpNames(socket: NetlinkSocket): Promise<LinkNames> {
  const messages = await socket.dump(linkDump(0))
  const names = messages.map(parseName)
  const groups = new Set(names.map(({ group }) => group))
  let freeGroup = FIRST_GROUP
  while (groups.has(freeGroup)) freeGroup += 1
  return { indexes: new Map(names.map(({ name, index }) => [name, index])), freeGroup }
}

function linkDump(master: number): Request {
  return {
    type: MESSAGE.GETLINK,
    flags: 0,
    body: (writer) => {
      writer.words(0, 0, 0, 0).u32(IFLA.EXT_MASK, SKIP_STATS)
      if (master !== 0) writer.u32(IFLA.MASTER, master)
    },
  }
}

function addressesByLink(
  addresses: readonly PlainAddress[],
): ReadonlyMap<number, readonly HaveAddress[]> {
  const found = new Map<number, HaveAddress[]>()
  for (const { index, address, protocol, leased } of addresses) {
    const held: HaveAddress = { address, protocol, owned: protocol === ADDRESS_PROTOCOL }
    const list = found.get(index)
    const next = leased ? { ...held, leased } : held
    if (list === undefined) found.set(index, [next])
    else list.push(next)
  }
  return found
}

/** The addresses of all links, without what is recorded of them. */
export async function dumpPlainAddresses(socket: NetlinkSocket): Promise<readonly PlainAddress[]> {
  const messages = await socket.dump(ADDRESS_DUMP)
  return messages.flatMap((message) => parseAddress(message) ?? [])
}

const ADDRESS_DUMP: Request = {
  type: MESSAGE.GETADDR,
  flags: 0,
  body: (writer) => writer.words(0, 0),
}

/** The kernel's own message about an address of a link; undefined: the link has no such address. */
export type AddressMessage = (link: number, address: InterfaceAddress) => Message | undefined

/** The messages about all addresses, so that one of them can be sent back to the kernel changed. */
export async function dumpAddressMessages(socket: NetlinkSocket): Promise<AddressMessage> {
  const found = new Map<string, Message>()
  for (const message of await socket.dump(ADDRESS_DUMP)) {
    const parsed = parseAddress(message)
    if (parsed !== undefined) found.set(`${parsed.index} ${parsed.address}`, message)
  }
  return (link, address) => found.get(`${link} ${address}`)
}

/** `net.ipv4.conf.default` and `net.ipv6.conf.default`, through RTM_GETNETCONF. */
async function readDefaults(socket: NetlinkSocket): Promise<LinkSysctl> {
  const inet = await defaultsOf(socket, FAMILY.INET)
  const inet6 = await defaultsOf(socket, FAMILY.INET6)
  return {
    rpFilter: toRpFilter(uint(inet.get(NETCONF.RP_FILTER)) ?? 0),
    forwarding4: uint(inet.get(NETCONF.FORWARDING)) === 1,
    forwarding6: inet6.size === 0 ? null : uint(inet6.get(NETCONF.FORWARDING)) === 1,
  }
}

/** Empty where the kernel refuses the request, as it does for IPv6 where that is switched off. */
async function defaultsOf(
  socket: NetlinkSocket,
  family: number,
): Promise<ReadonlyMap<number, Span>> {
  try {
    const answer = await socket.get({
      type: MESSAGE.GETNETCONF,
      flags: 0,
      body: (writer) => {
        writer.words(family).u32(NETCONF.IFINDEX, NETCONF_DEFAULT)
      },
    })
    return attributes(spanOf(answer.body, 4))
  } catch (error) {
    if (error instanceof KernelError) return new Map()
    throw error
  }
}
