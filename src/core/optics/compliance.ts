import { u8 } from './page.js'

interface PmdBit {
  /** A0h byte. */
  readonly byte: number
  readonly mask: number
  readonly pmd: string
}

/** SFF-8472 table 5-3, Ethernet parts of the transceiver codes, fastest first. */
const PMD_BITS: readonly PmdBit[] = [
  { byte: 3, mask: 0x80, pmd: '10GBASE-ER' },
  { byte: 3, mask: 0x20, pmd: '10GBASE-LR' },
  { byte: 3, mask: 0x40, pmd: '10GBASE-LRM' },
  { byte: 3, mask: 0x10, pmd: '10GBASE-SR' },
  { byte: 6, mask: 0x08, pmd: '1000BASE-T' },
  { byte: 6, mask: 0x04, pmd: '1000BASE-CX' },
  { byte: 6, mask: 0x02, pmd: '1000BASE-LX' },
  { byte: 6, mask: 0x01, pmd: '1000BASE-SX' },
  { byte: 6, mask: 0x20, pmd: '100BASE-FX' },
  { byte: 6, mask: 0x10, pmd: '100BASE-LX10' },
]

/** SFF-8024 table 4-4, extended compliance codes (A0h byte 36) that fit one lane. */
const EXTENDED_PMDS: Readonly<Record<number, string>> = {
  0x02: '25GBASE-SR',
  0x03: '25GBASE-LR',
  0x04: '25GBASE-ER',
  0x0b: '25GBASE-CR',
  0x0c: '25GBASE-CR',
  0x0d: '25GBASE-CR',
  0x16: '10GBASE-T',
  0x1c: '10GBASE-T',
  0x1d: '5GBASE-T',
  0x1e: '2.5GBASE-T',
}

/** SFF-8472 A0h byte 8: bit 2 passive, bit 3 active cable. */
export function isCable(a0: Uint8Array): boolean {
  return (byte(a0, 8) & 0x0c) !== 0 && !isUnwritten(a0)
}

/** SFF-8024 table 4-3: RJ45. */
const RJ45 = 0x22

/** The PMDs that a module names, the fastest first. A dual-rate module names two. */
export function ethernetPmds(a0: Uint8Array): readonly string[] {
  if (isUnwritten(a0)) return []
  const extended = EXTENDED_PMDS[byte(a0, 36)]
  const named = PMD_BITS.filter((bit) => (byte(a0, bit.byte) & bit.mask) !== 0).map(
    (bit) => bit.pmd,
  )
  const all = [...(extended === undefined ? [] : [extended]), ...named, ...bidirectional(a0)]
  // Copper modules often carry the codes of optical ones too, for switches that accept only those.
  const twisted = all.filter((pmd) => pmd.endsWith('BASE-T'))
  return twisted.length > 0 || byte(a0, 2) === RJ45 ? twisted : all
}

/** BASE-BX10 (A0h byte 6 bit 6) exists at 100 Mb/s and 1 Gb/s; the nominal rate (byte 12) distinguishes them. */
function bidirectional(a0: Uint8Array): readonly string[] {
  if ((byte(a0, 6) & 0x40) === 0) return []
  return [byte(a0, 12) >= 10 ? '1000BASE-BX10' : '100BASE-BX10']
}

/** All code bits are set: the field was never written. */
export function isUnwritten(a0: Uint8Array): boolean {
  return [3, 4, 5, 6, 7, 8, 9, 10].every((at) => byte(a0, at) === 0xff)
}

function byte(a0: Uint8Array, at: number): number {
  return u8(a0, at) ?? 0
}
