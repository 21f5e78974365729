import { millis, toSeconds, type Millis } from '../../core/base/time.js'
import type { VerdictHealth } from '../../core/wire/health.js'
import type { HealthReading } from '../../core/wire/health-reading.js'
import { lifecycleLines, sinceText, stateText } from './lifecycle.js'
import { folded, printable, table } from './table.js'
import { ageText, localInstants, span } from './time.js'

type Subjects<Kind extends keyof HealthReading> = NonNullable<HealthReading[Kind]>
type Subject<Kind extends keyof HealthReading> = Subjects<Kind>[string & keyof Subjects<Kind>]
type Transceiver = Subject<'ports'>['transceiver']
type Judged = Pick<Subject<'ports'>, keyof VerdictHealth | 'observedAt'>

/** One line for each port, with its optical powers. */
export function renderPorts(health: HealthReading): string {
  const rows = Object.entries(health.ports ?? {}).map(([name, port]) => [
    name,
    grade(port, health),
    port.present === false ? 'missing' : `${lower(port.adminStatus)}/${lower(port.operStatus)}`,
    rate(port.speed),
    optic(port.transceiver),
    power(port.transceiver?.diagnostics?.outputPower),
    received(port.transceiver),
    decibels(port.light?.inputPower?.margin),
  ])
  const head = ['port', 'health', 'admin/link', 'speed', 'optic', 'tx', 'rx', 'rx margin']
  return table(head, rows)
}

/** One line for each connection, with its bundle. */
export function renderConnections(health: HealthReading): string {
  const rows = Object.entries(health.connections ?? {}).map(([name, connection]) => [
    name,
    grade(connection, health),
    stateText(connection),
    sinceText(connection),
    text(connection.interface),
    (connection.ports ?? []).map(printable).join(' '),
    lacp(connection.lacp),
  ])
  const head = ['connection', 'health', 'state', 'since', 'interface', 'ports', 'lacp']
  const more = [...lifecycleLines('connection', health), ...circuitLines(health.connections)]
  return [table(head, rows), ...more].join('\n')
}

/** One line for each attachment. */
export function renderAttachments(health: HealthReading): string {
  const rows = Object.entries(health.attachments ?? {}).map(([name, attachment]) => [
    name,
    grade(attachment, health),
    stateText(attachment),
    sinceText(attachment),
    text(attachment.connection),
    text(attachment.interface),
    tags(attachment),
    number(attachment.mtu),
    attachment.bridge === undefined
      ? (attachment.addresses ?? []).map(printable).join(' ')
      : `bridge ${printable(attachment.bridge)}`,
  ])
  const head = [
    'attachment',
    'health',
    'state',
    'since',
    'connection',
    'interface',
    'vlan',
    'mtu',
    'address',
  ]
  const more = [...lifecycleLines('attachment', health), ...circuitLines(health.attachments)]
  return [table(head, rows), ...more].join('\n')
}

type Circuit = NonNullable<Subject<'connections'>['circuit']>

/** One line below the table for each subject of which the intent has facts of the provider's papers. */
function circuitLines(
  subjects: Readonly<Record<string, { readonly circuit?: Circuit }>> = {},
): readonly string[] {
  return Object.entries(subjects).flatMap(([name, { circuit }]) =>
    circuit === undefined ? [] : folded(`${printable(name)}: ${circuitText(circuit).join(', ')}`),
  )
}

function circuitText({ ids, loa, bandwidth, redundancyGroup, notes }: Circuit): readonly string[] {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ...(ids ?? []).map(({ name, value }) => [text(name), value] as const),
    ['bandwidth', bandwidth === undefined ? undefined : `${bandwidth} Mb/s`],
    ...LOA.map((key) => [key, loa?.[key]] as const),
    ['redundancy group', redundancyGroup],
    ['notes', notes],
  ]
  return facts.flatMap(([label, value]) =>
    value === undefined ? [] : [`${label} ${printable(value)}`],
  )
}

const LOA = ['cabinet', 'cage', 'panel', 'port', 'pair', 'side', 'connector'] as const

/** The outer tag first. */
function tags({ vlanId, innerVlanId }: Subject<'attachments'>): string {
  if (vlanId === undefined) return 'untagged'
  return innerVlanId === undefined ? String(vlanId) : `${vlanId}.${innerVlanId}`
}

/** The hold time in force, in seconds; beside that of the intent where the far end offers less. */
function holdTimeText({ holdTime, negotiatedHoldTime }: Subject<'neighbors'>): string {
  const isLess = holdTime !== undefined && holdTime !== negotiatedHoldTime
  const intent = isLess ? ` (intent ${holdTime})` : ''
  return negotiatedHoldTime === undefined ? '' : `${negotiatedHoldTime} s${intent}`
}

