import type { Millis } from '../../../core/base/time.js'
import type { HealthReading } from '../../../core/wire/health-reading.js'
import { decibels, grade, optic, power, received } from '../health.js'
import { folded, labelled, printable, table } from '../table.js'
import { ageText, localTime } from '../time.js'
import { endText, lightLines } from './light.js'
import { flagLines, lanes, readingLines, thresholdLines } from './module.js'

type Port = NonNullable<HealthReading['ports']>[string]
type Side = NonNullable<NonNullable<Port['light']>['inputPower']>
type Line = readonly [label: string, value: string]

/**
 * One block for each port, with the lines of Junos' `show interfaces diagnostics optics`; above the blocks, where there
 * are several, one line for each port. `now` is the wall clock in milliseconds since 1970.
 */
export function renderOptics(health: HealthReading, now: Millis): string {
  const ports = Object.entries(health.ports ?? {})
  const blocks = ports.map(([name, port]) => block(name, port, { health, now }))
  return [...(ports.length === 1 ? [] : [summary(health, now)]), ...blocks].join('\n\n')
}

/** What is asked first: which port has least light left. */
function summary(health: HealthReading, now: Millis): string {
  const rows = Object.entries(health.ports ?? {}).map(([name, port]) => [
    ...[name, grade(port, health)],
    ...[received(port.transceiver), ...sideCells(port.light?.inputPower)],
    ...[power(port.transceiver?.diagnostics?.outputPower), ...sideCells(port.light?.outputPower)],
    firstEnd(port.light),
    port.transceiver?.present === true ? ageText(port.transceiver.observedAt, now) : '',
  ])
  const side = (name: string) => [name, `${name} margin`, `${name} loss`]
  return table(['port', 'health', ...side('rx'), ...side('tx'), 'margin ends', 'age'], rows)
}

function sideCells(side: Side | undefined): readonly string[] {
  return [decibels(side?.margin), decibels(side?.loss)]
}

/** The earlier end of the margins of both directions. */
function firstEnd({ inputPower, outputPower }: NonNullable<Port['light']> = {}): string {
  const ends = [endText(inputPower), endText(outputPower)].filter((text) => text !== '')
  return ends.toSorted()[0] ?? ''
}

interface Around {
  readonly health: HealthReading
  readonly now: Millis
}

function block(name: string, port: Port, { health, now }: Around): string {
  const { transceiver, light } = port
  const diagnostics = transceiver?.diagnostics
  const lines = [
    ['Health', grade(port, health)] as const,
    ...moduleLines(transceiver, now),
    ...(diagnostics === undefined ? [] : readingLines(diagnostics)),
    ...lightLines(light, now),
    ...(diagnostics === undefined ? [] : flagLines(diagnostics, light?.flags)),
    ...(diagnostics === undefined ? [] : thresholdLines(diagnostics)),
  ]
  const parts = diagnostics === undefined ? [] : lanes(diagnostics, light?.flags)
  return [
    ...folded(`Physical interface: ${printable(name)}`),
    ...lines.flatMap(([label, value]) => labelled(label, value)),
    ...parts.flatMap(({ lane, lines: ofLane }) => [
      ...folded(`  Lane ${printable(lane)}`),
      ...ofLane.flatMap(([label, value]) => labelled(label, value)),
    ]),
  ].join('\n')
}

function moduleLines(transceiver: Port['transceiver'], now: Millis): readonly Line[] {
  const { unreadable, vendor, vendorPart, serialNo, wavelength } = transceiver ?? {}
  if (transceiver?.present !== true) return [['Module', 'none']]
  if (unreadable !== undefined) return [['Module', `unreadable: ${unreadable}`]]
  const facts = [
    optic(transceiver),
    [vendor, vendorPart].filter((text) => text !== undefined).join(' '),
    serialNo === undefined ? '' : `serial ${serialNo}`,
    wavelength === undefined ? '' : `${wavelength} nm`,
  ]
  return [
    ['Module', facts.filter((text) => text !== '').join(', ')],
    ['Read', readText(transceiver.observedAt, now)],
    ...(transceiver.diagnostics === undefined ? [['Optical diagnostics', 'none'] as const] : []),
  ]
}

function readText(observedAt: string | undefined, now: Millis): string {
  const age = ageText(observedAt, now)
  return age === '' ? 'not known when' : `${age} ago, at ${localTime(observedAt ?? '')}`
}
