import type { OpticIdentity } from '../model/optic.js'
import { ethernetPmds, isCable } from './compliance.js'
import { hex, text, u16, u8 } from './page.js'

/** SFF-8024 table 4-1, the identifiers whose memory follows SFF-8472. */
const FORM_FACTORS: Readonly<Record<number, string>> = {
  0x01: 'GBIC',
  0x02: 'soldered',
  0x03: 'SFP',
  0x0b: 'DWDM-SFP',
}

/** SFF-8024 table 4-1, modules with another memory map: their kind and the standard of that map. */
const OTHER_MODULES: Readonly<Record<number, readonly [kind: string, standard: string]>> = {
  0x06: ['XFP', 'INF-8077i'],
  0x0c: ['QSFP', 'INF-8438'],
  0x0e: ['CXP', 'its own standard'],
  0x12: ['CXP2', 'its own standard'],
  0x18: ['QSFP-DD', 'CMIS'],
  0x19: ['OSFP', 'CMIS'],
  0x1b: ['DSFP', 'CMIS'],
  0x1e: ['QSFP+ or later', 'CMIS'],
  0x1f: ['SFP-DD', 'CMIS'],
  0x20: ['SFP+ or later', 'CMIS'],
}

/** SFF-8024 table 4-3. */
const CONNECTORS: Readonly<Record<number, string>> = {
  0x01: 'SC',
  0x02: 'Fibre Channel style 1 copper',
  0x03: 'Fibre Channel style 2 copper',
  0x04: 'BNC/TNC',
  0x05: 'Fibre Channel coaxial',
  0x06: 'FiberJack',
  0x07: 'LC',
  0x08: 'MT-RJ',
  0x09: 'MU',
  0x0a: 'SG',
  0x0b: 'optical pigtail',
  0x0c: 'MPO 1x12',
  0x0d: 'MPO 2x16',
  0x20: 'HSSDC II',
  0x21: 'copper pigtail',
  0x22: 'RJ45',
  0x23: 'no separable connector',
  0x24: 'MXC 2x16',
}

/** A module of another kind as A0h byte 0 names it, such as `QSFP28, whose memory follows SFF-8636`; null: none that is known. */
export function otherModule(a0: Uint8Array): string | null {
  const [kind, standard] = OTHER_MODULES[u8(a0, 0) ?? 0] ?? []
  return kind === undefined ? null : `${kind}, whose memory follows ${standard}`
}

/** Why the page belongs to no module that SFF-8024 table 4-1 knows; null: SFF-8472 describes it. */
export function unknownIdentifier(a0: Uint8Array): string | null {
  const identifier = u8(a0, 0) ?? 0
  if (FORM_FACTORS[identifier] !== undefined) return null
  return `module identifier ${hex(identifier)} (A0h byte 0) is not one of SFF-8472`
}

/** The identity of the module from A0h, of which at least 96 octets are given. */
export function readIdentity(a0: Uint8Array): OpticIdentity {
  const pmds = ethernetPmds(a0)
  const rate = nominalBitRate(a0)
  return {
    formFactor: formFactor(a0, rate),
    connectorType: connectorName(u8(a0, 2) ?? 0),
    vendor: text(a0, 20, 36),
    vendorPart: text(a0, 40, 56),
    vendorRev: text(a0, 56, 60),
    vendorOui: [37, 38, 39].map((at) => pair(u8(a0, at))).join(':'),
    serialNo: text(a0, 68, 84),
    dateCode: dateCode(text(a0, 84, 92)),
    ethernetPmd: pmds[0] ?? null,
    ethernetPmds: pmds,
    wavelength: wavelength(a0, pmds),
    nominalBitRate: rate,
    reachSmf: reachSmf(a0),
  }
}

/** Above 8 GBd the cage is that of SFF-8431 (SFP+), above 16 GBd that of SFF-8402 (SFP28). */
function formFactor(a0: Uint8Array, rate: number): string {
  const family = FORM_FACTORS[u8(a0, 0) ?? 0] ?? 'SFP'
  if (family !== 'SFP' || rate <= 8_000) return family
  return rate > 16_000 ? 'SFP28' : 'SFP+'
}

/** SFF-8024 table 4-3. */
export function connectorName(code: number): string {
  if (code === 0) return 'unspecified'
  return CONNECTORS[code] ?? `unknown (${hex(code)})`
}

/** MBd. A0h byte 12, unit 100 MBd; 0xff moves it to byte 66, unit 250 MBd. */
function nominalBitRate(a0: Uint8Array): number {
  const hundreds = u8(a0, 12) ?? 0
  return hundreds === 0xff ? (u8(a0, 66) ?? 0) * 250 : hundreds * 100
}

/**
 * nm, or null without a laser. A0h bytes 60-61; on cables those octets mean something else, on
 * copper they are 0. Byte 62 adds hundredths on tunable and DWDM modules (SFF-8690), unless byte 10
 * bit 1 is set, which makes it a list of Fibre Channel speeds.
 */
function wavelength(a0: Uint8Array, pmds: readonly string[]): number | null {
  const whole = u16(a0, 60) ?? 0
  const copper = pmds.some((pmd) => /-(T|CX|CR)$/.test(pmd))
  if (whole === 0 || copper || isCable(a0)) return null
  const hundredths = u8(a0, 62) ?? 0
  const isFraction = hundredths < 100 && ((u8(a0, 10) ?? 0) & 0x02) === 0
  return isFraction ? (whole * 100 + hundredths) / 100 : whole
}

/** m over single-mode fibre. A0h byte 14, unit km, and byte 15, unit 100 m; 255 means "more than 25.4 km". */
function reachSmf(a0: Uint8Array): number {
  const kilometres = (u8(a0, 14) ?? 0) * 1000
  const hundreds = u8(a0, 15) ?? 0
  if (hundreds === 0xff) return Math.max(kilometres, 25_400)
  return Math.max(kilometres, hundreds * 100)
}

/** `YYMMDD` and two octets of lot code (A0h bytes 84-91); years count from 2000. */
export function dateCode(raw: string): string {
  const match = /^(\d\d)(\d\d)(\d\d)/.exec(raw)
  const [, year, month, day] = match ?? []
  const real = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= 31
  return real ? `20${year}-${month}-${day}` : raw
}

function pair(octet: number | undefined): string {
  return (octet ?? 0).toString(16).padStart(2, '0')
}
