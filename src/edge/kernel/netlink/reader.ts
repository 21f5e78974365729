/** Upper two bits of an attribute's type say nested and network byte order (NLA_TYPE_MASK). */
const TYPE_MASK = 0x3fff
const MESSAGE_HEADER = 16
const ATTRIBUTE_HEADER = 4

/** One netlink message as it arrived; `body` shares memory with the datagram. */
export interface Message {
  readonly type: number
  readonly flags: number
  readonly seq: number
  readonly body: Buffer
}

/** Hands over every whole message of a datagram; a torn one ends it. */
export function eachMessage(datagram: Buffer, take: (message: Message) => void): void {
  let at = 0
  while (at + MESSAGE_HEADER <= datagram.length) {
    const length = datagram.readUInt32LE(at)
    if (length < MESSAGE_HEADER || at + length > datagram.length) return
    take({
      type: datagram.readUInt16LE(at + 4),
      flags: datagram.readUInt16LE(at + 6),
      seq: datagram.readUInt32LE(at + 8),
      body: datagram.subarray(at + MESSAGE_HEADER, at + length),
    })
    at += padded(length)
  }
}

/** A stretch of octets. A dump of links has 50 attributes each, too many to cut each out. */
export interface Span {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/** Everything behind the fixed part of a body. */
export function spanOf(bytes: Buffer, skip = 0): Span {
  return { bytes, start: skip, end: bytes.length }
}

/** Hands over every whole attribute as its type and place; a torn one ends it. */
export function eachAttribute(
  { bytes, start, end }: Span,
  take: (type: number, from: number, to: number) => void,
): void {
  let at = start
  while (at + ATTRIBUTE_HEADER <= end) {
    const length = bytes.readUInt16LE(at)
    if (length < ATTRIBUTE_HEADER || at + length > end) return
    take(bytes.readUInt16LE(at + 2) & TYPE_MASK, at + ATTRIBUTE_HEADER, at + length)
    at += padded(length)
  }
}

function padded(length: number): number {
  return (length + 3) & ~3
}

/** The attributes by type, for small messages; a later one of the same type wins. */
export function attributes(span: Span): ReadonlyMap<number, Span> {
  const found = new Map<number, Span>()
  eachAttribute(span, (type, start, end) => found.set(type, { bytes: span.bytes, start, end }))
  return found
}

/** An unsigned number of 1, 2, 4 or 8 octets; undefined when missing or of another size. */
export function uint(span: Span | undefined): number | undefined {
  if (span === undefined) return undefined
  switch (span.end - span.start) {
    case 1:
      return span.bytes.readUInt8(span.start)
    case 2:
      return span.bytes.readUInt16LE(span.start)
    case 4:
      return span.bytes.readUInt32LE(span.start)
    case 8:
      return Number(span.bytes.readBigUInt64LE(span.start))
    default:
      return undefined
  }
}

/** One number of an array of 32-bit ones; undefined beyond its end. */
export function word(span: Span | undefined, place: number): number | undefined {
  const at = (span?.start ?? 0) + 4 * place
  return span === undefined || at + 4 > span.end ? undefined : span.bytes.readInt32LE(at)
}

/** Text up to its NUL. */
export function textOf(span: Span | undefined): string | undefined {
  if (span === undefined) return undefined
  let end = span.start
  while (end < span.end && span.bytes[end] !== 0) end += 1
  return span.bytes.toString('utf8', span.start, end)
}

/** The octets themselves, sharing memory. */
export function octets(span: Span | undefined): Buffer | undefined {
  return span?.bytes.subarray(span.start, span.end)
}

/** `aa:bb:cc:dd:ee:ff`; undefined unless it is six octets. */
export function macText(span: Span | undefined): string | undefined {
  if (span === undefined || span.end - span.start !== 6) return undefined
  const hex = span.bytes.toString('hex', span.start, span.end)
  return `${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6, 8)}:${hex.slice(8, 10)}:${hex.slice(10)}`
}
