import * as z from 'zod'
import { FaultError, type Fault } from '../../core/base/fault.js'
import { PushedSecrets } from '../../core/wire/pushed-secrets.js'
import type { Log } from '../../edge/host/log.js'
import type { StateFiles } from '../../edge/host/files/state-files.js'
import type { Vault } from '../../edge/host/secrets/vault.js'
import { setAside } from './guarded-write.js'

/** Passwords that came with pushes, by the generation of the intent that needs them. */
export type SecretLayers = Readonly<Record<string, PushedSecrets>>

export interface PushedSecretStore {
  readonly layers: () => SecretLayers
  /** Resolves when they would survive a power cut; without any the file is gone. */
  readonly write: (layers: SecretLayers) => Promise<void>
}

const FILE = 'pushed-secrets.sealed'

const Layers = z.record(z.string().regex(/^\d{1,16}$/), PushedSecrets)

/**
 * One sealed file in the state directory. One that cannot be opened is set aside: the agent goes on,
 * and the intent that needs it says so until its passwords are pushed again.
 */
export async function openPushedSecrets(
  files: StateFiles,
  vault: Vault,
  log: Log,
): Promise<PushedSecretStore> {
  let layers = await readLayers(files, vault).catch(async (error: unknown) => {
    if (!(error instanceof FaultError) || error.fault.code !== 'STATE_DAMAGED') throw error
    const says = 'pushed passwords cannot be read; those an intent needs must be pushed again'
    await setAside(files, log, { file: FILE, fault: error.fault, says })
    return {}
  })

  return {
    layers: () => layers,
    async write(next) {
      const none = Object.keys(next).length === 0
      await (none
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
  return { code: 'STATE_DAMAGED', at: FILE, message: 'is not what demarc wrote' }
}
