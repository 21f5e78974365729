import { millis } from '../../base/time.js'
import type { OpticDiagnostics, OpticReading } from '../../model/optic.js'
import { LIMIT_RULES } from './optic-limits.js'
import { samePmd } from '../../light/pmd.js'
import { hasLostLink, LINK_STEADY, PORT_OFF, type PortSubject } from './port.js'
import { rule, type Rule } from './rule.js'

/** None is shown while the port is missing or set down. */
const STATE_RULES: readonly Rule<PortSubject>[] = [
  rule({
    code: 'OPTIC_ABSENT',
    severity: 'critical',
    raiseAfter: millis(2000),
    atOnce: hasLostLink,
    suppressedBy: PORT_OFF,
    test: ({ port }) => {
      if (port.expectedOptic === null || port.optic.state !== 'absent' || port.carrier) return null
      return `${port.name} holds no module: plug in a ${port.expectedOptic} module.`
    },
  }),
  rule({
    code: 'OPTIC_NOT_REPORTED',
    severity: 'unknown',
    raiseAfter: millis(10_000),
    suppressedBy: PORT_OFF,
    test: ({ port }) => {
      if (port.expectedOptic === null || port.optic.state !== 'absent' || !port.carrier) return null
      return `${port.name} has a link, but its driver does not report the module, so its light cannot be watched: use a port whose driver does if you need that.`
    },
  }),
  rule({
    code: 'OPTIC_UNREADABLE',
    severity: 'warning',
    raiseAfter: millis(10_000),
    suppressedBy: PORT_OFF,
    test: ({ port }) =>
      port.optic.state === 'unreadable'
        ? `The module in ${port.name} cannot be read, so its light cannot be watched: ${port.optic.reason}. Reseat it, then replace it.`
        : null,
  }),
  rule({
    code: 'OPTIC_UNSUPPORTED',
    severity: 'unknown',
    raiseAfter: millis(10_000),
    suppressedBy: PORT_OFF,
    test: ({ port }) =>
      port.optic.state === 'unsupported'
        ? `The module in ${port.name} is a ${port.optic.reason}; demarc reads SFF-8472 and SFF-8636 only, so its light cannot be watched: use "ethtool -m ${port.name}".`
        : null,
  }),
  rule({
    code: 'OPTIC_NO_DIAGNOSTICS',
    severity: 'unknown',
    raiseAfter: millis(10_000),
    suppressedBy: PORT_OFF,
    test: ({ port: { name, optic } }) => {
      if (optic.state !== 'present' || optic.diagnostics !== null) return null
      if (optic.identity.wavelength === null) return null
      const reason = optic.remarks.at(-1) ?? 'it has no digital diagnostics (A0h byte 92)'
      return `The light of the module in ${name} cannot be watched: ${reason}. Use a module with digital diagnostics if you need that.`
    },
  }),
  rule({
    code: 'OPTIC_EEPROM_INVALID',
    severity: 'unknown',
    raiseAfter: millis(10_000),
    suppressedBy: [...PORT_OFF, 'OPTIC_NO_DIAGNOSTICS'],
    test: ({ port: { name, optic } }) =>
      optic.state === 'present' && optic.remarks.length > 0
        ? `The memory of the module in ${name} has faults: ${optic.remarks.join('; ')}. Replace the module if you need its readings.`
        : null,
  }),
  rule({
    code: 'OPTIC_TYPE_MISMATCH',
    severity: 'warning',
    raiseAfter: millis(2000),
    suppressedBy: PORT_OFF,
    test: ({ port: { name, optic, expectedOptic } }) => {
      if (optic.state !== 'present' || expectedOptic === null) return null
      const named = optic.identity.ethernetPmds
      if (named.length === 0 || named.some((pmd) => samePmd(pmd, expectedOptic))) return null
      return `${name} holds ${optic.identity.vendorPart}, which is ${named.join(' and ')}, and the intent expects ${expectedOptic}: exchange the module or correct the intent.`
    },
  }),
  rule({
    code: 'OPTIC_TX_FAULT',
    severity: 'critical',
    raiseAfter: millis(1000),
    atOnce: hasLostLink,
    suppressedBy: PORT_OFF,
    test: ({ port }) =>
      laserDiagnostics(port.optic)?.txFault === true
        ? `The transmitter of the module in ${port.name} reports a fault: replace the module.`
        : null,
  }),
  rule({
    code: 'OPTIC_TX_DISABLED',
    severity: 'critical',
    raiseAfter: millis(1000),
    atOnce: hasLostLink,
    suppressedBy: [...PORT_OFF, 'OPTIC_TX_FAULT'],
    test: ({ port }) =>
      laserDiagnostics(port.optic)?.txDisabled === true
        ? `The transmitter of the module in ${port.name} is switched off although the port is up: check the driver.`
        : null,
  }),
  rule({
    code: 'OPTIC_RX_LOS',
    severity: 'critical',
    raiseAfter: millis(1000),
    clearAfter: LINK_STEADY,
    atOnce: hasLostLink,
    suppressedBy: PORT_OFF,
    test: ({ port }) => {
      const diagnostics = laserDiagnostics(port.optic)
      if (diagnostics?.rxLos !== true) return null
      const light = diagnostics.inputPower?.dbm
      const measured = typeof light === 'number' ? ` (${light.toFixed(2)} dBm)` : ''
      return `${port.name} receives no light${measured}: check the fibre and the far end's transmitter.`
    },
  }),
]

export const OPTIC_RULES: readonly Rule<PortSubject>[] = [...STATE_RULES, ...LIMIT_RULES]

/** Diagnostics of a module that has a laser; copper modules report values that mean nothing. */
function laserDiagnostics(optic: OpticReading): OpticDiagnostics | null {
  if (optic.state !== 'present' || optic.identity.wavelength === null) return null
  return optic.diagnostics
}
