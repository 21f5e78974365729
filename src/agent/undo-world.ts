import { FaultError } from '../core/base/fault.js'
import type { AgentSettings } from '../core/config/settings.js'
import { openVault, passingVault, type Vault, type VaultOptions } from '../edge/host/vault.js'
import { openWorld, type World } from './world.js'

/**
 * The edges for demarc-undo, which must not end by what ends the agent. It sets no file aside: those
 * that it cannot open under a key of its own may be whole.
 */
export async function openUndoWorld(
  settings: AgentSettings,
  say: (text: string) => void,
): Promise<World> {
  const world = await openWorld(settings, (options) => anyVault(options, say))
  return { ...world, files: { ...world.files, setAside: async (name) => name } }
}

/** Kernel state needs no password: without the router's vault it is undone all the same. */
async function anyVault(options: VaultOptions, say: (text: string) => void): Promise<Vault> {
  try {
    return await openVault(options)
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    const { code, at, message } = error.fault
    say(`${code}  ${at}: ${message}; undone without the passwords that are sealed under it`)
    return passingVault()
  }
}
