import { millis, toSeconds, type Millis } from '../../base/time.js'
import type { Measured, ProbedTarget } from '../../model/probe.js'
import type {
  AttachmentState,
  ConnectionState,
  LinkRates,
  NeighborState,
  PortState,
} from '../../model/state.js'
import { LOSS_WARNING, LOST_LEAST, lossPercent } from '../../traffic/window.js'
import { BUSY_FROM, movedWithin, type RateWindow } from '../../traffic/rates.js'
import { PORT_OFF } from '../rules/port.js'
import { rule, type Rule } from '../rules/rule.js'
import type { Traffic } from './measured.js'

/** What is measured of the traffic of an attachment. */
export interface TrafficSubject extends Traffic {
  readonly attachment: AttachmentState
  readonly neighbors: readonly NeighborState[]
}

/** While one of these is true, no packet can pass. */
const OFF = ['ATTACHMENT_MISSING', 'ATTACHMENT_DOWN', 'ATTACHMENT_NO_CARRIER'] as const
const HOLES = [...OFF, 'TRAFFIC_ONE_WAY', 'TRAFFIC_BLACK_HOLE'] as const

/** Percent of the requests. */
const LOSS_CRITICAL = 20

/** The shortest time in which something must come back, and what must be sent in it. */
const ONE_WAY_TIME = millis(8000)
const ONE_WAY_SENT = 5

/** Addresses that one sentence names. */
const NAMED = 3

export const TRAFFIC_RULES: readonly Rule<TrafficSubject>[] = [
  rule({
    code: 'TRAFFIC_ONE_WAY',
    severity: 'critical',
    suppressedBy: OFF,
    needsLower: true,
    test({ attachment, window }) {
      const targets = attachment.probe?.targets ?? []
      const moved = movedWithin(window, ONE_WAY_TIME)
      const silent = targets.filter(({ state }) => state === 'silent' || state === 'never-answered')
      if (moved === null || silent.length === 0 || silent.length < targets.length) return null
      if (moved.inPkts > 0 || moved.outPkts < ONE_WAY_SENT) return null
      return `${attachment.interface} sent ${moved.outPkts} packets within ${wholeSeconds(moved.time)} and received none, not even from ${named(silent)}: ask the provider whether they arrive and what becomes of the answers, and check the VLAN id at both ends.`
    },
  }),
  rule({
    code: 'TRAFFIC_BLACK_HOLE',
    severity: 'critical',
    clearAfter: millis(3000),
    suppressedBy: [...OFF, 'TRAFFIC_ONE_WAY'],
    needsLower: true,
    test: blackHole,
  }),
  rule({
    code: 'TRAFFIC_TARGET_SILENT',
    severity: 'warning',
    raiseAfter: millis(5000),
    clearAfter: millis(5000),
    suppressedBy: HOLES,
    needsLower: true,
    test(subject) {
      const silent = silentTargets(subject)
      if (silent.length === 0) return null
      return `${named(silent)} no longer answers through ${subject.attachment.name}, for ${silence(silent)}, and others do: check the host, and the routes to it and back.`
    },
  }),
  rule({
    code: 'TRAFFIC_NEVER_ANSWERED',
    severity: 'warning',
    raiseAfter: millis(60_000),
    suppressedBy: HOLES,
    needsLower: true,
    test(subject) {
      const never = expected(subject).filter(({ state }) => state === 'never-answered')
      if (never.length === 0) return null
      return `${named(never)} has not answered an echo request through ${subject.attachment.name} since demarc began to send them: let the host answer them, or take it out of "probe" in the intent.`
    },
  }),
  rule({
    code: 'TRAFFIC_LOSS',
    severity: 'critical',
    raiseAfter: millis(5000),
    clearAfter: millis(30_000),
    suppressedBy: HOLES,
    needsLower: true,
    test: (subject) => loss(subject, LOSS_CRITICAL),
  }),
  rule({
    code: 'TRAFFIC_LOSS_WARNING',
    severity: 'warning',
    raiseAfter: millis(5000),
    clearAfter: millis(30_000),
    suppressedBy: [...HOLES, 'TRAFFIC_LOSS'],
    needsLower: true,
    test: (subject) => loss(subject, LOSS_WARNING),
  }),
  rule({
    code: 'TRAFFIC_MTU',
    severity: 'critical',
    clearAfter: millis(5000),
    suppressedBy: HOLES,
    needsLower: true,
    test: (subject) => mtu(subject, 'silent', 'no longer pass, although they did'),
  }),
  rule({
    code: 'TRAFFIC_MTU_UNPROVEN',
    severity: 'warning',
    raiseAfter: millis(10_000),
    suppressedBy: [...HOLES, 'TRAFFIC_MTU'],
    needsLower: true,
    test: (subject) => mtu(subject, 'never-answered', 'have never passed'),
  }),
  rule({
    code: 'TRAFFIC_UTILIZATION',
    severity: 'warning',
    raiseAfter: millis(30_000),
    clearAfter: millis(30_000),
    suppressedBy: OFF,
    test({ attachment: { name, circuit }, window, rates }) {
      const bought = circuit?.bandwidth
      if (bought === undefined) return null
      return utilized(window, rates, `${name} of the ${bought} Mb/s that are bought`)
    },
  }),
]

