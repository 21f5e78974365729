import { PROFILE_SCHEMA, type Profile } from '../profile.js'
import { OVHCLOUD_REGIONS, ovhcloudRules } from './ovhcloud-rules.js'

const REPOSITORY = 'https://github.com/ovh/ovhcloud-docs'
const FOLDER = `${REPOSITORY} docs/en/guides/network/ovhcloud-connect`

/** OVHcloud Connect. */
export const ovhcloud: Profile = {
  schema: PROFILE_SCHEMA,
  id: 'ovhcloud',
  name: 'OVHcloud',
  product: 'OVHcloud Connect',
  says:
    'OVHcloud Connect links your network to a vRack. You reach it at a point of presence (PoP), the EntryPoint; ' +
    'it ends in an availability zone (AZ), the EndPoint. Direct is a fibre of your own, Provider comes over a ' +
    'partner and is always L3.',
  regions: OVHCLOUD_REGIONS,
  serviceOf: 'connection',
  services: [
    {
      id: 'l3',
      name: 'Layer 3',
      says: 'A full mesh of IP between the PoPs and the availability zones of one region, with BGP at the PoP.',
    },
    {
      id: 'l2',
      name: 'Layer 2',
      says: 'A tunnel from one PoP to one availability zone that carries your VLANs as they are; Direct only.',
    },
  ],
  sources: [
    {
      id: 'limits',
      title: 'Prerequisites & Limitations',
      url: `${FOLDER}/limits.mdx`,
      dated: '2026-06-16',
      read: '2026-11-30',
    },
    {
      id: 'occ-limits',
      title: 'Technical capabilities and limitations',
      url: `${FOLDER}/occ-limits.mdx`,
      dated: '2025-10-03',
      read: '2026-11-30',
    },
    {
      id: 'l3-bgp',
      title: 'Configure OVHcloud Connect L3 with BGP',
      url: `${FOLDER}/l3-bgp.mdx`,
      dated: '2026-06-15',
      read: '2026-11-30',
    },
    {
      id: 'layer3',
      title: 'Layer 3 mode',
      url: `${FOLDER}/occ-layer3.mdx`,
      dated: '2020-09-14',
      read: '2026-11-30',
    },
    {
      id: 'l2',
      title: 'Configure OVHcloud Connect L2',
      url: `${FOLDER}/l2.mdx`,
      dated: '2026-07-03',
      read: '2026-11-30',
    },
    {
      id: 'layer2',
      title: 'Layer 2 mode',
      url: 'https://github.com/ovh/docs pages/network/ovhcloud_connect/occ-layer2',
      dated: '32bcb50',
      read: '2026-11-29',
    },
    {
      id: 'trouble',
      title: 'Troubleshooting common errors setting up OVHcloud Connect',
      url: `${FOLDER}/troubleshooting.mdx`,
      dated: '2021-09-02',
      read: '2026-11-30',
    },
    {
      id: 'trouble-2026',
      title: 'Troubleshooting (not in the newer repository any more)',
      url: 'https://github.com/ovh/docs pages/network/ovhcloud_connect/1.9_troubleshooting',
      dated: '2026-02-18',
      read: '2026-11-29',
    },
    {
      id: 'regions',
      title: 'PoPs and Regions',
      url: `${FOLDER}/pop-locations-regions.mdx`,
      dated: '2026-06-15',
      read: '2026-11-30',
    },
    {
      id: 'loa',
      title: 'Order or cancel a cross-connect (LOA)',
      url: `${FOLDER}/cross-connect-loa.mdx`,
      dated: '2026-06-16',
      read: '2026-11-30',
    },
    {
      id: 'faq',
      title: 'FAQ OVHcloud Connect',
      url: `${FOLDER}/faq.mdx`,
      dated: '2020-09-14',
      read: '2026-11-30',
    },
    {
      id: 'cross-cloud',
      title: 'Set up OVHcloud Connect Cross Cloud with GCP',
      url: `${FOLDER}/occ-cross-cloud-gcp.mdx`,
      dated: '2026-09-28',
      read: '2026-11-30',
    },
    {
      id: 'edge',
      title: 'What is OVHcloud Connect Edge',
      url: `${FOLDER}/occ-edge-overview.mdx`,
      dated: '2026-08-06',
      read: '2026-11-30',
    },
    {
      id: 'api',
      title: 'OVHcloud API, /ovhCloudConnect',
      url: 'https://api.ovh.com/console/#/ovhCloudConnect',
      read: '2026-11-29',
    },
  ],
  rules: ovhcloudRules,
  words: [
    { name: 'service (occ)', means: 'a connection of the intent, with one port or two' },
    { name: 'PoP, EntryPoint', means: 'where your fibre ends; the far end of the connection' },
    { name: 'AZ, DC, EndPoint', means: 'the data centre with your services; not in the intent' },
    { name: 'vRack', means: 'your private network at OVHcloud; not in the intent' },
    { name: 'PoP configuration (PopConfig)', means: 'the attachment of the intent' },
    { name: 'customerBgpArea', means: '`router.localAs`' },
    { name: 'ovhBgpArea', means: '`peerAs` of the neighbour: any AS you chose there' },
    { name: 'subnet', means: 'the /30 of the address of the attachment' },
  ],
  states: {
    connection: [
      { name: 'active', means: 'the service is delivered; or closed once it has ended' },
      { name: 'reserved', state: 'pending', means: 'the port is kept for you' },
      { name: 'enabled', state: 'available', means: 'the port is in use' },
      { name: 'disabled', means: 'the port is locked' },
    ],
    attachment: [
      { name: 'init', state: 'pending', means: 'the PoP configuration is being made' },
      { name: 'active', state: 'available', means: 'the PoP configuration is in use' },
      { name: 'toDelete', state: 'deleting', means: 'the PoP configuration is being removed' },
    ],
  },
  facts: [
    {
      says: 'Direct is delivered when OVHcloud sees light at the position of the LOA, or 60 days after the order.',
      sources: ['trouble', 'faq'],
    },
    {
      says: 'In L2 mode unknown unicast is forwarded; no document names a rate for it.',
      sources: ['layer2'],
    },
    {
      says: 'A vRack has at most 16 services of one PoP; a service belongs to one vRack.',
      sources: ['limits'],
    },
    {
      says: 'The availability zone has a /28 or larger, in which the first three hosts are those of OVHcloud; the page Layer 3 mode says /29.',
      sources: ['l3-bgp', 'trouble', 'layer3'],
    },
    {
      says: 'BGP in the availability zone takes up to 4 neighbours, needs both devices A and B, and ends VRRP.',
      sources: ['l3-bgp', 'limits'],
    },
    {
      says: 'No QoS, no IGMP and multicast, no PAgP; L2 and L3 cannot be changed without deleting the configuration.',
      sources: ['limits', 'l2'],
    },
    {
      says: 'Light arrives and the port stays down: that is the sign of auto-negotiation.',
      sources: ['occ-limits'],
    },
    {
      says: 'Connect Edge brings the fibre to your site: with a router of your own it is L3, with a uCPE the router is that of OVHcloud.',
      sources: ['edge'],
    },
    {
      says: 'Cross Cloud joins Google Cloud, AS 16550, and OVHcloud, AS 16276, with at most 100 prefixes a session; no router of yours is between them.',
      sources: ['cross-cloud'],
    },
    {
      says: 'An AZ may be reached by several PoPs, a PoP may reach several AZs; two PoPs do not reach each other.',
      sources: ['layer3'],
    },
  ],
  steps: [
    'Order OVHcloud Connect Direct. OVHcloud sends the LOA: cabinet, cage, patch panel, port, fibre pair and side.',
    'Give the LOA to the data centre and order the cross-connect from your position to that of OVHcloud.',
    'Push an intent with the port, so that the router sends light: the service is delivered when OVHcloud sees it.',
    'Associate the service with a vRack, then add the PoP configuration, then that of the availability zone.',
    'L3: copy ovhBgpArea, customerBgpArea and the subnet of the PoP configuration into the intent, and push it.',
    'L2: extend your VLANs over the bundle, from at most 512 MAC addresses; L3: wait for the session. Then send the first packet.',
  ],
  support: [
    'the id of the service and the position on the LOA',
    'the ticket at the data centre that installed the cross-connect',
    'the power that the optic sends and receives, from "demarc show ports"',
    'both AS numbers and the /30 of the PoP configuration',
    'the result of a diagnostic (diagPeering, diagRoutes, diagMacs); there are ten a day of each type',
  ],
}
