import type { WantContext } from '../../../src/core/intent/want.js'
import { toSecretDigest } from '../../../src/core/model/names.js'

const digest = toSecretDigest('0123456789abcdef')

/** A router on which {@link FULL_INTENT} and the examples of the documentation are possible. */
export const ROUTER: WantContext = {
  managedPorts: ['enp1s0f?', 'enp2s0*', 'sfp*'],
  secrets: new Map(digest === undefined ? [] : [['net-a-bgp', digest]]),
}

const family = (prefix: string, own: string) => ({
  nextHopSelf: true,
  allowAsIn: 2,
  asOverride: true,
  import: {
    prefixes: [`${prefix} ge 25 le 28`],
    asPaths: {
      without: ['64496-64511', '65536-65551'],
      startingWith: ['50624'],
      originatedBy: ['1-64495', '65552-4199999999'],
      maxLength: 12,
    },
    matchCommunities: ['50624:100', '50624:1:2'],
    maxPrefixes: { limit: 100, warningPercent: 80, action: 'teardown', restartMinutes: 30 },
    localPreference: 200,
    communities: ['65010:7', 'no-export'],
  },
  export: {
    prefixes: [own],
    asPaths: {
      without: ['64496-64511'],
      startingWith: ['50624'],
      originatedBy: ['1-64495'],
      maxLength: 20,
    },
    prependAs: 3,
    med: 50,
    communities: ['65010:1:2', 'blackhole'],
    defaultOriginate: true,
    maxPrefixes: { limit: 90 },
  },
})

/** Facts of a provider's papers. */
const CIRCUIT = {
  ids: [{ name: 'dxcon', value: 'dxcon-0a1b2c3d' }],
  loa: {
    cabinet: 'MMR 2, rack 14',
    cage: 'C3',
    panel: 'PP-07',
    port: '23',
    pair: '23/24',
    side: 'A',
    connector: 'LC/PC',
  },
  bandwidth: 10_000,
  redundancyGroup: 'par-pair',
  notes: 'ordered on 1 March, patched by the site',
}

/** An intent that has every member an intent can have. */
export const FULL_INTENT = {
  schema: 'demarc/intent/v1',
  generation: 7,
  router: {
    id: 'par-edge-1',
    role: 'provider',
    localAs: 65010,
    routerId: '10.255.0.1',
    maximumPaths: 4,
    aggregates: [],
    staticRoutes: [
      { prefix: '10.50.0.0/16', nextHop: '10.0.0.9' },
      { prefix: '10.51.0.0/16', discard: true, distance: 250 },
    ],
  },
  vrfs: [
    {
      name: 'blue',
      table: 1001,
      localAs: 65001,
      aggregates: [{ prefix: '10.128.0.0/9', summaryOnly: true }],
      staticRoutes: [
        { prefix: '10.50.0.0/16', nextHop: '10.0.0.3' },
        { prefix: '10.51.0.0/16', discard: true, distance: 250 },
      ],
    },
  ],
  connections: [
    {
      name: 'dl-par',
      provider: 'outscale',
      region: 'eu-west-2',
      service: 'l2',
      accept: [{ rule: 'outscale/mtu', reason: 'agreed with them' }],
      interface: 'bond0',
      mtu: 9000,
      ports: [
        {
          name: 'enp1s0f0',
          optic: '10GBASE-LR',
          autoNegotiate: false,
          speed: 10_000,
          duplex: 'FULL',
          lldp: { systemName: 'm9-mx480-1', portId: 'xe-0/0/1' },
        },
        { name: 'enp1s0f1', optic: '10GBASE-LR', autoNegotiate: true },
      ],
      aggregation: {
        lacpMode: 'PASSIVE',
        interval: 'SLOW',
        minLinks: 2,
        hash: 'layer2+3',
        adSelect: 'bandwidth',
        miimon: 50,
        upDelay: 100,
        downDelay: 200,
        systemPriority: 1000,
        systemIdMac: '02:00:00:00:00:01',
        macAddress: '02:00:00:00:00:02',
        userPortKey: 5,
      },
      circuit: CIRCUIT,
    },
    { name: 'dl-lon', ports: [{ name: 'sfp0' }] },
  ],
  attachments: [
    {
      name: 'net-a',
      connection: 'dl-par',
      service: 'private',
      vlanId: 100,
      innerVlanId: 10,
      tpid: '0x88a8',
      interface: 'par-a',
      mtu: 8500,
      gateway: { name: 'gw-1', maxPrefixes: { limit: 300 } },
      probe: { interval: 2, neighbors: true, hosts: ['203.0.113.1'], fullSize: true },
      circuit: CIRCUIT,
      l3: { vrf: 'blue', addresses: ['10.0.0.2/29', '2001:db8::2/64'] },
      bgp: [
        {
          neighborAddress: '10.0.0.1',
          peerAs: 50624,
          localAs: 65002,
          description: 'primary, 1 of 2',
          authPassword: { secret: 'net-a-bgp' },
          holdTime: 30,
          keepaliveInterval: 10,
          connectRetry: 20,
          bfd: {
            desiredMinimumTxInterval: 300,
            requiredMinimumReceive: 400,
            detectionMultiplier: 5,
            strict: false,
          },
          multihop: 2,
          updateSource: '10.0.0.2',
          gracefulRestart: 'restarter',
          shutdown: { message: 'until Monday' },
          drain: true,
          ipv4Unicast: family('10.64.0.0/24', '192.168.0.0/16'),
          ipv6Unicast: family('2001:d00::/24', '2001:db8:8000::/33'),
        },
        { neighborAddress: '10.0.0.3', peerAs: 50624, ttlSecurity: 1 },
      ],
    },
    {
      name: 'l2-lab',
      connection: 'dl-lon',
      vlanId: null,
      l2: {
        bridge: 'br-lab',
        members: ['enp2s0.200'],
        stp: true,
        protection: {
          macLimit: 100,
          controlFrames: 'DROP',
          stormControl: { broadcast: 200, multicast: 300, unknownUnicast: 400 },
        },
      },
    },
  ],
}
