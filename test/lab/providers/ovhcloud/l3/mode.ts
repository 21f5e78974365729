import { pathsTo } from '../../cells/paths.js'
import type { Mode } from '../../mode.js'

export const l3: Mode = {
  provider: 'ovhcloud',
  name: 'l3',
  says: 'Two points of presence, an untagged /30 at each, traffic over both.',
  fibres: [
    { port: 'enp1s0', router: 'pops', far: 'pop1' },
    { port: 'enp2s0', router: 'pops', far: 'pop2' },
  ],
  routers: [
    {
      name: 'pops',
      program: 'bird',
      config: 'bird.conf',
      ip: [
        'link set pop1 mtu 9000 up',
        'link set pop2 mtu 9000 up',
        'address add 192.0.2.1/30 dev pop1',
        'address add 192.0.2.5/30 dev pop2',
        'address add 172.16.1.1/32 dev lo',
        'address add 172.16.1.2/32 dev lo',
        'address add 172.16.1.3/32 dev lo',
        'address add 172.16.1.4/32 dev lo',
      ],
    },
  ],
  sessions: [
    { router: 'pops', customer: '192.0.2.2', neighbor: '192.0.2.1' },
    { router: 'pops', customer: '192.0.2.6', neighbor: '192.0.2.5' },
  ],
  hosts: ['172.16.1.1', '172.16.1.2', '172.16.1.3', '172.16.1.4'],
  mtu: 9000,
  special: { through: (scene) => pathsTo(scene, '172.16.1.0/28', 2) },
  failure: { cut: 'enp1s0', then: 'other way' },
  limit: { direction: 'out', more: 150, most: 100 },
  badInput: {
    'ovhcloud/untagged': 'attachments[0].vlanId = 100',
    'ovhcloud/second-host': 'attachments[1].l3.addresses = ["192.0.2.5/30"]',
    'ovhcloud/customer-as': 'router.localAs = 65501',
    'ovhcloud/one-hop': 'attachments[0].bgp[0].multihop = 2',
    'ovhcloud/announced-prefixes':
      'attachments[0].bgp[0].ipv4Unicast.export.maxPrefixes = {"limit": 101}',
    'ovhcloud/auto-negotiation': 'connections[0].ports[0].autoNegotiate = true',
  },
}
