import { isExpected } from '../cable/lldp.js'
import type { PortState } from '../model/state.js'
import type { PortHealth } from '../wire/health.js'
import { counter, flag, gauge, type Rule, severityValue, SEVERITY_SCALE } from './family.js'
import { LIGHT_RULES } from './light.js'
import { counterRules, utilizationRule } from './links.js'

/** What the newest look knows better than the document. */
export type SeenPort = Pick<
  PortState,
  'name' | 'counters' | 'carrierTransitions' | 'expectedLldp' | 'lldpNeighbors'
>

/** A port in the health document, and as the newest look found it. */
export interface MeasuredPort {
  readonly health: PortHealth
  /** Its counters are those of the look; the document's are up to ten minutes old. */
  readonly seen: SeenPort | undefined
}

type Diagnostics = NonNullable<PortHealth['transceiver']['diagnostics']>
type Quantity = keyof NonNullable<Diagnostics['thresholds']>

/** Mb/s to bytes a second. */
const BYTES_IN_MEGABIT = 1_000_000 / 8

const LEVELS = ['highAlarm', 'highWarning', 'lowWarning', 'lowAlarm'] as const

const diagnostics = ({ health }: MeasuredPort): Diagnostics | undefined =>
  health.transceiver.diagnostics

function thresholds(port: MeasuredPort, quantity: Quantity) {
  const limits = diagnostics(port)?.thresholds?.[quantity] ?? {}
  return LEVELS.flatMap((level) => {
    const value = limits[level]
    return value === undefined ? [] : [{ labels: [level], value }]
  })
}

function boolean(is: boolean | undefined): number | null {
  return is === undefined ? null : flag(is)
}

/** mA in the document, amperes in the metric. */
function amperes(milliamperes: number | undefined): number | null {
  return milliamperes === undefined ? null : milliamperes / 1000
}

const OF_THE_MODULE = "the module's own limit, by level"

export const PORT_RULES: readonly Rule<MeasuredPort>[] = [
  gauge('demarc_port_severity', `Severity of the port: ${SEVERITY_SCALE}.`, ({ health }) =>
    severityValue(health.severity),
  ),
  gauge('demarc_port_present', '1: the interface exists.', ({ health }) => flag(health.present)),
  gauge('demarc_port_admin_up', '1: the interface is set up (admin-status).', ({ health }) =>
    flag(health.adminStatus === 'UP'),
  ),
  gauge('demarc_port_oper_up', '1: the interface has a link (oper-status).', ({ health }) =>
    flag(health.operStatus === 'UP'),
  ),
  gauge(
    'demarc_port_speed_bytes_per_second',
    'Speed of the link; absent without a link.',
    ({ health }) => (health.speed === undefined ? null : health.speed * BYTES_IN_MEGABIT),
  ),
  counter(
    'demarc_port_carrier_transitions_total',
    'How often the link came or went since the boot.',
    ({ health, seen }) => seen?.carrierTransitions ?? health.carrierTransitions,
  ),
  ...counterRules<MeasuredPort>('demarc_port', ({ seen }) => seen?.counters),
  utilizationRule('demarc_port', ({ health }) => health.rates),
  gauge(
    'demarc_port_lldp_neighbor_expected',
    '1: LLDP shows the far device and port that the intent expects; 0: others, or none; absent: the intent expects none, or lldpd does not answer.',
    ({ seen }) => boolean(seen === undefined ? undefined : (isExpected(seen) ?? undefined)),
  ),
  gauge('demarc_optic_present', '1: the cage holds a module.', ({ health }) =>
    flag(health.transceiver.present),
  ),
  gauge('demarc_optic_rx_los', '1: the receiver has lost the signal.', (port) =>
    boolean(diagnostics(port)?.rxLos),
  ),
  gauge('demarc_optic_tx_fault', '1: the transmitter reports a fault.', (port) =>
    boolean(diagnostics(port)?.txFault),
  ),
  gauge(
    'demarc_optic_input_power_dbm',
    'Received optical power, dBm; absent at 0 mW.',
    (port) => diagnostics(port)?.inputPower,
  ),
  gauge(
    'demarc_optic_output_power_dbm',
    'Launched optical power, dBm; absent at 0 mW.',
    (port) => diagnostics(port)?.outputPower,
  ),
  gauge(
    'demarc_optic_temperature_celsius',
    'Temperature of the module.',
    (port) => diagnostics(port)?.temperature,
  ),
  gauge(
    'demarc_optic_supply_voltage_volts',
    'Supply voltage of the module.',
    (port) => diagnostics(port)?.supplyVoltage,
  ),
  gauge('demarc_optic_laser_bias_current_amperes', 'Bias current of the laser.', (port) =>
    amperes(diagnostics(port)?.laserBiasCurrent),
  ),
  gauge(
    'demarc_optic_input_power_threshold_dbm',
    `Received optical power: ${OF_THE_MODULE}.`,
    (port) => thresholds(port, 'inputPower'),
    ['level'],
  ),
  gauge(
    'demarc_optic_output_power_threshold_dbm',
    `Launched optical power: ${OF_THE_MODULE}.`,
    (port) => thresholds(port, 'outputPower'),
    ['level'],
  ),
  ...LIGHT_RULES.map((rule) => ({
    ...rule,
    read: ({ health }: MeasuredPort) =>
      health.light === undefined ? null : rule.read(health.light),
  })),
]
