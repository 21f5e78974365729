/** Lengths of `struct nlmsghdr` and `struct nlattr`; everything is aligned to 4 octets. */
const MESSAGE_HEADER = 16
const ATTRIBUTE_HEADER = 4
/** NLA_F_NESTED; strict parts of the kernel, such as ethtool, insist on it. */
const NESTED = 0x8000

/**
 * Lays netlink messages one behind the other into one buffer, so that many of them go out in one
 * send. Numbers are in the host's byte order, which on all of demarc's platforms (x86-64, arm64) is
 * little endian.
 */
export class MessageWriter {
  #bytes = Buffer.alloc(16 * 1024)
  #end = 0
  #message = 0

  /** Octets written so far. */
  get length(): number {
    return this.#end
  }

  /** Opens a message; `family` fills the fixed part of the payload that follows. */
  begin(type: number, flags: number, seq: number): this {
    this.#message = this.#end
    const at = this.#claim(MESSAGE_HEADER)
    this.#bytes.writeUInt16LE(type, at + 4)
    this.#bytes.writeUInt16LE(flags, at + 6)
    this.#bytes.writeUInt32LE(seq, at + 8)
    return this
  }

  /** Closes the message that was opened last. */
  finish(): void {
    this.#bytes.writeUInt32LE(this.#end - this.#message, this.#message)
  }

  /** The fixed part of a payload: octets as they are. */
  fixed(bytes: Uint8Array): this {
    this.#bytes.set(bytes, this.#claim(bytes.length))
    return this
  }

  u8(type: number, value: number): this {
    this.#bytes.writeUInt8(value, this.#attribute(type, 1))
    return this
  }

  u16(type: number, value: number): this {
    this.#bytes.writeUInt16LE(value, this.#attribute(type, 2))
    return this
  }

  u32(type: number, value: number): this {
    this.#bytes.writeInt32LE(value | 0, this.#attribute(type, 4))
    return this
  }

  octets(type: number, value: Uint8Array): this {
    this.#bytes.set(value, this.#attribute(type, value.length))
    return this
  }

  /** With the closing NUL. */
  text(type: number, value: string): this {
    this.#bytes.write(value, this.#attribute(type, value.length + 1), 'latin1')
    return this
  }

  nest(type: number, fill: (writer: this) => void): this {
    const at = this.#claim(ATTRIBUTE_HEADER)
    this.#bytes.writeUInt16LE(type | NESTED, at + 2)
    fill(this)
    this.#bytes.writeUInt16LE(this.#end - at, at)
    return this
  }

  /** A copy of everything written; the writer starts again empty. */
  take(): Buffer {
    const copy = Buffer.from(this.#bytes.subarray(0, this.#end))
    this.#bytes.fill(0, 0, this.#end)
    this.#end = 0
    return copy
  }

  #attribute(type: number, length: number): number {
    const at = this.#claim(ATTRIBUTE_HEADER + length)
    this.#bytes.writeUInt16LE(ATTRIBUTE_HEADER + length, at)
    this.#bytes.writeUInt16LE(type, at + 2)
    return at + ATTRIBUTE_HEADER
  }

  /** Room for `length` octets and their padding, all zero. */
  #claim(length: number): number {
    const at = this.#end
    this.#end = at + ((length + 3) & ~3)
    if (this.#end > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#end)])
    }
    return at
  }
}
