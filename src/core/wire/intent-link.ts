import * as z from 'zod'
import { BOND_DEFAULTS, MTU, PROBE_DEFAULTS, SPEEDS, STP } from '../model/intent-defaults.js'
import {
  absent,
  choice,
  flag,
  interfaceAddress,
  interfaceName,
  ipAddress,
  line,
  macAddress,
  ruleId,
  whole,
  wordOf,
} from './intent-fields.js'
import { asNumber, originFields } from './intent-bgp.js'
import { INTENT_LIMITS } from './limits.js'

/** Characters of one place or id. */
const FACT_LENGTH = 64
const NOTES_LENGTH = 256

const place = (what: string) => line(what, FACT_LENGTH).exactOptional()

/** An object that says something. */
function some<Shape extends z.core.$ZodLooseShape>(shape: z.ZodObject<Shape, z.core.$strict>) {
  return shape
    .refine((value) => Object.keys(value).length > 0, 'must have at least one fact')
    .meta({ minProperties: 1 })
}

const Loa = z.strictObject({
  cabinet: place('the cabinet or rack'),
  cage: place('the cage or room'),
  panel: place('the patch panel'),
  port: place('the port of the panel'),
  pair: place('the pair of strands'),
  side: place('the side of the panel or the end of the cross-connect'),
  connector: place('the connector, such as "LC/PC"'),
})

const Id = z.strictObject({
  name: wordOf('what the provider calls the id, such as "dxcon"'),
  value: line('the id', FACT_LENGTH),
})

/** Facts of the provider's papers. Nothing is configured by them. */
const Circuit = z.strictObject({
  ids: z
    .array(Id.describe('one id'))
    .max(INTENT_LIMITS.idsPerCircuit)
    .describe("the provider's own ids of the connection or attachment")
    .exactOptional(),
  loa: some(Loa)
    .describe('where the cross-connect ends, from the letter of authorization (LOA-CFA)')
    .exactOptional(),
  bandwidth: whole(
    1,
    1_000_000,
    'the bandwidth that is bought, in Mb/s, 1-1000000',
  ).exactOptional(),
  redundancyGroup: wordOf('the group whose circuits stand in for each other').exactOptional(),
  notes: line('what else should be known', NOTES_LENGTH).exactOptional(),
})

export const CircuitFacts = some(Circuit)

const circuitField = () =>
  CircuitFacts.describe(
    "facts of the provider's papers; they configure nothing and are shown with the health",
  ).exactOptional()

/** 68 is the least that IPv4 allows (RFC 791); the device sets the upper limit. */
const mtu = () => whole(68, 65_535, 'an MTU in octets, 68-65535')

const ExpectedLldp = z.strictObject({
  systemName: line('the name or chassis id of the far device', FACT_LENGTH).exactOptional(),
  portId: line('the id or description of its port', FACT_LENGTH).exactOptional(),
})

const Port = z.strictObject({
  name: interfaceName('the interface name of a port'),
  optic: wordOf('the Ethernet PMD the optic should have, such as 10GBASE-LR').exactOptional(),
  autoNegotiate: flag(
    'whether the port auto-negotiates; absent: as it is. Off without `speed`, it keeps its present speed',
  ).exactOptional(),
  speed: z
    .literal(SPEEDS, { error: `a speed in Mb/s, one of ${SPEEDS.join(', ')}` })
    .describe('the speed in Mb/s, set by hand; needs `"autoNegotiate": false`')
    .exactOptional(),
  duplex: choice(
    ['FULL', 'HALF'],
    'set by hand; needs `"autoNegotiate": false`. HALF exists up to 1000 Mb/s',
  ).exactOptional(),
  lldp: some(ExpectedLldp)
    .describe('the far end that LLDP should show; it configures nothing')
    .exactOptional(),
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
  macAddress: macAddress(
    'the MAC address of the bond and its ports; absent: that of a port',
  ).exactOptional(),
  userPortKey: absent(
    whole(0, 1023, 'the upper ten bits of the LACP port key, 0-1023'),
    BOND_DEFAULTS.userPortKey,
  ),
})

const Accepted = z.strictObject({
  rule: ruleId('the id of a rule of the provider, such as "yandex/vlan-range"'),
  reason: line('why the rule does not hold here', 200),
})

