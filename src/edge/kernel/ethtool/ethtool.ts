import type { HaveLinkModes, LinkModeSettings } from '../../../core/model/link.js'
import { attributes, octets, spanOf, uint, word, type Span } from '../netlink/reader.js'
import type { NetlinkSocket, Request } from '../netlink/socket.js'
import {
  BITSET,
  CONTROL,
  ETHTOOL,
  LINKMODES,
  MODE_AUTONEG,
  MODULE_EEPROM,
} from '../netlink/uapi.js'
import type { MessageWriter } from '../netlink/writer.js'

/** Length of `struct genlmsghdr`. */
const HEADER = 4
/** `ETHTOOL_GENL_VERSION`; the controller's `CTRL_VERSION` is 2, and it accepts 1. */
const VERSION = 1

/** Link modes as the driver shows them. */
export type ReadModes = Omit<HaveLinkModes, 'attempt'>

/** Which octets of a module: I2C address 0x50 (A0h) or 0x51 (A2h), the lower or upper half. */
export interface EepromPart {
  readonly address: 0x50 | 0x51
  readonly offset: 0 | 128
  /** Page of the upper half; absent: 0. */
  readonly page?: number
}
/** Octets of one request; the kernel allows half a page at most (ETH_MODULE_EEPROM_PAGE_LEN). */
const PART_LENGTH = 128

/** Requests of the kernel's ethtool family. They reject with a KernelError where the driver refuses. */
export interface Ethtool {
  readonly linkModes: (port: string) => Promise<ReadModes>
  /** The value is the kernel's errno; 0: the driver accepted them. */
  readonly setLinkModes: (port: string, settings: LinkModeSettings) => Promise<number>
  readonly eepromPart: (port: string, part: EepromPart) => Promise<Uint8Array>
}

/**
 * Asks the kernel for the number of the family `ethtool` with the first request and keeps it
 * (linux/ethtool_netlink.h).
 */
export function ethtool(socket: NetlinkSocket): Ethtool {
  let family: number | null = null

  async function ask(command: number, body: (writer: MessageWriter) => void) {
    family ??= await familyId(socket)
    const answer = await socket.get(generic(family, command, body))
    return attributes(spanOf(answer.body, HEADER))
  }

  return {
    linkModes: async (port) => {
      const found = await ask(ETHTOOL.LINKMODES_GET, (writer) => writeDevice(writer, port, true))
      const ours = attributes(found.get(LINKMODES.OURS) ?? NO_SPAN)
      return {
        canAutoNegotiate: ((word(ours.get(BITSET.MASK), 0) ?? 0) & MODE_AUTONEG) !== 0,
        speed: knownSpeed(uint(found.get(LINKMODES.SPEED))),
        duplex: DUPLEX[uint(found.get(LINKMODES.DUPLEX)) ?? UNKNOWN_DUPLEX] ?? 'unknown',
        autoNegotiate: knownFlag(found.get(LINKMODES.AUTONEG)),
      }
    },
    setLinkModes: async (port, settings) => {
      family ??= await familyId(socket)
      const request = generic(family, ETHTOOL.LINKMODES_SET, (writer) => {
        writeDevice(writer, port)
        writeModes(writer, settings)
      })
      return (await socket.batch([request]))[0] ?? 0
    },
    eepromPart: async (port, part) => {
      const found = await ask(ETHTOOL.MODULE_EEPROM_GET, (writer) => {
        writeDevice(writer, port)
        writer.u32(MODULE_EEPROM.OFFSET, part.offset).u32(MODULE_EEPROM.LENGTH, PART_LENGTH)
        writer.u8(MODULE_EEPROM.PAGE, part.page ?? 0).u8(MODULE_EEPROM.BANK, 0)
        writer.u8(MODULE_EEPROM.I2C_ADDRESS, part.address)
      })
      // A copy, because the datagram around it is 32 KiB and would be kept with it.
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

const NO_SPAN: Span = { bytes: Buffer.alloc(0), start: 0, end: 0 }

function writeDevice(writer: MessageWriter, port: string, compact = false): void {
  writer.nest(ETHTOOL.HEADER, (header) => {
    header.text(ETHTOOL.HEADER_DEV, port)
    if (compact) header.u32(ETHTOOL.HEADER_FLAGS, ETHTOOL.COMPACT_BITSETS)
  })
}

/** The attributes of ETHTOOL_MSG_LINKMODES_SET. The kernel keeps what is left out. */
function writeModes(
  writer: MessageWriter,
  { autoNegotiate, speed, duplex }: LinkModeSettings,
): void {
  if (autoNegotiate !== undefined) writer.u8(LINKMODES.AUTONEG, Number(autoNegotiate))
  if (speed !== undefined) writer.u32(LINKMODES.SPEED, speed)
  if (duplex !== undefined) writer.u8(LINKMODES.DUPLEX, DUPLEX.indexOf(duplex))
}

function generic(family: number, command: number, body: (writer: MessageWriter) => void): Request {
  return {
    type: family,
    flags: 0,
    body: (writer) => body(writer.words(command | (VERSION << 8))),
  }
}

/** The number of the ethtool family. It is assigned at each boot. */
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
