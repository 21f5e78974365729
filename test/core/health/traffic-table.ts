import { millis, seconds } from '../../../src/core/base/time.js'
import type { Measured, ProbedTarget } from '../../../src/core/model/probe.js'
import type { AttachmentState, NeighborState, RouterState } from '../../../src/core/model/state.js'
import {
  healthyAttachment,
  healthyNeighbor,
  healthyRouter,
} from '../../support/agent/router-state.js'

/** What requests came to that were all answered. */
const ANSWERED: Measured = {
  state: 'answers',
  lastAnswerAt: millis(0),
  lastAnswered: '2025-01-31T10:20:30.000Z',
  silentFor: millis(0),
  loss10: { sent: 10, lost: 0 },
  loss60: { sent: 60, lost: 0 },
}

const SILENT: Measured = { ...ANSWERED, state: 'silent', silentFor: millis(5000) }

function lossy(percent10: number, percent60: number): Partial<Measured> {
  return {
    loss10: { sent: 10, lost: percent10 / 10 },
    loss60: { sent: 60, lost: (percent60 * 60) / 100 },
  }
}

/** A target of net-a; full-size packets pass as well as small ones. */
export function probed(
  address: string,
  state: Measured['state'] = 'answers',
  over: Partial<Omit<ProbedTarget, 'target'>> = {},
): ProbedTarget {
  const small = state === 'answers' ? ANSWERED : { ...SILENT, state }
  return {
    target: {
      attachment: 'net-a',
      address,
      kind: address === '10.0.0.1' ? 'neighbor' : 'host',
      vrf: null,
      source: null,
      interval: seconds(1),
      fullSize: 1500,
    },
    ...small,
    roundTripTime: { min: 1, avg: 2, max: 3 },
    fullSize: small,
    ...over,
  }
}

/** A healthy router but for what net-a probes. */
export function probing(
  targets: readonly ProbedTarget[],
  over: {
    readonly neighbor?: Partial<NeighborState>
    readonly attachment?: Partial<AttachmentState>
  } = {},
): RouterState {
  return healthyRouter({
    attachments: [
      healthyAttachment({ probe: { interval: seconds(1), targets }, ...over.attachment }),
    ],
    neighbors: [healthyNeighbor(over.neighbor)],
  })
}

const NEAR = probed('10.0.0.1')
const stuck = (state: Measured['state']) => ({ fullSize: { ...SILENT, state } })

/** What probes of net-a show, and the findings of net-a. */
export const TRAFFIC_TABLE: readonly (readonly [string, RouterState, readonly string[]])[] = [
  ['all answer', probing([NEAR, probed('203.0.113.1')]), []],
  ['nothing answers', probing([probed('10.0.0.1', 'silent')]), ['critical TRAFFIC_BLACK_HOLE']],
  [
    'no host behind the neighbour answers',
    probing([NEAR, probed('203.0.113.1', 'silent'), probed('203.0.113.2', 'silent')]),
    ['critical TRAFFIC_BLACK_HOLE'],
  ],
  [
    'one of two hosts does not answer',
    probing([NEAR, probed('203.0.113.1'), probed('203.0.113.2', 'silent')]),
    ['warning TRAFFIC_TARGET_SILENT'],
  ],
  [
    'a host has never answered',
    probing([NEAR, probed('203.0.113.1', 'never-answered')]),
    ['warning TRAFFIC_NEVER_ANSWERED'],
  ],
  ['nothing is known', probing([probed('10.0.0.1', 'unknown')]), []],
  [
    'a session that is down is the finding of its neighbour',
    probing([probed('10.0.0.1', 'silent')], { neighbor: { sessionState: 'Active' } }),
    [],
  ],
  ['much loss', probing([probed('10.0.0.1', 'answers', lossy(30, 25))]), ['critical TRAFFIC_LOSS']],
  [
    'some loss',
    probing([probed('10.0.0.1', 'answers', lossy(10, 5))]),
    ['warning TRAFFIC_LOSS_WARNING'],
  ],
  ['loss that is over', probing([probed('10.0.0.1', 'answers', lossy(0, 50))]), []],
  [
    'full-size packets no longer pass',
    probing([probed('10.0.0.1', 'answers', stuck('silent'))]),
    ['critical TRAFFIC_MTU'],
  ],
  [
    'full-size packets have never passed',
    probing([probed('10.0.0.1', 'answers', stuck('never-answered'))]),
    ['warning TRAFFIC_MTU_UNPROVEN'],
  ],
]
