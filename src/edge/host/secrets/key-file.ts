import { randomBytes } from 'node:crypto'
import { fault, FaultError } from '../../../core/base/fault.js'
import { writeDurable } from '../files/durable-file.js'
import { readPrivate } from './secrets.js'

/** Bytes; as long as the output of SHA-256 (RFC 2104 section 3) and a key of AES-256. */
const KEY_BYTES = 32

export function randomKey(): Buffer {
  return randomBytes(KEY_BYTES)
}

/** The random key in this file, mode 0600; made at the first use. */
export async function readOrMakeKey(path: string): Promise<Buffer> {
  const kept = await readPrivate(path)
  if (kept.kind === 'missing') {
    const key = randomKey()
    await writeDurable(path, `${key.toString('hex')}\n`)
    return key
  }
  const hex = kept.kind === 'text' ? kept.text.trim() : ''
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    const why = kept.kind === 'refused' ? kept.reason : 'it does not hold 64 hexadecimal digits'
    throw new FaultError(
      fault('STATE_DAMAGED', path, `the key cannot be used: ${why}; remove it to get a new one`),
    )
  }
  return Buffer.from(hex, 'hex')
}
