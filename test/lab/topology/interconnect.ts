import { planted } from '../../support/process/planted-secrets.js'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { startBird } from '../peers/bird.js'
import type { BgpPeer } from '../peers/peer.js'
import { connectVeth, connectFibre, makeBond, makeVlan } from './links.js'
import { hostNetns, makeNetns, type Netns } from './netns.js'

/**
 * The design's example in the lab: two fibres join a customer's router and a provider's router. The
 * provider's side is configured and runs BIRD; the customer's side has its two ports and a LAN, nothing else.
 */
export interface Interconnect {
  readonly customer: Netns
  readonly provider: Netns
  readonly bird: BgpPeer
  readonly dir: string
  readonly remove: () => Promise<void>
}

export const CUSTOMER_PORTS = ['enp1s0f0', 'enp1s0f1'] as const
export const PROVIDER_PORTS = ['mmr0', 'mmr1'] as const
export const BGP_PASSWORD = planted('Quai42')
/** A host behind the provider's router, and one behind the customer's. */
export const CLOUD_HOST = '10.64.0.1'
export const LAN_HOST = '192.168.0.1'

export async function buildInterconnect(dir: string): Promise<Interconnect> {
  const customer = makeNetns('customer')
  const provider = makeNetns('provider')
  connectManagement(customer, provider)
  for (const [i, port] of CUSTOMER_PORTS.entries()) {
    connectFibre(
      { netns: customer, name: port },
      { netns: provider, name: PROVIDER_PORTS[i] ?? '' },
    )
  }
  configureCustomer(customer)
  configureProvider(provider)
  const birdDir = join(dir, 'bird')
  mkdirSync(birdDir, { recursive: true })
  const bird = await startBird(provider, {
    localAs: 50624,
    routerId: '10.0.0.1',
    neighbors: [
      {
        address: '10.0.0.2',
        localAddress: '10.0.0.1',
        peerAs: 65010,
        password: BGP_PASSWORD,
        bfd: true,
      },
    ],
    announce: ['10.64.0.0/24', `${HUB_ADDRESS}/32`],
    dir: birdDir,
  })
  return {
    customer,
    provider,
    bird,
    dir,
    async remove() {
      await bird.stop()
      customer.remove()
      provider.remove()
    },
  }
}

/** The hub's address on the management network. */
export const HUB_ADDRESS = '192.0.2.1'

/**
 * Connects both routers to the hub; demarc does not manage these links. The provider announces the hub's
 * address over BGP, so an intent that imports the prefix has a second route to the hub, through the attachment.
 */
function connectManagement(customer: Netns, provider: Netns): void {
  const host = hostNetns()
  connectVeth({ netns: host, name: 'mgmt-hub' }, { netns: customer, name: 'mgmt0' })
  host.run('ip', 'address', 'add', `${HUB_ADDRESS}/30`, 'dev', 'mgmt-hub')
  host.run('ip', 'link', 'set', 'mgmt-hub', 'up')
  customer.run('ip', 'address', 'add', '192.0.2.2/30', 'dev', 'mgmt0')
  customer.run('ip', 'link', 'set', 'mgmt0', 'up')
  connectVeth({ netns: host, name: 'mgmt-mmr' }, { netns: provider, name: 'to-hub' })
  host.run('ip', 'address', 'add', '192.0.2.5/30', 'dev', 'mgmt-mmr')
  host.run('ip', 'link', 'set', 'mgmt-mmr', 'up')
  host.run('ip', 'route', 'add', '10.0.0.0/30', 'via', '192.0.2.6')
  provider.run('ip', 'address', 'add', '192.0.2.6/30', 'dev', 'to-hub')
  provider.run('ip', 'link', 'set', 'to-hub', 'up')
  provider.run('ip', 'route', 'add', HUB_ADDRESS, 'via', '192.0.2.5')
  provider.run('sysctl', '-qw', 'net.ipv4.ip_forward=1')
}

