import type { OpticDiagnostics, OpticReading } from '../../model/optic.js'
import { LIMIT_RULES } from './optic-limits.js'
import { samePmd } from './pmd.js'
import { PORT_OFF, type PortSubject } from './port.js'
import { rule, type Rule } from './rule.js'

/** Nothing is said of a module whose port is missing or set down. */
const STATE_RULES: readonly Rule<PortSubject>[] = [
  rule({
    code: 'OPTIC_ABSENT',
    severity: 'critical',
    holds: 2000,
    hiddenBy: PORT_OFF,
    test: ({ port }) => {
      if (port.expectedOptic === null || port.optic.state !== 'absent' || port.carrier) return null
      return `${port.name} holds no module: plug in a ${port.expectedOptic}.`
    },
  }),
  rule({
    code: 'OPTIC_NOT_REPORTED',
    severity: 'unknown',
    holds: 10_000,
    hiddenBy: PORT_OFF,
    test: ({ port }) => {
      if (port.expectedOptic === null || port.optic.state !== 'absent' || !port.carrier) return null
      return `${port.name} has a link but its driver does not show the module: light cannot be watched, use a port that shows its module if that matters.`
    },
  }),
  rule({
    code: 'OPTIC_UNREADABLE',
    severity: 'warning',
    holds: 10_000,
    hiddenBy: PORT_OFF,
    test: ({ port }) =>
      port.optic.state === 'unreadable'
        ? `The module in ${port.name} cannot be read: ${port.optic.reason}. Plug it in again, then replace it.`
        : null,
  }),
  rule({
    code: 'OPTIC_NO_DIAGNOSTICS',
    severity: 'unknown',
    holds: 10_000,
    hiddenBy: PORT_OFF,
    test: ({ port: { name, optic } }) => {
      if (optic.state !== 'present' || optic.diagnostics !== null) return null
      if (optic.identity.wavelength === null) return null
      const why = optic.remarks.at(-1) ?? 'it has no digital diagnostics (A0h byte 92)'
      return `Light of the module in ${name} cannot be watched: ${why}. Use a module with diagnostics.`
    },
  }),
  rule({
    code: 'OPTIC_EEPROM_INVALID',
    severity: 'unknown',
    holds: 10_000,
    hiddenBy: [...PORT_OFF, 'OPTIC_NO_DIAGNOSTICS'],
    test: ({ port: { name, optic } }) =>
      optic.state === 'present' && optic.remarks.length > 0
        ? `The module in ${name} is not as it should be: ${optic.remarks.join('; ')}. Replace it if its readings matter.`
        : null,
  }),
  rule({
    code: 'OPTIC_TYPE_MISMATCH',
    severity: 'warning',
    holds: 2000,
    hiddenBy: PORT_OFF,
    test: ({ port: { name, optic, expectedOptic } }) => {
      if (optic.state !== 'present' || expectedOptic === null) return null
      const named = optic.identity.ethernetPmds
      if (named.length === 0 || named.some((pmd) => samePmd(pmd, expectedOptic))) return null
      return `${name} should hold a ${expectedOptic}, ${optic.identity.vendorPart} is ${named.join(' and ')}: exchange the module or correct the intent.`
    },
  }),
  rule({
    code: 'OPTIC_TX_FAULT',
    severity: 'critical',
    holds: 1000,
    hiddenBy: PORT_OFF,
    test: ({ port }) =>
      fibre(port.optic)?.txFault === true
        ? `The transmitter in ${port.name} reports a fault: replace the module.`
        : null,
  }),
  rule({
    code: 'OPTIC_TX_DISABLED',
    severity: 'critical',
    holds: 1000,
    hiddenBy: [...PORT_OFF, 'OPTIC_TX_FAULT'],
    test: ({ port }) =>
      fibre(port.optic)?.txDisabled === true
        ? `The transmitter in ${port.name} is switched off although the port is up: check the driver.`
        : null,
  }),
  rule({
    code: 'OPTIC_RX_LOS',
    severity: 'critical',
    holds: 1000,
    hiddenBy: PORT_OFF,
    test: ({ port }) => {
      const diagnostics = fibre(port.optic)
      if (diagnostics?.rxLos !== true) return null
      const light = diagnostics.inputPower?.dbm
      const figure = typeof light === 'number' ? ` (${light.toFixed(2)} dBm)` : ''
      return `${port.name} receives no light${figure}: check the fibre and the far end's transmitter.`
    },
  }),
]

export const OPTIC_RULES: readonly Rule<PortSubject>[] = [...STATE_RULES, ...LIMIT_RULES]

/** Diagnostics of a module that has light: copper ones invent theirs. */
function fibre(optic: OpticReading): OpticDiagnostics | null {
  if (optic.state !== 'present' || optic.identity.wavelength === null) return null
  return optic.diagnostics
}