/** What is measured of all ports of a connection together. */
export interface TrunkTrafficSubject extends Traffic {
  readonly connection: ConnectionState
}

export const TRUNK_TRAFFIC_RULES: readonly Rule<TrunkTrafficSubject>[] = [
  rule({
    code: 'CONNECTION_UTILIZATION',
    severity: 'warning',
    raiseAfter: millis(30_000),
    clearAfter: millis(30_000),
    suppressedBy: ['CONNECTION_MISSING', 'CONNECTION_NO_CARRIER'],
    test({ connection: { name, circuit }, window, rates }) {
      const bought = circuit?.bandwidth
      if (bought === undefined) return null
      return utilized(window, rates, `${name} of the ${bought} Mb/s that are bought`)
    },
  }),
]

/** What is measured of the traffic of a port. */
export interface PortTrafficSubject extends Traffic {
  readonly port: PortState
}

export const PORT_TRAFFIC_RULES: readonly Rule<PortTrafficSubject>[] = [
  rule({
    code: 'PORT_UTILIZATION',
    severity: 'warning',
    raiseAfter: millis(30_000),
    clearAfter: millis(30_000),
    suppressedBy: [...PORT_OFF, 'PORT_NO_CARRIER'],
    test: ({ port: { name, speed }, window, rates }) =>
      utilized(window, rates, `${name} of its ${speed} Mb/s`),
  }),
]

/** One sentence for a link that is busy in one direction or both; null: it is not. */
function utilized(window: RateWindow | null, rates: LinkRates | null, of: string): string | null {
  const used = rates?.utilization
  if (window === null || used === undefined || used === null) return null
  const busy = (['in', 'out'] as const).filter((direction) => window.busy[direction])
  if (busy.length === 0) return null
  const figures = busy.map(
    (direction) => `${Math.round(used[direction])} % ${direction === 'in' ? 'received' : 'sent'}`,
  )
  return `Utilization of ${of}: ${figures.join(', ')}, and the limit is ${BUSY_FROM} %: move traffic to another path, or order more.`
}

/**
 * Targets that are judged. Those of a session that is down, and hosts while no session of the attachment is up, are
 * left to the finding of the session.
 */
function expected({ attachment, neighbors }: TrafficSubject): readonly ProbedTarget[] {
  const up = established(neighbors)
  return (attachment.probe?.targets ?? []).filter(({ target: { kind, address } }) =>
    kind === 'neighbor'
      ? up.some((neighbor) => neighbor.address === address)
      : up.length > 0 || neighbors.length === 0,
  )
}