export const Connection = z.strictObject({
  name: wordOf('a connection name'),
  provider: wordOf('a provider that has a profile (see "demarc providers")').exactOptional(),
  region: wordOf('a region of the provider').exactOptional(),
  service: wordOf('the service, or the access, of the provider').exactOptional(),
  accept: z
    .array(Accepted.describe('one rule'))
    .max(INTENT_LIMITS.acceptedRules)
    .describe('rules of the provider that the connection does not keep, each with the reason')
    .exactOptional(),
  interface: interfaceName('the name of the bond').exactOptional(),
  mtu: mtu().exactOptional(),
  ports: z
    .array(Port.describe('one port'))
    .min(1)
    .max(INTENT_LIMITS.portsPerConnection)
    .describe('the ports that carry the connection; several need `aggregation`'),
  aggregation: Aggregation.describe('the LACP bundle of the ports (IEEE 802.1AX)').exactOptional(),
  circuit: circuitField(),
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

const rate = (what: string) =>
  whole(1, 1_000_000, `${what} that are sent, in frames a second, 1-1000000`).exactOptional()

/** Words of switches: MAC limit, storm control. What is absent is not limited. */
const Protection = z.strictObject({
  macLimit: whole(
    1,
    8192,
    'the most source MAC addresses of frames that are sent, 1-8192; frames with others are dropped',
  ).exactOptional(),
  controlFrames: absent(
    choice(
      ['DROP', 'FORWARD'],
      'whether frames of protocols between switches (spanning tree, PVST+, CDP, VTP, LLDP, GVRP) are sent',
    ),
    'FORWARD',
  ),
  stormControl: z
    .strictObject({
      broadcast: rate('the most broadcast frames'),
      multicast: rate('the most multicast frames'),
      unknownUnicast: rate('the most frames to addresses that the far side has not used'),
    })
    .describe('limits of frames that a bridge sends everywhere')
    .exactOptional(),
})

const L2 = z.strictObject({
  bridge: interfaceName('a bridge name'),
  members: z
    .array(interfaceName('the interface name of a bridge member'))
    .max(INTENT_LIMITS.membersPerBridge)
    .describe('other interfaces that demarc puts into the bridge')
    .exactOptional(),
  stp: absent(flag('whether the bridge runs the spanning tree protocol (IEEE 802.1D)'), STP),
  protection: Protection.describe(
    'limits of the frames that the attachment sends to the provider; needs nftables',
  ).exactOptional(),
})

const Gateway = z.strictObject({
  name: wordOf("the name of the provider's gateway"),
  maxPrefixes: z
    .strictObject({ limit: whole(1, 4_294_967_295, 'a number of prefixes, 1-4294967295') })
    .describe(
      'the most prefixes that all sessions to the gateway announce together; each session gets a share',
    )
    .exactOptional(),
})

/** Echo requests that are sent again and again (openconfig-probes; RFC 792, RFC 4443). */
const Probe = z.strictObject({
  interval: absent(
    whole(1, 10, 'the seconds between two requests to a target, 1-10'),
    PROBE_DEFAULTS.interval,
  ),
  neighbors: absent(
    flag('whether the neighbours of the attachment are probed'),
    PROBE_DEFAULTS.neighbors,
  ),
  hosts: z
    .array(ipAddress('a host beyond the neighbour'))
    .max(INTENT_LIMITS.hostsPerProbe)
    .describe('hosts that are probed through the attachment')
    .exactOptional(),
  fullSize: absent(
    flag('whether packets of the MTU of the attachment, which may not be fragmented, are sent too'),
    PROBE_DEFAULTS.fullSize,
  ),
})

/** What an attachment is apart from its neighbours. `vlanId` null is untagged. */
export const attachmentFields = {
  name: wordOf('an attachment name'),
  connection: wordOf('the name of a connection'),
  service: wordOf('the service of the provider that the attachment is').exactOptional(),
  vlanId: whole(1, 4094, 'a VLAN id, 1-4094, or null for untagged')
    .nullable()
    .describe('the VLAN id, 1-4094; null: untagged (IEEE 802.1Q)'),
  innerVlanId: whole(
    1,
    4094,
    'the VLAN id of a second, inner tag (IEEE 802.1Q), 1-4094; then `vlanId` is the outer one',
  ).exactOptional(),
  tpid: absent(
    choice(
      ['0x8100', '0x88a8'],
      'the protocol identifier of the outer tag: 0x8100 of IEEE 802.1Q, 0x88a8 of IEEE 802.1ad',
    ),
    '0x8100',
  ),
  interface: interfaceName('the name of the VLAN interface').exactOptional(),
  mtu: absent(mtu(), MTU),
  l3: L3.describe('a routed attachment: addresses, and a VRF').exactOptional(),
  l2: L2.describe('a bridged attachment').exactOptional(),
  gateway: Gateway.describe(
    "the provider's gateway that the attachment leads to; several attachments may lead to one",
  ).exactOptional(),
  probe: Probe.describe(
    'loss, round-trip time and MTU are measured with echo requests from the address of the attachment; needs fping',
  ).exactOptional(),
  circuit: circuitField(),
}
