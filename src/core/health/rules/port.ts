import { millis } from '../../base/time.js'
import type { PortState } from '../../model/state.js'
import { expectedText, isExpected, neighborText } from '../../cable/lldp.js'
import { peerText } from '../session/terms.js'
import type { ErrorBurst } from './history.js'
import { rule, type Rule } from './rule.js'
import { speedOf } from '../../light/pmd.js'

/** A port, and what comparing two assessments of it gives. */
export interface PortSubject {
  readonly port: PortState
  /** More errors than are tolerated within {@link ERROR_WINDOW}; null: not so many. */
  readonly burst: ErrorBurst | null
  /** The port worked at the last assessment, or it has been reported since that its link is lost. */
  readonly worked: boolean
}

/** The finding of a port without a link. */
export const LINK_LOST = 'PORT_NO_CARRIER'

/** How long a link that was lost must be back: one that comes and goes is reported once. */
export const LINK_STEADY = millis(1000)

/** A link that was lost just now needs no time to settle; one that has yet to come up does. */
export function hasLostLink({ port, worked }: PortSubject): boolean {
  return worked && !port.carrier
}

/** The shortest time over which errors are counted. */
export const ERROR_WINDOW = millis(60_000)
/**
 * Errors that one window may hold. The objective of IEEE 802.3 is a bit error ratio of 1e-12, which
 * is less than one error a minute at 10 Gb/s.
 */
export const ERRORS_TOLERATED = 10

/** While one of these is true the port cannot work at all, which explains everything else about it. */
export const PORT_OFF = ['PORT_MISSING', 'PORT_ADMIN_DOWN'] as const

