import { millis } from '../../../../src/core/base/time.js'
import type { LacpMemberState, NeighborState } from '../../../../src/core/model/state.js'
import {
  healthyConnection,
  healthyMember,
  healthyNeighbor,
  healthyRouter,
  lacpEnd,
} from '../../../support/agent/router-state.js'
import { probed, probing } from '../traffic-table.js'
import { STEP, withLight } from '../light-table.js'
import { AT, ECHO, measuredOf, type Case } from './cases.js'

const speaking = (over: Partial<NeighborState>) =>
  healthyRouter({ neighbors: [healthyNeighbor(over)] })

const bundled = (over: Partial<LacpMemberState>, first: Partial<LacpMemberState> = {}) =>
  healthyRouter({
    connections: [
      healthyConnection({
        lacp: {
          ...{ minLinks: 1, actorKey: 15, partnerId: '02:00:00:00:00:aa', partnerKey: 9 },
          members: [healthyMember('p1', first), healthyMember('p2', over)],
        },
      }),
    ],
  })

/** As the kernel shows a port that receives no LACPDU: the first one stays in the aggregate, and carries traffic. */
const ALONE: Partial<LacpMemberState> = {
  partnerId: '00:00:00:00:00:00',
  actor: lacpEnd({ has: ['DEFAULTED'] }),
}

const neighbor = { place: 'neighbor 10.0.0.1' } as const
const host = { place: 'host 10.64.0.1' } as const
const unanswered = measuredOf({ echo: { ...ECHO, received: 0 }, fullSize: null })
const near = probed('10.0.0.1')

/** What both ends agreed on, what the bits of LACP say, and what the intent's probes have measured. */
export const AGREED_CASES: Readonly<Record<string, Case>> = {
  'a family of the intent is not negotiated': {
    state: speaking({
      negotiated: {
        ...{ holdTime: millis(30_000), lackingCapabilities: [] },
        lackingFamilies: ['ipv4-unicast'],
      },
    }),
    measured: measuredOf({}),
    ...{ result: 'degraded', rung: 'open', ...neighbor, side: 'PEER' },
    says: /has not offered ipv4-unicast/,
  },
  'the provider drains': {
    measured: measuredOf({ draining: { value: 10, at: AT } }),
    ...{ result: 'degraded', rung: 'routes-in', ...neighbor, side: 'PEER' },
    says: /marks 10 of its routes \(10 ipv4-unicast\).*maintenance/,
  },
  'the partner says that it receives nothing from one member': {
    state: bundled({ partner: lacpEnd({ has: ['DEFAULTED'] }) }),
    ...{ result: 'degraded', rung: 'light-out', place: 'port p2', side: 'FIBRE' },
    says: /receives none \(DEFAULTED\)/,
  },
  'the ports lead to two LACP systems, so that one is out of sync': {
    state: bundled({
      ...{ partnerId: '02:00:00:00:00:bb', inAggregate: false },
      actor: lacpEnd({ lacks: ['SYNCHRONIZATION', 'COLLECTING', 'DISTRIBUTING'] }),
    }),
    ...{ result: 'degraded', rung: 'lacp', place: 'connection dl-par', side: 'FIBRE' },
    says: /different LACP partners/,
  },
  'the far end has no bundle, and one port alone has a carrier': {
    state: {
      ...bundled({ ...ALONE, inAggregate: false }, ALONE),
      neighbors: [healthyNeighbor({ sessionState: 'Active' })],
    },
    ...{ result: 'fails', rung: 'lacp', place: 'connection dl-par', side: 'PEER' },
    says: /receives no LACPDUs/,
  },
  'the far end has no bundle, and one port alone carries the session': {
    state: bundled({ ...ALONE, inAggregate: false }, ALONE),
    ...{ result: 'degraded', rung: 'lacp', place: 'connection dl-par', side: 'PEER' },
    says: /receives no LACPDUs/,
  },
  'the far end does not collect on one member': {
    state: bundled({ partner: lacpEnd({ lacks: ['COLLECTING'] }) }),
    ...{ result: 'degraded', rung: 'lacp', place: 'connection dl-par', side: 'PEER' },
    says: /lacks COLLECTING.* p2: here ACTIVITY .*, there ACTIVITY AGGREGATION SYNCHRONIZATION DISTRIBUTING/,
  },
  'this router does not come to rest on one member': {
    state: bundled({ churn: { actor: 'CHURNED', partner: 'NONE' } }),
    ...{ result: 'degraded', rung: 'lacp', place: 'connection dl-par', side: 'ROUTER' },
    says: /churn CHURNED here and NONE there/,
  },
  'light fell at once: a bent fibre or a dirty connector': {
    state: withLight({ step: STEP, loss: 3 }),
    ...{ result: 'degraded', rung: 'light-in', place: 'port p1', side: 'FIBRE' },
    says: /fell/,
  },
  'a neighbour that answered ping answers no more while its session is up': {
    state: probing([probed('10.0.0.1', 'silent')]),
    measured: unanswered,
    ...{ result: 'fails', rung: 'traffic', ...neighbor, side: 'PEER' },
    says: /answered until 2025-01-31T10:20:30.000Z.*although its session is up.*10\.0\.0\.2\/30/,
  },
  'return traffic from a probed host is dropped': {
    state: probing([near, probed('10.64.0.1', 'silent')]),
    measured: measuredOf({}),
    ...{ result: 'fails', rung: 'traffic', ...host, side: 'PEER' },
    says: /beyond the neighbor answered until .* its route back and its filters/,
  },
  'a probed host has never answered': {
    state: probing([near, probed('10.64.0.1', 'never-answered')]),
    measured: measuredOf({}),
    ...{ result: 'degraded', rung: 'traffic', ...host, side: 'UNKNOWN' },
    says: /since demarc began to probe it/,
  },
  'a little loss that a few requests do not show': {
    state: probing([{ ...near, loss10: { sent: 10, lost: 1 }, loss60: { sent: 60, lost: 4 } }]),
    measured: measuredOf({}),
    ...{ result: 'degraded', rung: 'traffic', ...neighbor, side: 'UNKNOWN' },
    says: /56 of 60/,
  },
  'full-size packets to a probed host no longer pass': {
    state: probing([
      near,
      probed('10.64.0.1', 'answers', { fullSize: { ...near, state: 'silent' } }),
    ]),
    measured: measuredOf({}),
    ...{ result: 'fails', rung: 'full-size', ...host, side: 'PEER' },
    says: /1500 octets to 10\.64\.0\.1/,
  },
}
