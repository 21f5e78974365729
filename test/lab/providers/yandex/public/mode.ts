import type { Mode } from '../../mode.js'
import { answers } from '../../cells/through.js'
import { LAN_HOST, PUBLIC_HOST } from '../../scene.js'

/** A public connection with public addresses of the customer; with private ones it needs NAT, which demarc does not do. */
export const publicMode: Mode = {
  provider: 'yandex',
  name: 'public',
  says: 'A public connection on a trunk of two ports (LACP): a public AS and public prefixes of the customer, /24 or shorter, MTU 1500.',
  fibres: [
    { port: 'enp1s0', router: 'cloud', far: 'm9a' },
    { port: 'enp2s0', router: 'cloud', far: 'm9b' },
  ],
  routers: [
    {
      name: 'cloud',
      program: 'frr',
      config: 'frr.conf',
      ip: [
        'link add trunk0 type bond mode 802.3ad lacp_rate fast miimon 100',
        'link set m9a down',
        'link set m9b down',
        'link set m9a master trunk0',
        'link set m9b master trunk0',
        'link set trunk0 up',
        'link add trunk0.200 link trunk0 up mtu 1500 type vlan id 200',
        'address add 192.168.255.0/31 dev trunk0.200',
        'address add 213.180.193.1/32 dev lo',
      ],
    },
  ],
  sessions: [{ router: 'cloud', customer: '192.168.255.1', neighbor: '192.168.255.0' }],
  hosts: ['213.180.193.1'],
  from: PUBLIC_HOST,
  mtu: 1500,
  special: {
    through(scene) {
      const privateHost = { ...scene, mode: { ...scene.mode, from: LAN_HOST } }
      if (answers(privateHost, '213.180.193.1', 56)) throw new Error('a private host is answered')
      return Promise.resolve(
        'a private host is not answered: it needs NAT, which demarc does not do',
      )
    },
  },
  failure: { cut: 'enp1s0', then: 'other way' },
  limit: { direction: 'out', more: 520, most: 500 },
  badInput: {
    'yandex/mtu-public': 'attachments[0].mtu = 1501',
    'yandex/public-prefixes':
      'attachments[0].bgp[0].ipv4Unicast.export.prefixes = ["203.0.113.0/25"]',
    'yandex/lacp-active': 'connections[0].aggregation.lacpMode = "PASSIVE"',
    'yandex/hold-time': 'attachments[0].bgp[0].holdTime = 89',
    'yandex/ipv4-routes': 'attachments[0].bgp[0].ipv6Unicast = {}',
  },
}
