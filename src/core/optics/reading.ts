import type { ModuleEeprom, OpticReading } from '../model/optic.js'
import { isUnwritten } from './compliance.js'
import { readDiagnostics } from './diagnostics.js'
import { otherModule, readIdentity, unknownIdentifier } from './identity.js'
import { isQsfp } from './qsfp-page.js'
import { readQsfp } from './qsfp.js'
import { blank, CC_BASE, CC_EXT, checksumFault, hex } from './page.js'

/** Octets of A0h that are needed: both blocks that have a checksum end within them. */
const NEEDED = 96

/**
 * Decodes the memory of an SFP, SFP+ or SFP28 module (SFF-8472), or of a QSFP+ or QSFP28 module (SFF-8636). Never throws. A value that cannot
 * be trusted is left out, and the reason names page and byte.
 */
export function readOptic(eeprom: ModuleEeprom): OpticReading {
  if (eeprom.state !== 'bytes') return eeprom
  if (isQsfp(eeprom.a0)) return readQsfp(eeprom.a0, eeprom.page3)
  const other = eeprom.a0.length > 0 ? otherModule(eeprom.a0) : null
  if (other !== null) return { state: 'unsupported', reason: other }
  const reason = pageFault(eeprom.a0)
  return reason === null ? present(eeprom.a0, eeprom.a2) : { state: 'unreadable', reason }
}

function pageFault(a0: Uint8Array): string | null {
  if (a0.length < NEEDED) return `A0h ends after ${a0.length} octets, ${NEEDED} are needed`
  const filler = blank(a0.subarray(0, NEEDED))
  if (filler !== null) return `A0h is ${hex(filler)} throughout: the module does not answer`
  const unknown = unknownIdentifier(a0)
  if (unknown !== null) return unknown
  const wrong = checksumFault(a0, CC_BASE)
  return wrong === null ? null : `A0h ${wrong}`
}

function present(a0: Uint8Array, a2: Uint8Array | null): OpticReading {
  const identity = readIdentity(a0)
  const { diagnostics, remarks } = readDiagnostics(a0, a2)
  const extended = checksumFault(a0, CC_EXT)
  const faults: string[] = []
  // Many modules on the market have a wrong checksum here, and right values under it.
  if (extended !== null) faults.push(`A0h ${extended}`)
  if (isUnwritten(a0)) faults.push('the transceiver codes (A0h bytes 3-10) were never written')
  if (hasNoLaser(identity.wavelength, identity.ethernetPmd)) {
    faults.push(`${identity.ethernetPmd} without a wavelength: probably a copper module`)
  }
  return { state: 'present', identity, diagnostics, remarks: [...faults, ...remarks] }
}

/** An optical PMD in a module that names no wavelength. */
function hasNoLaser(wavelength: number | null, pmd: string | null): boolean {
  return wavelength === null && pmd !== null && !/-(T|CX|CR)$/.test(pmd)
}
