import { same } from '../../base/merge-patch.js'
import type {
  OpticDiagnostics,
  OpticLane,
  OpticReading,
  OpticThresholds,
  ThresholdSet,
} from '../../model/optic.js'
import type { DiagnosticsHealth, TransceiverHealth } from '../../wire/health-optics.js'
import { BANDS, damp, known, rounded } from '../shown/damping.js'

/**
 * A module as the health document has it; `before` is what the last document had. Unless the figures are
 * read anew (`fresh`), the instant of the reading changes only together with something else.
 */
export function transceiver(
  optic: OpticReading,
  readAt: string | null,
  { before, fresh }: { readonly before: TransceiverHealth | undefined; readonly fresh: boolean },
): TransceiverHealth {
  const now = cage(optic, before)
  if (readAt === null) return now
  const kept = fresh ? undefined : before?.observedAt
  if (before === undefined || kept === undefined) return { ...now, observedAt: readAt }
  return same(before, { ...now, observedAt: kept }) ? before : { ...now, observedAt: readAt }
}

function cage(optic: OpticReading, before: TransceiverHealth | undefined): TransceiverHealth {
  if (optic.state === 'absent') return { present: false }
  if (optic.state !== 'present') return { present: true, unreadable: optic.reason }
  const { ethernetPmds, ...identity } = optic.identity
  return known({
    present: true,
    ...identity,
    ethernetPmds: [...ethernetPmds],
    remarks: optic.remarks.length === 0 ? null : [...optic.remarks],
    diagnostics:
      optic.diagnostics === null ? null : diagnostics(optic.diagnostics, before?.diagnostics),
  })
}

function diagnostics(
  state: OpticDiagnostics,
  before: DiagnosticsHealth | undefined,
): DiagnosticsHealth {
  const power = (name: 'outputPower' | 'inputPower') =>
    damp(before?.[name], state[name]?.dbm ?? null, BANDS.power)
  return known({
    calibration: state.calibration,
    inputPowerType: state.inputPowerType,
    temperature: damp(before?.temperature, state.temperature, BANDS.temperature),
    supplyVoltage: damp(before?.supplyVoltage, state.supplyVoltage, BANDS.voltage),
    laserBiasCurrent: damp(before?.laserBiasCurrent, state.laserBiasCurrent, BANDS.current),
    outputPower: power('outputPower'),
    inputPower: power('inputPower'),
    txDisabled: state.txDisabled,
    txFault: state.txFault,
    rxLos: state.rxLos,
    thresholds: state.thresholds === null ? null : thresholds(state.thresholds),
    alarms:
      state.alarms.length === 0
        ? null
        : state.alarms.map(({ quantity, level, lane }) => known({ quantity, level, lane })),
    lanes: state.lanes.length === 0 ? null : lanes(state.lanes, before?.lanes),
  })
}

type Lanes = NonNullable<DiagnosticsHealth['lanes']>

function lanes(state: readonly OpticLane[], before: Lanes | undefined): Lanes {
  return Object.fromEntries(
    state.map(({ lane, txDisabled, txFault, rxLos, ...readings }) => {
      const last = before?.[String(lane)]
      const power = (name: 'outputPower' | 'inputPower') =>
        damp(last?.[name], readings[name]?.dbm ?? null, BANDS.power)
      const bias = damp(last?.laserBiasCurrent, readings.laserBiasCurrent, BANDS.current)
      const powers = { outputPower: power('outputPower'), inputPower: power('inputPower') }
      return [lane, known({ laserBiasCurrent: bias, ...powers, txDisabled, txFault, rxLos })]
    }),
  )
}

type Thresholds = NonNullable<DiagnosticsHealth['thresholds']>

function thresholds(limits: OpticThresholds): Thresholds {
  return {
    temperature: thresholdSet(limits.temperature),
    supplyVoltage: thresholdSet(limits.supplyVoltage),
    laserBiasCurrent: thresholdSet(limits.laserBiasCurrent),
    outputPower: thresholdSet(limits.outputPower),
    inputPower: thresholdSet(limits.inputPower),
  }
}

/** Decimal places of a limit: no finer than the module's own resolution. */
const LIMIT_DIGITS = 3

function thresholdSet(limits: ThresholdSet): Thresholds['temperature'] {
  const limit = (value: number | null) => (value === null ? null : rounded(value, LIMIT_DIGITS))
  return known({
    highAlarm: limit(limits.highAlarm),
    highWarning: limit(limits.highWarning),
    lowWarning: limit(limits.lowWarning),
    lowAlarm: limit(limits.lowAlarm),
  })
}
