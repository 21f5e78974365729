import { millis } from '../../../../src/core/base/time.js'
import { ladderOf } from '../../../../src/core/health/ladder/ladder.js'
import {
  NOTHING_MEASURED,
  type HostMeasurements,
  type Ladder,
  type LadderSide,
  type Measurements,
  type RungName,
} from '../../../../src/core/health/ladder/terms.js'
import { NO_HISTORY } from '../../../../src/core/health/rules/history.js'
import { subjectsOf } from '../../../../src/core/health/subjects.js'
import type { NeighborState, RouterState } from '../../../../src/core/model/state.js'
import {
  darkPort,
  healthyAttachment,
  healthyConnection,
  healthyMember,
  lacpEnd,
  healthyNeighbor,
  healthyPort,
  healthyRouter,
  moduleIn,
} from '../../../support/agent/router-state.js'

export const AT = '2025-01-31T10:20:31.000Z'

export function climbed(state: RouterState, measured: Measurements = NOTHING_MEASURED): Ladder {
  const subjects = subjectsOf(state, NO_HISTORY, millis(0))
  const ladder = ladderOf({ state, subjects }, 'net-a', measured)
  if (ladder === null) throw new Error('there is no attachment net-a')
  return ladder
}

function down(over: Partial<NeighborState>): RouterState {
  const session = { sessionState: 'Active', lastEstablished: null, families: [] } as const
  return healthyRouter({ neighbors: [healthyNeighbor({ ...session, ...over })] })
}

const notified = (direction: 'sent' | 'received', code: number, subcode: number) => ({
  reset: { notification: { direction, code, subcode }, reason: 'a reason', message: null },
})

export const ECHO = { sent: 5, received: 5, roundTrip: 0.4, at: AT }
export const SIZE = { size: 1500, passes: true, largest: null, at: AT }
export const FRAMES = { inOctets: 640, outOctets: 600, within: 1000, at: AT }

export function measuredOf(
  neighbor: Partial<HostMeasurements>,
  over: Partial<Measurements> = {},
): Measurements {
  const all: HostMeasurements = {
    ...{ mac: { value: 'answers', at: AT }, tcp: null, draining: null },
    ...{ echo: ECHO, fullSize: SIZE },
  }
  const neighbors = new Map([['10.0.0.1', { ...all, ...neighbor }]])
  return { frames: FRAMES, duplicates: [], neighbors, hosts: new Map(), ...over }
}

export interface Case {
  readonly state?: RouterState
  readonly measured?: Measurements
  readonly result: Ladder['result']
  readonly rung: RungName
  readonly place: string
  readonly side: LadderSide
  readonly says: RegExp
}

const both = (make: (name: string) => ReturnType<typeof healthyPort>) => [make('p1'), make('p2')]
const oneLink = healthyConnection({ ports: ['p1'], lacp: null, interface: 'p1' })
const deadLink = { ...oneLink, carrier: false }
const silent = (over: Partial<Measurements> = {}) =>
  measuredOf({ mac: { value: 'silent', at: AT } }, over)
const nobody = { ...FRAMES, inOctets: 0 }

