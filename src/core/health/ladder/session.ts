import { instantOf, instantText, toMillis } from '../../base/time.js'
import type { NeighborState } from '../../model/state.js'
import { isDown } from '../session/cause.js'
import { drainingText } from '../rules/neighbor.js'
import { CAUSES, type SessionCause } from '../session/terms.js'
import type { Subject } from '../subjects.js'
import { anyOf, judgedRung, skipped } from './evidence.js'
import type { HostMeasurements, LadderSide, Rung, RungName } from './terms.js'

export type NeighborSubject = Extract<Subject, { readonly kind: 'neighbor' }>

/** One neighbour as the look shows it, and what was measured of it. */
export interface NeighborView {
  readonly subject: NeighborSubject
  readonly measured: HostMeasurements
  readonly at: string
}

export const NOT_MEASURED: HostMeasurements = {
  mac: null,
  tcp: null,
  draining: null,
  echo: null,
  fullSize: null,
}

/** From the link-layer address of one neighbour to the routes both ways. */
export function sessionRungs(view: NeighborView): readonly Rung[] {
  const { subject } = view
  if (subject.state.wantShutdown) {
    const text = 'the intent shuts the session down'
    const off = (['tcp', 'open', 'established', 'routes-in', 'routes-out'] as const).map((rung) =>
      skipped({ rung, place: placeOf(view) }, text),
    )
    return [macRung(view), ...off]
  }
  return [
    macRung(view),
    tcpRung(view),
    openRung(view),
    establishedRung(view),
    routesRung(view, 'routes-in'),
    routesRung(view, 'routes-out'),
  ]
}

export function placeOf({ subject }: Pick<NeighborView, 'subject'>): string {
  return `neighbor ${subject.state.address}`
}

/** The session is up. While bgpd does not answer, nobody knows. */
export function isUp({ subject }: Pick<NeighborView, 'subject'>): boolean {
  return !subject.isStale && subject.state.sessionState === 'Established'
}

function rungOf(view: NeighborView, rung: RungName) {
  return { rung, place: placeOf(view), side: null, at: view.at }
}

function macRung(view: NeighborView): Rung {
  const { address } = view.subject.state
  const answer = answerOf(view)
  const base = { ...rungOf(view, 'neighbor-mac'), at: view.measured.mac?.at ?? view.at }
  const asked = address.includes(':') ? 'neighbor solicitations' : 'ARP requests'
  if (answer === 'answers') return { ...base, state: 'ok', text: `${address} answers ${asked}` }
  if (answer === 'silent') {
    const text = `${address} does not answer ${asked}: compare the VLAN and both addresses with the provider's papers, and ask the far end whether ${address} is there.`
    return { ...base, state: 'failed', side: worked(view) ? 'PEER' : 'UNKNOWN', text }
  }
  return isUp(view)
    ? { ...base, state: 'ok', text: 'the session runs over it' }
    : { ...base, state: 'unknown', text: 'not asked' }
}

/** Whether the neighbour answers at layer 2, as it was asked now or as the look shows; null: nothing shows it. */
function answerOf({ subject, measured: { mac } }: NeighborView): 'answers' | 'silent' | null {
  if (mac !== null) return mac.value
  return subject.state.path?.isUnresolved === true ? 'silent' : null
}

/** A session with it was up before, so that the settings of both ends once agreed. */
export function worked({ subject }: Pick<NeighborView, 'subject'>): boolean {
  return (subject.state.establishedTransitions ?? 0) > 0
}

function tcpRung(view: NeighborView): Rung {
  const base = rungOf(view, 'tcp')
  const { cause, state } = view.subject
  if (isUp(view)) return { ...base, state: 'ok', text: 'the session runs over it' }
  if (cause !== null && CAUSES[cause.code].rung === 'TCP') {
    return withEcho(causeRung(base, cause), view)
  }
  const measured = dialled(view)
  if (measured !== null) return withEcho(measured, view)
  return cause !== null && isPastTcp(cause)
    ? { ...base, state: 'ok', text: `${state.address} has taken a connection` }
    : { ...base, state: 'unknown', text: 'no connection has been seen' }
}

