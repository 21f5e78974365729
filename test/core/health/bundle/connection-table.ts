import {
  healthyConnection,
  healthyMember,
  healthyNeighbor,
  healthyPort,
  healthyRouter,
  lacpEnd,
} from '../../../support/agent/router-state.js'
import { USELESS } from '../route-table.js'
import type { Row } from '../rule-tables.js'

const bundle = (over: object) =>
  healthyConnection().lacp && { ...healthyConnection().lacp, ...over }
const withBundle = (over: object, rest: object = {}) =>
  healthyRouter({ connections: [{ ...healthyConnection(), lacp: bundle(over) as never, ...rest }] })

export const CONNECTION_TABLE: readonly Row[] = [
  [
    'no routes over its only session',
    healthyRouter({ neighbors: [healthyNeighbor(USELESS)] }),
    ['critical CONNECTION_WITHOUT_ROUTES'],
  ],
  [
    'missing',
    healthyRouter({
      connections: [healthyConnection({ present: false, carrier: false, lacp: null })],
    }),
    ['critical CONNECTION_MISSING'],
  ],
  [
    'no carrier',
    healthyRouter({ connections: [healthyConnection({ carrier: false, lacp: null })] }),
    ['critical CONNECTION_NO_CARRIER'],
  ],
  [
    'below its minimum',
    withBundle(
      {
        minLinks: 2,
        members: [healthyMember('p1'), healthyMember('p2', { linkUp: false, inAggregate: false })],
      },
      { carrier: false },
    ),
    ['critical CONNECTION_BELOW_MIN_LINKS'],
  ],
  [
    'nobody answers',
    withBundle({
      partnerId: '00:00:00:00:00:00',
      members: ['p1', 'p2'].map((port) =>
        healthyMember(port, { partnerId: '00:00:00:00:00:00', inAggregate: port === 'p1' }),
      ),
    }),
    ['critical LACP_NO_PARTNER'],
  ],
  [
    'cabled to two partners',
    withBundle({
      members: [
        healthyMember('p1'),
        healthyMember('p2', {
          partnerId: '02:00:00:00:00:bb',
          inAggregate: false,
        }),
      ],
    }),
    ['warning LACP_PARTNERS_DIFFER', 'warning CONNECTION_DEGRADED'],
  ],
  [
    'one port receives no LACPDU',
    withBundle({
      members: [
        healthyMember('p1'),
        healthyMember('p2', { actor: lacpEnd({ has: ['EXPIRED'] }), inAggregate: false }),
      ],
    }),
    ['warning LACP_MEMBER_NOT_AGGREGATED', 'warning CONNECTION_DEGRADED'],
  ],
  [
    'one port has never received an LACPDU',
    withBundle({
      members: [
        healthyMember('p1'),
        healthyMember('p2', {
          partnerId: '00:00:00:00:00:00',
          actor: lacpEnd({ has: ['DEFAULTED'] }),
          inAggregate: false,
        }),
      ],
    }),
    ['warning LACP_MEMBER_NOT_AGGREGATED', 'warning CONNECTION_DEGRADED'],
  ],
  [
    'the far end has its ports in two bundles',
    withBundle({
      members: [
        healthyMember('p1'),
        healthyMember('p2', { partner: lacpEnd({ key: 16 }), inAggregate: false }),
      ],
    }),
    ['warning LACP_KEYS_DIFFER', 'warning CONNECTION_DEGRADED'],
  ],
  [
    'ports of different speeds',
    withBundle({
      members: [
        healthyMember('p1'),
        healthyMember('p2', { actor: lacpEnd({ key: 9 }), inAggregate: false }),
      ],
    }),
    ['warning LACP_KEYS_DIFFER', 'warning CONNECTION_DEGRADED'],
  ],
  [
    'the far end does not receive what one port sends',
    withBundle({
      members: [
        healthyMember('p1'),
        healthyMember('p2', {
          actor: lacpEnd({ lacks: ['COLLECTING', 'DISTRIBUTING'] }),
          partner: lacpEnd({ lacks: ['SYNCHRONIZATION'], has: ['EXPIRED'] }),
          inAggregate: false,
        }),
      ],
    }),
    ['warning LACP_PARTNER_RECEIVES_NOTHING', 'warning CONNECTION_DEGRADED'],
  ],
  [
    'half-dead: the far end sends nothing over one port',
    withBundle({
      members: [
        healthyMember('p1'),
        healthyMember('p2', { partner: lacpEnd({ lacks: ['DISTRIBUTING'] }) }),
      ],
    }),
    ['warning LACP_MEMBER_NOT_DISTRIBUTING'],
  ],
  [
    'half-dead: this router sends nothing over one port',
    withBundle({
      members: [
        healthyMember('p1'),
        healthyMember('p2', { actor: lacpEnd({ lacks: ['COLLECTING', 'DISTRIBUTING'] }) }),
      ],
    }),
    ['warning LACP_MEMBER_NOT_DISTRIBUTING'],
  ],
  [
    'churned',
    withBundle({
      members: [
        healthyMember('p1'),
        healthyMember('p2', { churn: { actor: 'NONE', partner: 'CHURNED' } }),
      ],
    }),
    ['warning LACP_CHURNED'],
  ],
  [
    'a kernel that says neither keys nor churn nor counters',
    withBundle({
      members: ['p1', 'p2'].map((port) => {
        const end = { ...lacpEnd({ key: null }), portNumber: null }
        return healthyMember(port, { actor: end, partner: end, churn: null, pdus: null })
      }),
    }),
    [],
  ],
  [
    'one port is no member',
    withBundle({ members: [healthyMember('p1')] }),
    ['warning LACP_MEMBER_NOT_AGGREGATED', 'warning CONNECTION_DEGRADED'],
  ],
  [
    'one port is dark',
    healthyRouter({
      ports: [healthyPort('p1'), healthyPort('p2', { carrier: false, speed: null })],
      connections: [
        healthyConnection({
          lacp: bundle({
            members: [
              healthyMember('p1'),
              healthyMember('p2', { linkUp: false, inAggregate: false }),
            ],
          }) as never,
        }),
      ],
    }),
    ['warning CONNECTION_DEGRADED'],
  ],
  [
    'a single port needs no LACP',
    healthyRouter({
      connections: [healthyConnection({ ports: ['p1'], interface: 'p1', lacp: null })],
    }),
    [],
  ],
]
