/** Upper two bits of an attribute's type say nested and network byte order (NLA_TYPE_MASK). */
const TYPE_MASK = 0x3fff

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
  while (at + 16 <= datagram.length) {
    const length = datagram.readUInt32LE(at)
    if (length < 16 || at + length > datagram.length) return
    take({
      type: datagram.readUInt16LE(at + 4),
      flags: datagram.readUInt16LE(at + 6),
      seq: datagram.readUInt32LE(at + 8),
      body: datagram.subarray(at + 16, at + length),
    })
    at += (length + 3) & ~3
  }
}

/** Hands over every whole attribute behind the fixed part, which is `skip` octets long. */
export function eachAttribute(
  bytes: Buffer,
  skip: number,
  take: (type: number, value: Buffer) => void,
): void {
  let at = skip
  while (at + 4 <= bytes.length) {
    const length = bytes.readUInt16LE(at)
    if (length < 4 || at + length > bytes.length) return
    take(bytes.readUInt16LE(at + 2) & TYPE_MASK, bytes.subarray(at + 4, at + length))
    at += (length + 3) & ~3
  }
}

/** The attributes by type; a later one of the same type wins. */
export type Attributes = ReadonlyMap<number, Buffer>

/** All attributes at once, for small messages; the big dumps go through `eachAttribute`. */
export function attributes(bytes: Buffer, skip = 0): Attributes {
  const found = new Map<number, Buffer>()
  eachAttribute(bytes, skip, (type, value) => found.set(type, value))
  return found
}

/** An unsigned number of 1, 2, 4 or 8 octets; undefined when the value is missing or of another size. */
export function uint(value: Buffer | undefined): number | undefined {
  switch (value?.length) {
    case 1:
      return value.readUInt8(0)
    case 2:
      return value.readUInt16LE(0)
    case 4:
      return value.readUInt32LE(0)
    case 8:
      return Number(value.readBigUInt64LE(0))
    default:
      return undefined
  }
}

/** Text up to its NUL. */
export function text(value: Buffer | undefined): string | undefined {
  if (value === undefined) return undefined
  const end = value.indexOf(0)
  return value.toString('utf8', 0, end === -1 ? value.length : end)
}

/** `aa:bb:cc:dd:ee:ff`; undefined unless it is six octets. */
export function macText(value: Buffer | undefined): string | undefined {
  return value?.length === 6 ? value.toString('hex').replace(/(..)(?!$)/g, '$1:') : undefined
}
