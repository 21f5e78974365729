import { pathsTo } from '../../cells/paths.js'
import type { Mode } from '../../mode.js'

/** The trunk of the router is active; a second router, not demarc's, has the trunk that stands by. */
export const standby: Mode = {
  provider: 'yandex',
  name: 'standby',
  says: 'Active/standby over two routers of the customer: local preference out, a longer path back, iBGP between them.',
  fibres: [
    { port: 'enp1s0', router: 'cloud', far: 'm9' },
    { port: 'enp3s0', router: 'twin', far: 'tw0' },
  ],
  routers: [
    {
      name: 'twin',
      program: 'bird',
      config: 'twin.conf',
      ip: [
        'link set tw0 mtu 9000 up',
        'address add 10.9.0.2/30 dev tw0',
        'link add nord0 mtu 8910 type veth peer name nord netns cloud',
        'link set nord0 up',
        'address add 10.0.0.5/30 dev nord0',
      ],
    },
    {
      name: 'cloud',
      program: 'frr',
      config: 'frr.conf',
      ip: [
        'link set m9 mtu 8914 up',
        'link add m9.100 link m9 up mtu 8910 type vlan id 100',
        'address add 10.0.0.2/30 dev m9.100',
        'link set nord mtu 8910 up',
        'address add 10.0.0.6/30 dev nord',
        'address add 10.128.0.1/32 dev lo',
        'address add 10.128.0.200/32 dev lo',
      ],
    },
  ],
  sessions: [
    { router: 'cloud', customer: '10.0.0.1', neighbor: '10.0.0.2' },
    { router: 'twin', customer: '10.9.0.1', neighbor: '10.9.0.2', unlimited: true },
  ],
  hosts: ['10.128.0.1', '10.128.0.200'],
  mtu: 8910,
  special: {
    async through(scene) {
      await pathsTo(scene, '10.128.0.0/24', 1)
      const [, via = ''] =
        /via (\S+)/.exec(scene.edge.run('ip', 'route', 'show', '10.128.0.0/24')) ?? []
      if (via !== '10.0.0.2') throw new Error(`traffic goes out by ${via}`)
      const [, back = ''] =
        /via (\S+)/.exec(
          scene.netns.get('cloud')?.run('ip', 'route', 'show', '192.168.0.0/24') ?? '',
        ) ?? []
      if (back !== '10.0.0.1') throw new Error(`traffic comes back by ${back}`)
      return 'both ways over the active trunk'
    },
  },
  failure: { cut: 'enp1s0', then: 'other way' },
  limit: { direction: 'out', more: 520, most: 500 },
  badInput: {
    'yandex/provider-as': 'attachments[0].bgp[0].peerAs = 200351',
    'yandex/subnet-pool': 'attachments[0].l3.addresses = ["100.64.0.1/30"]',
    'yandex/mtu-private': 'attachments[0].mtu = 9000',
    'yandex/customer-as': 'router.localAs = 64500',
  },
}
