import { createHmac } from 'node:crypto'
import { fault, FaultError } from '../../../core/base/fault.js'
import { ok, refused, type Result } from '../../../core/base/result.js'
import { toSecretDigest, type SecretDigest } from '../../../core/model/names.js'
import { randomKey, readOrMakeKey } from './key-file.js'
import { seal, unseal, type Purpose } from './sealing.js'

/** Keeps secrets behind digests: configuration lines and plans only ever hold the digest. */
export interface Vault {
  /** The same text always has the same digest on this router, and on no other router. */
  readonly conceal: (text: string) => SecretDigest
  /** The text, if this process has concealed it before. */
  readonly reveal: (digest: string) => string | undefined
  /** Everything concealed so far, for the log's redaction. */
  readonly known: () => Iterable<string>
  /**
   * The texts behind these digests as one sealed line of ASCII, for a file that must outlive this
   * process; digests without a text here are left out.
   */
  readonly exportSealed: (digests: Iterable<string>) => string
  /** Reveals from now on what {@link Vault.exportSealed} of any process on this router has sealed. */
  readonly importSealed: (sealed: string) => Result<readonly SecretDigest[]>
  /** Seals any text under the vault's key. */
  readonly seal: (purpose: Purpose, text: string) => string
  readonly unseal: (purpose: Purpose, sealed: string) => Result<string>
}

/** Hexadecimal digits of a digest: 128 bits, far beyond a collision among a router's passwords. */
const DIGEST_DIGITS = 32

/** Texts remembered; those not used for the longest time go. A router has thousands of neighbours. */
const TEXTS_MAX = 65_536

const JOURNAL: Purpose = 'change journal'

export interface VaultOptions {
  readonly keyFile: string
}

/**
 * HMAC-SHA-256 under a random key that never leaves the router: whoever sees a plan cannot try
 * passwords against it, as a plain hash of a short BGP password would allow.
 */
export async function openVault(options: VaultOptions): Promise<Vault> {
  return vaultUnder(await readOrMakeKey(options.keyFile))
}

/** A vault under a key of its own, which goes with the process: it opens nothing that was sealed before. */
export function passingVault(): Vault {
  return vaultUnder(randomKey())
}

function vaultUnder(key: Buffer): Vault {
  const texts = new Map<string, string>()

  function conceal(text: string): SecretDigest {
    const hex = createHmac('sha256', key).update(text, 'utf8').digest('hex')
    const digest = toSecretDigest(hex.slice(0, DIGEST_DIGITS))
    if (digest === undefined) throw new FaultError(fault('BUG', 'vault'))
    texts.delete(digest)
    texts.set(digest, text)
    const [oldest] = texts.size > TEXTS_MAX ? texts.keys() : []
    if (oldest !== undefined) texts.delete(oldest)
    return digest
  }

  return {
    conceal,
    reveal: (digest) => texts.get(digest),
    known: () => texts.values(),
    exportSealed(digests) {
      const wanted = [...new Set(digests)].flatMap((digest) => texts.get(digest) ?? [])
      return seal(key, JOURNAL, JSON.stringify(wanted))
    },
    importSealed(sealed) {
      const opened = unseal(key, JOURNAL, sealed)
      if (!opened.ok) return opened
      const list: unknown = JSON.parse(opened.value)
      if (!Array.isArray(list) || !list.every((text) => typeof text === 'string')) {
        return refused(fault('STATE_DAMAGED', JOURNAL, 'the sealed list is not one of texts'))
      }
      return ok(list.map(conceal))
    },
    seal: (purpose, text) => seal(key, purpose, text),
    unseal: (purpose, sealed) => unseal(key, purpose, sealed),
  }
}
