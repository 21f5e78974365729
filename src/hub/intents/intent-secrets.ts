import * as z from 'zod'
import { fault, FaultError } from '../../core/base/fault.js'
import { secretsFor } from '../../core/intent/secret-names.js'
import { PushedSecrets } from '../../core/wire/push.js'
import type { Vault } from '../../edge/host/secrets/vault.js'
import { KEYS } from '../store/keys.js'
import type { Store } from '../store/store.js'
import type { Submission } from './submission.js'

/** The passwords that are stored with intents, sealed. */
export interface IntentSecrets {
  /** The passwords of one intent, for the push to its router; nobody else gets them. */
  readonly read: (id: string, generation: number) => Promise<PushedSecrets>
  /**
   * What to store of a submission: the intent, and sealed the passwords that it names. Where the
   * submission has no list of passwords, those of the intent `before` go on.
   */
  readonly sealed: (id: string, submission: Submission, before: number | null) => Promise<object>
}

const StoredSecrets = z.object({ secrets: z.string().optional() })

/** Reads and seals with this vault. */
export function createIntentSecrets(
  store: Store,
  vault: Pick<Vault, 'seal' | 'unseal'>,
): IntentSecrets {
  async function read(id: string, generation: number): Promise<PushedSecrets> {
    const stored = StoredSecrets.parse((await store.get(KEYS.intent(id, generation))) ?? {})
    if (stored.secrets === undefined) return {}
    const text = vault.unseal('pushed secrets', stored.secrets)
    if (!text.ok) {
      const detail =
        'the stored passwords cannot be opened any more: send them again with an intent'
      throw new FaultError(fault('STATE_DAMAGED', `${id} generation ${generation}`, detail))
    }
    return PushedSecrets.parse(JSON.parse(text.value))
  }

  return {
    read,
    async sealed(id, { intent, secrets }, before) {
      const earlier = secrets === null && before !== null ? await read(id, before) : {}
      const needed = secretsFor(intent, secrets ?? {}, earlier)
      return Object.keys(needed).length === 0
        ? { intent }
        : { intent, secrets: vault.seal('pushed secrets', JSON.stringify(needed)) }
    },
  }
}
