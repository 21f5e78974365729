import type { ModuleEeprom } from '../../../core/model/optic.js'
import { isFlat, isQsfp } from '../../../core/optics/qsfp-page.js'
import { errnoName } from '../netlink/errno.js'
import { KernelError } from '../netlink/socket.js'
import type { EepromPart, Ethtool } from './ethtool.js'

/**
 * What drivers answer for a cage without a module, or a port without a cage. Some drivers report an
 * empty cage as EIO, which a module that does not answer causes as well.
 */
const ABSENT = new Set(['ENODEV', 'ENXIO', 'EOPNOTSUPP'])

/** Pages A0h and A2h of a module, or pages 00h and 03h of a QSFP, as far as the driver can read them. */
export async function readModule(tool: Ethtool, port: string): Promise<ModuleEeprom> {
  try {
    const a0 = await readPage(tool, port, 0x50)
    if (isQsfp(a0)) return { state: 'bytes', a0, a2: null, ...(await readLimits(tool, port, a0)) }
    const a2 = await readPage(tool, port, 0x51).catch(ifRefused)
    return { state: 'bytes', a0, a2: a2 === null || a2.length === 0 ? null : a2 }
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    const name = errnoName(error.errno)
    if (ABSENT.has(name)) return { state: 'absent' }
    return { state: 'unreadable', reason: `the driver of ${port} answered ${name} for page A0h` }
  }
}

/** Page 03h of SFF-8636; nothing where the memory is flat or the driver refuses it. */
async function readLimits(tool: Ethtool, port: string, a0: Uint8Array) {
  if (isFlat(a0)) return {}
  const part = { address: 0x50, offset: 128, page: 3 } as const
  const page3 = await tool.eepromPart(port, part).catch(ifRefused)
  return page3 === null ? {} : { page3 }
}

/** 256 octets, or the first 128 where the driver refuses the others. */
async function readPage(
  tool: Ethtool,
  port: string,
  address: EepromPart['address'],
): Promise<Uint8Array> {
  const lower = await tool.eepromPart(port, { address, offset: 0 })
  const upper = await tool.eepromPart(port, { address, offset: 128 }).catch(ifRefused)
  return upper === null ? lower : Uint8Array.from([...lower, ...upper])
}

function ifRefused(error: unknown): null {
  if (error instanceof KernelError) return null
  throw error
}
