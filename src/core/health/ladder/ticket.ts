import type { OpticalPower } from '../../model/optic.js'
import type { Circuit } from '../../model/link.js'
import type { NeighborState, PortState } from '../../model/state.js'
import { peerText } from '../session/terms.js'
import type { Look } from './ladder.js'
import { RUNGS, type Ladder, type Rung } from './terms.js'

/** The provider of a connection, as its profile has it. */
export interface TicketProvider {
  readonly name: string
  readonly product: string
  /** What its support asks for. */
  readonly support: readonly string[]
}

/** What a ticket is written from. Nothing of it is a secret: neither the look nor a profile holds one. */
export interface TicketTerms {
  readonly look: Look
  readonly ladder: Ladder
  /** null: the intent names no provider of the connection. */
  readonly provider: TicketProvider | null
}

/** The lines of a ticket for the provider's support; all times are UTC. */
export function ticketLines({ look, ladder, provider }: TicketTerms): readonly string[] {
  const { state } = look
  const neighbors = state.neighbors.filter((each) => each.attachment === ladder.attachment)
  return [
    ...addressed(provider, ladder.attachment),
    `Observed: ${state.at} on router ${state.router}`,
    `Fault: ${ladder.verdict}`,
    '',
    ...circuitSections(look, ladder.attachment),
    ...section('BGP', neighbors.map(neighborLine)),
    ...section('Tested', ladder.rungs.filter(({ state: is }) => is !== 'skipped').map(testLine)),
    ...section('Asked for by the support', provider?.support ?? []),
  ]
}

/** What the papers and the ports say; nothing where the look has no such attachment. */
function circuitSections({ state }: Look, name: string): readonly string[] {
  const attachment = state.attachments.find((each) => each.name === name)
  const connection = state.connections.find((each) => each.name === attachment?.connection)
  if (attachment === undefined || connection === undefined) return []
  const { vlanId, mtu, addresses } = attachment
  const ports = state.ports.filter((port) => connection.ports.includes(port.name))
  return [
    ...section('Identifiers', [
      ...circuitLines(`connection ${connection.name}`, connection.circuit),
      ...circuitLines(`attachment ${name}`, attachment.circuit),
      `VLAN ${vlanId ?? 'untagged'}, MTU ${mtu ?? 'unknown'}, addresses ${addresses.join(', ')}`,
    ]),
    ...section('Light and counters', ports.flatMap(portLines)),
  ]
}

function addressed(provider: TicketProvider | null, attachment: string): readonly string[] {
  const to = provider === null ? 'the provider' : `${provider.name}, ${provider.product}`
  return [`To: ${to}`, `Subject: attachment ${attachment}`]
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `- ${line}`), '']
}

function circuitLines(of: string, circuit: Circuit | undefined): readonly string[] {
  if (circuit === undefined) return []
  const ids = (circuit.ids ?? []).map(({ name, value }) => `${of}: ${name} ${value}`)
  const loa = Object.entries(circuit.loa ?? {}).map(([name, value]) => `${name} ${value}`)
  return loa.length === 0 ? ids : [...ids, `${of}, position on the LOA: ${loa.join(', ')}`]
}

function portLines({ name, optic, opticAt, ...port }: PortState): readonly string[] {
  const { counters, carrier, carrierTransitions } = port
  const { inOctets, outOctets, inErrors, outErrors } = counters
  return [
    ...moduleLines(name, optic, opticAt ?? 'an unknown time'),
    `${name}: link ${carrier ? 'up' : 'down'}, ${carrierTransitions} changes of the link since boot; octets in ${inOctets}, out ${outOctets}; errors in ${inErrors}, out ${outErrors}`,
  ]
}

function moduleLines(name: string, optic: PortState['optic'], at: string): readonly string[] {
  if (optic.state !== 'present') return [`${name}: no module that can be read`]
  const { vendor, vendorPart, serialNo } = optic.identity
  const { diagnostics } = optic
  const light =
    diagnostics === null
      ? 'does not measure its light'
      : `sends ${power(diagnostics.outputPower)}, receives ${power(diagnostics.inputPower)}, read at ${at}`
  return [`${name}: ${vendor} ${vendorPart}, serial ${serialNo}`, `${name}: ${light}`]
}

function power(light: OpticalPower | null): string {
  const dbm = light?.dbm ?? null
  return dbm === null ? 'no light' : `${dbm.toFixed(2)} dBm`
}

function neighborLine(neighbor: NeighborState): string {
  const { address, peerAs, localAs, sessionState, lastError, hasPassword, bfd } = neighbor
  const error = lastError === null ? '' : `; last error "${peerText(lastError)}"`
  const password = hasPassword ? 'with a password' : 'without a password'
  const watched = bfd === null ? 'no BFD' : `BFD ${bfd.sessionState}`
  return `${address}, AS ${peerAs ?? 'unknown'}, this side AS ${localAs}, ${password}, ${watched}: ${sessionState}${error}`
}

function testLine({ rung, place, state, text, at }: Rung): string {
  return `${RUNGS[rung].title} of ${place}: ${state}; ${text}${at === null ? '' : ` (${at})`}`
}
