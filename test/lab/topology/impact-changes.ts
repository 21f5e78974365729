import { planted } from '../../support/process/planted-secrets.js'
import { toCommunity, type BgpInstance, type BgpNeighbor } from '../../../src/core/model/bgp.js'
import {
  toIpText,
  toLine,
  toPrefix,
  toSecretDigest,
  toWord,
  type SecretDigest,
} from '../../../src/core/model/names.js'
import { NO_IMPORT, NO_ROUTES, plainNeighbor } from '../../support/frr/bgp-instance.js'
import type { FrrVersion } from '../../support/frr/frr-version.js'
import { sure } from '../../support/frr/arbitrary-bgp.js'

/** One state of a neighbour. */
export interface State {
  /** What differs from `baseNeighbor`; null: the neighbour is not configured. */
  readonly over: Partial<BgpNeighbor> | null
  /** Statements that the peer needs before the session can be established again. */
  readonly peer?: readonly string[]
  /** The session cannot be established in this state. */
  readonly down?: boolean
}

/** One attribute of a neighbour: it is set, changed (if it has another value) and unset. */
export interface Change {
  readonly name: string
  readonly set: State
  readonly changed?: State
  /** Statements that take back those of the peer, where it has some. */
  readonly peerBack?: readonly string[]
}

/** Passwords by their digest. */
export const SECRETS: ReadonlyMap<SecretDigest, string> = new Map([
  [sure(toSecretDigest('a'.repeat(32))), planted('impact1')],
  [sure(toSecretDigest('b'.repeat(32))), planted('impact2')],
])

/** The addresses of the neighbour of a change: each change has its own subnet. */
export function subnetOf(index: number): { readonly own: string; readonly peer: string } {
  return { own: `10.0.${index + 1}.2`, peer: `10.0.${index + 1}.1` }
}

const POLICY = {
  ...NO_ROUTES,
  import: {
    ...NO_IMPORT,
    prefixes: [{ prefix: sure(toPrefix('10.64.0.0/10')), ge: null, le: 24 }],
  },
}

/** Imports and exports no prefix. */
const CLOSED = { ...POLICY, import: { ...POLICY.import, prefixes: [] } }

const OPEN6 = {
  ...POLICY,
  import: {
    ...POLICY.import,
    prefixes: [{ prefix: sure(toPrefix('2001:db8::/32')), ge: null, le: 48 }],
  },
}

function baseNeighbor(index: number): BgpNeighbor {
  return plainNeighbor(subnetOf(index).peer, { connectRetry: 1, ipv4Unicast: POLICY })
}

/** A router with one neighbour for each change, each in the state given for it. */
export function instanceOf(states: readonly State[]): BgpInstance {
  return {
    vrf: null,
    localAs: 65010,
    routerId: sure(toIpText('10.0.0.2')),
    maximumPaths: 4,
    aggregates: [],
    neighbors: states.flatMap(({ over }, index) =>
      over === null ? [] : [{ ...baseNeighbor(index), ...over }],
    ),
  }
}

/** The state without what this FRR does not know. */
export function knownTo(version: FrrVersion, state: State): State {
  const { over } = state
  if (version === '10.7' || over?.bfd?.strict !== true) return state
  return { ...state, over: { ...over, bfd: BFD } }
}

function to(over: Partial<BgpNeighbor>): State {
  return { over }
}

function updateSource(address: string): State {
  return to({ updateSource: sure(toIpText(address)) })
}

type Over = Readonly<Record<string, unknown>>

function policy(
  over: { readonly import?: Over; readonly export?: Over },
  options: Over = {},
): State {
  return to({
    ipv4Unicast: {
      ...POLICY,
      ...options,
      import: { ...POLICY.import, ...over.import },
      export: { ...POLICY.export, ...over.export },
    },
  })
}

/** An AS path filter that says nothing yet. */
const ANY_PATH = { without: [], startingWith: [], originatedBy: [], maxLength: null }

function maxPrefixes(limit: number, action: 'warn' | 'teardown'): State {
  const restartMinutes = action === 'teardown' ? 5 : null
  return policy({ import: { maxPrefixes: { limit, warningPercent: 80, action, restartMinutes } } })
}

/** Detects a failure after 5 s, because an emulated router may get no CPU for a second. */
const BFD = {
  desiredMinimumTxInterval: 1000,
  requiredMinimumReceive: 1000,
  detectionMultiplier: 5,
  strict: false,
}
const STRICT = { ...BFD, strict: true }
const community = sure(toCommunity('65010:1'))
const large = sure(toCommunity('65010:1:2'))
const prefixes = ['192.168.0.0/16', '172.16.0.0/12'].map((text) => ({
  prefix: sure(toPrefix(text)),
  ge: null,
  le: null,
}))
const [digest, otherDigest] = [...SECRETS.keys()]

/** These come first, because the index of a change determines its subnet and their states name addresses of it. */
const UPDATE_SOURCES: readonly Change[] = [
  { name: 'update source', set: updateSource(subnetOf(0).own) },
  {
    name: 'another update source',
    set: updateSource(subnetOf(1).own),
    changed: { ...updateSource('10.0.0.2'), down: true },
  },
]

