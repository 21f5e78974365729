import type { BgpInstance, BgpNeighbor } from '../../../src/core/model/bgp.js'
import { toIpText, toPrefix, toWord } from '../../../src/core/model/names.js'
import { sure } from './arbitrary-bgp.js'

/** A neighbour of one family that lets in 10.64.0.0/10 up to /24 and announces nothing. */
export function plainNeighbor(address: string, over: Partial<BgpNeighbor> = {}): BgpNeighbor {
  return {
    attachment: sure(toWord('net-a')),
    address: sure(toIpText(address)),
    peerAs: 64512,
    description: null,
    password: null,
    holdTime: 30,
    keepaliveInterval: 10,
    connectRetry: 10,
    bfd: null,
    multihop: 1,
    updateSource: null,
    gracefulRestart: 'helper',
    shutdown: null,
    drain: false,
    ipv4Unicast: {
      import: {
        prefixes: [{ prefix: sure(toPrefix('10.64.0.0/10')), ge: null, le: 24 }],
        localPreference: null,
        communities: [],
        maxPrefixes: null,
      },
      export: { prefixes: [], prependAs: 0, med: null, communities: [] },
    },
    ipv6Unicast: null,
    ...over,
  }
}

/** A router in the default VRF with these neighbours. */
export function plainInstance(...neighbors: readonly BgpNeighbor[]): BgpInstance {
  const routerId = sure(toIpText('10.255.0.1'))
  return { vrf: null, localAs: 65010, routerId, maximumPaths: 4, neighbors }
}
