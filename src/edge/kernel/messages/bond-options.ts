import type { BondHash, BondOptions } from '../../../core/model/link.js'
import { attributes, macText, uint, type Span } from '../netlink/reader.js'
import { BOND, MODE_8023AD } from '../netlink/uapi.js'
import type { MessageWriter } from '../netlink/writer.js'

/** Indexes are the kernel's numbers: BOND_XMIT_POLICY_*, AD_LACP_*, BOND_AD_*. */
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

/** IFLA_INFO_DATA of a new bond. The mode comes first, because some options exist only in mode 802.3ad. */
export function writeNewBond(writer: MessageWriter, options: BondOptions): void {
  const { upDelay, downDelay, ...rest } = options
  writer.u8(BOND.MODE, MODE_8023AD)
  // While miimon is 0 the kernel refuses every delay, even 0, which is its default.
  writeBond(writer, {
    ...rest,
    ...(upDelay > 0 && { upDelay }),
    ...(downDelay > 0 && { downDelay }),
  })
}

/** IFLA_INFO_DATA of a change, with only the options given. The kernel applies them in an order of its own. */
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
 * Reads IFLA_INFO_DATA of a bond. undefined: it is not in mode 802.3ad, or has an option value that is
 * not in the tables above. Without CAP_NET_ADMIN the kernel leaves out priority, key and system, which
 * are then read as its defaults.
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
