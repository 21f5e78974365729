/** Lengths of `struct nlmsghdr` and `struct nlattr`; everything is aligned to 4 octets. */
const MESSAGE_HEADER = 16
const ATTRIBUTE_HEADER = 4
/** NLA_F_NESTED; the kernel's strict families, such as ethtool, refuse a nest without it. */
const NESTED = 0x8000

/**
 * Writes netlink messages one behind the other into one buffer, so that many of them are one datagram.
 * Numbers are in the host's byte order, which is little endian on all of demarc's platforms (x86-64,
 * arm64).
 */
export class MessageWriter {
  #bytes = Buffer.alloc(16 * 1024)
  // A DataView's setters are native, a Buffer's are JavaScript. 1,000 attachments take 30,000 calls before
  // the JavaScript ones are compiled, which was the largest cost beside the kernel's own time.
  #view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset)
  #end = 0
  #message = 0

  /** Octets written so far. */
  get length(): number {
    return this.#end
  }

  /** Begins a message. Its fixed part is to be written next, with `words`. */
  begin(type: number, flags: number, seq: number): this {
    this.#message = this.#end
    const at = this.#claim(MESSAGE_HEADER)
    this.#view.setUint16(at + 4, type, true)
    this.#view.setUint16(at + 6, flags, true)
    this.#view.setUint32(at + 8, seq, true)
    return this
  }

  /** Ends the message that was begun last, by writing its length. */
  finish(): void {
    this.#view.setUint32(this.#message, this.#end - this.#message, true)
  }

  /** The fixed part of a payload as 32-bit words. */
  words(...words: readonly number[]): this {
    let at = this.#claim(4 * words.length)
    for (const word of words) {
      this.#view.setUint32(at, word, true)
      at += 4
    }
    return this
  }

  u8(type: number, value: number): this {
    this.#view.setUint8(this.#attribute(type, 1), value)
    return this
  }

  u16(type: number, value: number): this {
    this.#view.setUint16(this.#attribute(type, 2), value, true)
    return this
  }

  u32(type: number, value: number): this {
    this.#view.setUint32(this.#attribute(type, 4), value, true)
    return this
  }

  octets(type: number, value: Uint8Array): this {
    this.#bytes.set(value, this.#attribute(type, value.length))
    return this
  }

  /** Latin-1 text with a closing NUL. */
  text(type: number, value: string): this {
    this.#bytes.write(value, this.#attribute(type, value.length + 1), 'latin1')
    return this
  }

  nest(type: number, fill: (writer: this) => void): this {
    const at = this.#claim(ATTRIBUTE_HEADER)
    this.#view.setUint16(at + 2, type | NESTED, true)
    fill(this)
    this.#view.setUint16(at, this.#end - at, true)
    return this
  }

  /** A copy of everything written; the writer is empty afterwards. */
  take(): Buffer {
    const copy = Buffer.from(this.#bytes.subarray(0, this.#end))
    this.#bytes.fill(0, 0, this.#end)
    this.#end = 0
    return copy
  }

  #attribute(type: number, length: number): number {
    const at = this.#claim(ATTRIBUTE_HEADER + length)
    this.#view.setUint16(at, ATTRIBUTE_HEADER + length, true)
    this.#view.setUint16(at + 2, type, true)
    return at + ATTRIBUTE_HEADER
  }

  /** Room for `length` octets and their padding, all zero. */
  #claim(length: number): number {
    const at = this.#end
    this.#end = at + ((length + 3) & ~3)
    if (this.#end > this.#bytes.length) {
      this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#end)])
      this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset)
    }
    return at
  }
}
