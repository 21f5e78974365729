import { healthyNeighbor, healthyRouter } from '../../support/agent/router-state.js'
import type { Row } from './rule-tables.js'

const speaking = (over: object) => healthyRouter({ neighbors: [healthyNeighbor(over)] })
const family = (received: number, limit: number | null = 100) => [
  { family: 'ipv4-unicast' as const, received, sent: 1, limit },
]

export const NEIGHBOR_TABLE: readonly Row[] = [
  [
    'missing',
    speaking({ sessionState: 'missing', lastEstablished: null }),
    ['critical NEIGHBOR_MISSING'],
  ],
  ...(['Idle', 'Connect', 'Active', 'OpenSent', 'OpenConfirm'] as const).map(
    (sessionState): Row => [
      sessionState,
      speaking({ sessionState, lastEstablished: null }),
      ['critical NEIGHBOR_DOWN'],
    ],
  ),
  [
    'shut down on purpose',
    speaking({
      sessionState: 'Idle',
      wantShutdown: true,
      adminDown: true,
      bfd: { sessionState: 'down' },
    }),
    [],
  ],
  [
    'shut down by somebody else',
    speaking({ sessionState: 'Idle', adminDown: true, bfd: { sessionState: 'down' } }),
    ['critical NEIGHBOR_HELD_DOWN'],
  ],
  [
    'established although the intent shuts it down',
    speaking({ wantShutdown: true }),
    ['critical NEIGHBOR_NOT_SHUT_DOWN'],
  ],
  [
    'held because of its prefix limit',
    speaking({ sessionState: 'Idle', overLimit: { restartIn: null }, families: family(0, 5) }),
    ['critical PREFIX_LIMIT_EXCEEDED'],
  ],
  [
    'held until FRR tries again',
    speaking({ sessionState: 'Idle', overLimit: { restartIn: 176 }, families: family(0, 5) }),
    ['critical PREFIX_LIMIT_EXCEEDED'],
  ],
  [
    'figures that FRR does not say',
    speaking({
      peerAs: null,
      establishedTransitions: null,
      families: [{ family: 'ipv4-unicast', received: null, sent: null, limit: 100 }],
    }),
    [],
  ],
  ['drained', speaking({ drained: true }), []],
  [
    'the far end marks its routes with GRACEFUL_SHUTDOWN',
    speaking({ drainingRoutes: 3 }),
    ['warning GRACEFUL_SHUTDOWN_RECEIVED'],
  ],
  [
    'BFD down over an established session',
    speaking({ bfd: { sessionState: 'down' } }),
    ['warning NEIGHBOR_BFD_DOWN'],
  ],
  [
    'BFD down because BGP is',
    speaking({ sessionState: 'Active', bfd: { sessionState: 'down' } }),
    ['critical NEIGHBOR_DOWN'],
  ],
  ['79 of 100 prefixes', speaking({ families: family(79) }), []],
  ['80 of 100 prefixes', speaking({ families: family(80) }), ['warning PREFIX_LIMIT_NEAR']],
  ['100 of 100 prefixes', speaking({ families: family(100) }), ['warning PREFIX_LIMIT_NEAR']],
  ['101 of 100 prefixes', speaking({ families: family(101) }), ['critical PREFIX_LIMIT_EXCEEDED']],
  ['no limit', speaking({ families: family(1e6, null) }), []],
]
