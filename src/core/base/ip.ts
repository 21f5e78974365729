/** An address as a number, so that subnets can be compared. */
export interface Ip {
  readonly family: 4 | 6
  /** 0 … 2^32-1 or 0 … 2^128-1. */
  readonly bits: bigint
}

/** Reads an IPv4 dotted quad or an IPv6 address (RFC 4291 section 2.2); anything else is undefined. */
export function parseIp(text: string): Ip | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

function parseIpv4(text: string): Ip | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)
  if (match === null) return undefined
  let bits = 0n
  for (const octet of match.slice(1)) {
    if (Number(octet) > 255 || (octet.length > 1 && octet.startsWith('0'))) return undefined
    bits = (bits << 8n) | BigInt(octet)
  }
  return { family: 4, bits }
}

function parseIpv6(text: string): Ip | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = hextets(halves[0] ?? '')
  const tail = halves.length === 2 ? hextets(halves[1] ?? '') : []
  if (head === undefined || tail === undefined) return undefined
  const gap = 8 - head.length - tail.length
  if (halves.length === 2 ? gap < 1 : gap !== 0) return undefined
  const all = [...head, ...Array.from({ length: gap }, () => 0), ...tail]
  return { family: 6, bits: all.reduce((bits, word) => (bits << 16n) | BigInt(word), 0n) }
}

function hextets(text: string): number[] | undefined {
  if (text === '') return []
  const words: number[] = []
  const parts = text.split(':')
  for (const [place, part] of parts.entries()) {
    if (part.includes('.') && place === parts.length - 1) {
      const tail = parseIpv4(part)
      if (tail === undefined) return undefined
      words.push(Number(tail.bits >> 16n), Number(tail.bits & 0xffffn))
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      words.push(parseInt(part, 16))
    } else {
      return undefined
    }
  }
  return words
}

/** Canonical text: dotted quad, or RFC 5952 (lower case, longest run of zeroes as '::'). */
export function formatIp(ip: Ip): string {
  if (ip.family === 4) {
    return [24n, 16n, 8n, 0n].map((shift) => String((ip.bits >> shift) & 0xffn)).join('.')
  }
  const words = Array.from({ length: 8 }, (_, i) =>
    Number((ip.bits >> BigInt(112 - 16 * i)) & 0xffffn),
  )
  const run = longestZeroRun(words)
  const hex = words.map((word) => word.toString(16))
  if (run.length < 2) return hex.join(':')
  const head = hex.slice(0, run.start).join(':')
  const tail = hex.slice(run.start + run.length).join(':')
  return `${head}::${tail}`
}

function longestZeroRun(words: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  let start = 0
  for (let i = 0; i <= words.length; i++) {
    if (words[i] === 0) continue
    if (i - start > best.length) best = { start, length: i - start }
    start = i + 1
  }
  return best
}

/** An address with a prefix length. */
export interface Cidr {
  readonly ip: Ip
  /** 0-32 or 0-128. */
  readonly length: number
}

/** Reads `address/length`; host bits may be set. */
export function parseCidr(text: string): Cidr | undefined {
  const match = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text)
  const ip = match === null ? undefined : parseIp(match[1] ?? '')
  const length = Number(match?.[2])
  if (ip === undefined || length > width(ip)) return undefined
  return { ip, length }
}

/** `ADDRESS/LENGTH` with the address as `formatIp` has it; host bits stay. */
export function formatCidr(cidr: Cidr): string {
  return `${formatIp(cidr.ip)}/${cidr.length}`
}

/** Bits of an address: 32 or 128. */
export function width(ip: Ip): number {
  return ip.family === 4 ? 32 : 128
}

/** The subnet's first address: all host bits cleared. */
export function network(cidr: Cidr): Ip {
  const host = BigInt(width(cidr.ip) - cidr.length)
  return { family: cidr.ip.family, bits: (cidr.ip.bits >> host) << host }
}

/** The subnet's last address: all host bits set; the broadcast address of an IPv4 subnet. */
export function lastAddress(cidr: Cidr): Ip {
  const host = BigInt(width(cidr.ip) - cidr.length)
  return { family: cidr.ip.family, bits: network(cidr).bits | ((1n << host) - 1n) }
}

/** Whether the address lies in the subnet. */
export function contains(cidr: Cidr, ip: Ip): boolean {
  return (
    cidr.ip.family === ip.family && network({ ip, length: cidr.length }).bits === network(cidr).bits
  )
}

/** Whether two subnets share an address. */
export function overlaps(a: Cidr, b: Cidr): boolean {
  const wider = a.length <= b.length ? a : b
  return contains(wider, wider === a ? b.ip : a.ip)
}
