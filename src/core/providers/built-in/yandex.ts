import { PROFILE_SCHEMA, type Profile } from '../profile.js'
import { yandexRules } from './yandex-rules.js'

const REPOSITORY = 'https://github.com/yandex-cloud/docs'

/** Yandex Cloud Interconnect. */
export const yandex: Profile = {
  schema: PROFILE_SCHEMA,
  id: 'yandex',
  name: 'Yandex Cloud',
  product: 'Cloud Interconnect',
  says:
    'A trunk is one port, or a bundle of ports, at a point of presence. It carries private connections to your ' +
    'cloud networks and public connections to the services of Yandex Cloud, each a VLAN with one BGP session. ' +
    'Without BGP there is no service.',
  serviceOf: 'attachment',
  services: [
    {
      id: 'private',
      name: 'private connection',
      says: 'A VLAN of the trunk that leads to one cloud network.',
      default: true,
    },
    {
      id: 'public',
      name: 'public connection',
      says: 'A VLAN of the trunk that leads to services of Yandex Cloud. With addresses of Yandex it needs NAT, which demarc does not do.',
    },
  ],
  sources: [
    {
      id: 'trunk',
      title: 'Trunk',
      url: `${REPOSITORY} en/interconnect/concepts/trunk.md`,
      dated: '0423c80',
      read: '2026-11-30',
    },
    {
      id: 'private',
      title: 'Private connection',
      url: `${REPOSITORY} en/interconnect/concepts/priv-con.md`,
      dated: '1d30ff5',
      read: '2026-11-30',
    },
    {
      id: 'public',
      title: 'Public connection',
      url: `${REPOSITORY} en/interconnect/concepts/pub-con.md`,
      dated: '0423c80',
      read: '2026-11-30',
    },
    {
      id: 'bgp',
      title: 'BGP connectivity',
      url: `${REPOSITORY} en/_includes/interconnect/bgp.md`,
      dated: '0423c80',
      read: '2026-11-30',
    },
    {
      id: 'bgp-ru',
      title: 'BGP connectivity (Russian)',
      url: `${REPOSITORY} ru/_includes/interconnect/bgp.md`,
      dated: '0aec636',
      read: '2026-11-29',
    },
    {
      id: 'provider-as',
      title: 'L3: IP and BGP (older page, with the number of the AS)',
      url: `${REPOSITORY} en/interconnect/concepts/l3-ip-bgp.md`,
      dated: '06917b5',
      read: '2026-11-29',
    },
    {
      id: 'limits',
      title: 'Quotas and limits',
      url: `${REPOSITORY} en/_includes/interconnect-limits.md`,
      dated: '258f24a',
      read: '2026-11-30',
    },
    {
      id: 'transceivers',
      title: 'Transceivers',
      url: `${REPOSITORY} en/_includes/interconnect/transceivers.md`,
      read: '2026-11-29',
    },
    {
      id: 'capacity',
      title: 'Data size and connection capacity',
      url: `${REPOSITORY} en/interconnect/concepts/capacity.md`,
      dated: '0423c80',
      read: '2026-11-30',
    },
    {
      id: 'routing',
      title: 'Routing',
      url: `${REPOSITORY} en/interconnect/concepts/routing.md`,
      dated: 'a26c050',
      read: '2026-11-29',
    },
    {
      id: 'standby',
      title: 'Active/standby with Cloud Router',
      url: 'https://yandex.cloud/en/docs/cloud-router/scenarios/prc-ha-with-active-standby',
      read: '2026-11-29',
    },
    {
      id: 'announces',
      title: 'Announcements',
      url: `${REPOSITORY} en/cloud-router/concepts/announces.md`,
      read: '2026-11-29',
    },
    {
      id: 'api',
      title: 'PrivateConnection.create of the API',
      url: `${REPOSITORY} en/interconnect/api-ref/PrivateConnection/create.md`,
      dated: '0423c80',
      read: '2026-11-29',
    },
    {
      id: 'monitoring',
      title: 'Monitoring',
      url: `${REPOSITORY} en/interconnect/concepts/monitoring.md`,
      read: '2026-11-29',
    },
  ],
  rules: yandexRules,
  words: [
    { name: 'trunk', means: 'a connection of the intent' },
    { name: 'private connection', means: 'an attachment of the service `private`' },
    { name: 'public connection', means: 'an attachment of the service `public`' },
    { name: 'peerIp, cloudIp', means: 'your address, and that of the neighbour' },
    { name: 'accessDeviceName', means: 'the name of the device at Yandex Cloud, as LLDP shows it' },
    {
      name: 'routing instance (Cloud Router)',
      means: 'what announces your cloud networks; not in the intent',
    },
  ],
  states: {
    connection: [
      { name: 'CREATING', state: 'pending', means: 'being made' },
      { name: 'UPDATING', means: 'being changed' },
      {
        name: 'ACTIVE',
        state: 'available',
        means: 'in use; connections in the trunk can be made once its port is up',
      },
      { name: 'DELETING', state: 'deleting', means: 'being removed' },
    ],
    attachment: [
      { name: 'CREATING', state: 'pending', means: 'being made' },
      { name: 'UPDATING', means: 'being changed' },
      { name: 'ACTIVE', state: 'available', means: 'in use' },
      { name: 'DELETING', state: 'deleting', means: 'being removed' },
    ],
  },
  facts: [
    {
      says: 'A cloud network has at most one private connection at each point of presence, over all trunks.',
      sources: ['trunk', 'private'],
    },
    { says: 'You choose the subnet and both addresses of a private connection.', sources: ['api'] },
    {
      says: 'Traffic above the bought capacity is dropped, counted in bits and in packets a second.',
      sources: ['trunk'],
    },
    {
      says: 'A subnet is announced only while a virtual machine has an address in it; its first two addresses cannot be reached.',
      sources: ['announces', 'private'],
    },
    {
      says: 'A prefix that you announce may be private, public or 0.0.0.0/0.',
      sources: ['private'],
    },
    {
      says: 'Where traffic may return by the other trunk, reverse-path filtering must be loose; demarc sets that.',
      sources: ['routing'],
    },
    {
      says: 'The documents differ: your routers "must" have the same AS in the older Routing, and other ones are allowed in the newer.',
      sources: ['routing'],
    },
    {
      says: 'Your routers should speak iBGP with each other, so that each knows what the other trunk announces.',
      sources: ['routing'],
    },
    {
      says: 'For active/standby announce the more specific prefixes on the active trunk; for the default route these are 0.0.0.0/1 and 128.0.0.0/1.',
      sources: ['routing', 'standby'],
    },
    {
      says: 'A default route that you announce excludes the NAT gateway of Yandex Cloud in the same network.',
      sources: ['routing'],
    },
    {
      says: 'A public connection without prefixes of your own has a /31 of Yandex Cloud, a private AS and NAT at your side.',
      sources: ['public'],
    },
    {
      says: 'A public connection with your own prefixes needs a public AS, a route object and a ROA at the registry.',
      sources: ['public'],
    },
    { says: 'A bundle over two devices (MC-LAG) is not supported.', sources: ['trunk'] },
  ],
  steps: [
    'Order a trunk with a capacity and an optic at a point of presence, better at two, and get the cross-connect made.',
    'Push an intent with the port; auto-negotiation is off. The metric connection_state_up_down becomes 1.',
    'Create a private connection with a VLAN, the subnet, both addresses and your AS.',
    'Push the intent with the attachment. The metric bgp_ipv4_session_state_up_down becomes 1.',
    'Ask for the announcements of your cloud subnets, or set them at the Cloud Router; the older way takes two business days.',
    'Start a virtual machine in an announced subnet and send the first packet.',
  ],
  support: [
    'the ids of the trunk and of the private or public connection',
    'the point of presence and the name of the device that LLDP shows',
    'the VLAN, the subnet, both addresses and your AS',
    'whether ping of the address of Yandex Cloud answers, and the state of the BGP session',
  ],
}
