import type {
  AddressFamily,
  BgpInstance,
  BgpNeighbor,
  ExportPolicy,
  ImportPolicy,
} from '../../../src/core/model/bgp.js'
import { toIpText, toPrefix, toWord } from '../../../src/core/model/names.js'
import { sure } from './arbitrary-bgp.js'

/** Accepts nothing. */
export const NO_IMPORT: ImportPolicy = {
  prefixes: [],
  asPaths: null,
  matchCommunities: [],
  localPreference: null,
  communities: [],
  maxPrefixes: null,
}

/** Announces nothing. */
export const NO_EXPORT: ExportPolicy = {
  prefixes: [],
  asPaths: null,
  prependAs: 0,
  med: null,
  communities: [],
  defaultOriginate: false,
  maxPrefixes: null,
  shareOf: null,
}

/** A family that carries nothing, without options. */
export const NO_ROUTES: AddressFamily = {
  nextHopSelf: false,
  allowAsIn: null,
  asOverride: false,
  import: NO_IMPORT,
  export: NO_EXPORT,
}

/** A neighbour of one family that lets in 10.64.0.0/10 up to /24 and announces nothing. */
export function plainNeighbor(address: string, over: Partial<BgpNeighbor> = {}): BgpNeighbor {
  return {
    attachment: sure(toWord('net-a')),
    address: sure(toIpText(address)),
    peerAs: 64512,
    localAs: null,
    description: null,
    password: null,
    holdTime: 30,
    keepaliveInterval: 10,
    connectRetry: 10,
    bfd: null,
    multihop: 1,
    ttlSecurity: null,
    updateSource: null,
    gracefulRestart: 'helper',
    shutdown: null,
    drain: false,
    ipv4Unicast: {
      ...NO_ROUTES,
      import: {
        ...NO_IMPORT,
        prefixes: [{ prefix: sure(toPrefix('10.64.0.0/10')), ge: null, le: 24 }],
      },
    },
    ipv6Unicast: null,
    ...over,
  }
}

/** A router in the default VRF with these neighbours. */
export function plainInstance(...neighbors: readonly BgpNeighbor[]): BgpInstance {
  const routerId = sure(toIpText('10.255.0.1'))
  return { vrf: null, localAs: 65010, routerId, maximumPaths: 4, aggregates: [], neighbors }
}
