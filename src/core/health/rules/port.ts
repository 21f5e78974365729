import type { PortState } from '../../model/state.js'
import type { ErrorBurst } from './history.js'
import { rule, type Rule } from './rule.js'
import { speedOf } from './pmd.js'

/** A port, and what two looks at it tell. */
export interface PortSubject {
  readonly port: PortState
  /** Errors counted within one window of {@link ERROR_WINDOW}; null while they are few. */
  readonly burst: ErrorBurst | null
}

/** ms over which errors are counted, at least. */
export const ERROR_WINDOW = 60_000
/**
 * Errors a window may hold. The objective of IEEE 802.3 is a bit error ratio of 1e-12, which is
 * less than one error a minute at 10 Gb/s: ten are no accident.
 */
export const ERRORS_TOLERATED = 10

/** What says that the port cannot work at all, and so explains everything else about it. */
export const PORT_OFF = ['PORT_MISSING', 'PORT_ADMIN_DOWN'] as const

export const PORT_RULES: readonly Rule<PortSubject>[] = [
  rule({
    code: 'PORT_MISSING',
    severity: 'critical',
    stops: true,
    test: ({ port }) =>
      port.present
        ? null
        : `There is no interface ${port.name}: check its name, the driver and the slot.`,
  }),
  rule({
    code: 'PORT_ADMIN_DOWN',
    severity: 'critical',
    holds: 2000,
    hiddenBy: ['PORT_MISSING'],
    stops: true,
    test: ({ port }) =>
      port.adminUp ? null : `${port.name} is set down: "demarc status" says what keeps it so.`,
  }),
  rule({
    code: 'PORT_NO_CARRIER',
    severity: 'critical',
    holds: 1000,
    hiddenBy: [...PORT_OFF, 'OPTIC_ABSENT', 'OPTIC_RX_LOS', 'OPTIC_TX_DISABLED', 'OPTIC_TX_FAULT'],
    stops: true,
    test: ({ port }) => (port.carrier ? null : `${port.name} has no link${darkOrDeaf(port)}.`),
  }),
  rule({
    code: 'PORT_SPEED',
    severity: 'critical',
    holds: 2000,
    hiddenBy: [...PORT_OFF, 'PORT_NO_CARRIER'],
    test: ({ port }) => {
      const expected = port.expectedOptic === null ? null : speedOf(port.expectedOptic)
      if (expected === null || port.speed === null || port.speed === expected) return null
      return `${port.name} runs at ${port.speed} Mb/s, ${port.expectedOptic} at ${expected} Mb/s: check the module and the speed set at both ends.`
    },
  }),
  rule({
    code: 'PORT_AUTO_NEGOTIATION',
    severity: 'warning',
    holds: 2000,
    hiddenBy: ['PORT_MISSING'],
    test: ({ port: { name, autoNegotiate, expectedAutoNegotiate: expected } }) =>
      expected === null || autoNegotiate === null || autoNegotiate === expected
        ? null
        : `${name} has auto-negotiation ${onOff(autoNegotiate)}, the intent expects it ${onOff(expected)}: ethtool -s ${name} autoneg ${onOff(expected)}, and keep it so where the port's driver is set up.`,
  }),
  rule({
    code: 'PORT_HALF_DUPLEX',
    severity: 'warning',
    holds: 2000,
    hiddenBy: [...PORT_OFF, 'PORT_NO_CARRIER'],
    test: ({ port }) =>
      port.duplex === 'half'
        ? `${port.name} runs half duplex: set auto-negotiation alike at both ends.`
        : null,
  }),
  rule({
    code: 'PORT_ERRORS',
    severity: 'warning',
    hiddenBy: PORT_OFF,
    test: ({ port, burst }) =>
      burst === null
        ? null
        : `${port.name} counted ${burst.inErrors} receive and ${burst.outErrors} transmit errors within ${span(burst)}: clean the connectors, check light and fibre.`,
  }),
]

/** A window ends with a look, which is seconds late. */
function span({ within }: ErrorBurst): string {
  const minutes = Math.round(within / ERROR_WINDOW)
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}

function onOff(flag: boolean): 'on' | 'off' {
  return flag ? 'on' : 'off'
}

/** Light without a link points at negotiation; without a reading nobody can tell. */
function darkOrDeaf(port: PortState): string {
  const light = port.optic.state === 'present' ? port.optic.diagnostics?.inputPower?.dbm : undefined
  if (light === undefined || light === null) return ': check the cable and the far end'
  return ` although ${light.toFixed(2)} dBm of light arrive: check auto-negotiation and speed at both ends`
}