/** Configures what the customer's router has without demarc: a LAN with a host, and a port into a lab network. */
function configureCustomer(customer: Netns): void {
  customer.run('ip', 'link', 'add', 'lan0', 'type', 'dummy')
  customer.run('ip', 'link', 'set', 'lan0', 'up')
  customer.run('ip', 'address', 'add', `${LAN_HOST}/16`, 'dev', 'lan0')
  customer.run('ip', 'link', 'add', 'enp2s0', 'type', 'dummy')
  customer.run('ip', 'link', 'set', 'enp2s0', 'up')
  customer.run('ip', 'link', 'add', 'enp2s0.200', 'link', 'enp2s0', 'type', 'vlan', 'id', '200')
  customer.run('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1')
}

function configureProvider(provider: Netns): void {
  makeBond(provider, 'bond0', PROVIDER_PORTS)
  makeVlan(provider, 'bond0', 100, ['10.0.0.1/30'])
  makeVlan(provider, 'bond0', 200, [])
  provider.run('ip', 'link', 'add', 'cloud0', 'type', 'dummy')
  provider.run('ip', 'link', 'set', 'cloud0', 'up')
  provider.run('ip', 'address', 'add', `${CLOUD_HOST}/24`, 'dev', 'cloud0')
}

/** `exampleIntent` with its first attachment on `vlanId`, and importing the hub's prefix from the provider. */
export function inBandIntent(generation: number, vlanId: number) {
  const intent = exampleIntent(generation)
  const [netA, ...others] = intent.attachments
  const bgp = netA?.bgp?.map((neighbor) => {
    const { ipv4Unicast } = neighbor
    const prefixes = [...ipv4Unicast.import.prefixes, `${HUB_ADDRESS}/32`]
    return {
      ...neighbor,
      ipv4Unicast: { ...ipv4Unicast, import: { ...ipv4Unicast.import, prefixes } },
    }
  })
  return { ...intent, attachments: [{ ...netA, vlanId, bgp }, ...others] }
}

/** The design's example intent. BFD detects a failure after 5 s, because an emulated router may get no CPU for a second. */
export function exampleIntent(generation: number) {
  return {
    schema: 'demarc/intent/v1',
    generation,
    router: {
      id: 'par-edge-1',
      role: 'customer',
      localAs: 65010,
      routerId: '10.255.0.1',
      maximumPaths: 4,
    },
    connections: [
      {
        name: 'dl-par',
        provider: 'outscale',
        region: 'eu-west-2',
        ports: CUSTOMER_PORTS.map((name) => ({ name, optic: '10GBASE-LR', autoNegotiate: false })),
        aggregation: { lacpMode: 'ACTIVE', interval: 'FAST', minLinks: 1, hash: 'layer3+4' },
      },
    ],
    attachments: [
      {
        name: 'net-a',
        connection: 'dl-par',
        vlanId: 100,
        mtu: 1500,
        l3: { vrf: null, addresses: ['10.0.0.2/30'] },
        bgp: [
          {
            neighborAddress: '10.0.0.1',
            peerAs: 50624,
            authPassword: { secret: 'net-a-bgp' },
            holdTime: 30,
            keepaliveInterval: 10,
            bfd: {
              desiredMinimumTxInterval: 1000,
              requiredMinimumReceive: 1000,
              detectionMultiplier: 5,
            },
            ipv4Unicast: {
              import: {
                prefixes: ['10.64.0.0/10 le 24'],
                maxPrefixes: { limit: 100, warningPercent: 80 },
              },
              export: { prefixes: ['192.168.0.0/16'], prependAs: 0, med: 50, communities: [] },
            },
          },
        ],
      },
      {
        name: 'l2-lab',
        connection: 'dl-par',
        vlanId: 200,
        mtu: 1500,
        l2: { bridge: 'br-lab', members: ['enp2s0.200'] },
      },
    ],
  }
}