export const PORT_RULES: readonly Rule<PortSubject>[] = [
  rule({
    code: 'PORT_MISSING',
    severity: 'critical',
    stops: true,
    test: ({ port }) =>
      port.present
        ? null
        : `There is no interface ${port.name}: check its name in the intent, the driver and the slot.`,
  }),
  rule({
    code: 'PORT_ADMIN_DOWN',
    severity: 'critical',
    raiseAfter: millis(2000),
    suppressedBy: ['PORT_MISSING'],
    stops: true,
    test: ({ port }) =>
      port.adminUp ? null : `${port.name} is set down: see "demarc status" for the reason.`,
  }),
  rule({
    code: LINK_LOST,
    severity: 'critical',
    raiseAfter: millis(1000),
    clearAfter: LINK_STEADY,
    atOnce: hasLostLink,
    suppressedBy: [
      ...PORT_OFF,
      'OPTIC_ABSENT',
      'OPTIC_RX_LOS',
      'OPTIC_TX_DISABLED',
      'OPTIC_TX_FAULT',
    ],
    stops: true,
    test: ({ port }) => (port.carrier ? null : `${port.name} has no link${linkAdvice(port)}.`),
  }),
  rule({
    code: 'PORT_SPEED',
    severity: 'critical',
    raiseAfter: millis(2000),
    suppressedBy: [...PORT_OFF, 'PORT_NO_CARRIER'],
    test: ({ port }) => {
      const { speed: set } = port.expectedModes
      if (set !== undefined && port.speed !== null && port.speed !== set) {
        return `${port.name} runs at ${port.speed} Mb/s, and the intent sets ${set} Mb/s${notSet(port)}`
      }
      const expected = port.expectedOptic === null ? null : speedOf(port.expectedOptic)
      if (expected === null || port.speed === null || port.speed === expected) return null
      return `${port.name} runs at ${port.speed} Mb/s, and ${port.expectedOptic} at ${expected} Mb/s: check the module and the speed set at both ends.`
    },
  }),
  rule({
    code: 'PORT_AUTO_NEGOTIATION',
    severity: 'warning',
    raiseAfter: millis(2000),
    suppressedBy: ['PORT_MISSING'],
    test: ({ port }) => {
      const { name, autoNegotiate, expectedModes } = port
      const { autoNegotiate: expected } = expectedModes
      return expected === undefined || autoNegotiate === null || autoNegotiate === expected
        ? null
        : `${name} has auto-negotiation ${onOff(autoNegotiate)}, and the intent sets it ${onOff(expected)}${notSet(port)}`
    },
  }),
  rule({
    code: 'PORT_MODES_REFUSED',
    severity: 'warning',
    raiseAfter: millis(2000),
    suppressedBy: ['PORT_MISSING', 'PORT_SPEED', 'PORT_AUTO_NEGOTIATION'],
    test: ({ port }) => {
      const { name, modesRefused, expectedModes } = port
      const some = Object.keys(expectedModes).length > 0
      return modesRefused === undefined || !some || hasModes(port)
        ? null
        : `The speed, duplex or auto-negotiation that the intent sets on ${name} is not in force${notSet(port)}`
    },
  }),
  rule({
    code: 'PORT_HALF_DUPLEX',
    severity: 'warning',
    raiseAfter: millis(2000),
    suppressedBy: [...PORT_OFF, 'PORT_NO_CARRIER'],
    test: ({ port }) =>
      port.duplex === 'half' && port.expectedModes.duplex !== 'half'
        ? `${port.name} runs half duplex: set auto-negotiation to the same value at both ends.`
        : null,
  }),
  rule({
    code: 'LLDP_OTHER_NEIGHBOR',
    severity: 'warning',
    raiseAfter: millis(5000),
    suppressedBy: [...PORT_OFF, 'PORT_NO_CARRIER'],
    variant: ({ port }) => (port.lldpNeighbors ?? []).map(neighborText).join(', '),
    test: ({ port }) => {
      const { name, expectedLldp, lldpNeighbors = [] } = port
      if (isExpected(port) !== false || lldpNeighbors.length === 0) return null
      const found = lldpNeighbors.map((each) => peerText(neighborText(each))).join(' and to ')
      return `${name} is connected to ${found}, and the intent expects ${expectedText(expectedLldp ?? {})}: check the patching at both ends, or correct the intent.`
    },
  }),
  rule({
    code: 'LLDP_NO_NEIGHBOR',
    severity: 'warning',
    // Two of the intervals of 30 s at which LLDP is sent (IEEE 802.1AB).
    raiseAfter: millis(60_000),
    suppressedBy: [...PORT_OFF, 'PORT_NO_CARRIER'],
    test: ({ port }) =>
      isExpected(port) === false && port.lldpNeighbors?.length === 0
        ? `${port.name} receives no LLDP, and the intent expects ${expectedText(port.expectedLldp ?? {})}: check that the far end sends LLDP on that port, that lldpd listens on ${port.name}, and that the driver of ${port.name} does not keep LLDP to itself.`
        : null,
  }),
  rule({
    code: 'PORT_ERRORS',
    severity: 'warning',
    suppressedBy: PORT_OFF,
    test: ({ port, burst }) =>
      burst === null
        ? null
        : `${port.name} counted ${burst.inErrors} receive and ${burst.outErrors} transmit errors within ${windowText(burst)}: clean the connectors, then check light and fibre.`,
  }),
]

/** A window ends at an assessment, which may be seconds late; the text rounds that away. */
function windowText({ within }: ErrorBurst): string {
  const minutes = Math.round(within / ERROR_WINDOW)
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}

/** The end of a sentence: why the port does not have what the intent sets, and what to do. */
function notSet({ name, modesRefused }: PortState): string {
  return modesRefused === undefined
    ? `: demarc sets it at its next look; see "demarc status" where it does not.`
    : `: it could not be set (${modesRefused}); set it with the tools of the NIC, use another module, or take it out of the port ${name} of the intent.`
}

/** Whether the port shows every link mode that the intent sets. */
function hasModes({
  expectedModes: { autoNegotiate, speed, duplex },
  ...port
}: PortState): boolean {
  return (
    (autoNegotiate ?? port.autoNegotiate) === port.autoNegotiate &&
    (speed ?? port.speed) === port.speed &&
    (duplex ?? port.duplex) === port.duplex
  )
}

function onOff(flag: boolean): 'on' | 'off' {
  return flag ? 'on' : 'off'
}

/**
 * Light that arrives means that the strand towards us works: the far end may not receive ours, or
 * the two ends do not agree on auto-negotiation or speed.
 */
function linkAdvice(port: PortState): string {
  const light = port.optic.state === 'present' ? port.optic.diagnostics?.inputPower?.dbm : undefined
  if (light === undefined || light === null) return ': check the cable and the far end'
  return ` although it receives ${light.toFixed(2)} dBm of light: check that the far end receives ours, then auto-negotiation and speed at both ends`
}
