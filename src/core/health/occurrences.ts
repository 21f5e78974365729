import type { HealthEvent } from '../model/health.js'
import type { OpticReading } from '../model/optic.js'
import type { ConnectionState, NeighborState, PortState } from '../model/state.js'
import type { Findings } from './findings.js'
import type { ErrorCount, Seen } from './rules/history.js'
import { peerText } from './rules/neighbor.js'
import { isStopped, type Subject } from './subjects.js'

/** Something that came and went, or changed, between two looks; no rule could see it. */
export type Occurrence = Pick<HealthEvent, 'code' | 'severity' | 'message'>

export interface Noticed {
  readonly occurrences: readonly Occurrence[]
  readonly seen: Seen
}

const UNSEEN: Seen = {
  transitions: 0,
  established: false,
  identity: null,
  adminDown: false,
  drained: false,
  errors: null,
}

/** Compares with what was seen last; the first look has nothing to compare with. */
export function notice(subject: Subject, findings: Findings, before: Seen | undefined): Noticed {
  const phase = phaseOf(subject, findings)
  switch (subject.kind) {
    case 'port':
      return noticePort(subject.state, { phase, errors: subject.errors }, before)
    case 'connection':
      return noticeConnection(subject.state, before)
    case 'neighbor':
      return noticeNeighbor(subject.state, phase, before)
    case 'router':
    case 'attachment':
      return { occurrences: [], seen: UNSEEN }
  }
}

/**
 * `told`: findings tell the story, so its transitions are no news; `waiting`: down, but not for long
 * enough to be told; `calm`: up, and any transition since the last look was missed by the rules.
 */
type Phase = 'told' | 'waiting' | 'calm'

function phaseOf(subject: Subject, findings: Findings): Phase {
  const stopped = isStopped(subject)
  const stopping = new Set(
    subject.judgements.filter(({ rule }) => rule.stops).map(({ rule }) => rule.code),
  )
  if (stopped) return findings.shown.length > 0 ? 'told' : 'waiting'
  const tells = [...findings.shown, ...findings.cleared].some(({ code }) => stopping.has(code))
  return tells ? 'told' : 'calm'
}

function noticePort(
  port: PortState,
  now: { readonly phase: Phase; readonly errors: ErrorCount },
  before: Seen | undefined,
): Noticed {
  const identity = moduleName(port.optic) ?? before?.identity ?? null
  const waits = now.phase === 'waiting' && before !== undefined
  const transitions = waits ? before.transitions : port.carrierTransitions
  const seen = { ...UNSEEN, transitions, identity, errors: now.errors }
  if (before === undefined) return { occurrences: [], seen }
  const flaps = Math.floor((port.carrierTransitions - before.transitions) / 2)
  const occurrences = [
    ...(now.phase === 'calm' && flaps > 0 ? [carrierFlapped(port, flaps)] : []),
    ...moduleChanged(port.name, before.identity, identity),
  ]
  return { occurrences, seen }
}

function carrierFlapped(port: PortState, flaps: number): Occurrence {
  const message = `${port.name} lost its link ${times(flaps)} and found it again.`
  return { code: 'CARRIER_FLAPPED', severity: 'warning', message }
}

/** '' for an empty cage, null when nobody can say. */
function moduleName(optic: OpticReading): string | null {
  if (optic.state === 'unreadable') return null
  if (optic.state === 'absent') return ''
  return `${optic.identity.vendor} ${optic.identity.vendorPart} ${optic.identity.serialNo}`
}

function moduleChanged(port: string, from: string | null, to: string | null): Occurrence[] {
  if (from === null || to === null || from === to) return []
  const message =
    to === ''
      ? `The module ${from} left ${port}.`
      : from === ''
        ? `The module ${to} was plugged into ${port}.`
        : `The module in ${port} was changed from ${from} to ${to}.`
  return [{ code: 'OPTIC_CHANGED', severity: 'ok', message }]
}

function noticeConnection(connection: ConnectionState, before: Seen | undefined): Noticed {
  const was = before?.identity ?? null
  const partner = partnerOf(connection) ?? was
  const occurrences =
    was === null || partner === null || was === partner
      ? []
      : [partnerChanged(connection, was, partner)]
  return { occurrences, seen: { ...UNSEEN, identity: partner } }
}

/** null while no partner was heard. */
function partnerOf({ lacp }: ConnectionState): string | null {
  return lacp === null || /^[0:]*$/.test(lacp.partnerId) ? null : lacp.partnerId
}

function partnerChanged(connection: ConnectionState, from: string, to: string): Occurrence {
  const message = `The LACP partner of ${connection.name} changed from ${from} to ${to}.`
  return { code: 'LACP_PARTNER_CHANGED', severity: 'warning', message }
}

function noticeNeighbor(neighbor: NeighborState, phase: Phase, before: Seen | undefined): Noticed {
  // FRR that does not show it, or is silent, says nothing of what was.
  if (neighbor.sessionState === 'missing' && before !== undefined) {
    return { occurrences: [], seen: before }
  }
  const waits = phase === 'waiting' && before !== undefined
  const established = waits ? before.established : neighbor.sessionState === 'Established'
  const transitions = waits ? before.transitions : neighbor.establishedTransitions
  const { adminDown, drained } = neighbor
  const seen = { ...UNSEEN, transitions, established, adminDown, drained }
  if (before === undefined) return { occurrences: [], seen }
  const sessions = neighbor.establishedTransitions - before.transitions
  const flaps = sessions - (before.established ? 0 : 1)
  const occurrences = [
    ...(phase === 'calm' && flaps > 0 ? [sessionFlapped(neighbor, flaps)] : []),
    ...switched('ADMIN_DOWN', neighbor, before.adminDown, adminDown),
    ...switched('DRAINED', neighbor, before.drained, drained),
  ]
  return { occurrences, seen }
}

function sessionFlapped(neighbor: NeighborState, flaps: number): Occurrence {
  const why =
    neighbor.lastError === null ? '' : `; the last error was "${peerText(neighbor.lastError)}"`
  const message = `BGP to ${neighbor.address} was lost ${times(flaps)} and is established again${why}.`
  return { code: 'SESSION_FLAPPED', severity: 'warning', message }
}

const SWITCHES = {
  ADMIN_DOWN: ['was shut down by the intent', 'is no longer shut down'],
  DRAINED: ['is being drained', 'is no longer drained'],
} as const

function switched(
  what: keyof typeof SWITCHES,
  neighbor: NeighborState,
  was: boolean,
  is: boolean,
): Occurrence[] {
  if (was === is) return []
  const [on, off] = SWITCHES[what]
  const code = is ? `NEIGHBOR_${what}` : `NEIGHBOR_${what}_ENDED`
  return [{ code, severity: 'ok', message: `BGP to ${neighbor.address} ${is ? on : off}.` }]
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
