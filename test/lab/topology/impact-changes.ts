import { toCommunity, type BgpInstance, type BgpNeighbor } from '../../../src/core/model/bgp.js'
import {
  toIpText,
  toLine,
  toPrefix,
  toSecretDigest,
  toWord,
} from '../../../src/core/model/names.js'
import { sure } from '../../support/arbitrary-bgp.js'

/** One attribute changed on a neighbour that is otherwise as in `baseInstance`. */
export interface Change {
  readonly name: string
  readonly to: (base: BgpInstance) => BgpInstance
  /** What the peer needs to have a session again. */
  readonly peerLines?: { readonly set: readonly string[]; readonly unset: readonly string[] }
  /** Part of the configuration that is typed twice. */
  readonly repeats?: boolean
  /** false: no session while it is set. */
  readonly comesBack?: boolean
}

export const SECRET = { digest: 'a'.repeat(32), text: 'impact-Secret1' } as const

const POLICY = {
  import: {
    prefixes: [{ prefix: sure(toPrefix('10.64.0.0/10')), ge: null, le: 24 }],
    localPreference: null,
    communities: [],
    maxPrefixes: null,
  },
  export: { prefixes: [], prependAs: 0, med: null, communities: [] },
}

/** Carries nothing, in any family. */
const CLOSED = { ...POLICY, import: { ...POLICY.import, prefixes: [] } }

/** A plain neighbour at 10.0.0.1, seen from 10.0.0.2. */
export function baseInstance(): BgpInstance {
  return {
    vrf: null,
    localAs: 65010,
    routerId: sure(toIpText('10.0.0.2')),
    maximumPaths: 4,
    neighbors: [
      {
        attachment: sure(toWord('net-a')),
        address: sure(toIpText('10.0.0.1')),
        peerAs: 64512,
        description: null,
        password: null,
        holdTime: 30,
        keepaliveInterval: 10,
        connectRetry: 1,
        bfd: null,
        multihop: 1,
        updateSource: null,
        gracefulRestart: 'helper',
        shutdown: null,
        drain: false,
        ipv4Unicast: POLICY,
        ipv6Unicast: null,
      },
    ],
  }
}

function neighbor(over: Partial<BgpNeighbor>): Change['to'] {
  return (base) => ({ ...base, neighbors: base.neighbors.map((one) => ({ ...one, ...over })) })
}

function policy(over: {
  readonly import?: Partial<(typeof POLICY)['import']> | object
  readonly export?: object
}): Change['to'] {
  const { import: into, export: out } = POLICY
  return neighbor({
    ipv4Unicast: { import: { ...into, ...over.import }, export: { ...out, ...over.export } },
  })
}

const BFD = { desiredMinimumTxInterval: 300, requiredMinimumReceive: 300, detectionMultiplier: 3 }
const community = sure(toCommunity('65010:1'))
const prefix = sure(toPrefix('192.168.0.0/16'))

function maxPrefixes(limit: number, action: 'warn' | 'teardown'): Change['to'] {
  const restartMinutes = action === 'teardown' ? 5 : null
  return policy({ import: { maxPrefixes: { limit, warningPercent: 80, action, restartMinutes } } })
}

export const CHANGES: readonly Change[] = [
  {
    name: 'description',
    repeats: true,
    to: neighbor({ description: sure(toLine('another text')) }),
  },
  { name: 'attachment', to: neighbor({ attachment: sure(toWord('net-b')) }) },
  { name: 'timers', repeats: true, to: neighbor({ holdTime: 90, keepaliveInterval: 30 }) },
  { name: 'connect retry', to: neighbor({ connectRetry: 7 }) },
  { name: 'BFD', repeats: true, to: neighbor({ bfd: BFD }) },
  { name: 'multihop', repeats: true, to: neighbor({ multihop: 3 }) },
  {
    name: 'update source',
    repeats: true,
    to: neighbor({ updateSource: sure(toIpText('10.0.0.2')) }),
  },
  {
    name: 'graceful restart, restarter',
    repeats: true,
    to: neighbor({ gracefulRestart: 'restarter' }),
  },
  { name: 'graceful restart, disabled', to: neighbor({ gracefulRestart: 'disabled' }) },
  { name: 'drain', repeats: true, to: neighbor({ drain: true }) },
  { name: 'IPv6 unicast', repeats: true, to: neighbor({ ipv6Unicast: CLOSED }) },
  { name: 'import prefixes', to: policy({ import: { prefixes: [] } }) },
  { name: 'local preference', to: policy({ import: { localPreference: 50 } }) },
  { name: 'import communities', to: policy({ import: { communities: [community] } }) },
  { name: 'maximum prefixes, warn', to: maxPrefixes(100, 'warn') },
  { name: 'maximum prefixes, tear down', repeats: true, to: maxPrefixes(100, 'teardown') },
  {
    name: 'exported and originated prefix',
    to: policy({ export: { prefixes: [{ prefix, ge: null, le: null }] } }),
  },
  { name: 'prepending', to: policy({ export: { prependAs: 2 } }) },
  { name: 'MED', to: policy({ export: { med: 50 } }) },
  { name: 'export communities', to: policy({ export: { communities: [community] } }) },
  { name: 'maximum paths', to: (base) => ({ ...base, maximumPaths: 8 }) },
  {
    name: 'another neighbour',
    to: (base) => ({
      ...base,
      neighbors: [
        ...base.neighbors,
        { ...sure(base.neighbors[0]), address: sure(toIpText('10.0.0.77')) },
      ],
    }),
  },
  { name: 'router id', to: (base) => ({ ...base, routerId: sure(toIpText('10.0.0.22')) }) },
  {
    name: 'password',
    to: neighbor({ password: sure(toSecretDigest(SECRET.digest)) }),
    peerLines: {
      set: [`neighbor 10.0.0.2 password ${SECRET.text}`],
      unset: ['no neighbor 10.0.0.2 password'],
    },
  },
  {
    name: 'shutdown',
    to: neighbor({ shutdown: { message: sure(toLine('until 06:00')) } }),
    comesBack: false,
  },
  { name: 'peer AS', to: neighbor({ peerAs: 64513 }), comesBack: false },
  { name: 'local AS', to: (base) => ({ ...base, localAs: 65011 }), comesBack: false },
  {
    name: 'the neighbour itself',
    to: () => ({ ...baseInstance(), neighbors: [] }),
    comesBack: false,
  },
]
