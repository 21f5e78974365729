import type { LinkNews } from '../../../core/model/link.js'
import { IFF_UP, IFLA, MESSAGE } from '../netlink/uapi.js'

/** IFF_LOWER_UP (linux/if.h). */
const IFF_LOWER_UP = 0x10000

/** Links that are printed at once until the next {@link Carriers.refill}. */
const AT_ONCE_MAX = 256

/** Links whose carrier is remembered; beyond it all are forgotten, and the next of each is printed once too often. */
const LINKS_MAX = 8192

/** Offsets in octets in a message of a link: `struct nlmsghdr` and `struct ifinfomsg`, then the first attribute. */
const AT = { type: 4, index: 20, flags: 24, attribute: 32, name: 36 } as const

/** Finds the links that were lost or are back among all notifications of links. */
export interface Carriers {
  /** The line to print for this message, whose end may be cut off; null: the carrier is as before. */
  readonly changed: (message: Buffer) => string | null
  /** More may be printed again. */
  readonly refill: () => void
}

/** A link that was never seen counts as one with a carrier. */
export function createCarriers(): Carriers {
  const lost = new Set<number>()
  let left = AT_ONCE_MAX
  return {
    changed(message) {
      if (message.length < AT.name) return null
      const index = message.readInt32LE(AT.index)
      if (message.readUInt16LE(AT.type) === MESSAGE.DELLINK) {
        lost.delete(index)
        return null
      }
      const flags = message.readUInt32LE(AT.flags)
      const carrier = (flags & IFF_LOWER_UP) !== 0
      if (carrier === !lost.has(index)) return null
      if (lost.size >= LINKS_MAX) lost.clear()
      if (carrier) lost.delete(index)
      else lost.add(index)
      const name = nameIn(message)
      if (name === null || left === 0) return null
      left -= 1
      return linkLine({ name, up: (flags & IFF_UP) !== 0, carrier })
    },
    refill() {
      left = AT_ONCE_MAX
    },
  }
}

/** The name of the link, which the kernel writes first; null: something else stands there. */
function nameIn(message: Buffer): string | null {
  const length = message.readUInt16LE(AT.attribute)
  const type = message.readUInt16LE(AT.attribute + 2)
  const end = AT.attribute + length
  if (type !== IFLA.IFNAME || end > message.length) return null
  const name = message.toString('latin1', AT.name, end).replace(/\0$/, '')
  return NAME.test(name) ? name : null
}

/** The kernel allows no space and no slash in a name; names with other than these are not demarc's. */
const NAME = /^[!-~]{1,15}$/

function linkLine({ name, up, carrier }: LinkNews): string {
  return `link ${name} ${up ? 'up' : 'down'} ${carrier ? 'carrier' : 'no-carrier'}`
}

const LINE = /^link ([!-~]{1,15}) (up|down) (carrier|no-carrier)$/

/** Reads a line of {@link Carriers}; null: it is another one. */
export function readLinkLine(line: string): LinkNews | null {
  const [, name, state, carrier] = LINE.exec(line) ?? []
  if (name === undefined) return null
  return { name, up: state === 'up', carrier: carrier === 'carrier' }
}
