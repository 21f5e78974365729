import type { AddressFamily, PrefixRule } from '../../model/bgp.js'
import type { FoundNeighbor } from '../../model/found.js'
import {
  BFD_DEFAULTS,
  CONNECT_RETRY,
  HOLD_TIME,
  keepaliveOf,
  MAX_PREFIXES,
  NEIGHBOR_DEFAULTS,
  PREPEND_AS,
} from '../../wire/intent-defaults.js'

/** A neighbour as an intent says it, silent where the defaults say the same. */
export function neighborDocument(neighbor: FoundNeighbor, secret: string | null) {
  const { shutdown, description, updateSource, bfd, ipv4Unicast, ipv6Unicast } = neighbor
  return {
    neighborAddress: neighbor.address,
    peerAs: neighbor.peerAs,
    ...(description === null ? {} : { description }),
    ...(secret === null ? {} : { authPassword: { secret } }),
    ...sayTimers(neighbor),
    ...(bfd === null ? {} : { bfd: differing(bfd, BFD_DEFAULTS) }),
    ...differing(pickReach(neighbor), NEIGHBOR_DEFAULTS),
    ...(updateSource === null ? {} : { updateSource }),
    ...(shutdown === null
      ? {}
      : { shutdown: shutdown.message === null ? {} : { message: shutdown.message } }),
    ...(ipv4Unicast === null ? {} : { ipv4Unicast: sayFamily(ipv4Unicast) }),
    ...(ipv6Unicast === null ? {} : { ipv6Unicast: sayFamily(ipv6Unicast) }),
  }
}

function pickReach({ multihop, gracefulRestart }: FoundNeighbor) {
  return { multihop, gracefulRestart }
}

/** The members that are not what an intent means by silence. */
export function differing<T extends object>(value: T, defaults: Partial<Record<keyof T, unknown>>) {
  const entries = Object.entries(value) as [keyof T, unknown][]
  return Object.fromEntries(entries.filter(([key, one]) => one !== defaults[key]))
}

function sayTimers({ holdTime, keepaliveInterval, connectRetry }: FoundNeighbor) {
  return {
    ...(holdTime === HOLD_TIME ? {} : { holdTime }),
    ...(keepaliveInterval === keepaliveOf(holdTime) ? {} : { keepaliveInterval }),
    ...(connectRetry === CONNECT_RETRY ? {} : { connectRetry }),
  }
}

function sayFamily({ import: accepted, export: announced }: AddressFamily) {
  const { localPreference, maxPrefixes } = accepted
  const { restartMinutes = null, ...max } = maxPrefixes ?? {}
  const into = {
    ...sayLists(accepted),
    ...(maxPrefixes === null
      ? {}
      : {
          maxPrefixes: {
            ...differing(max, MAX_PREFIXES),
            ...(restartMinutes === null ? {} : { restartMinutes }),
          },
        }),
    ...(localPreference === null ? {} : { localPreference }),
  }
  const out = {
    ...sayLists(announced),
    ...(announced.prependAs === PREPEND_AS ? {} : { prependAs: announced.prependAs }),
    ...(announced.med === null ? {} : { med: announced.med }),
  }
  return {
    ...(Object.keys(into).length === 0 ? {} : { import: into }),
    ...(Object.keys(out).length === 0 ? {} : { export: out }),
  }
}

function sayLists({ prefixes, communities }: AddressFamily['export'] | AddressFamily['import']) {
  return {
    ...(prefixes.length === 0 ? {} : { prefixes: prefixes.map(sayRule) }),
    ...(communities.length === 0 ? {} : { communities }),
  }
}

function sayRule({ prefix, ge, le }: PrefixRule): string {
  return `${prefix}${ge === null ? '' : ` ge ${ge}`}${le === null ? '' : ` le ${le}`}`
}
