import type { BondHash, BondOptions } from '../../../core/model/link.js'
import { attributes, macText, uint, type Span } from '../netlink/reader.js'
import { BOND, MODE_8023AD } from '../netlink/uapi.js'
import type { MessageWriter } from '../netlink/writer.js'

/** Places are the kernel's numbers: BOND_XMIT_POLICY_*, AD_LACP_*, BOND_AD_*. */
const HASHES: readonly BondHash[] = [
  'layer2',
  'layer3+4',
  'layer2+3',
  'encap2+3',
  'encap3+4',
  'vlan+srcmac',
]
const RATES = ['slow', 'fast'] as const
const SELECTS = ['stable', 'bandwidth', 'count'] as const
const NO_SYSTEM = '00:00:00:00:00:00'

/** IFLA_INFO_DATA of a new bond: mode 802.3ad before everything that only this mode has. */
export function writeNewBond(writer: MessageWriter, options: BondOptions): void {
  const { upDelay, downDelay, ...rest } = options
  writer.u8(BOND.MODE, MODE_8023AD)
  // The kernel refuses even a delay of 0, its default, while miimon is 0.
  writeBond(writer, {
    ...rest,
    ...(upDelay > 0 && { upDelay }),
    ...(downDelay > 0 && { downDelay }),
  })
}

/** IFLA_INFO_DATA of a change: what is given, and nothing else. The kernel has an order of its own. */
export function writeBond(writer: MessageWriter, options: Partial<BondOptions>): void {
  for (const [type, value] of u8s(options)) if (value !== undefined) writer.u8(type, Number(value))
  for (const [type, value] of u16s(options)) if (value !== undefined) writer.u16(type, value)
  for (const [type, value] of u32s(options)) if (value !== undefined) writer.u32(type, value)
  if (options.systemId !== undefined) {
    const mac = options.systemId ?? NO_SYSTEM
    writer.octets(BOND.AD_ACTOR_SYSTEM, Buffer.from(mac.replaceAll(':', ''), 'hex'))
  }
}

type Numbered<Value> = readonly (readonly [type: number, value: Value | undefined])[]

function u8s(options: Partial<BondOptions>): Numbered<number | boolean> {
  const { hash, lacpRate, adSelect, lacpActive } = options
  return [
    [BOND.XMIT_HASH_POLICY, hash && HASHES.indexOf(hash)],
    [BOND.AD_LACP_RATE, lacpRate && RATES.indexOf(lacpRate)],
    [BOND.AD_SELECT, adSelect && SELECTS.indexOf(adSelect)],
    [BOND.AD_LACP_ACTIVE, lacpActive],
  ]
}

function u16s(options: Partial<BondOptions>): Numbered<number> {
  return [
    [BOND.AD_ACTOR_SYS_PRIO, options.systemPriority],
    [BOND.AD_USER_PORT_KEY, options.userPortKey],
  ]
}

function u32s(options: Partial<BondOptions>): Numbered<number> {
  return [
    [BOND.MIIMON, options.miimon],
    [BOND.UPDELAY, options.upDelay],
    [BOND.DOWNDELAY, options.downDelay],
    [BOND.MIN_LINKS, options.minLinks],
  ]
}

/**
 * Reads IFLA_INFO_DATA of a bond; undefined when it is not in mode 802.3ad or has a setting this
 * table does not know. The kernel shows priority, key and system only to CAP_NET_ADMIN; without it
 * they read as the kernel's defaults.
 */
export function parseBond(data: Span): BondOptions | undefined {
  const found = attributes(data)
  const number = (type: number, otherwise = 0) => uint(found.get(type)) ?? otherwise
  const hash = HASHES[number(BOND.XMIT_HASH_POLICY)]
  const lacpRate = RATES[number(BOND.AD_LACP_RATE)]
  const adSelect = SELECTS[number(BOND.AD_SELECT)]
  const known = hash !== undefined && lacpRate !== undefined && adSelect !== undefined
  if (!known || number(BOND.MODE) !== MODE_8023AD) return undefined
  const systemId = macText(found.get(BOND.AD_ACTOR_SYSTEM)) ?? NO_SYSTEM
  return {
    hash,
    lacpRate,
    adSelect,
    lacpActive: number(BOND.AD_LACP_ACTIVE, 1) === 1,
    minLinks: number(BOND.MIN_LINKS),
    miimon: number(BOND.MIIMON),
    upDelay: number(BOND.UPDELAY),
    downDelay: number(BOND.DOWNDELAY),
    systemPriority: number(BOND.AD_ACTOR_SYS_PRIO, 65535),
    systemId: systemId === NO_SYSTEM ? null : systemId,
    userPortKey: number(BOND.AD_USER_PORT_KEY),
  }
}