/** A neighbour that answers ping and not TCP is there: something about TCP or BGP is wrong. */
function withEcho(rung: Rung, { measured: { echo } }: NeighborView): Rung {
  if (rung.state !== 'failed' || echo === null) return rung
  const ping = `It answers ${echo.received} of ${echo.sent} pings.`
  return { ...rung, text: `${rung.text} ${ping}` }
}

function dialled({ subject, measured, ...view }: NeighborView): Rung | null {
  const { tcp } = measured
  if (tcp === null) return null
  const { address } = subject.state
  const base = { ...rungOf({ subject, measured, ...view }, 'tcp'), at: tcp.at }
  if (tcp.value === 'open') return { ...base, state: 'ok', text: `${address} takes connections` }
  if (tcp.value === 'refused') {
    const text = `${address} refuses TCP port 179: ask the far end whether its BGP runs.`
    return { ...base, state: 'failed', side: 'PEER', text }
  }
  const text = `${address} does not answer on TCP port 179: check whether the far end has this router as a neighbor, and whether a filter on the way drops TCP port 179.`
  return { ...base, state: 'failed', side: 'UNKNOWN', text }
}

/** Both ends have exchanged messages of BGP. BFD ends a session also where nothing was exchanged since. */
function isPastTcp({ code }: SessionCause): boolean {
  const { rung } = CAUSES[code]
  return (rung === 'OPEN' || rung === 'SESSION') && code !== 'BFD_DOWN'
}

function openRung(view: NeighborView): Rung {
  const base = rungOf(view, 'open')
  const { subject, at } = view
  const { cause, state } = subject
  if (isUp(view)) {
    const { place } = base
    const about = anyOf(['FAMILY_NOT_NEGOTIATED'])
    return judgedRung({
      ...{ rung: 'open', place, subject, about, holds: true, at, figures: openText(state) },
    })
  }
  if (cause !== null && CAUSES[cause.code].rung === 'OPEN') return causeRung(base, cause)
  return cause !== null && isPastTcp(cause)
    ? { ...base, state: 'ok', text: 'a session was up before' }
    : { ...base, state: 'unknown', text: 'no OPEN has been seen' }
}

/** What both ends agreed on, and where that is less than what this router offered. */
function openText({ localAs, peerAs, wantHoldTime, negotiated }: NeighborState): string {
  const both = `AS ${localAs} and AS ${peerAs ?? 'unknown'}`
  if (negotiated === null) return both
  const { holdTime, lackingCapabilities } = negotiated
  const offered =
    holdTime === toMillis(wantHoldTime) ? '' : `, and the intent has ${wantHoldTime} s`
  const hold = holdTime === null ? '' : `, hold time ${holdTime / 1000} s${offered}`
  const lacks =
    lackingCapabilities.length === 0
      ? ''
      : `, the far end does not offer ${lackingCapabilities.join(' and ')}`
  return `${both}${hold}${lacks}`
}

const HOLDS = anyOf([
  ...['NEIGHBOR_MISSING', 'NEIGHBOR_HELD_DOWN', 'NEIGHBOR_BFD_DOWN', 'PREFIX_LIMIT_EXCEEDED'],
  ...['PREFIX_LIMIT_NEAR', 'NEIGHBOR_NOT_SHUT_DOWN'],
])

function establishedRung(view: NeighborView): Rung {
  const { subject, at } = view
  const { cause, state } = subject
  const { place } = rungOf(view, 'established')
  const judged = judgedRung({
    ...{ rung: 'established', place, subject, about: HOLDS, holds: isUp(view), at },
    figures: upText(view),
  })
  if (judged.state !== 'ok' || isUp(view) || cause === null) return judged
  if (!isDown(state)) return judged
  return withSize(causeRung(rungOf(view, 'established'), cause), view)
}

