import * as z from 'zod'
import { fault, FaultError, type Fault } from '../../core/base/fault.js'
import { record } from '../../core/keyed/record.js'
import { PushedSecrets } from '../../core/wire/push.js'
import type { Log } from '../../edge/host/log.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { Vault } from '../../edge/host/secrets/vault.js'
import { readOrSetAside } from './set-aside.js'

/** Passwords that came with pushes, by the generation of the intent that needs them. */
export type SecretLayers = Readonly<Record<string, PushedSecrets>>

export interface PushedSecretStore {
  readonly layers: () => SecretLayers
  /** Resolves when they would survive a power cut. Where none is left, the file is removed. */
  readonly write: (layers: SecretLayers) => Promise<void>
}

const FILE = 'pushed-secrets.sealed'

const Layers = record(z.string().regex(/^\d{1,16}$/), PushedSecrets)

const DAMAGED = 'pushed passwords cannot be read; push those that an intent needs again'

/**
 * One sealed file in the state directory. A file that cannot be opened is set aside: the agent goes on,
 * and an intent that needs a lost password is refused with its name until the password is pushed again.
 */
export async function openPushedSecrets(
  files: StateFiles,
  vault: Vault,
  log: Pick<Log, 'error'>,
): Promise<PushedSecretStore> {
  const read = (): Promise<SecretLayers> => readLayers(files, vault)
  let layers = (await readOrSetAside({ files, log }, { file: FILE, message: DAMAGED }, read)) ?? {}

  return {
    layers: () => layers,
    async write(next) {
      const isEmpty = Object.keys(next).length === 0
      await (isEmpty
        ? files.remove(FILE)
        : files.write(FILE, `${vault.seal('pushed secrets', JSON.stringify(next))}\n`))
      layers = next
    },
  }
}

async function readLayers(files: StateFiles, vault: Vault): Promise<SecretLayers> {
  const sealed = await files.read(FILE)
  if (sealed === undefined) return {}
  const text = vault.unseal('pushed secrets', sealed)
  if (!text.ok) throw new FaultError(text.faults[0] ?? damaged())
  const layers = Layers.safeParse(JSON.parse(text.value))
  if (!layers.success) throw new FaultError(damaged())
  return layers.data
}

function damaged(): Fault {
  return fault('STATE_DAMAGED', FILE, 'is not what demarc wrote')
}
