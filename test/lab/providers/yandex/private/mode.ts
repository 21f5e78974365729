import { waitFor } from '../../../../support/process/wait.js'
import { findingOf, established } from '../../cells/sessions.js'
import { pathsTo } from '../../cells/paths.js'
import type { Mode } from '../../mode.js'
import type { Document, ModeScene } from '../../scene.js'
import { withValue } from '../../../../support/intent/document-paths.js'

/** Two trunks, active/active. A cloud network has one private connection in each, another has one in the first. */
export const privateMode: Mode = {
  provider: 'yandex',
  name: 'private',
  says: 'Two trunks at two points of presence, active/active, with three private connections, /30 and /31; BFD 300 ms x 3, MTU 8910, 500 prefixes.',
  fibres: [
    { port: 'enp1s0', router: 'cloud', far: 'm9' },
    { port: 'enp2s0', router: 'cloud', far: 'nord' },
  ],
  routers: [
    {
      name: 'cloud',
      program: 'frr',
      config: 'frr.conf',
      ip: [
        'link set m9 mtu 8914 up',
        'link set nord mtu 8914 up',
        'link add m9.2 link m9 up mtu 8910 type vlan id 2',
        'link add m9.4000 link m9 up mtu 8910 type vlan id 4000',
        'link add nord.2 link nord up mtu 8910 type vlan id 2',
        'address add 10.0.0.1/31 dev m9.2',
        'address add 169.254.0.2/30 dev m9.4000',
        'address add 10.0.0.3/31 dev nord.2',
        'address add 10.128.0.1/32 dev lo',
        'address add 10.128.0.2/32 dev lo',
        'address add 10.128.0.3/32 dev lo',
        'address add 10.128.0.200/32 dev lo',
        'address add 10.129.0.1/32 dev lo',
      ],
    },
  ],
  sessions: [
    { router: 'cloud', customer: '10.0.0.0', neighbor: '10.0.0.1' },
    { router: 'cloud', customer: '169.254.0.1', neighbor: '169.254.0.2' },
    { router: 'cloud', customer: '10.0.0.2', neighbor: '10.0.0.3' },
  ],
  hosts: ['10.128.0.1', '10.128.0.2', '10.128.0.3', '10.128.0.200'],
  mtu: 8910,
  special: {
    async through(scene) {
      const paths = await pathsTo(scene, '10.128.0.0/24', 2)
      await pathsTo(scene, '10.128.0.200', 2)
      await pathsTo(scene, '10.129.0.0/24', 1)
      return `${paths}, the /32 of a load balancer as well`
    },
    limit: tornDown,
  },
  failure: { cut: 'enp2s0', then: 'other way' },
  limit: { direction: 'out', more: 520, most: 500 },
  badInput: {
    'yandex/tagged': 'attachments[0].vlanId = null',
    'yandex/vlan-range': 'attachments[1].vlanId = 4001',
    'yandex/subnet-length': 'attachments[1].l3.addresses = ["169.254.0.1/29"]',
    'yandex/mtu-private': 'attachments[2].mtu = 9000',
    'yandex/hold-time': 'attachments[0].bgp[0].holdTime = 30',
    'yandex/announced-prefixes':
      'attachments[2].bgp[0].ipv4Unicast.export.maxPrefixes = {"limit": 501}',
    'yandex/customer-as': 'router.localAs = 65540',
    'yandex/optic': 'connections[0].ports[0].optic = "1000BASE-T"',
  },
}

/** What the limit of demarc is for: an intent that goes without it has its session ended for 30 minutes. */
async function tornDown(scene: ModeScene): Promise<string> {
  const accept = [{ rule: 'yandex/announced-prefixes', reason: 'to see what becomes of it' }]
  const accepted = withValue(scene.intent(), ['connections', 1, 'accept'], accept)
  const place = ['attachments', 2, 'bgp', 0, 'ipv4Unicast', 'export', 'maxPrefixes']
  const change = await scene.push(withValue(accepted, place, { limit: 600 }) as Document)
  if (change.phase !== 'confirmed') throw new Error(JSON.stringify(change))
  scene.announceMore(520)
  await waitFor('the session is ended', () => scene.peer('cloud').session('10.0.0.2'), {
    until: (session) => session?.established === false,
    within: 60,
  })
  await findingOf(scene, ['neighbors', '10.0.0.3', 'NEIGHBOR_DOWN'])
  await established(scene, scene.mode.sessions.slice(0, 2))
  scene.announceMore(0)
  return 'without it the session is ended, and the others stay'
}
