import { createHmac, randomBytes } from 'node:crypto'
import { fault, FaultError } from '../../core/base/fault.js'
import { toSecretDigest, type SecretDigest } from '../../core/model/names.js'
import { writeDurable } from './durable-file.js'
import { readPrivate } from './secrets.js'

/** Keeps secrets behind digests: configuration lines and plans only ever hold the digest. */
export interface Vault {
  /** The same text always has the same digest on this router, and on no other router. */
  readonly conceal: (text: string) => SecretDigest
  /** The text, if this process has concealed it before. */
  readonly reveal: (digest: string) => string | undefined
  /** Everything concealed so far, for the log's redaction. */
  readonly known: () => Iterable<string>
}

/** Bytes; as long as the hash's own output (RFC 2104 section 3). */
const KEY_BYTES = 32

/** Hexadecimal digits of a digest: 128 bits, far beyond a collision among a router's passwords. */
const DIGEST_DIGITS = 32

/**
 * HMAC-SHA-256 under a random key that never leaves the router: whoever sees a plan cannot try
 * passwords against it, as a plain hash of a short BGP password would allow.
 */
export async function openVault(options: { readonly keyFile: string }): Promise<Vault> {
  const key = await readOrMakeKey(options.keyFile)
  const texts = new Map<string, string>()
  return {
    conceal(text) {
      const hex = createHmac('sha256', key).update(text, 'utf8').digest('hex')
      const digest = toSecretDigest(hex.slice(0, DIGEST_DIGITS))
      if (digest === undefined) throw new FaultError(fault('BUG', 'vault'))
      texts.set(digest, text)
      return digest
    },
    reveal: (digest) => texts.get(digest),
    known: () => texts.values(),
  }
}

async function readOrMakeKey(path: string): Promise<Buffer> {
  const kept = await readPrivate(path)
  if (kept.kind === 'missing') {
    const key = randomBytes(KEY_BYTES)
    await writeDurable(path, `${key.toString('hex')}\n`)
    return key
  }
  const hex = kept.kind === 'text' ? kept.text.trim() : ''
  if (!/^[0-9a-f]{64}$/.test(hex)) {
    const why = kept.kind === 'refused' ? kept.reason : 'it does not hold 64 hexadecimal digits'
    throw new FaultError(
      fault(
        'STATE_DAMAGED',
        path,
        `the vault's key cannot be used: ${why}; remove it to get a new one`,
      ),
    )
  }
  return Buffer.from(hex, 'hex')
}
