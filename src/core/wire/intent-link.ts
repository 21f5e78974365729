import * as z from 'zod'
import { BOND_DEFAULTS, MTU, STP } from '../model/intent-defaults.js'
import {
  absent,
  choice,
  flag,
  interfaceAddress,
  interfaceName,
  macAddress,
  whole,
  wordOf,
} from './intent-fields.js'
import { asNumber, originFields } from './intent-bgp.js'
import { INTENT_LIMITS } from './limits.js'

/** 68 is the least that IPv4 allows (RFC 791); the device sets the upper limit. */
const mtu = () => whole(68, 65_535, 'an MTU in octets, 68-65535')

const Port = z.strictObject({
  name: interfaceName('the interface name of a port'),
  optic: wordOf('the Ethernet PMD the optic should have, such as 10GBASE-LR').exactOptional(),
  autoNegotiate: flag(
    'whether the port should auto-negotiate; demarc reports a difference, it does not set it',
  ).exactOptional(),
})

/** LACP (IEEE 802.1AX); names as in openconfig-lacp and Linux's bonding.rst. Delays are in ms. */
const Aggregation = z.strictObject({
  lacpMode: choice(
    ['ACTIVE', 'PASSIVE'],
    'ACTIVE sends LACPDUs of its own accord, PASSIVE only answers',
  ),
  interval: choice(
    ['FAST', 'SLOW'],
    'the partner sends an LACPDU every second, or every 30 seconds',
  ),
  minLinks: absent(
    whole(
      0,
      INTENT_LIMITS.portsPerConnection,
      'the members that must have a link for the bundle to have one, 0-8, at most the number of ports',
    ),
    BOND_DEFAULTS.minLinks,
  ),
  hash: absent(
    choice(
      ['layer2', 'layer2+3', 'layer3+4', 'encap2+3', 'encap3+4', 'vlan+srcmac'],
      'the header fields that decide which member carries a packet',
    ),
    BOND_DEFAULTS.hash,
  ),
  adSelect: absent(
    choice(['stable', 'bandwidth', 'count'], 'how the kernel chooses between several aggregators'),
    BOND_DEFAULTS.adSelect,
  ),
  miimon: absent(
    whole(10, 10_000, 'the interval in ms at which links are polled, 10-10000'),
    BOND_DEFAULTS.miimon,
  ),
  upDelay: absent(
    whole(0, 600_000, 'the time in ms before a new link is used, 0-600000, a multiple of miimon'),
    BOND_DEFAULTS.upDelay,
  ),
  downDelay: absent(
    whole(
      0,
      600_000,
      'the time in ms before a lost link counts as down, 0-600000, a multiple of miimon',
    ),
    BOND_DEFAULTS.downDelay,
  ),
  systemPriority: absent(
    whole(1, 65_535, 'the LACP system priority, 1-65535; the lower one wins'),
    BOND_DEFAULTS.systemPriority,
  ),
  systemIdMac: macAddress('the LACP system id').exactOptional(),
  userPortKey: absent(
    whole(0, 1023, 'the upper ten bits of the LACP port key, 0-1023'),
    BOND_DEFAULTS.userPortKey,
  ),
})

export const Connection = z.strictObject({
  name: wordOf('a connection name'),
  provider: wordOf('a provider').exactOptional(),
  region: wordOf('a region').exactOptional(),
  interface: interfaceName('the name of the bond').exactOptional(),
  mtu: mtu().exactOptional(),
  ports: z
    .array(Port.describe('one port'))
    .min(1)
    .max(INTENT_LIMITS.portsPerConnection)
    .describe('the ports that carry the connection; several need `aggregation`'),
  aggregation: Aggregation.describe('the LACP bundle of the ports (IEEE 802.1AX)').exactOptional(),
})

/** 0 and 253-255 are the kernel's own tables (`/etc/iproute2/rt_tables`). */
export const Vrf = z.strictObject({
  name: interfaceName('a VRF name'),
  table: whole(1, 2_147_483_647, 'a routing table number, 1-2147483647, not 253-255'),
  localAs: asNumber(
    "the router's AS number in this VRF, where it is not `router.localAs`",
  ).exactOptional(),
  ...originFields,
})

const L3 = z.strictObject({
  vrf: interfaceName('a VRF name, or null for the default')
    .nullable()
    .describe('the VRF of the interface; null or absent: the default one')
    .exactOptional(),
  addresses: z
    .array(interfaceAddress("the router's own address"))
    .min(1)
    .max(INTENT_LIMITS.addressesPerAttachment)
    .describe('the addresses of the router on the interface, with prefix lengths'),
})

const L2 = z.strictObject({
  bridge: interfaceName('a bridge name'),
  members: z
    .array(interfaceName('the interface name of a bridge member'))
    .max(INTENT_LIMITS.membersPerBridge)
    .describe('other interfaces that demarc puts into the bridge')
    .exactOptional(),
  stp: absent(flag('whether the bridge runs the spanning tree protocol (IEEE 802.1D)'), STP),
})

/** What an attachment is apart from its neighbours. `vlanId` null is untagged. */
export const attachmentFields = {
  name: wordOf('an attachment name'),
  connection: wordOf('the name of a connection'),
  vlanId: whole(1, 4094, 'a VLAN id, 1-4094, or null for untagged')
    .nullable()
    .describe('the VLAN id, 1-4094; null: untagged (IEEE 802.1Q)'),
  interface: interfaceName('the name of the VLAN interface').exactOptional(),
  mtu: absent(mtu(), MTU),
  l3: L3.describe('a routed attachment: addresses, and a VRF').exactOptional(),
  l2: L2.describe('a bridged attachment').exactOptional(),
}
