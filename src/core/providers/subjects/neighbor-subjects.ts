import {
  BFD_DEFAULTS,
  HOLD_TIME,
  NEIGHBOR_DEFAULTS,
  EXPORT_DEFAULTS,
} from '../../model/intent-defaults.js'
import type { IntentNeighbor } from '../../wire/intent.js'
import { member, onNeighbors, type LineNeighbor, type Reader, type RuleValue } from './line.js'
import { presence, PRESENCE, same, type Subject } from './subject.js'

/** The AS that the session uses of this router: the neighbour's own, that of its VRF, or that of the router. */
function localAs({ neighbor, attachment, line: { intent } }: LineNeighbor): number | undefined {
  const vrf = intent.vrfs?.find(({ name }) => name === attachment.l3?.vrf)
  const near = member(neighbor, 'localAs') ?? member(vrf, 'localAs')
  return typeof near === 'number' ? near : intent.router.localAs
}

/** The place of the AS is that of the word that says it, so that the fault names what must be changed. */
const ownAs: Reader = (line) =>
  onNeighbors((at) => ({ key: ['localAs'], value: localAs(at) }))(line).map((reading) => {
    const isNear = reading.path.length > 0 && member(line.intent, ...reading.path) !== undefined
    return isNear ? reading : { ...reading, path: ['router', 'localAs'] }
  })

function relation(peerAs: number | undefined, own: number | undefined): RuleValue | undefined {
  if (peerAs === undefined || own === undefined) return undefined
  return peerAs === own ? 'internal' : 'external'
}

type BfdKey = Exclude<keyof NonNullable<IntentNeighbor['bfd']>, 'strict'>

function bfdNumber(key: BfdKey, what: string) {
  return {
    what,
    read: onNeighbors(({ neighbor: { bfd } }) =>
      bfd === undefined ? null : { key: ['bfd', key], value: bfd[key], absent: BFD_DEFAULTS[key] },
    ),
  }
}

/** The subjects about a neighbour and the session with it. */
export const neighborSubjects = {
  'peer-as': {
    what: "the neighbour's AS",
    write: same,
    read: onNeighbors(({ neighbor }) => ({ key: ['peerAs'], value: neighbor.peerAs })),
  },
  'own-as': { what: "the router's AS", read: ownAs },
  'as-relation': {
    what: 'the session',
    words: ['external', 'internal'],
    read: onNeighbors(({ neighbor, ...at }) => ({
      key: ['peerAs'],
      value: relation(neighbor.peerAs, localAs({ neighbor, ...at })),
    })),
  },
  password: {
    what: 'the MD5 password',
    words: PRESENCE,
    read: onNeighbors(({ neighbor }) => ({
      key: ['authPassword'],
      value: presence(neighbor.authPassword !== undefined),
    })),
  },
  'password-length': {
    what: 'the length of the MD5 password in characters',
    isSecret: true,
    read: onNeighbors(({ neighbor: { authPassword }, line: { passwords } }) => ({
      key: ['authPassword'],
      value: passwords.get(authPassword?.secret ?? ''),
    })),
  },
  bfd: {
    what: 'BFD',
    words: PRESENCE,
    write: () => ({}),
    read: onNeighbors(({ neighbor: { bfd } }) => ({
      key: ['bfd'],
      value: bfd === undefined ? undefined : 'present',
      absent: 'absent',
    })),
  },
  'bfd-transmit-interval': bfdNumber('desiredMinimumTxInterval', 'the BFD sending interval in ms'),
  'bfd-receive-interval': bfdNumber('requiredMinimumReceive', 'the BFD receiving interval in ms'),
  'bfd-multiplier': bfdNumber('detectionMultiplier', 'the BFD detection multiplier'),
  'hold-time': {
    what: 'the hold time in seconds',
    write: same,
    read: onNeighbors(({ neighbor: { holdTime } }) => ({
      key: ['holdTime'],
      value: holdTime,
      absent: HOLD_TIME,
    })),
  },
  multihop: {
    what: 'the number of hops to the neighbour',
    write: same,
    read: onNeighbors(({ neighbor: { multihop } }) => ({
      key: ['multihop'],
      value: multihop,
      absent: NEIGHBOR_DEFAULTS.multihop,
    })),
  },
  'ttl-security': {
    what: 'TTL security',
    words: PRESENCE,
    read: onNeighbors(({ neighbor }) => ({
      key: ['ttlSecurity'],
      value: presence(member(neighbor, 'ttlSecurity') !== undefined),
    })),
  },
  'graceful-restart': {
    what: 'graceful restart',
    words: ['helper', 'restarter', 'disabled'],
    read: onNeighbors(({ neighbor: { gracefulRestart } }) => ({
      key: ['gracefulRestart'],
      value: gracefulRestart,
      absent: NEIGHBOR_DEFAULTS.gracefulRestart,
    })),
  },
  'ipv6-routes': {
    what: 'IPv6 unicast',
    words: PRESENCE,
    read: onNeighbors(({ neighbor: { ipv6Unicast } }) => ({
      key: ['ipv6Unicast'],
      value: presence(ipv6Unicast !== undefined),
    })),
  },
  prepend: {
    what: 'the number of times that the own AS is prepended',
    read: onNeighbors(({ neighbor: { ipv4Unicast } }) => ({
      key: ['ipv4Unicast', 'export', 'prependAs'],
      value: ipv4Unicast?.export?.prependAs,
      absent: EXPORT_DEFAULTS.prependAs,
    })),
  },
} satisfies Readonly<Record<string, Subject>>