export const CHANGES: readonly Change[] = [
  ...UPDATE_SOURCES,
  {
    name: 'description',
    set: to({ description: sure(toLine('another text')) }),
    changed: to({ description: sure(toLine('a third text')) }),
  },
  { name: 'attachment', set: to({ attachment: sure(toWord('net-b')) }) },
  {
    name: 'timers',
    set: to({ holdTime: 90, keepaliveInterval: 30 }),
    changed: to({ holdTime: 60, keepaliveInterval: 20 }),
  },
  { name: 'connect retry', set: to({ connectRetry: 7 }), changed: to({ connectRetry: 2 }) },
  { name: 'BFD', set: to({ bfd: BFD }), changed: to({ bfd: { ...BFD, detectionMultiplier: 6 } }) },
  { name: 'BFD strict mode', set: to({ bfd: STRICT }), changed: to({ bfd: BFD }) },
  { name: 'BFD, then strict mode', set: to({ bfd: BFD }), changed: to({ bfd: STRICT }) },
  { name: 'multihop', set: to({ multihop: 3 }), changed: to({ multihop: 4 }) },
  {
    name: 'graceful restart, restarter',
    set: to({ gracefulRestart: 'restarter' }),
    changed: to({ gracefulRestart: 'disabled' }),
  },
  {
    name: 'graceful restart, disabled',
    set: to({ gracefulRestart: 'disabled' }),
    changed: to({ gracefulRestart: 'restarter' }),
  },
  { name: 'drain', set: to({ drain: true }) },
  {
    name: 'local AS of the neighbour',
    set: { over: { localAs: 65001 }, peer: ['remote-as 65001'] },
    changed: { over: { localAs: 65002 }, peer: ['remote-as 65002'] },
    peerBack: ['remote-as 65010'],
  },
  {
    name: 'TTL security',
    set: { over: { ttlSecurity: 1 }, peer: ['ttl-security hops 1'] },
    changed: { over: { ttlSecurity: 2 }, peer: ['ttl-security hops 1'] },
    peerBack: ['no ttl-security hops 1'],
  },
  { name: 'next-hop-self', set: policy({}, { nextHopSelf: true }) },
  {
    name: 'own AS in the path',
    set: policy({}, { allowAsIn: 2 }),
    changed: policy({}, { allowAsIn: 3 }),
  },
  { name: 'AS override', set: policy({}, { asOverride: true }) },
  { name: 'default route', set: policy({ export: { defaultOriginate: true } }) },
  {
    name: 'outbound limit',
    set: policy({ export: { maxPrefixes: 5 } }),
    changed: policy({ export: { maxPrefixes: 1 } }),
  },
  { name: 'IPv6 unicast', set: to({ ipv6Unicast: CLOSED }), changed: to({ ipv6Unicast: OPEN6 }) },
  { name: 'import prefixes', set: policy({ import: { prefixes: [] } }) },
  {
    name: 'local preference',
    set: policy({ import: { localPreference: 50 } }),
    changed: policy({ import: { localPreference: 60 } }),
  },
  {
    name: 'import communities',
    set: policy({ import: { communities: [community] } }),
    changed: policy({ import: { communities: [large] } }),
  },
  {
    name: 'import by community',
    set: policy({ import: { matchCommunities: [community] } }),
    changed: policy({ import: { matchCommunities: [large] } }),
  },
  {
    name: 'AS path filter',
    set: policy({ import: { asPaths: { ...ANY_PATH, maxLength: 5 } } }),
    changed: policy({ import: { asPaths: { ...ANY_PATH, without: [{ low: 1, high: 9 }] } } }),
  },
  {
    name: 'maximum prefixes, warn',
    set: maxPrefixes(100, 'warn'),
    changed: maxPrefixes(200, 'warn'),
  },
  {
    name: 'maximum prefixes, tear down',
    set: maxPrefixes(100, 'teardown'),
    changed: maxPrefixes(200, 'warn'),
  },
  {
    name: 'exported and originated prefix',
    set: policy({ export: { prefixes: prefixes.slice(0, 1) } }),
    changed: policy({ export: { prefixes: prefixes.slice(1) } }),
  },
  {
    name: 'prepending',
    set: policy({ export: { prependAs: 2 } }),
    changed: policy({ export: { prependAs: 3 } }),
  },
  { name: 'MED', set: policy({ export: { med: 50 } }), changed: policy({ export: { med: 60 } }) },
  {
    name: 'export communities',
    set: policy({ export: { communities: [community] } }),
    changed: policy({ export: { communities: [large] } }),
  },
  {
    name: 'password',
    set: { over: { password: sure(digest) }, peer: [`password ${planted('impact1')}`] },
    changed: { over: { password: sure(otherDigest) }, peer: [`password ${planted('impact2')}`] },
    peerBack: ['no password'],
  },
  {
    name: 'shutdown',
    set: { over: { shutdown: { message: sure(toLine('until 06:00')) } }, down: true },
    changed: { over: { shutdown: { message: sure(toLine('until 07:00')) } }, down: true },
  },
  { name: 'peer AS', set: { over: { peerAs: 64513 }, down: true } },
  { name: 'the neighbour itself', set: { over: null, down: true } },
  { name: 'nothing', set: to({}) },
]

/** Changes to the whole BGP instance, which concern every neighbour. After the last, no session is established. */
export const BLOCK_CHANGES: readonly {
  readonly name: string
  readonly to: (base: BgpInstance) => BgpInstance
}[] = [
  { name: 'maximum paths', to: (base) => ({ ...base, maximumPaths: 8 }) },
  {
    name: 'another neighbour',
    to: (base) => ({
      ...base,
      neighbors: [...base.neighbors, baseNeighbor(CHANGES.length)],
    }),
  },
  {
    name: 'aggregate',
    to: (base) => ({
      ...base,
      aggregates: [{ prefix: sure(toPrefix('10.0.0.0/8')), summaryOnly: false }],
    }),
  },
  {
    name: 'aggregate without its parts',
    to: (base) => ({
      ...base,
      aggregates: [{ prefix: sure(toPrefix('10.0.0.0/8')), summaryOnly: true }],
    }),
  },
  { name: 'router id', to: (base) => ({ ...base, routerId: sure(toIpText('10.0.0.22')) }) },
  { name: 'local AS', to: (base) => ({ ...base, localAs: 65011 }) },
]