/** A session that dies for want of messages, while large packets do not pass: the MTU is the cause. */
function withSize(rung: Rung, { subject: { cause }, measured: { fullSize } }: NeighborView): Rung {
  const isTimer = cause?.code === 'HOLD_TIMER_HERE' || cause?.code === 'HOLD_TIMER_THERE'
  if (!isTimer || fullSize === null || fullSize.passes) return rung
  const most = fullSize.largest === null ? '' : `, and ${fullSize.largest} octets do`
  const text = `${rung.text} Packets of ${fullSize.size} octets do not pass unfragmented${most}: ask the far end for its MTU.`
  return { ...rung, text }
}

function upText({ subject: { state } }: NeighborView): string {
  const { lastEstablished, bfd } = state
  const since = lastEstablished === null ? '' : ` since ${instantText(lastEstablished)}`
  const watched = bfd === null ? '' : `, BFD ${bfd.sessionState}`
  return `established${since}${watched}`
}

/** Sides of a session's causes, in the words of the ladder. */
const CAUSE_SIDES = {
  ROUTER: 'ROUTER',
  PEER: 'PEER',
  PATH: 'PATH',
  UNKNOWN: 'UNKNOWN',
} as const satisfies Record<string, LadderSide>

function causeRung(base: ReturnType<typeof rungOf>, cause: SessionCause): Rung {
  const side = CAUSE_SIDES[CAUSES[cause.code].side]
  const { what, remedy } = cause
  const text = `${what.slice(0, 1).toUpperCase()}${what.slice(1)}: ${remedy}.`
  return { ...base, state: 'failed', side, text }
}

const ROUTES_IN = anyOf(['NO_ROUTES_RECEIVED', 'ROUTES_ALL_REFUSED', 'ROUTES_COLLAPSED'])
const ROUTES_OUT = anyOf(['NO_ROUTES_ANNOUNCED', 'EXPORT_LIMIT_REACHED', 'EXPORT_LIMIT_NEAR'])
/** Codes that say that no routes at all flow; the others are about some of them. */
const NONE = ['NO_ROUTES_RECEIVED', 'ROUTES_ALL_REFUSED', 'NO_ROUTES_ANNOUNCED']
/** How long routes may take after the session came up, in seconds. */
const SETTLES = 60

function routesRung(view: NeighborView, rung: 'routes-in' | 'routes-out'): Rung {
  const { subject, at } = view
  if (!isUp(view)) return { ...rungOf(view, rung), state: 'unknown', text: 'the session is not up' }
  const [about, direction] =
    rung === 'routes-in' ? [ROUTES_IN, 'received' as const] : [ROUTES_OUT, 'sent' as const]
  const hasNone = subject.results.some(
    ({ rule: { code }, message }) => message !== null && NONE.includes(code) && about(code),
  )
  const judged = judgedRung({
    ...{ rung, place: placeOf(view), subject, about, holds: !hasNone, at },
    figures: counts(view, direction),
  })
  if (judged.state === 'failed' && isYoung(view)) return { ...judged, state: 'unknown', side: null }
  return rung === 'routes-in' && judged.state === 'ok' ? drained(judged, view) : judged
}

function drained(rung: Rung, { subject, measured: { draining } }: NeighborView): Rung {
  if (draining === null || draining.value === 0) return rung
  const text = `${drainingText(subject.state.address, draining.value, rung.text)}.`
  return { ...rung, state: 'warning', side: 'PEER', text, at: draining.at }
}

function isYoung({ subject: { state }, at }: NeighborView): boolean {
  const { lastEstablished } = state
  const now = instantOf(at)
  return lastEstablished !== null && now !== undefined && now / 1000 - lastEstablished < SETTLES
}

function counts({ subject: { state } }: NeighborView, direction: 'received' | 'sent'): string {
  const each = state.families.map((family) => `${family[direction] ?? 'unknown'} ${family.family}`)
  return each.length === 0 ? 'no address family' : each.join(', ')
}
