import { ok, refused, type Result } from '../base/result.js'
import { readMessage, type BmpEvent } from './messages.js'

/** Version of BMP (RFC 7854 section 4.1). */
const VERSION = 3
/** Octets of the common header: version, length of the whole message, type. */
const HEADER = 6
/** Octets of a whole message. The longest of bgpd holds a BGP message of 65,535 octets. */
const LENGTH_MAX = 1024 * 1024
/** Octets of a body that are kept; the rest is passed over. A Peer Down with its NOTIFICATION is shorter. */
const KEPT_MAX = 8 * 1024

/** Cuts what one connection sends into messages and reads them. It keeps {@link KEPT_MAX} octets at most. */
export interface BmpDecoder {
  /**
   * Takes in the next octets, however they are cut. The refusal is what is malformed, in words; after it every further
   * call is refused with the same words.
   */
  readonly take: (chunk: Uint8Array) => Result<readonly BmpEvent[], string>
}

/** The message under way. */
interface Message {
  readonly type: number
  /** Octets of its body that are still to come. */
  missing: number
}

export function createBmpDecoder(): BmpDecoder {
  const kept = new Uint8Array(KEPT_MAX)
  let length = 0
  let message: Message | null = null
  let refusal: string | null = null

  /** Takes from the chunk what is missing up to `wanted` octets; the value is how many it took. */
  function keep(chunk: Uint8Array, wanted: number): number {
    const taken = chunk.subarray(0, wanted)
    const room = taken.subarray(0, KEPT_MAX - length)
    kept.set(room, length)
    length += room.length
    return taken.length
  }

  /** The event of a message that is complete; the next one begins. */
  function read(type: number): BmpEvent | null {
    const event = readMessage(type, kept.subarray(0, length))
    message = null
    length = 0
    if (event === undefined) refusal = `a message of type ${type} is too short`
    return event ?? null
  }

  function begin(): void {
    const view = new DataView(kept.buffer)
    refusal = headerRefusal(view)
    message = { type: view.getUint8(5), missing: view.getUint32(1) - HEADER }
    length = 0
  }

  /** Takes in a part of the chunk; the value is how many octets. */
  function step(chunk: Uint8Array, events: BmpEvent[]): number {
    const taken = keep(chunk, message === null ? HEADER - length : message.missing)
    if (message === null) {
      if (length === HEADER) begin()
    } else {
      message.missing -= taken
    }
    if (refusal === null && message?.missing === 0) {
      const event = read(message.type)
      if (event !== null) events.push(event)
    }
    return taken
  }

  return {
    take(chunk) {
      const events: BmpEvent[] = []
      let rest = chunk
      while (rest.length > 0) {
        if (refusal !== null) return refused(refusal)
        rest = rest.subarray(step(rest, events))
      }
      return refusal === null ? ok(events) : refused(refusal)
    },
  }
}

function headerRefusal(view: DataView): string | null {
  const [version, length] = [view.getUint8(0), view.getUint32(1)]
  if (version !== VERSION) return `version ${version} of BMP, not ${VERSION}`
  if (length >= HEADER && length <= LENGTH_MAX) return null
  return `a message of ${length} octets, not ${HEADER} to ${LENGTH_MAX}`
}
