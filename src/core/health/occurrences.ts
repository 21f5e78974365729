import type { HealthEvent } from '../model/health.js'
import type { OpticReading } from '../model/optic.js'
import type { ConnectionState, NeighborState, PortState } from '../model/state.js'
import { newNeighbors } from '../cable/lldp.js'
import type { Findings } from './findings.js'
import type { Observed } from './rules/history.js'
import { peerText } from './session/terms.js'
import { isStopped, type Subject } from './subjects.js'

/** Something that changed, or came and went, between two assessments, so that no rule could find it. */
export type Occurrence = Pick<HealthEvent, 'code' | 'severity' | 'message'>

export interface Occurrences {
  readonly occurrences: readonly Occurrence[]
  /** For the next assessment. */
  readonly observed: Observed
}

const NOTHING_OBSERVED: Observed = {
  transitions: 0,
  established: false,
  lost: false,
  identity: null,
  adminDown: false,
  drained: false,
  errors: null,
  drops: null,
  rates: null,
  usual: null,
  trace: null,
  cable: null,
}

/** Compares with what was observed last; the first assessment has nothing to compare with. */
export function occurrencesOf(
  subject: Subject,
  findings: Findings,
  before: Observed | undefined,
): Occurrences {
  const outage = outageOf(subject, findings)
  switch (subject.kind) {
    case 'port':
      return portOccurrences(subject, outage, before)
    case 'connection':
      return connectionOccurrences(subject, before)
    case 'neighbor': {
      const { state, blockedBy } = subject
      const seen = { outage, isBlocked: blockedBy !== null }
      const { occurrences, observed } = neighborOccurrences(state, seen, before)
      return { occurrences, observed: { ...observed, usual: subject.usual, trace: subject.trace } }
    }
    case 'attachment':
      return {
        occurrences: [],
        observed: { ...NOTHING_OBSERVED, drops: subject.drops, rates: subject.window },
      }
    case 'router':
      return { occurrences: [], observed: NOTHING_OBSERVED }
  }
}

/**
 * `shown`: a finding shows that the subject is or was down, so its transitions need no event;
 * `held`: the subject is down, but not long enough for a finding; `none`: the subject is up, and
 * transitions since the last assessment went by unseen.
 */
type Outage = 'shown' | 'held' | 'none'

function outageOf(subject: Subject, findings: Findings): Outage {
  if (isStopped(subject)) return findings.shown.length > 0 ? 'shown' : 'held'
  const stopping = new Set(
    subject.results.filter(({ rule }) => rule.stops).map(({ rule }) => rule.code),
  )
  const isShown = [...findings.shown, ...findings.cleared].some(({ code }) => stopping.has(code))
  return isShown ? 'shown' : 'none'
}

function portOccurrences(
  { state: port, errors, window: rates }: Extract<Subject, { readonly kind: 'port' }>,
  outage: Outage,
  before: Observed | undefined,
): Occurrences {
  const identity = moduleName(port.optic) ?? before?.identity ?? null
  const isHeld = outage === 'held' && before !== undefined
  const transitions = isHeld ? before.transitions : port.carrierTransitions
  const cable = cableOf(port, before)
  const observed = {
    ...{ ...NOTHING_OBSERVED, transitions, identity, errors, rates },
    cable: cable.known,
  }
  if (before === undefined) return { occurrences: [], observed }
  const flaps = Math.floor((port.carrierTransitions - before.transitions) / 2)
  const occurrences = [
    ...(outage === 'none' && flaps > 0 ? [carrierFlapped(port, flaps)] : []),
    ...moduleChanged(port.name, before.identity, identity),
    ...cable.occurrences,
  ]
  return { occurrences, observed }
}

function carrierFlapped(port: PortState, flaps: number): Occurrence {
  const message = `${port.name} lost its link ${times(flaps)} and has it again.`
  return { code: 'CARRIER_FLAPPED', severity: 'warning', message }
}

/** '' for an empty cage, null where the cage cannot be read. */
function moduleName(optic: OpticReading): string | null {
  if (optic.state === 'absent') return ''
  if (optic.state !== 'present') return null
  return `${optic.identity.vendor} ${optic.identity.vendorPart} ${optic.identity.serialNo}`
}

function moduleChanged(port: string, from: string | null, to: string | null): Occurrence[] {
  if (from === null || to === null || from === to) return []
  return [{ code: 'OPTIC_CHANGED', severity: 'ok', message: moduleChange(port, from, to) }]
}

function moduleChange(port: string, from: string, to: string): string {
  if (to === '') return `The module ${from} was removed from ${port}.`
  if (from === '') return `The module ${to} was plugged into ${port}.`
  return `The module in ${port} was changed from ${from} to ${to}.`
}

/** A port with another far end. Where the intent expects one, the finding LLDP_OTHER_NEIGHBOR says it. */
function cableOf(port: PortState, before: Observed | undefined) {
  const from = before?.cable ?? null
  const { added, known } = newNeighbors(from, port)
  if (port.expectedLldp !== undefined || from === null || added.length === 0) {
    return { known, occurrences: [] }
  }
  const [was, is] = [from, added].map((ends) => ends.map(peerText).join(' and to '))
  const message = `${port.name} is connected to ${is} now; it was connected to ${was}.`
  return {
    known,
    occurrences: [{ code: 'LLDP_NEIGHBOR_CHANGED', severity: 'warning', message }] as const,
  }
}

