import type { Mode } from '../../mode.js'

/** Several DirectLink interfaces on one DirectLink, in a region of AS 50624. */
export const interfaces: Mode = {
  provider: 'outscale',
  name: 'interfaces',
  says: 'One DirectLink with two interfaces, VLAN 2 and 4094, to two Nets; eu-west-2, so AS 50624.',
  fibres: [{ port: 'enp1s0', router: 'directlink', far: 'dl0' }],
  routers: [
    {
      name: 'directlink',
      program: 'bird',
      config: 'bird.conf',
      ip: [
        'link set dl0 up',
        'link add dl0.2 link dl0 up mtu 1500 type vlan id 2',
        'link add dl0.4094 link dl0 up mtu 1500 type vlan id 4094',
        'address add 172.16.0.1/30 dev dl0.2',
        'address add 172.16.0.5/30 dev dl0.4094',
        'address add 10.64.0.1/32 dev lo',
        'address add 10.65.0.1/32 dev lo',
      ],
    },
  ],
  sessions: [
    { router: 'directlink', customer: '172.16.0.2', neighbor: '172.16.0.1' },
    { router: 'directlink', customer: '172.16.0.6', neighbor: '172.16.0.5' },
  ],
  hosts: ['10.64.0.1', '10.65.0.1'],
  mtu: 1500,
  failure: { cut: 'enp1s0', then: 'mended' },
  // OUTSCALE publishes no limit: the one that is held is that of the intent.
  limit: {
    direction: 'in',
    more: 30,
    session: { router: 'directlink', customer: '172.16.0.2', neighbor: '172.16.0.1' },
  },
  badInput: {
    'outscale/vlan-range': 'attachments[0].vlanId = 1',
    'outscale/tagged': 'attachments[1].vlanId = null',
    'outscale/mtu': 'attachments[0].mtu = 9000',
    'outscale/provider-as': 'attachments[0].bgp[0].peerAs = 53306',
    'outscale/customer-as': 'router.localAs = 132418',
    'outscale/optic': 'connections[0].ports[0].optic = "10GBASE-SR"',
    'outscale/sessions': 'attachments[1].bgp = []',
  },
}
