/** NLA_TYPE_MASK: the upper two bits of an attribute's type are the flags nested and network byte order. */
const TYPE_MASK = 0x3fff
const MESSAGE_HEADER = 16
const ATTRIBUTE_HEADER = 4

/** One netlink message. `body` shares memory with the datagram it arrived in. */
export interface Message {
  readonly type: number
  readonly flags: number
  readonly seq: number
  readonly body: Buffer
}

/** Calls `take` for each complete message of a datagram, up to one that is cut short. */
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

/** A range of octets. A dump has 50 attributes for each link; a buffer object for each would be slow. */
export interface Span {
  readonly bytes: Buffer
  readonly start: number
  readonly end: number
}

/** The octets of a body from `skip` on: what follows its fixed part. */
export function spanOf(bytes: Buffer, skip = 0): Span {
  return { bytes, start: skip, end: bytes.length }
}

/** Calls `take` with the type and range of each complete attribute, up to one that is cut short. */
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

/** The attributes by type; of two with the same type the later one. */
export function attributes(span: Span): ReadonlyMap<number, Span> {
  const found = new Map<number, Span>()
  eachAttribute(span, (type, start, end) => found.set(type, { bytes: span.bytes, start, end }))
  return found
}

/** An unsigned number of 1, 2, 4 or 8 octets; undefined where it is missing or has another size. */
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

/** Number `place`, counted from 0, of an array of signed 32-bit numbers; undefined beyond its end. */
export function word(span: Span | undefined, place: number): number | undefined {
  const at = (span?.start ?? 0) + 4 * place
  return span === undefined || at + 4 > span.end ? undefined : span.bytes.readInt32LE(at)
}

/** Text up to its first NUL; undefined where it is missing. */
export function textOf(span: Span | undefined): string | undefined {
  if (span === undefined) return undefined
  let end = span.start
  while (end < span.end && span.bytes[end] !== 0) end += 1
  return span.bytes.toString('utf8', span.start, end)
}

/** The octets, which share memory with the datagram. */
export function octets(span: Span | undefined): Buffer | undefined {
  return span?.bytes.subarray(span.start, span.end)
}

/** As `aa:bb:cc:dd:ee:ff`; undefined where it does not have six octets. */
export function macText(span: Span | undefined): string | undefined {
  if (span === undefined || span.end - span.start !== 6) return undefined
  const hex = span.bytes.toString('hex', span.start, span.end)
  return `${hex.slice(0, 2)}:${hex.slice(2, 4)}:${hex.slice(4, 6)}:${hex.slice(6, 8)}:${hex.slice(8, 10)}:${hex.slice(10)}`
}
