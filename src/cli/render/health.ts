import type { Health, Judged } from './health-shape.js'
import { printable, span, table } from './table.js'

/** One line for each port, with its light. */
export function renderPorts(health: Health): string {
  const rows = Object.entries(health.ports).map(([name, port]) => [
    name,
    grade(port),
    port.present ? `${port.adminStatus}/${port.operStatus}`.toLowerCase() : 'missing',
    port.speed === undefined ? '' : rate(port.speed),
    optic(port.transceiver),
    power(port.transceiver.diagnostics?.outputPower),
    port.transceiver.diagnostics?.rxLos === true
      ? 'no light'
      : power(port.transceiver.diagnostics?.inputPower),
  ])
  return table(['port', 'health', 'admin/link', 'speed', 'optic', 'tx', 'rx'], rows)
}

/** One line for each module, with its identity and readings. */
export function renderOptics(health: Health): string {
  const rows = Object.entries(health.ports).map(([name, { transceiver }]) => {
    const { diagnostics } = transceiver
    return [
      name,
      optic(transceiver),
      text(transceiver.vendor),
      text(transceiver.vendorPart),
      text(transceiver.serialNo),
      unit(diagnostics?.temperature, '°C'),
      unit(diagnostics?.supplyVoltage, 'V'),
      unit(diagnostics?.laserBiasCurrent, 'mA'),
      power(diagnostics?.outputPower),
      diagnostics?.rxLos === true ? 'no light' : power(diagnostics?.inputPower),
    ]
  })
  const head = ['port', 'optic', 'vendor', 'part', 'serial', 'temp', 'voltage', 'bias', 'tx', 'rx']
  return table(head, rows)
}

/** One line for each connection, with its bundle. */
export function renderConnections(health: Health): string {
  const rows = Object.entries(health.connections).map(([name, connection]) => [
    name,
    grade(connection),
    text(connection.lifecycle),
    connection.interface,
    connection.ports.join(' '),
    lacp(connection.lacp),
  ])
  return table(['connection', 'health', 'state', 'interface', 'ports', 'lacp'], rows)
}

/** One line for each attachment. */
export function renderAttachments(health: Health): string {
  const rows = Object.entries(health.attachments).map(([name, attachment]) => [
    name,
    grade(attachment),
    text(attachment.lifecycle),
    attachment.connection,
    attachment.interface,
    attachment.vlanId === undefined ? 'untagged' : String(attachment.vlanId),
    attachment.mtu === undefined ? '' : String(attachment.mtu),
    attachment.bridge === undefined
      ? attachment.addresses.join(' ')
      : `bridge ${attachment.bridge}`,
  ])
  const head = [
    'attachment',
    'health',
    'state',
    'connection',
    'interface',
    'vlan',
    'mtu',
    'address',
  ]
  return table(head, rows)
}

/** One line for each BGP neighbour; `now` is the wall clock in ms. */
export function renderBgp(health: Health, now: number): string {
  const rows = Object.values(health.neighbors).map((neighbor) => [
    neighbor.neighborAddress + (neighbor.vrf === undefined ? '' : ` (${neighbor.vrf})`),
    grade(neighbor),
    String(neighbor.peerAs),
    neighbor.attachment,
    neighbor.sessionState.toLowerCase(),
    upFor(neighbor.lastEstablished, now),
    neighbor.bfd === undefined ? '' : neighbor.bfd.sessionState.toLowerCase(),
    Object.entries(neighbor.prefixes)
      .map(([family, { received, sent }]) => `${family} ${received}/${sent}`)
      .join(', '),
  ])
  const head = ['neighbor', 'health', 'as', 'attachment', 'session', 'up', 'bfd', 'prefixes in/out']
  return table(head, rows)
}

/** Every finding with its subject, worst subjects as they come. */
export function renderFindings(health: Health): string {
  const subjects: readonly (readonly [string, Judged])[] = [
    ['router', health.router],
    ...named('port', health.ports),
    ...named('connection', health.connections),
    ...named('attachment', health.attachments),
    ...named('neighbor', health.neighbors),
  ]
  return subjects
    .flatMap(([name, { findings }]) =>
      Object.entries(findings).map(
        ([code, { severity, message }]) =>
          `  ${severity.padEnd(8)}  ${name}: ${printable(message)} [${code}]`,
      ),
    )
    .join('\n')
}

function named(
  kind: string,
  subjects: Readonly<Record<string, Judged>>,
): readonly (readonly [string, Judged])[] {
  return Object.entries(subjects).map(([name, judged]) => [`${kind} ${name}`, judged] as const)
}

function grade(judged: Judged): string {
  return judged.severity ?? 'unknown'
}

function text(value: string | undefined): string {
  return printable(value ?? '')
}

/** A clock that was set back since gives nothing below zero. */
function upFor(since: string | undefined, now: number): string {
  const seconds = (now - Date.parse(since ?? '')) / 1000
  return Number.isNaN(seconds) ? '' : span(Math.max(0, seconds))
}

function rate(megabits: number): string {
  return megabits >= 1000 ? `${megabits / 1000}G` : `${megabits}M`
}

function optic(transceiver: Health['ports'][string]['transceiver']): string {
  if (!transceiver.present) return 'none'
  if (transceiver.unreadable !== undefined) return 'unreadable'
  return printable(transceiver.ethernetPmd ?? 'unknown')
}

function power(dbm: number | undefined): string {
  return dbm === undefined ? '' : `${dbm.toFixed(1)} dBm`
}

function unit(value: number | undefined, of: string): string {
  return value === undefined ? '' : `${value.toFixed(1)} ${of}`
}

function lacp(state: Health['connections'][string]['lacp']): string {
  if (state === undefined) return 'single port'
  const members = Object.values(state.members)
  const active = members.filter((member) => member.inAggregate).length
  return `${active} of ${members.length} in aggregate, partner ${state.partnerId}`
}
