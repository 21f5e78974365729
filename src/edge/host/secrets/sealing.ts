import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { fault } from '../../../core/base/fault.js'
import { ok, refused, type Result } from '../../../core/base/result.js'

/** What a text is sealed for. A text that was sealed for one purpose cannot be opened for another. */
export type Purpose = 'change journal' | 'pushed secrets'

/** First part of every sealed text: the format and its version. */
const FORMAT = 'demarc-sealed-1'

/** Octets of salt. Each text has a key derived with its own salt, so no nonce is used twice with one key. */
const SALT_BYTES = 16
/** Octets of nonce and tag (NIST SP 800-38D sections 5.2.1.1 and 5.2.1.2). */
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** Encrypts a text with AES-256-GCM, under a key that HKDF-SHA-256 (RFC 5869) derives from `key`; one line of ASCII. */
export function seal(key: Buffer, purpose: Purpose, text: string): string {
  const salt = randomBytes(SALT_BYTES)
  const nonce = randomBytes(NONCE_BYTES)
  const cipher = createCipheriv('aes-256-gcm', keyOf(key, salt, purpose), nonce)
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  const parts = [salt, nonce, cipher.getAuthTag(), body]
  return [FORMAT, ...parts.map((part) => part.toString('base64url'))].join('.')
}

/** The text; STATE_DAMAGED where it was changed, or sealed under another key or for another purpose. */
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
  const why = `the sealed ${purpose} cannot be opened: the text was changed, or sealed under another key`
  return refused(fault('STATE_DAMAGED', purpose, why))
}
