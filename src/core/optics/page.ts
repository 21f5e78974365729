/** Unsigned 8 bit; undefined beyond the end. */
export function u8(page: Uint8Array, at: number): number | undefined {
  return page[at]
}

/** Unsigned 16 bit, big endian; undefined when either octet is beyond the end. */
export function u16(page: Uint8Array, at: number): number | undefined {
  const high = page[at]
  const low = page[at + 1]
  return high === undefined || low === undefined ? undefined : (high << 8) | low
}

/** Two's complement of an unsigned 16-bit number. */
export function signed16(raw: number): number {
  return (raw << 16) >> 16
}

/** IEEE 754 single precision, big endian; undefined beyond the end. */
export function f32(page: Uint8Array, at: number): number | undefined {
  if (at + 4 > page.length) return undefined
  return new DataView(page.buffer, page.byteOffset, page.byteLength).getFloat32(at)
}

/**
 * ASCII padded with blanks or NULs (SFF-8472 section 4.1), from `from` up to and without `to`.
 * A character that is not printable becomes `?`, so that no control characters reach a log.
 */
export function text(page: Uint8Array, from: number, to: number): string {
  const octets = [...page.subarray(from, to)]
  while (octets.length > 0 && isPadding(octets.at(-1))) octets.pop()
  return octets
    .map((octet) => (octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : '?'))
    .join('')
    .trim()
}

function isPadding(octet: number | undefined): boolean {
  return octet === 0x00 || octet === 0x20
}

/** One of the three checksums of SFF-8472: the low 8 bits of the sum of `from` … `at` - 1, kept in `at`. */
export interface Checksum {
  readonly name: 'CC_BASE' | 'CC_EXT' | 'CC_DMI'
  readonly from: number
  readonly at: number
}

/** A0h 0-62: identity. */
export const CC_BASE: Checksum = { name: 'CC_BASE', from: 0, at: 63 }
/** A0h 64-94: options, serial number, date, kind of diagnostics. */
export const CC_EXT: Checksum = { name: 'CC_EXT', from: 64, at: 95 }
/** A2h 0-94: thresholds and calibration. */
export const CC_DMI: Checksum = { name: 'CC_DMI', from: 0, at: 95 }

function sum(page: Uint8Array, checksum: Checksum): number {
  return page.subarray(checksum.from, checksum.at).reduce((total, octet) => total + octet, 0) & 0xff
}

/** What is wrong with a checksum; null when it is right. */
export function checksumFault(page: Uint8Array, checksum: Checksum): string | null {
  const stored = page[checksum.at] ?? 0
  const computed = sum(page, checksum)
  if (stored === computed) return null
  return `checksum ${checksum.name} (byte ${checksum.at}) is ${hex(stored)}, computed ${hex(computed)}`
}

/** 0x00 or 0xff if every octet of the page is that, as in a page that was not really read; else null. */
export function blank(page: Uint8Array): 0x00 | 0xff | null {
  const first = page[0]
  if (first !== 0x00 && first !== 0xff) return null
  return page.every((octet) => octet === first) ? first : null
}

/** `0x0a`: two digits, as SFF-8472 and SFF-8024 write an octet. */
export function hex(octet: number): string {
  return `0x${octet.toString(16).padStart(2, '0')}`
}
