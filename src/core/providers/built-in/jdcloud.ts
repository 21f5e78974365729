import { PROFILE_SCHEMA, type Profile } from '../profile.js'
import { jdcloudRules } from './jdcloud-rules.js'

const FOLDER = 'https://github.com/jdcloudcom/en documentation/Networking/Direct-Connection'

/** JD Cloud Direct Connect. */
export const jdcloud: Profile = {
  schema: PROFILE_SCHEMA,
  id: 'jdcloud',
  name: 'JD Cloud',
  product: 'Direct Connect',
  says:
    'A physical connection leads to an access point of JD Cloud. Private virtual interfaces on it, each a VLAN, ' +
    'lead to one border gateway each. Your router speaks BGP with two dedicated line routers (DLR).',
  regions: ['cn-north-1', 'cn-east-1', 'cn-east-2', 'cn-south-1'],
  serviceOf: 'connection',
  services: [
    {
      id: 'l2-access',
      name: 'Layer 2 access',
      says: 'BGP runs between your router and JD Cloud, over the partner or a line of your own; recommended.',
      default: true,
    },
    {
      id: 'l3-access',
      name: 'Layer 3 access',
      says: 'BGP runs between your router and the partner, whose AS and subnet count.',
    },
    {
      id: 'static',
      name: 'Layer 2 access with static routes',
      says: 'Static routes at both ends instead of BGP; the staff of JD Cloud must activate them.',
    },
  ],
  sources: [
    {
      id: 'overview',
      title: 'Product Overview',
      url: `${FOLDER}/Introduction/Product-Overview.md`,
      dated: 'fa693dc',
      read: '2026-11-30',
    },
    {
      id: 'vif',
      title: 'Private Virtual Interface',
      url: `${FOLDER}/Operation-Guide/Direct-Connection-Management/Private-Virtual-Interface-Configuration.md`,
      dated: '0d0683b',
      read: '2026-11-30',
    },
    {
      id: 'direct',
      title: 'Direct Connection',
      url: `${FOLDER}/Introduction/Functions/Direct-Connect.md`,
      dated: '2d0dac8',
      read: '2026-11-30',
    },
    {
      id: 'restrictions',
      title: 'Usage Restrictions',
      url: `${FOLDER}/Introduction/Restrictions.md`,
      dated: '9357a71',
      read: '2026-11-30',
    },
    {
      id: 'start',
      title: 'Getting started: connection into on-premise',
      url: `${FOLDER}/Getting-Started/Connection-Into-On-Premise.md`,
      read: '2026-11-29',
    },
    { id: 'faq', title: 'FAQ', url: `${FOLDER}/FAQ/FAQ.md`, read: '2026-11-29' },
    {
      id: 'available',
      title: 'Direct Connect High Available',
      url: `${FOLDER}/Best-Practices/Direct-Connect-High-Available.md`,
      read: '2026-11-29',
    },
    {
      id: 'physical',
      title: 'Physical Connection',
      url: `${FOLDER}/Operation-Guide/Direct-Connection-Management/Physical-Connection-Configuration.md`,
      dated: '0d0683b',
      read: '2026-11-29',
    },
    {
      id: 'cisco',
      title: 'Cisco configuration',
      url: `${FOLDER}/Operation-Guide/Client-Site-Configuration/Cisco-Configuration.md`,
      dated: 'e0cc781',
      read: '2026-11-29',
    },
  ],
  rules: jdcloudRules,
  words: [
    { name: 'physical connection', means: 'a connection of the intent' },
    {
      name: 'private virtual interface',
      means: 'an attachment of the intent, with two neighbours',
    },
    {
      name: 'hosted connection',
      means: 'the same inside the hosting area of JD Cloud, by the same rules',
    },
    {
      name: 'border gateway',
      means: 'what joins virtual interfaces and VPCs: "gateway" of an attachment',
    },
    { name: 'DLR (dedicated line router)', means: 'the neighbour, AS 64512' },
    { name: 'C-tag, S-tag', means: 'your VLAN id, and the outer tag of the operator or partner' },
  ],
  states: {
    connection: [
      { name: 'to be audited', state: 'requested', means: 'you have asked for it' },
      { name: 'unapproved', means: 'refused' },
      { name: 'to be paid', means: 'approved, not paid' },
      {
        name: 'under construction',
        state: 'pending',
        means: 'until the port is up and the optical power is normal',
      },
      { name: 'to be confirmed', means: 'you test and confirm' },
      { name: 'available', state: 'available', means: 'in use' },
      { name: 'unavailable', state: 'down', means: 'broken' },
      { name: 'deleting', state: 'deleting', means: 'being removed' },
    ],
    attachment: [
      {
        name: 'configuring',
        state: 'pending',
        means: 'the configuration is being made, configure your router',
      },
      {
        name: 'available',
        state: 'available',
        means: 'configured, and the BGP session is established',
      },
      { name: 'unavailable', state: 'down', means: 'no traffic is possible' },
      { name: 'deleting', state: 'deleting', means: 'being removed' },
    ],
  },
  facts: [
    {
      says: 'The 300 dynamic routes are those of a border gateway, shared by its virtual interfaces; later ones are blocked until there is room.',
      sources: ['restrictions', 'faq'],
    },
    {
      says: 'The AS of the border gateway is 65501 in one document and 65000 in another; it stands behind 64512 in the path.',
      sources: ['direct', 'available'],
    },
    {
      says: 'The prefixes of your network and of the VPC must not overlap; there is no NAT at JD Cloud.',
      sources: ['restrictions', 'vif'],
    },
    {
      says: 'The physical connection and the border gateway belong to one region.',
      sources: ['restrictions'],
    },
    {
      says: 'A region has at most 10 physical and hosted connections, a border gateway at most 50 static routes, unless the quota was raised.',
      sources: ['restrictions'],
    },
    {
      says: 'The sample for Cisco sets eBGP multihop 2, those for Huawei and H3C do not: both work.',
      sources: ['cisco'],
    },
    {
      says: 'JD Cloud hosts no devices of customers, media converters included.',
      sources: ['overview'],
    },
    { says: 'The port may be untagged, for subinterfaces are optional.', sources: ['overview'] },
  ],
  steps: [
    'Apply for a physical connection at an access point; better two, with different operators and routes.',
    'The operator or partner lays the line. Push an intent with the port, so that the router sends light.',
    'When the port is up and both powers are normal, test and confirm: the state is available.',
    'Create a private virtual interface with a VLAN, your AS and two /30; leave out the key.',
    'Push the intent with the attachment and both neighbours; the interface is available when BGP is established.',
    'Add the routes of the VPC and of the border gateway, and send the first packet.',
  ],
  support: [
    'the code of the line, for the operator or partner',
    'whether both /30 answer a ping at both ends',
    'the VLAN, the two /30, and your AS',
    'the region and the border gateway',
  ],
}
