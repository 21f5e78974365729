import type { Json } from '../base/json.js'
import type { OpticDiagnostics, OpticReading, OpticThresholds } from '../model/optic.js'
import { BANDS, damp, known, memberAt } from './damping.js'

/** A module in the names of openconfig-platform-transceiver; powers in dBm, left out where there is none. */
export function transceiver(optic: OpticReading, before: Json | undefined): Json {
  if (optic.state === 'absent') return { present: false }
  if (optic.state === 'unreadable') return { present: true, unreadable: optic.reason }
  const { ethernetPmds, ...identity } = optic.identity
  return known({
    present: true,
    ...identity,
    ethernetPmds: [...ethernetPmds],
    remarks: optic.remarks.length === 0 ? undefined : [...optic.remarks],
    diagnostics:
      optic.diagnostics === null
        ? undefined
        : diagnostics(optic.diagnostics, memberAt(before, 'diagnostics')),
  })
}

function diagnostics(state: OpticDiagnostics, before: Json | undefined): Json {
  const last = (name: string) => memberAt(before, name)
  const light = (name: 'outputPower' | 'inputPower') =>
    damp(last(name), state[name]?.dbm ?? null, BANDS.light)
  return known({
    calibration: state.calibration,
    inputPowerType: state.inputPowerType,
    temperature: damp(last('temperature'), state.temperature, BANDS.temperature),
    supplyVoltage: damp(last('supplyVoltage'), state.supplyVoltage, BANDS.voltage),
    laserBiasCurrent: damp(last('laserBiasCurrent'), state.laserBiasCurrent, BANDS.current),
    outputPower: light('outputPower'),
    inputPower: light('inputPower'),
    txDisabled: state.txDisabled,
    txFault: state.txFault,
    rxLos: state.rxLos,
    thresholds: state.thresholds === null ? undefined : thresholds(state.thresholds),
    alarms:
      state.alarms.length === 0
        ? undefined
        : state.alarms.map(({ quantity, level }) => ({ quantity, level })),
  })
}

/** To three digits: what the module's own resolution is worth. */
function thresholds(limits: OpticThresholds): Json {
  const sets = Object.entries(limits).map(([quantity, set]: [string, object]): [string, Json] => {
    const levels = Object.entries(set).map(([level, limit]: [string, number | null]) => [
      level,
      limit === null ? undefined : Math.round(limit * 1000) / 1000 + 0,
    ])
    return [quantity, known(Object.fromEntries(levels) as Record<string, number | undefined>)]
  })
  return Object.fromEntries(sets)
}
