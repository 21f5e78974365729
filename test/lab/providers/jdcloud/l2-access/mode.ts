import { pathsTo } from '../../cells/paths.js'
import type { Mode } from '../../mode.js'

const HOSTS = ['10.64.0.1', '10.64.0.2', '10.64.0.3', '10.64.0.4']

/** Two lines, each with a virtual interface that has two /30 and two sessions. */
export const l2Access: Mode = {
  provider: 'jdcloud',
  name: 'l2-access',
  says: 'Two lines, a virtual interface on each with two /30 and two sessions, without a key; traffic over all four; 300 routes over all of them.',
  fibres: [
    { port: 'enp1s0', router: 'dlr', far: 'line1' },
    { port: 'enp2s0', router: 'dlr', far: 'line2' },
  ],
  routers: [
    {
      name: 'dlr',
      program: 'bird',
      config: 'bird.conf',
      ip: [
        'link set line1 up',
        'link set line2 up',
        'link add line1.2 link line1 up mtu 1500 type vlan id 2',
        'link add line2.4000 link line2 up mtu 1500 type vlan id 4000',
        'address add 10.0.0.2/30 dev line1.2',
        'address add 10.0.0.6/30 dev line1.2',
        'address add 10.0.1.2/30 dev line2.4000',
        'address add 10.0.1.6/30 dev line2.4000',
        ...HOSTS.map((host) => `address add ${host}/32 dev lo`),
      ],
    },
  ],
  sessions: [
    { router: 'dlr', customer: '10.0.0.1', neighbor: '10.0.0.2' },
    { router: 'dlr', customer: '10.0.0.5', neighbor: '10.0.0.6' },
    { router: 'dlr', customer: '10.0.1.1', neighbor: '10.0.1.2' },
    { router: 'dlr', customer: '10.0.1.5', neighbor: '10.0.1.6' },
  ],
  hosts: HOSTS,
  mtu: 1500,
  special: { through: (scene) => pathsTo(scene, '10.64.0.0/24', 4) },
  failure: { cut: 'enp1s0', then: 'other way' },
  // The 300 of a border gateway are shared by hand: the intent has no word for a budget of several sessions.
  limit: { direction: 'out', more: 100, most: 75 },
  badInput: {
    'jdcloud/vlan-range': 'attachments[1].vlanId = 4001',
    'jdcloud/subnet-length': 'attachments[0].l3.addresses = ["10.0.0.1/29"]',
    'jdcloud/first-host': 'attachments[1].l3.addresses = ["10.0.1.2/30", "10.0.1.5/30"]',
    'jdcloud/provider-as': 'attachments[0].bgp[0].peerAs = 65501',
    'jdcloud/customer-as': 'router.localAs = 65500',
    'jdcloud/no-password': 'attachments[0].bgp[1].authPassword = {"secret": "key"}',
    'jdcloud/announced-routes':
      'attachments[1].gateway = {"name": "gw", "maxPrefixes": {"limit": 301}}',
  },
}