/** One line for each BGP neighbour; `now` is the wall clock in milliseconds since 1970. */
export function renderBgp(health: HealthReading, now: Millis): string {
  const rows = Object.values(health.neighbors ?? {}).map((neighbor) => [
    text(neighbor.neighborAddress) +
      (neighbor.vrf === undefined ? '' : ` (${printable(neighbor.vrf)})`),
    grade(neighbor, health),
    number(neighbor.peerAs) || 'unknown',
    text(neighbor.attachment),
    lower(neighbor.sessionState),
    ageText(neighbor.lastEstablished, now),
    holdTimeText(neighbor),
    lower(neighbor.bfd?.sessionState),
    Object.entries(neighbor.prefixes ?? {})
      .map(
        ([family, { received: accepted, sent }]) =>
          `${printable(family)} ${accepted ?? '?'}/${sent ?? '?'}`,
      )
      .join(', '),
  ])
  const head = [
    'neighbor',
    'health',
    'as',
    'attachment',
    'session',
    'up',
    'hold',
    'bfd',
    'prefixes in/out',
  ]
  return table(head, rows)
}

/**
 * Every finding with its subject, one on each line; '' where there is none. Subjects that only wait for
 * the same cause share a line.
 */
export function renderFindings(health: HealthReading): string {
  const subjects: readonly (readonly [string, Judged])[] = [
    ['router', health.router ?? {}],
    ...named('port', health.ports),
    ...named('connection', health.connections),
    ...named('attachment', health.attachments),
    ...named('neighbor', health.neighbors),
  ]
  const blocked = new Map<string, string[]>()
  const lines = subjects.flatMap(([name, { findings }]) =>
    Object.entries(findings ?? {}).flatMap(([code, { severity, message }]) => {
      if (code !== 'BLOCKED') return [findingLine(severity, `${name}: ${text(message)}`, code)]
      const cause = text(message).split(': ')[0] ?? ''
      blocked.set(cause, [...(blocked.get(cause) ?? []), name])
      return []
    }),
  )
  return [...lines, ...[...blocked].map(([cause, names]) => blockedLine(cause, names))].join('\n')
}

function findingLine(severity: string | undefined, message: string, code: string): string {
  const head = `  ${text(severity).slice(0, SEVERITY).padEnd(SEVERITY)}  `
  return folded(localInstants(`${message} [${printable(code)}]`), head, head.length).join('\n')
}

/** Characters of the longest severity. */
const SEVERITY = 8

/** Subjects that one line names. */
const NAMED = 5

function blockedLine(cause: string, names: readonly string[]): string {
  const rest = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
  const waiting = `${names.slice(0, NAMED).join(', ')}${rest}`
  return findingLine('unknown', `${waiting}: blocked by ${cause}, see above`, 'BLOCKED')
}

function named(
  kind: string,
  subjects: Readonly<Record<string, Judged>> | undefined,
): readonly (readonly [string, Judged])[] {
  return Object.entries(subjects ?? {}).map(
    ([name, judged]) => [`${kind} ${printable(name)}`, judged] as const,
  )
}

/** The severity; for a part that was not read at the newest look, with its age. */
export function grade({ severity, observedAt }: Judged, { router }: HealthReading): string {
  const word = printable(severity ?? 'unknown')
  const age = Date.parse(router?.observedAt ?? '') - Date.parse(observedAt ?? '')
  return Number.isNaN(age) ? word : `${word}, ${span(toSeconds(millis(Math.max(0, age))))} old`
}

function text(value: string | undefined): string {
  return printable(value ?? '')
}

function lower(value: string | undefined): string {
  return text(value).toLowerCase()
}

function number(value: number | undefined): string {
  return value === undefined ? '' : String(value)
}

/** Mb/s as `10G` or `100M`. */
function rate(megabits: number | undefined): string {
  if (megabits === undefined) return ''
  return megabits >= 1000 ? `${megabits / 1000}G` : `${megabits}M`
}

/** The PMD of the module, or why there is none. */
export function optic(transceiver: Transceiver): string {
  if (transceiver?.present !== true) return 'none'
  if (transceiver.unreadable !== undefined) return 'unreadable'
  return printable(transceiver.ethernetPmd ?? 'unknown')
}

/** Optical power; '' where none was measured. */
export function power(dbm: number | undefined): string {
  return figure(dbm, 'dBm')
}

/** Decibels; '' where they are not known. */
export function decibels(value: number | undefined): string {
  return figure(value, 'dB')
}

/** Received power, or that there is no light. */
export function received(transceiver: Transceiver): string {
  const diagnostics = transceiver?.diagnostics
  return diagnostics?.rxLos === true ? 'no light' : power(diagnostics?.inputPower)
}

/** A figure with its unit; '' where it was not measured. */
export function figure(value: number | undefined, unit: string): string {
  return value === undefined ? '' : `${value.toFixed(1)} ${unit}`
}

function lacp(bundle: Subject<'connections'>['lacp']): string {
  if (bundle === undefined) return 'single port'
  const members = Object.values(bundle.members ?? {})
  const active = members.filter((member) => member.inAggregate === true).length
  return `${active} of ${members.length} in aggregate, partner ${text(bundle.partnerId)}`
}