function connectionOccurrences(
  { state: connection, window: rates }: Extract<Subject, { readonly kind: 'connection' }>,
  before: Observed | undefined,
): Occurrences {
  const last = before?.identity ?? null
  const partner = partnerOf(connection) ?? last
  const occurrences =
    last === null || partner === null || last === partner
      ? []
      : [partnerChanged(connection, last, partner)]
  return { occurrences, observed: { ...NOTHING_OBSERVED, identity: partner, rates } }
}

/** null while no partner has answered. */
function partnerOf({ lacp }: ConnectionState): string | null {
  return lacp === null || /^[0:]*$/.test(lacp.partnerId) ? null : lacp.partnerId
}

function partnerChanged(connection: ConnectionState, from: string, to: string): Occurrence {
  const message = `The LACP partner of ${connection.name} changed from ${from} to ${to}.`
  return { code: 'LACP_PARTNER_CHANGED', severity: 'warning', message }
}

function neighborOccurrences(
  neighbor: NeighborState,
  { outage, isBlocked }: { readonly outage: Outage; readonly isBlocked: boolean },
  before: Observed | undefined,
): Occurrences {
  // While FRR does not show the neighbour, nothing is known about what happened to it.
  if (neighbor.sessionState === 'missing' && before !== undefined) {
    return { occurrences: [], observed: before }
  }
  const isHeld = outage === 'held' && before !== undefined
  const established = isHeld ? before.established : neighbor.sessionState === 'Established'
  const counted = sessionsOf(neighbor, before)
  const transitions = isHeld ? before.transitions : counted
  const { drained } = neighbor
  const adminDown = isShutByIntent(neighbor)
  const lost = isLost(neighbor, { isBlocked, before })
  const observed = { ...NOTHING_OBSERVED, transitions, established, lost, adminDown, drained }
  if (before === undefined) return { occurrences: [], observed }
  return {
    occurrences: neighborChanges(neighbor, before, { ...observed, outage, counted }),
    observed,
  }
}

function neighborChanges(
  neighbor: NeighborState,
  before: Observed,
  now: Observed & { readonly outage: Outage; readonly counted: number },
): readonly Occurrence[] {
  const { outage, counted, lost, adminDown, drained } = now
  const sessions = counted - before.transitions
  const flaps = sessions - (before.established ? 0 : 1)
  return [
    ...(lost && !before.lost ? [sessionLost(neighbor)] : []),
    ...(outage === 'none' && flaps > 0 ? [sessionFlapped(neighbor, flaps)] : []),
    ...switched('ADMIN_DOWN', neighbor, before.adminDown, adminDown),
    ...switched('DRAINED', neighbor, before.drained, drained),
  ]
}

/** The session was established, is not, and nothing below it or in the intent explains that. */
function isLost(
  { sessionState, wantShutdown, adminDown }: NeighborState,
  { isBlocked, before }: { readonly isBlocked: boolean; readonly before: Observed | undefined },
): boolean {
  if (before === undefined || sessionState === 'Established') return false
  return before.lost || (before.established && !isBlocked && !wantShutdown && !adminDown)
}

function sessionLost({ address, lastError, reset }: NeighborState): Occurrence {
  const reason = lastError === null ? '' : `; FRR says "${peerText(lastError)}"`
  const written = reset?.notification?.direction === 'received' ? reset.message : null
  const text = written === null ? '' : `, and ${address} writes "${peerText(written)}"`
  const message = `BGP to ${address} was established and is not any more${reason}${text}.`
  return { code: 'SESSION_LOST', severity: 'warning', message }
}

/** Sessions that FRR has counted; what it does not say stays as it was. */
function sessionsOf(
  { establishedTransitions }: NeighborState,
  before: Observed | undefined,
): number {
  return establishedTransitions ?? before?.transitions ?? 0
}

/** The intent shuts the session down, and FRR does. */
function isShutByIntent({ adminDown, wantShutdown }: NeighborState): boolean {
  return adminDown && wantShutdown
}

function sessionFlapped({ address, lastError }: NeighborState, flaps: number): Occurrence {
  const reason = lastError === null ? '' : `; the last error was "${peerText(lastError)}"`
  const message = `BGP to ${address} was lost ${times(flaps)} and is established again${reason}.`
  return { code: 'SESSION_FLAPPED', severity: 'warning', message }
}

const SWITCHES = {
  ADMIN_DOWN: ['was shut down by the intent', 'is no longer shut down'],
  DRAINED: ['is being drained', 'is no longer drained'],
} as const

function switched(
  setting: keyof typeof SWITCHES,
  { address }: NeighborState,
  before: boolean,
  now: boolean,
): Occurrence[] {
  if (before === now) return []
  const [on, off] = SWITCHES[setting]
  const code = now ? `NEIGHBOR_${setting}` : `NEIGHBOR_${setting}_ENDED`
  return [{ code, severity: 'ok', message: `BGP to ${address} ${now ? on : off}.` }]
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
