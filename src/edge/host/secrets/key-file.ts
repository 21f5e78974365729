import { randomBytes } from 'node:crypto'
import { fault, FaultError } from '../../../core/base/fault.js'
import { writeDurable } from '../files/durable-file.js'
import { readPrivate } from './secrets.js'

/** Octets: the length of a SHA-256 output, as RFC 2104 section 3 advises, and of an AES-256 key. */
const KEY_BYTES = 32

export function randomKey(): Buffer {
  return randomBytes(KEY_BYTES)
}

/**
 * The random key in this file (mode 0600). Where there is none it is made, or with `mayMake` false refused. Rejects with
 * STATE_DAMAGED.
 */
export async function readKey(path: string, mayMake: boolean): Promise<Buffer> {
  const kept = await readPrivate(path)
  if (kept.kind === 'missing') {
    if (!mayMake) throw new FaultError(fault('STATE_DAMAGED', path, 'there is no such file'))
    const key = randomKey()
    await writeDurable(path, `${key.toString('hex')}\n`)
    return key
  }
  const hex = kept.kind === 'text' ? kept.text.trim() : ''
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    const why =
      kept.kind === 'refused' ? kept.reason : 'the file does not hold 64 hexadecimal digits'
    throw new FaultError(
      fault(
        'STATE_DAMAGED',
        path,
        `the key cannot be used: ${why}; if a newer demarc wrote it, install that one again; if you remove the file, demarc makes a new key and passwords must be pushed again`,
      ),
    )
  }
  return Buffer.from(hex, 'hex')
}
