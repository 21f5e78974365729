import type { ModuleEeprom } from '../../../core/model/optic.js'
import { errnoName } from '../netlink/errno.js'
import { KernelError } from '../netlink/socket.js'
import type { EepromPart, Ethtool } from './ethtool.js'

/**
 * What drivers answer for a cage without a module, or a port without a cage. Some drivers report an
 * empty cage as EIO, which a module that does not answer causes as well.
 */
const ABSENT = new Set(['ENODEV', 'ENXIO', 'EOPNOTSUPP'])

/** Pages A0h and A2h of a module, as far as the driver can read them. */
export async function readModule(tool: Ethtool, port: string): Promise<ModuleEeprom> {
  try {
    const a0 = await readPage(tool, port, 0x50)
    const a2 = await readPage(tool, port, 0x51).catch(ifRefused)
    return { state: 'bytes', a0, a2: a2 === null || a2.length === 0 ? null : a2 }
  } catch (error) {
    if (!(error instanceof KernelError)) throw error
    const name = errnoName(error.errno)
    if (ABSENT.has(name)) return { state: 'absent' }
    return { state: 'unreadable', reason: `the driver of ${port} answered ${name} for page A0h` }
  }
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
