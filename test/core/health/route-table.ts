import type { NeighborState } from '../../../src/core/model/state.js'
import { healthyNeighbor, healthyRouter } from '../../support/agent/router-state.js'
import type { Row } from './rule-tables.js'

/** What can be wrong with the routes of an Established session, and what is no fault. */

const speaking = (over: Partial<NeighborState>) =>
  healthyRouter({ neighbors: [healthyNeighbor(over)] })

const counts = (received: number | null, sent: number | null, outLimit?: number) => [
  {
    family: 'ipv4-unicast' as const,
    received,
    sent,
    limit: null,
    ...(outLimit === undefined ? {} : { outLimit }),
  },
]

const policies = (over: Partial<NeighborState['policies'][number]>) => [
  {
    family: 'ipv4-unicast' as const,
    accepts: ['10.64.0.0/10 le 24'],
    announces: ['10.80.1.0/24'],
    absent: null,
    ...over,
  },
]

const messages = (updates: number | null, refused: number | null, loops: number | null) => ({
  updates,
  refused,
  loops,
})

const RECEIVED = ['critical NO_ROUTES_RECEIVED']
const REFUSED = ['critical ROUTES_ALL_REFUSED']
const ANNOUNCED = ['critical NO_ROUTES_ANNOUNCED']

const NOTHING = { families: counts(0, 1) }

const lacking = (...lackingFamilies: NeighborState['families'][number]['family'][]) => ({
  negotiated: { holdTime: null, lackingFamilies, lackingCapabilities: [] },
})

export const ROUTE_TABLE: readonly Row[] = [
  [
    'the peer has not offered the family: nothing can come',
    speaking({ ...NOTHING, ...lacking('ipv4-unicast') }),
    ['critical FAMILY_NOT_NEGOTIATED'],
  ],
  ['the peer has not offered a family without rules', speaking(lacking('ipv6-unicast')), []],
  ['nothing came: FRR 8.4', speaking({ ...NOTHING, messages: messages(1, null, null) }), RECEIVED],
  ['nothing came: FRR 10.3', speaking({ ...NOTHING, messages: messages(9, 0, 0) }), RECEIVED],
  [
    'nothing came in two sessions',
    speaking({ ...NOTHING, establishedTransitions: 2, messages: messages(2, null, null) }),
    RECEIVED,
  ],
  ['nobody counts', speaking({ ...NOTHING, messages: messages(null, null, null) }), RECEIVED],
  ['all refused: FRR 8.4', speaking({ ...NOTHING, messages: messages(4, null, null) }), REFUSED],
  ['all refused: FRR 10.3', speaking({ ...NOTHING, messages: messages(4, 12, 0) }), REFUSED],
  ['own AS in all paths', speaking({ ...NOTHING, messages: messages(4, 0, 3) }), REFUSED],
  [
    'another family has routes, so that the messages say nothing of this one',
    speaking({
      families: [...counts(0, 1), { family: 'ipv6-unicast', received: 3, sent: 0, limit: null }],
      messages: messages(9, 5, 0),
    }),
    RECEIVED,
  ],
  ['no import is wanted', speaking({ ...NOTHING, policies: policies({ accepts: [] }) }), []],
  ['the family has no policy', speaking({ ...NOTHING, policies: [] }), []],
  ['the count is not known', speaking({ families: counts(null, 1) }), []],
  ['nothing announced', speaking({ families: counts(1, 0) }), ANNOUNCED],
  [
    'nothing announced, and the prefix is missing',
    speaking({ families: counts(1, 0), policies: policies({ absent: ['10.80.1.0/24'] }) }),
    ANNOUNCED,
  ],
  [
    'no export is wanted',
    speaking({ families: counts(1, 0), policies: policies({ announces: [] }) }),
    [],
  ],
  [
    'nothing in either direction',
    speaking({ families: counts(0, 0), messages: messages(1, null, null) }),
    [...RECEIVED, ...ANNOUNCED],
  ],
  [
    'not up',
    speaking({ sessionState: 'Idle', families: counts(0, 0) }),
    ['critical NEIGHBOR_DOWN'],
  ],
  [
    'shut down by the intent',
    speaking({ sessionState: 'Idle', wantShutdown: true, families: counts(0, 0) }),
    [],
  ],
  ['79 of 100 announced', speaking({ families: counts(1, 79, 100) }), []],
  [
    '80 of 100 announced',
    speaking({ families: counts(1, 80, 100) }),
    ['warning EXPORT_LIMIT_NEAR'],
  ],
  [
    '100 of 100 announced',
    speaking({ families: counts(1, 100, 100) }),
    ['critical EXPORT_LIMIT_REACHED'],
  ],
]

/** A session over which no routes come. */
export const USELESS: Partial<NeighborState> = { ...NOTHING, messages: messages(1, null, null) }
