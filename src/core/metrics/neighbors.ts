import type { NeighborHealth } from '../wire/health.js'
import {
  counter,
  flag,
  gauge,
  instant,
  type Rule,
  severityValue,
  SEVERITY_SCALE,
} from './family.js'

/** The figures of bgpPeerState in the BGP-4 MIB (RFC 4273); 0: FRR has no such neighbour. */
const SESSION_STATES: Readonly<Record<NeighborHealth['sessionState'], number>> = {
  MISSING: 0,
  IDLE: 1,
  CONNECT: 2,
  ACTIVE: 3,
  OPENSENT: 4,
  OPENCONFIRM: 5,
  ESTABLISHED: 6,
}

type Prefixes = NonNullable<NeighborHealth['prefixes']>[string]

function prefixes(
  { prefixes: families }: NeighborHealth,
  read: (family: Prefixes) => number | undefined,
) {
  return Object.entries(families ?? {}).flatMap(([family, counts]) => {
    const value = read(counts)
    return value === undefined ? [] : [{ labels: [family], value }]
  })
}

export const NEIGHBOR_RULES: readonly Rule<NeighborHealth>[] = [
  gauge(
    'demarc_neighbor_severity',
    `Severity of the BGP neighbour: ${SEVERITY_SCALE}.`,
    ({ severity }) => severityValue(severity),
  ),
  gauge('demarc_neighbor_session_up', '1: the BGP session is established.', ({ sessionState }) =>
    flag(sessionState === 'ESTABLISHED'),
  ),
  gauge('demarc_neighbor_session_wanted', '0: the intent shuts the session down.', ({ shutdown }) =>
    flag(!shutdown),
  ),
  gauge(
    'demarc_neighbor_session_state',
    'State of the BGP session (RFC 4273): 1 idle, 2 connect, 3 active, 4 opensent, 5 openconfirm, 6 established; 0: FRR has no such neighbour.',
    ({ sessionState }) => SESSION_STATES[sessionState],
  ),
  counter(
    'demarc_neighbor_established_transitions_total',
    'How often the session came up, as FRR counts.',
    ({ establishedTransitions }) => establishedTransitions,
  ),
  gauge(
    'demarc_neighbor_last_established_timestamp_seconds',
    'When the session came up, seconds since 1970; absent while it is not up.',
    ({ lastEstablished }) => instant(lastEstablished),
  ),
  gauge(
    'demarc_neighbor_cause',
    '1: why a wanted session is not established, by code, step and side; docs/health.md lists them.',
    ({ cause }) =>
      cause === undefined ? [] : [{ labels: [cause.code, cause.rung, cause.side], value: 1 }],
    ['code', 'rung', 'side'],
  ),
  gauge('demarc_neighbor_bfd_up', '1: the BFD session is up; absent without one.', ({ bfd }) =>
    bfd === undefined ? null : flag(bfd.sessionState === 'UP'),
  ),
  gauge(
    'demarc_neighbor_prefixes_received',
    'Prefixes received and let in by the import.',
    (neighbor) => prefixes(neighbor, ({ received }) => received),
    ['family'],
  ),
  gauge(
    'demarc_neighbor_prefixes_sent',
    'Prefixes announced to the neighbour.',
    (neighbor) => prefixes(neighbor, ({ sent }) => sent),
    ['family'],
  ),
  gauge(
    'demarc_neighbor_prefixes_limit',
    'The most prefixes that the neighbour may announce; absent: any number.',
    (neighbor) => prefixes(neighbor, ({ limit }) => limit),
    ['family'],
  ),
]
