import type { OpticDiagnostics, OpticLane } from '../model/optic.js'

/** Every lane of a module: one for a module whose readings are its own. */
export function lanesOf(diagnostics: OpticDiagnostics): readonly OpticLane[] {
  if (diagnostics.lanes.length > 0) return diagnostics.lanes
  const { laserBiasCurrent, outputPower, inputPower, txDisabled, txFault, rxLos } = diagnostics
  return [{ lane: 1, laserBiasCurrent, outputPower, inputPower, txDisabled, txFault, rxLos }]
}
