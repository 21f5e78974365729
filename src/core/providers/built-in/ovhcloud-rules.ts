import type { ProfileRule } from '../profile.js'
import { ovhcloudL2Rules } from './ovhcloud-l2-rules.js'
import { exactly } from './exactly.js'

/** The regions of OVHcloud by the AS that it keeps for itself there. */
const EUROPE = [
  'eu-west-lim',
  'eu-west-eri',
  'eu-west-gra',
  'eu-west-par',
  'eu-west-rbx',
  'eu-west-sbg',
  'eu-central-waw',
]
const CANADA = ['ca-east-bhs', 'ca-east-tor']
const ASIA = ['ap-southeast-sgp', 'ap-south-mum']

export const OVHCLOUD_REGIONS = [...EUROPE, ...CANADA, ...ASIA]

/** The AS that OVHcloud keeps for itself in each part of the world. */
const RESERVED: NonNullable<ProfileRule['byRegion']> = [
  { regions: EUROPE, except: [[65501, 65501]] },
  { regions: CANADA, except: [[65502, 65502]] },
  { regions: ASIA, except: [[65519, 65519]] },
]

/** What OVHcloud demands; `ovhcloud.ts` has the documents. */
export const ovhcloudRules: ProfileRule[] = [
  {
    id: 'ovhcloud/routed',
    kind: 'error',
    subject: 'layer',
    services: ['l3'],
    says: 'In L3 mode the port has a subnet and BGP.',
    sources: ['l3-bgp'],
    allowed: { words: ['routed'] },
  },
  {
    id: 'ovhcloud/untagged',
    kind: 'error',
    subject: 'tagging',
    services: ['l3'],
    says:
      'In L3 mode 802.1Q tags are not supported. A page of February 2026 asked for a tag; the newer ones of ' +
      'June 2026 do not, and a PoP configuration has no VLAN.',
    sources: ['limits', 'occ-limits', 'trouble-2026'],
    allowed: { words: ['untagged'] },
  },
  {
    id: 'ovhcloud/subnet-length',
    kind: 'error',
    subject: 'prefix-length',
    services: ['l3'],
    says: 'The subnet at the PoP is a /30.',
    sources: ['l3-bgp', 'layer3'],
    allowed: { numbers: [[30, 30]] },
  },
  {
    id: 'ovhcloud/second-host',
    kind: 'error',
    subject: 'own-host',
    services: ['l3'],
    says: 'The first host of the /30 is that of OVHcloud, the second is yours.',
    sources: ['l3-bgp', 'layer3', 'trouble'],
    allowed: { numbers: [[2, 2]] },
  },
  {
    id: 'ovhcloud/ipv4-addresses',
    kind: 'error',
    subject: 'address-family',
    services: ['l3'],
    says: 'IPv6 is not supported.',
    sources: ['limits'],
    allowed: { words: ['IPv4'] },
  },
  {
    id: 'ovhcloud/ipv4-routes',
    kind: 'error',
    subject: 'ipv6-routes',
    services: ['l3'],
    says: 'IPv6 is not supported.',
    sources: ['limits'],
    allowed: { words: ['absent'] },
  },
  {
    id: 'ovhcloud/sessions',
    kind: 'error',
    subject: 'session-count',
    services: ['l3'],
    says: 'There is one BGP session at a PoP; static routes are not supported there.',
    sources: ['limits', 'layer3'],
    allowed: { numbers: [[1, 1]] },
  },
  {
    id: 'ovhcloud/external',
    kind: 'error',
    subject: 'as-relation',
    services: ['l3'],
    says: 'Your AS differs from that of OVHcloud; iBGP is not supported.',
    sources: ['limits', 'l3-bgp'],
    allowed: { words: ['external'] },
  },
  {
    id: 'ovhcloud/one-hop',
    kind: 'error',
    subject: 'multihop',
    services: ['l3'],
    says: 'eBGP multihop is not supported.',
    sources: ['limits'],
    allowed: { numbers: [[1, 1]] },
  },
  {
    id: 'ovhcloud/provider-as',
    kind: 'error',
    subject: 'peer-as',
    services: ['l3'],
    says:
      'The AS of OVHcloud is what you chose as ovhBgpArea, such as 35540: any one but that which OVHcloud keeps ' +
      'in the region.',
    sources: ['l3-bgp'],
    byRegion: RESERVED,
  },
  {
    id: 'ovhcloud/customer-as',
    kind: 'error',
    subject: 'own-as',
    services: ['l3'],
    says: 'OVHcloud keeps one AS for itself in each part of the world.',
    sources: ['trouble', 'l3-bgp'],
    byRegion: RESERVED,
  },
  {
    id: 'ovhcloud/no-as-65501',
    kind: 'error',
    subject: 'own-as',
    services: ['l3'],
    says: 'With AS 65501 the routes of the vRack do not reach the PoP, at all sites.',
    sources: ['occ-limits'],
    allowed: { except: [[65501, 65501]] },
  },
  {
    id: 'ovhcloud/as-range',
    kind: 'warning',
    subject: 'own-as',
    services: ['l3'],
    says: 'OVHcloud names a public AS, or a private one of 64512-65534.',
    sources: ['l3-bgp', 'trouble'],
    allowed: { except: [[4_200_000_000, 4_294_967_294]] },
  },
  {
    id: 'ovhcloud/bfd',
    kind: 'warning',
    subject: 'bfd',
    services: ['l3'],
    says:
      'The documents differ: BFD is on "on all BGP sessions" in Layer 3 mode (2020), "on all AZ BGP sessions" in ' +
      'L3 with BGP (2026). BGP comes up with BFD at one end only.',
    sources: ['layer3', 'l3-bgp'],
    allowed: { words: ['present'] },
  },
  {
    id: 'ovhcloud/no-med',
    kind: 'warning',
    subject: 'med',
    services: ['l3'],
    says:
      'The documents differ: MED "is not supported" in L3 with BGP (2026), "is an alternative" in Layer 3 mode ' +
      '(2020). Prepend your AS instead.',
    sources: ['l3-bgp', 'layer3'],
    allowed: { words: ['absent'] },
  },
  {
    id: 'ovhcloud/announced-prefixes',
    kind: 'error',
    subject: 'export-limit',
    services: ['l3'],
    says: 'At most 100 prefixes can be announced in a session; above, it may take no new routes.',
    sources: ['limits', 'trouble-2026'],
    allowed: { numbers: [[null, 100]] },
    fill: 100,
    beyond: 'takes-no-more',
  },
  {
    id: 'ovhcloud/paths',
    kind: 'warning',
    subject: 'maximum-paths',
    services: ['l3'],
    says: 'With two or more PoPs OVHcloud spreads traffic over up to 4 paths by itself.',
    sources: ['layer3'],
    allowed: { numbers: [[null, 4]] },
    fill: 4,
  },
  {
    id: 'ovhcloud/two-pops',
    kind: 'warning',
    subject: 'connection-count',
    services: ['l3'],
    says: 'For high availability take two PoPs at different places.',
    sources: ['regions'],
    allowed: { numbers: [[2, null]] },
  },
  {
    id: 'ovhcloud/no-bundle',
    kind: 'error',
    subject: 'bundle',
    services: ['l3'],
    says: 'In L3 mode several links are joined by BGP with equal-cost paths; LACP is for L2.',
    sources: ['limits', 'faq'],
    allowed: { words: ['absent'] },
  },
  {
    id: 'ovhcloud/ports',
    kind: 'error',
    subject: 'port-count',
    says: 'A service has one port or two.',
    sources: ['api'],
    allowed: { numbers: [[1, 2]] },
  },
  {
    id: 'ovhcloud/mtu',
    kind: 'error',
    subject: 'mtu',
    says: 'Frames of up to 9000 octets are carried.',
    sources: ['limits', 'occ-limits'],
    allowed: { numbers: [[null, 9000]] },
  },
  {
    id: 'ovhcloud/auto-negotiation',
    kind: 'error',
    subject: 'auto-negotiation',
    says: 'Auto-negotiation is not supported: the port stays down although light arrives.',
    sources: ['limits', 'occ-limits', 'l2'],
    allowed: { words: ['off'] },
    fill: 'off',
  },
  {
    id: 'ovhcloud/speed',
    kind: 'error',
    subject: 'speed',
    says: 'The speed is that of the ordered link.',
    sources: ['limits', 'trouble'],
    allowed: { numbers: exactly(1000, 10_000, 100_000) },
  },
  {
    id: 'ovhcloud/bandwidth',
    kind: 'error',
    subject: 'bandwidth',
    says: 'The bandwidth of a service is one of these, in Mb/s.',
    sources: ['api'],
    allowed: { numbers: exactly(100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 100_000) },
  },
  {
    id: 'ovhcloud/optic',
    kind: 'error',
    subject: 'optic',
    says: '1 Gb/s is 1000BASE-LX/LH, 10 Gb/s 10GBASE-LR, 100 Gb/s 100GBASE-LR4, on single-mode fibre.',
    sources: ['limits', 'faq'],
    allowed: { words: ['1000BASE-LX', '1000BASE-LH', '10GBASE-LR', '100GBASE-LR4'] },
  },
  {
    id: 'ovhcloud/connector',
    kind: 'error',
    subject: 'connector',
    says: 'The connector on the LOA is LC or SC.',
    sources: ['loa'],
    allowed: { words: ['LC', 'SC'] },
  },
  ...ovhcloudL2Rules,
]
