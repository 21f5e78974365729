import type { ModuleEeprom, OpticReading } from '../model/optic.js'
import { saysEverything } from './compliance.js'
import { readDiagnostics } from './diagnostics.js'
import { foreignModule, readIdentity } from './identity.js'
import { blank, CC_BASE, CC_EXT, checksumFault, hex } from './page.js'

/** A0h bytes 0-95 hold both checked blocks. */
const NEEDED = 96

/**
 * SFF-8472 (SFP, SFP+, SFP28) as bytes → what the cage holds. Never throws and never guesses:
 * what cannot be trusted is left out, and the reason names page and byte.
 */
export function readOptic(eeprom: ModuleEeprom): OpticReading {
  if (eeprom.state !== 'bytes') return eeprom
  const reason = pageFault(eeprom.a0)
  return reason === null ? present(eeprom.a0, eeprom.a2) : { state: 'unreadable', reason }
}

function pageFault(a0: Uint8Array): string | null {
  if (a0.length < NEEDED) return `A0h ends after ${a0.length} octets, ${NEEDED} are needed`
  const filler = blank(a0.subarray(0, NEEDED))
  if (filler !== null) return `A0h is ${hex(filler)} throughout: the module does not answer`
  const foreign = foreignModule(a0)
  if (foreign !== null) return foreign
  const wrong = checksumFault(a0, CC_BASE)
  return wrong === null ? null : `A0h ${wrong}`
}

function present(a0: Uint8Array, a2: Uint8Array | null): OpticReading {
  const identity = readIdentity(a0)
  const { diagnostics, remarks } = readDiagnostics(a0, a2)
  const extended = checksumFault(a0, CC_EXT)
  const said: string[] = []
  // Many sold modules carry this one wrong, and what it covers is still right.
  if (extended !== null) said.push(`A0h ${extended}`)
  if (saysEverything(a0)) said.push('the transceiver codes (A0h bytes 3-10) were never written')
  if (isDisguised(identity.wavelength, identity.ethernetPmd)) {
    said.push(`${identity.ethernetPmd} without a wavelength: probably copper in disguise`)
  }
  return { state: 'present', identity, diagnostics, remarks: [...said, ...remarks] }
}

function isDisguised(wavelength: number | null, pmd: string | null): boolean {
  return wavelength === null && pmd !== null && !/-(T|CX|CR)$/.test(pmd)
}
