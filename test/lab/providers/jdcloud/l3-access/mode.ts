import type { Mode } from '../../mode.js'

/** The partner speaks BGP with the router, and hands its service over with two tags. */
export const l3Access: Mode = {
  provider: 'jdcloud',
  name: 'l3-access',
  says: "A partner's router with its own AS and a /29, behind two tags: 802.1ad 300 outside, 802.1Q 100 inside.",
  fibres: [{ port: 'enp1s0', router: 'partner', far: 'pe0' }],
  routers: [
    {
      name: 'partner',
      program: 'frr',
      config: 'frr.conf',
      ip: [
        'link set pe0 mtu 1600 up',
        'link add pe0.300 link pe0 up mtu 1504 type vlan proto 802.1ad id 300',
        'link add pe0.300.100 link pe0.300 up mtu 1500 type vlan id 100',
        'address add 10.0.0.1/29 dev pe0.300.100',
        'address add 10.64.0.1/32 dev lo',
      ],
    },
  ],
  sessions: [{ router: 'partner', customer: '10.0.0.2', neighbor: '10.0.0.1' }],
  hosts: ['10.64.0.1'],
  mtu: 1500,
  failure: { cut: 'enp1s0', then: 'mended' },
  limit: { direction: 'out', more: 30, most: 20 },
  badInput: {
    'jdcloud/vlan-range': 'attachments[0].vlanId = 4001',
    'jdcloud/optic': 'connections[0].ports[0].optic = "10GBASE-SR"',
    'jdcloud/speed':
      'connections[0].ports[0] = {"name": "enp1s0", "optic": "10GBASE-SR", "speed": 100000, "autoNegotiate": false}',
  },
}
