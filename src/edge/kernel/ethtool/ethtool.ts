import { attributes, octets, spanOf, uint, type Span } from '../netlink/reader.js'
import type { NetlinkSocket, Request } from '../netlink/socket.js'
import { CONTROL, ETHTOOL, LINKMODES, MODULE_EEPROM } from '../netlink/uapi.js'
import type { MessageWriter } from '../netlink/writer.js'

/** Length of `struct genlmsghdr`. */
const HEADER = 4
/** `ETHTOOL_GENL_VERSION` and the controller's `CTRL_VERSION` are both happy with 1. */
const VERSION = 1

/** Speed, duplex and autonegotiation of a link. */
export interface LinkModes {
  /** Mb/s; null when the driver does not know, as while the link is down. */
  readonly speed: number | null
  readonly duplex: 'full' | 'half' | 'unknown'
  readonly autoNegotiate: boolean | null
}

/** Which octets of a module: I2C address 0x50 (A0h) or 0x51 (A2h), the lower or upper half. */
export interface EepromPart {
  readonly address: 0x50 | 0x51
  readonly offset: 0 | 128
}
/** One question is about half a page at most (ETH_MODULE_EEPROM_PAGE_LEN). */
const PART_LENGTH = 128

/** Questions of the kernel's ethtool family; rejects with a KernelError where the driver refuses. */
export interface Ethtool {
  readonly linkModes: (port: string) => Promise<LinkModes>
  readonly eepromPart: (port: string, part: EepromPart) => Promise<Uint8Array>
}

/**
 * Asks for the number of the family `ethtool` at the first question and keeps it
 * (linux/ethtool_netlink.h).
 */
export function ethtool(socket: NetlinkSocket): Ethtool {
  let known: number | null = null

  async function ask(command: number, body: (writer: MessageWriter) => void) {
    known ??= await familyId(socket)
    const answer = await socket.get(generic(known, command, body))
    return attributes(spanOf(answer.body, HEADER))
  }

  return {
    linkModes: async (port) => {
      const found = await ask(ETHTOOL.LINKMODES_GET, (writer) => writeDevice(writer, port))
      return {
        speed: knownSpeed(uint(found.get(LINKMODES.SPEED))),
        duplex: DUPLEX[uint(found.get(LINKMODES.DUPLEX)) ?? UNKNOWN_DUPLEX] ?? 'unknown',
        autoNegotiate: knownFlag(found.get(LINKMODES.AUTONEG)),
      }
    },
    eepromPart: async (port, part) => {
      const found = await ask(ETHTOOL.MODULE_EEPROM_GET, (writer) => {
        writeDevice(writer, port)
        writer.u32(MODULE_EEPROM.OFFSET, part.offset).u32(MODULE_EEPROM.LENGTH, PART_LENGTH)
        writer.u8(MODULE_EEPROM.PAGE, 0).u8(MODULE_EEPROM.BANK, 0)
        writer.u8(MODULE_EEPROM.I2C_ADDRESS, part.address)
      })
      // A copy: the datagram it lies in is 32 KiB.
      return Uint8Array.from(octets(found.get(MODULE_EEPROM.DATA)) ?? [])
    },
  }
}

const DUPLEX = ['half', 'full'] as const
const UNKNOWN_DUPLEX = 0xff
/** SPEED_UNKNOWN. */
const UNKNOWN_SPEED = 0xffff_ffff

function knownSpeed(speed: number | undefined): number | null {
  return speed === undefined || speed === UNKNOWN_SPEED ? null : speed
}

function knownFlag(span: Span | undefined): boolean | null {
  const value = uint(span)
  return value === undefined ? null : value === 1
}

function writeDevice(writer: MessageWriter, port: string): void {
  writer.nest(ETHTOOL.HEADER, (header) => header.text(ETHTOOL.HEADER_DEV, port))
}

function generic(family: number, command: number, body: (writer: MessageWriter) => void): Request {
  return {
    type: family,
    flags: 0,
    body: (writer) => body(writer.words(command | (VERSION << 8))),
  }
}

/** The number the kernel gave the ethtool family at this boot. */
async function familyId(socket: NetlinkSocket): Promise<number> {
  const answer = await socket.get(
    generic(CONTROL.FAMILY, CONTROL.GET_FAMILY, (writer) =>
      writer.text(CONTROL.FAMILY_NAME, 'ethtool'),
    ),
  )
  const found = attributes(spanOf(answer.body, HEADER))
  const id = uint(found.get(CONTROL.FAMILY_ID))
  if (id === undefined) throw new Error('this kernel has no ethtool netlink family')
  return id
}