function established(neighbors: readonly NeighborState[]): readonly NeighborState[] {
  return neighbors.filter(({ sessionState }) => sessionState === 'Established')
}

function silentTargets(subject: TrafficSubject): readonly ProbedTarget[] {
  return expected(subject).filter(({ state }) => state === 'silent')
}

/** Nothing that answered before does, or no host behind the neighbour does. */
function blackHole(subject: TrafficSubject): string | null {
  const silent = silentTargets(subject)
  const answering = expected(subject).filter(({ state }) => state === 'answers')
  const isHost = ({ target }: ProbedTarget) => target.kind === 'host'
  const hostsOnly = silent.some(isHost) && !answering.some(isHost)
  if (silent.length === 0 || (answering.length > 0 && !hostsOnly)) return null
  const { attachment, neighbors, window } = subject
  const moved = movedWithin(window, ONE_WAY_TIME)
  const received =
    moved === null
      ? ''
      : `; ${attachment.interface} sent ${moved.outPkts} packets and received ${moved.inPkts} within ${wholeSeconds(moved.time)}`
  const near = answering.length === 0 ? '' : `, and ${named(answering)} answers`
  return `No answer through ${attachment.name} from ${named(silent)} for ${silence(silent)}${sessionText(neighbors)}${near}${received}: traffic or its answers are lost on the way. Give the provider these addresses and the time, and drain the sessions where there is another path.`
}

function sessionText(neighbors: readonly NeighborState[]): string {
  const up = established(neighbors)
  const [first] = up
  if (first === undefined) return ''
  const bfd = up.every((neighbor) => neighbor.bfd?.sessionState === 'up') ? ' with BFD up' : ''
  return `, although BGP to ${first.address} is established${bfd}`
}

function loss(subject: TrafficSubject, limit: number): string | null {
  const answering = expected(subject).filter(({ state }) => state === 'answers')
  const bad = answering.filter(({ loss10, loss60 }) => {
    const isNow = loss10.lost > 0 && (limit < LOSS_CRITICAL || lossPercent(loss10) >= limit)
    return isNow && loss60.lost >= LOST_LEAST && lossPercent(loss60) >= limit
  })
  const worst = bad.toSorted((a, b) => lossPercent(b.loss60) - lossPercent(a.loss60))[0]
  if (worst === undefined) return null
  const { target, loss60 } = worst
  const more = bad.length > 1 ? ` and more than ${limit} % of those to ${bad.length - 1} more` : ''
  return `${loss60.lost} of ${loss60.sent} echo requests to ${target.address}${more} got no answer through ${subject.attachment.name} within a minute, and the limit is ${limit} %: look at the errors, the light and the utilization of the ports, then ask the provider.`
}

/** An answer is as large as its request, so that one proves the size in both directions, and none in neither. */
function mtu(subject: TrafficSubject, state: Measured['state'], how: string): string | null {
  const stuck = expected(subject).filter(
    (each) => each.state === 'answers' && each.fullSize?.state === state,
  )
  const [first] = stuck
  if (first === undefined) return null
  const { attachment } = subject
  return `Packets of ${first.target.fullSize} octets to ${named(stuck)} and back ${how}, and small ones do: a link on the way there or back has a smaller MTU than ${attachment.interface}. Compare the MTU with the provider, or set "mtu" of ${attachment.name} to what the provider carries.`
}

function named(targets: readonly ProbedTarget[]): string {
  const addresses = targets.map(({ target }) => target.address)
  const more = addresses.length - NAMED
  return more > 0
    ? `${addresses.slice(0, NAMED).join(', ')} and ${more} more`
    : addresses.join(', ')
}

/** How long the one has been silent that answered last. */
function silence(targets: readonly ProbedTarget[]): string {
  return wholeSeconds(millis(Math.min(...targets.map(({ silentFor }) => silentFor))))
}

function wholeSeconds(time: Millis): string {
  return `${Math.round(toSeconds(time))} s`
}
