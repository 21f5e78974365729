import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { fault } from '../../../core/base/fault.js'
import { ok, refused, type Result } from '../../../core/base/result.js'

/** What a sealed text is for; one that was sealed for something else does not open. */
export type Purpose = 'change journal' | 'pushed secrets'

/** First word of every sealed text: the format and its version. */
const FORMAT = 'demarc-sealed-1'

/** Bytes; the key of each text is its own, so that no nonce ever meets the same key twice. */
const SALT_BYTES = 16
/** Bytes of nonce and tag, NIST SP 800-38D sections 5.2.1.1 and 5.2.1.2. */
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** AES-256-GCM under a key made from `key` with HKDF-SHA-256 (RFC 5869): one line of ASCII. */
export function seal(key: Buffer, purpose: Purpose, text: string): string {
  const salt = randomBytes(SALT_BYTES)
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keyOf(key, salt, purpose), nonce)
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  const parts = [salt, nonce, cipher.getAuthTag(), body]
  return [FORMAT, ...parts.map((part) => part.toString('base64url'))].join('.')
}

/** The text again, or that it was changed, or sealed with another key or for another purpose. */
export function unseal(key: Buffer, purpose: Purpose, sealed: string): Result<string> {
  const [format, ...parts] = sealed.trim().split('.')
  const [salt, nonce, tag, body] = parts.map((part) => Buffer.from(part, 'base64url'))
  if (format !== FORMAT || body === undefined || parts.length !== 4) return unreadable(purpose)
  if (nonce?.length !== NONCE_BYTES || tag?.length !== TAG_BYTES) return unreadable(purpose)
  try {
    const decipher = createDecipheriv('aes-256-gcm', keyOf(key, salt, purpose), nonce)
    decipher.setAuthTag(tag)
    return ok(decipher.update(body, undefined, 'utf8') + decipher.final('utf8'))
  } catch {
    return unreadable(purpose)
  }
}

function keyOf(key: Buffer, salt: Buffer | undefined, purpose: Purpose): Buffer {
  const derived = hkdfSync('sha256', key, salt ?? '', `${FORMAT} ${purpose}`, key.length)
  return Buffer.from(derived)
}

function unreadable(purpose: Purpose): Result<never> {
  const why = `the sealed ${purpose} cannot be opened: changed, or sealed under another key`
  return refused(fault('STATE_DAMAGED', purpose, why))
}