/** One fault each, and what the ladder makes of it. */
export const CASES: Readonly<Record<string, Case>> = {
  'no module in either port': {
    state: healthyRouter({
      ports: both((name) => healthyPort(name, { carrier: false, optic: { state: 'absent' } })),
      connections: [{ ...healthyConnection(), carrier: false }],
    }),
    ...{ result: 'fails', rung: 'module', place: 'port p1', side: 'ROUTER', says: /no module/ },
  },
  'a module of another kind, and no link': {
    state: healthyRouter({
      ports: [healthyPort('p1', { carrier: false, optic: moduleIn({ kind: '1000BASE-SX' }) })],
      connections: [deadLink],
    }),
    ...{
      result: 'fails',
      rung: 'module',
      place: 'port p1',
      side: 'ROUTER',
      says: /expects 10GBASE-LR/,
    },
  },
  'no light arrives on the only port': {
    state: healthyRouter({ ports: [darkPort('p1')], connections: [deadLink] }),
    ...{
      result: 'fails',
      rung: 'light-in',
      place: 'port p1',
      side: 'FIBRE',
      says: /itself sends -?\d/,
    },
  },
  'light arrives, and the link is down: the far end does not receive ours': {
    state: healthyRouter({
      ports: [healthyPort('p1', { carrier: false, speed: null })],
      connections: [deadLink],
    }),
    ...{
      result: 'fails',
      rung: 'light-out',
      place: 'port p1',
      side: 'FIBRE',
      says: /the far end does not receive it/,
    },
  },
  'one member of the bundle is dark': {
    state: healthyRouter({ ports: [darkPort('p1'), healthyPort('p2')] }),
    ...{
      result: 'degraded',
      rung: 'light-in',
      place: 'port p1',
      side: 'FIBRE',
      says: /receives no light/,
    },
  },
  'the partner of one member does not repeat what it said': {
    state: healthyRouter({
      connections: [
        healthyConnection({
          lacp: {
            ...{ minLinks: 1, actorKey: 15, partnerId: '02:00:00:00:00:aa', partnerKey: 9 },
            members: [
              healthyMember('p1'),
              healthyMember('p2', {
                inAggregate: false,
                actor: lacpEnd({ lacks: ['SYNCHRONIZATION', 'COLLECTING', 'DISTRIBUTING'] }),
              }),
            ],
          },
        }),
      ],
    }),
    ...{
      result: 'degraded',
      rung: 'light-out',
      place: 'port p2',
      side: 'FIBRE',
      says: /do not repeat/,
    },
  },
  'a copper port without a link': {
    state: healthyRouter({
      ports: [
        healthyPort('p1', {
          ...{ carrier: false, speed: null, expectedOptic: null, autoNegotiate: true },
          optic: moduleIn({ kind: '1000BASE-T' }),
        }),
      ],
      connections: [deadLink],
    }),
    ...{ result: 'fails', rung: 'link', place: 'port p1', side: 'UNKNOWN', says: /has no link/ },
  },
  'nothing arrives in the VLAN after it worked': {
    state: down({}),
    measured: silent({ frames: nobody }),
    ...{
      result: 'fails',
      rung: 'vlan',
      place: 'attachment net-a',
      side: 'PEER',
      says: /whether it has VLAN 100/,
    },
  },
  'nothing has ever arrived in the VLAN': {
    state: down({ establishedTransitions: 0 }),
    measured: silent({ frames: nobody }),
    ...{
      result: 'fails',
      rung: 'vlan',
      place: 'attachment net-a',
      side: 'UNKNOWN',
      says: /600 octets left/,
    },
  },
  'frames arrive, and the neighbour does not answer ARP': {
    state: down({}),
    measured: silent(),
    ...{
      result: 'fails',
      rung: 'neighbor-mac',
      place: 'neighbor 10.0.0.1',
      side: 'PEER',
      says: /ARP requests/,
    },
  },
  'an address is missing': {
    state: healthyRouter({
      attachments: [healthyAttachment({ missingAddresses: ['10.0.0.2/30'] })],
    }),
    ...{
      result: 'fails',
      rung: 'address',
      place: 'attachment net-a',
      side: 'ROUTER',
      says: /lacks 10\.0\.0\.2/,
    },
  },
  'another host has the address of this router': {
    state: down({}),
    measured: measuredOf({}, { duplicates: [{ address: '10.0.0.2', mac: '02:00:00:00:00:99' }] }),
    ...{
      result: 'fails',
      rung: 'address',
      place: 'attachment net-a',
      side: 'UNKNOWN',
      says: /02:00:00:00:00:99/,
    },
  },
  'TCP is refused': {
    state: down({}),
    measured: measuredOf({ tcp: { value: 'refused', at: AT } }),
    ...{
      result: 'fails',
      rung: 'tcp',
      place: 'neighbor 10.0.0.1',
      side: 'PEER',
      says: /refuses TCP port 179.*5 of 5 pings/,
    },
  },
  'TCP is silent': {
    state: down({}),
    measured: measuredOf({ tcp: { value: 'silent', at: AT } }),
    ...{
      result: 'fails',
      rung: 'tcp',
      place: 'neighbor 10.0.0.1',
      side: 'UNKNOWN',
      says: /a filter on the way/,
    },
  },
  'the far end expects another AS': {
    state: down(notified('received', 2, 2)),
    measured: measuredOf({}),
    ...{
      result: 'fails',
      rung: 'open',
      place: 'neighbor 10.0.0.1',
      side: 'UNKNOWN',
      says: /refuses AS 65010/,
    },
  },
  'the far end shuts the session down': {
    state: down(notified('received', 6, 2)),
    measured: measuredOf({}),
    ...{
      result: 'fails',
      rung: 'established',
      place: 'neighbor 10.0.0.1',
      side: 'PEER',
      says: /shut the session down/,
    },
  },
  'the hold timer ends a session over a path with a smaller MTU': {
    state: down(notified('sent', 4, 0)),
    measured: measuredOf({ fullSize: { ...SIZE, passes: false, largest: 1400 } }),
    ...{
      result: 'fails',
      rung: 'established',
      place: 'neighbor 10.0.0.1',
      side: 'PATH',
      says: /1500 octets do not pass.*1400/,
    },
  },
  'the neighbour announces nothing': {
    state: healthyRouter({
      neighbors: [
        healthyNeighbor({
          families: [{ family: 'ipv4-unicast', received: 0, sent: 1, limit: 100 }],
          messages: { updates: 1, refused: null, loops: null },
        }),
      ],
    }),
    ...{
      result: 'fails',
      rung: 'routes-in',
      place: 'neighbor 10.0.0.1',
      side: 'PEER',
      says: /announces no ipv4-unicast/,
    },
  },
  'nothing is announced': {
    state: healthyRouter({
      neighbors: [
        healthyNeighbor({
          families: [{ family: 'ipv4-unicast', received: 5, sent: 0, limit: 100 }],
        }),
      ],
    }),
    ...{
      result: 'fails',
      rung: 'routes-out',
      place: 'neighbor 10.0.0.1',
      side: 'ROUTER',
      says: /No ipv4-unicast route is announced/,
    },
  },
  'a host beyond the neighbour does not come back': {
    measured: measuredOf(
      {},
      { hosts: new Map([['10.64.0.1', { echo: { ...ECHO, received: 0 }, fullSize: null }]]) },
    ),
    ...{
      result: 'fails',
      rung: 'traffic',
      place: 'host 10.64.0.1',
      side: 'PEER',
      says: /0 of 5.*10\.0\.0\.2\/30/,
    },
  },
  'some packets are lost': {
    measured: measuredOf({ echo: { ...ECHO, received: 3 } }),
    ...{
      result: 'degraded',
      rung: 'traffic',
      place: 'neighbor 10.0.0.1',
      side: 'UNKNOWN',
      says: /3 of 5/,
    },
  },
  'full-size packets do not come back': {
    measured: measuredOf({ fullSize: { ...SIZE, passes: false, largest: 1450 } }),
    ...{
      result: 'fails',
      rung: 'full-size',
      place: 'neighbor 10.0.0.1',
      side: 'PEER',
      says: /1450 octets do/,
    },
  },
  'the own interface has a smaller MTU': {
    state: healthyRouter({ attachments: [healthyAttachment({ mtu: 1400 })] }),
    measured: measuredOf({ fullSize: { ...SIZE, passes: false, largest: 1400 } }),
    ...{
      result: 'fails',
      rung: 'full-size',
      place: 'neighbor 10.0.0.1',
      side: 'ROUTER',
      says: /an MTU of 1400/,
    },
  },
}
