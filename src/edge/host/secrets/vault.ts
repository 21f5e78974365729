import { createHmac } from 'node:crypto'
import { fault, FaultError } from '../../../core/base/fault.js'
import { ok, refused, type Result } from '../../../core/base/result.js'
import { toSecretDigest, type SecretDigest } from '../../../core/model/names.js'
import { randomKey, readKey } from './key-file.js'
import { seal, unseal, type Purpose } from './sealing.js'

/** Stores secrets by their digest. Configuration lines and plans contain only the digest. */
export interface Vault {
  /** Stores a text and gives its digest, which is always the same on this router, and another on any other. */
  readonly conceal: (text: string) => SecretDigest
  /** The text of a digest; undefined: this process has not stored it. */
  readonly reveal: (digest: string) => string | undefined
  /** All stored texts, so that the log can cut them out. */
  readonly known: () => Iterable<string>
  /**
   * The texts of these digests as one sealed line of ASCII, for a file that a later process reads. A
   * digest whose text is not stored is left out.
   */
  readonly exportSealed: (digests: Iterable<string>) => string
  /** Stores the texts that {@link Vault.exportSealed} of any process on this router has sealed; gives their digests. */
  readonly importSealed: (sealed: string) => Result<readonly SecretDigest[]>
  /** Seals any text under the vault's key. */
  readonly seal: (purpose: Purpose, text: string) => string
  readonly unseal: (purpose: Purpose, sealed: string) => Result<string>
}

/** Hexadecimal digits of a digest: 128 bits, far beyond a collision among a router's passwords. */
const DIGEST_DIGITS = 32

/** Stored texts; beyond that the one stored longest ago is dropped. A router has thousands of neighbours. */
const TEXTS_MAX = 65_536

const JOURNAL: Purpose = 'change journal'

export interface VaultOptions {
  readonly keyFile: string
  /** Whether a key that is not there is made; absent: it is. */
  readonly mayMakeKey?: boolean
}

/**
 * A vault whose digests are HMAC-SHA-256 under the random key in `keyFile`, which never leaves the router.
 * With a plain hash, a reader of a plan could find a short BGP password by trying. Rejects with
 * STATE_DAMAGED where the key cannot be used.
 */
export async function openVault(options: VaultOptions): Promise<Vault> {
  return vaultUnder(await readKey(options.keyFile, options.mayMakeKey ?? true))
}

/** A vault with a new key that ends with the process. It opens nothing that another process sealed. */
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
        return refused(
          fault('STATE_DAMAGED', JOURNAL, 'the sealed text is not a list of passwords'),
        )
      }
      return ok(list.map(conceal))
    },
    seal: (purpose, text) => seal(key, purpose, text),
    unseal: (purpose, sealed) => unseal(key, purpose, sealed),
  }
}
