import type { Mode } from '../../mode.js'
import { findingOf } from '../../cells/sessions.js'

/** An interface that belongs to another account, which accepts it after the customer has configured its router. */
export const hosted: Mode = {
  provider: 'outscale',
  name: 'hosted',
  says: 'A hosted interface that its owner accepts later; us-east-2, so AS 53306.',
  fibres: [{ port: 'enp1s0', router: 'directlink', far: 'dl0' }],
  routers: [
    {
      name: 'directlink',
      program: 'gobgp',
      config: 'gobgpd.toml',
      announce: ['10.64.0.0/24'],
      // GoBGP puts no routes into the kernel, so the return route is there from the start.
      ip: [
        'link set dl0 up',
        'link add dl0.100 link dl0 up mtu 1500 type vlan id 100',
        'address add 10.0.0.1/30 dev dl0.100',
        'address add 10.64.0.1/32 dev lo',
        'route add 192.168.0.0/24 via 10.0.0.2',
      ],
      late: true,
    },
  ],
  sessions: [{ router: 'directlink', customer: '10.0.0.2', neighbor: '10.0.0.1' }],
  hosts: ['10.64.0.1'],
  mtu: 1500,
  special: {
    async up(scene) {
      await findingOf(scene, ['neighbors', '10.0.0.1', 'NEIGHBOR_DOWN'])
      const started = performance.now()
      await scene.start('directlink')
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      return `down until the owner accepts, the router of OUTSCALE started in ${seconds} s`
    },
  },
  failure: { cut: 'enp1s0', then: 'mended' },
  limit: { direction: 'out', more: 15, most: 10 },
  badInput: {
    'outscale/vlan-range': 'attachments[0].vlanId = 1',
    'outscale/provider-as': 'attachments[0].bgp[0].peerAs = 50624',
    'outscale/customer-as': 'router.localAs = 53306',
    'outscale/speed':
      'connections[0].ports[0] = {"name": "enp1s0", "speed": 100000, "autoNegotiate": false}',
    'outscale/mtu': 'attachments[0].mtu = 1499',
  },
}
