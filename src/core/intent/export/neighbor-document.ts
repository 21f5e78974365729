import type {
  AddressFamily,
  AsPathPolicy,
  AsRange,
  MaxPrefixes,
  PrefixRule,
} from '../../model/bgp.js'
import type { ExportedNeighbor } from '../../model/exported.js'
import {
  BFD_DEFAULTS,
  CONNECT_RETRY,
  EXPORT_DEFAULTS,
  FAMILY_DEFAULTS,
  HOLD_TIME,
  keepaliveOf,
  MAX_PREFIXES,
  NEIGHBOR_DEFAULTS,
} from '../../model/intent-defaults.js'

/** A neighbour as an intent has it; values that equal the defaults are left out. */
export function neighborDocument(neighbor: ExportedNeighbor, secret: string | null) {
  const { shutdown, description, updateSource, bfd, ipv4Unicast, ipv6Unicast } = neighbor
  return {
    neighborAddress: neighbor.address,
    peerAs: neighbor.peerAs,
    ...present('localAs', neighbor.localAs),
    ...(description === null ? {} : { description }),
    ...(secret === null ? {} : { authPassword: { secret } }),
    ...timersOf(neighbor),
    ...(bfd === null ? {} : { bfd: differing(bfd, BFD_DEFAULTS) }),
    ...differing(reachOf(neighbor), NEIGHBOR_DEFAULTS),
    ...present('ttlSecurity', neighbor.ttlSecurity),
    ...(updateSource === null ? {} : { updateSource }),
    ...(shutdown === null
      ? {}
      : { shutdown: shutdown.message === null ? {} : { message: shutdown.message } }),
    ...(ipv4Unicast === null ? {} : { ipv4Unicast: familyDocument(ipv4Unicast) }),
    ...(ipv6Unicast === null ? {} : { ipv6Unicast: familyDocument(ipv6Unicast) }),
  }
}

function reachOf({ multihop, gracefulRestart }: ExportedNeighbor) {
  return { multihop, gracefulRestart }
}

/** The members that differ from the defaults. */
export function differing<T extends object>(value: T, defaults: Partial<Record<keyof T, unknown>>) {
  const entries = Object.entries(value) as [keyof T, unknown][]
  return Object.fromEntries(entries.filter(([key, member]) => member !== defaults[key]))
}

function timersOf({ holdTime, keepaliveInterval, connectRetry }: ExportedNeighbor) {
  return {
    ...(holdTime === HOLD_TIME ? {} : { holdTime }),
    ...(keepaliveInterval === keepaliveOf(holdTime) ? {} : { keepaliveInterval }),
    ...(connectRetry === CONNECT_RETRY ? {} : { connectRetry }),
  }
}

/** The member, where it has a value. */
function present(key: string, value: number | null) {
  return value === null ? {} : { [key]: value }
}

function familyDocument(family: AddressFamily) {
  const { import: accepted, export: announced, nextHopSelf, asOverride, allowAsIn } = family
  const into = {
    ...listsOf(accepted),
    ...pathsDocument(accepted.asPaths),
    ...(accepted.matchCommunities.length === 0
      ? {}
      : { matchCommunities: accepted.matchCommunities }),
    ...limitDocument(accepted.maxPrefixes),
    ...present('localPreference', accepted.localPreference),
  }
  const { prependAs, med, defaultOriginate, maxPrefixes: limit } = announced
  const out = {
    ...listsOf(announced),
    ...pathsDocument(announced.asPaths),
    ...differing({ prependAs, defaultOriginate }, EXPORT_DEFAULTS),
    ...present('med', med),
    ...(limit === null ? {} : { maxPrefixes: { limit } }),
  }
  return {
    ...differing({ nextHopSelf, asOverride }, FAMILY_DEFAULTS),
    ...present('allowAsIn', allowAsIn),
    ...(Object.keys(into).length === 0 ? {} : { import: into }),
    ...(Object.keys(out).length === 0 ? {} : { export: out }),
  }
}

function limitDocument(limit: MaxPrefixes | null) {
  if (limit === null) return {}
  const { restartMinutes, ...max } = limit
  return {
    maxPrefixes: {
      ...differing(max, MAX_PREFIXES),
      ...present('restartMinutes', restartMinutes),
    },
  }
}

function listsOf({ prefixes, communities }: AddressFamily['export'] | AddressFamily['import']) {
  return {
    ...(prefixes.length === 0 ? {} : { prefixes: prefixes.map(ruleText) }),
    ...(communities.length === 0 ? {} : { communities }),
  }
}

function pathsDocument(policy: AsPathPolicy | null) {
  if (policy === null) return {}
  const { maxLength, ...lists } = policy
  const ranges = Object.entries(lists)
    .filter(([, list]) => list.length > 0)
    .map(([key, list]) => [key, list.map(rangeText)] as const)
  return { asPaths: { ...Object.fromEntries(ranges), ...present('maxLength', maxLength) } }
}

function rangeText({ low, high }: AsRange): string {
  return low === high ? String(low) : `${low}-${high}`
}

function ruleText({ prefix, ge, le }: PrefixRule): string {
  return `${prefix}${ge === null ? '' : ` ge ${ge}`}${le === null ? '' : ` le ${le}`}`
}
