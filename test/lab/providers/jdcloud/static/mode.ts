import { pathsTo } from '../../cells/paths.js'
import type { Mode } from '../../mode.js'

/** Static routes over both dedicated line routers, on an untagged port. */
export const staticMode: Mode = {
  provider: 'jdcloud',
  name: 'static',
  says: 'An untagged port with two /30 and static routes over both dedicated line routers.',
  fibres: [{ port: 'enp1s0', router: 'dlr', far: 'line1' }],
  routers: [
    {
      name: 'dlr',
      program: 'none',
      ip: [
        'link set line1 up',
        'address add 10.0.0.2/30 dev line1',
        'address add 10.0.0.6/30 dev line1',
        'address add 10.64.0.1/32 dev lo',
        'address add 10.64.0.2/32 dev lo',
        'route add 192.168.0.0/24 nexthop via 10.0.0.1 nexthop via 10.0.0.5',
      ],
    },
  ],
  sessions: [],
  hosts: ['10.64.0.1', '10.64.0.2'],
  mtu: 1500,
  toCore: ['10.64.0.0/24'],
  withStatic: true,
  special: { through: (scene) => pathsTo(scene, '10.64.0.0/24', 2) },
  failure: { cut: 'enp1s0', then: 'mended' },
  limit: { direction: 'none', why: 'no BGP, so nothing is announced' },
  badInput: {
    'jdcloud/no-session': 'attachments[0].bgp = [{"neighborAddress": "10.0.0.2", "peerAs": 64512}]',
    'jdcloud/first-host': 'attachments[0].l3.addresses[1] = "10.0.0.6/30"',
    'jdcloud/subnet-pool': 'attachments[0].l3.addresses[0] = "169.254.0.1/30"',
  },
}
