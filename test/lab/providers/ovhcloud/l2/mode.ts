import { waitFor } from '../../../../support/process/wait.js'
import type { Mode } from '../../mode.js'
import type { ModeScene } from '../../scene.js'
import { carried, hostsThatPass, learnFar, type Ends } from './frames.js'

const ENDS: Ends = { lan: 'core/lan1', pop: 'pop/bond0' }
const MACS = 512
/** The LAN's own host and the bridge itself, which speak IPv6, have places among the MAC addresses as well. */
const OWN = 2

/** The LAN's host is a second port of the customer's network, in the bridge with the tunnel. */
export const l2: Mode = {
  provider: 'ovhcloud',
  name: 'l2',
  says: 'A bundle of two ports into a bridge with the LAN: every tag passes, spanning tree does not, and 512 MAC addresses at most.',
  fibres: [
    { port: 'enp1s0', router: 'pop', far: 'mmr0' },
    { port: 'enp2s0', router: 'pop', far: 'mmr1' },
  ],
  routers: [
    {
      name: 'pop',
      program: 'none',
      ip: [
        'link add bond0 type bond mode 802.3ad lacp_rate fast miimon 100',
        'link set mmr0 down',
        'link set mmr1 down',
        'link set mmr0 master bond0',
        'link set mmr1 master bond0',
        'link set bond0 up',
        'address add 10.9.0.1/24 dev bond0',
        'link add enp9s0 netns edge type veth peer name lan1 netns core',
        '-n core address add 10.9.0.2/24 dev lan1',
        '-n core link set lan1 up',
      ],
    },
  ],
  sessions: [],
  hosts: ['10.9.0.1'],
  from: '10.9.0.2',
  mtu: 1500,
  special: { through: framesPass, limit: macsAreLimited },
  failure: { cut: 'enp1s0', then: 'other way' },
  limit: { direction: 'none', why: 'no prefixes' },
  badInput: {
    'ovhcloud/no-spanning-tree': 'attachments[0].l2.stp = true',
    'ovhcloud/mac-limit': 'attachments[0].l2.protection.macLimit = 513',
    'ovhcloud/auto-negotiation': 'connections[0].ports[0].autoNegotiate = true',
  },
}

function framesPass(): Promise<string> {
  const { wanted, found } = carried(ENDS)
  if (JSON.stringify(found) !== JSON.stringify(wanted)) {
    throw new Error(`of ${wanted.length} frames passed ${found.length}: ${JSON.stringify(found)}`)
  }
  return Promise.resolve('with no tag, one and two, without spanning tree')
}

async function macsAreLimited({ edge, agent }: ModeScene): Promise<string> {
  // The addresses of before go with the table, which the agent sets again.
  edge.run('nft', 'delete', 'table', 'bridge', 'demarc-pop')
  await waitFor('the limits are there again', () => edge.run('nft', 'list', 'tables'), {
    until: (tables) => tables.includes('demarc-pop'),
    within: 60,
  })
  learnFar(ENDS)
  const { hosts, found } = hostsThatPass(ENDS, 700)
  if (found.length > MACS || found.length < MACS - OWN) {
    throw new Error(`${found.length} of ${hosts.length} hosts pass`)
  }
  await waitFor('the health says so', async () => JSON.stringify((await agent.status()).health), {
    until: (health) => health.includes('MAC_LIMIT_REACHED'),
    within: 60,
  })
  return `${MACS} of ${hosts.length} MAC addresses`
}
