import { hex, u8, type Checksum } from './page.js'

/** SFF-8024 table 4-1: QSFP+ and QSFP28, whose memory follows SFF-8636. */
const IDENTIFIERS: Readonly<Record<number, string>> = { 0x0d: 'QSFP+', 0x11: 'QSFP28' }

/** The form factor of a module whose memory follows SFF-8636; null: it follows another standard. */
export function qsfpFormFactor(page: Uint8Array): string | null {
  return IDENTIFIERS[u8(page, 0) ?? 0] ?? null
}

export function isQsfp(page: Uint8Array): boolean {
  return qsfpFormFactor(page) !== null
}

/** Status byte 2 bit 2: there is no page but 00h. */
export function isFlat(page: Uint8Array): boolean {
  return ((u8(page, 2) ?? 0) & 0x04) !== 0
}

/** SFF-8636 page 00h, 128-190: identity. */
export const QSFP_BASE: Checksum = { name: 'CC_BASE', from: 128, at: 191 }
/** 192-222: options, serial number, date, kind of diagnostics. */
export const QSFP_EXT: Checksum = { name: 'CC_EXT', from: 192, at: 223 }

/** Octets of the lower page and of page 00h that are needed. */
const NEEDED = 224

/** Why nothing of the module can be used, in words; null: it can. */
export function qsfpFault(page: Uint8Array): string | null {
  if (page.length < NEEDED) return `page 00h ends after ${page.length} octets, ${NEEDED} are needed`
  const second = u8(page, 128) ?? 0
  if (IDENTIFIERS[second] === undefined) {
    return `the identifier of page 00h (byte 128) is ${hex(second)}: the page was never read`
  }
  return null
}
