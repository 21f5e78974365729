import { join } from 'node:path'
import { parseSecret } from '../core/config/secret.js'
import type { AgentSettings } from '../core/config/settings.js'
import type { Fault } from '../core/base/fault.js'
import type { SecretDigest } from '../core/model/names.js'
import { openFrr, type Frr } from '../edge/frr/frr.js'
import { openHostReader, type HostReader } from '../edge/host/host-state.js'
import { openLog, type Log } from '../edge/host/log.js'
import { readSecrets } from '../edge/host/secrets.js'
import { openStateFiles, type StateFiles } from '../edge/host/state-files.js'
import { openVault, type Vault } from '../edge/host/vault.js'
import { openKernel } from '../edge/kernel/open.js'
import type { Kernel } from '../edge/kernel/port.js'

/** The opened edges; `close` lets go of them and changes nothing on the router. */
export interface World {
  readonly log: Log
  readonly files: StateFiles
  readonly vault: Vault
  readonly kernel: Kernel
  readonly frr: Frr
  readonly readHost: HostReader
  readonly close: () => void
}

export async function openWorld(settings: AgentSettings): Promise<World> {
  const files = await openStateFiles(settings.state.dir)
  const vault = await openVault({ keyFile: join(settings.state.dir, 'vault.key') })
  const log = openLog({ level: settings.log.level, secrets: () => vault.known() })
  const kernel = await openKernel()
  const frr = openFrr({
    runDir: settings.frr.runDir,
    conceal: vault.conceal,
    reveal: vault.reveal,
  })
  return {
    log,
    files,
    vault,
    kernel,
    frr,
    readHost: await openHostReader(),
    close() {
      kernel.close()
      frr.close()
    },
  }
}

/** Reads the named secrets; a missing or unusable one is logged and left out. */
export async function concealNamed(
  names: readonly string[],
  dir: string,
  world: Pick<World, 'vault' | 'log'>,
): Promise<ReadonlyMap<string, SecretDigest>> {
  if (names.length === 0) return new Map()
  const digests = new Map<string, SecretDigest>()
  const { found, faults } = await readSecrets({ dir, names })
  const unusable: Fault[] = [...faults]
  for (const [name, text] of found) {
    const secret = parseSecret(text, name)
    if (secret.ok) digests.set(name, world.vault.conceal(secret.value))
    else unusable.push(...secret.faults)
  }
  if (unusable.length > 0) {
    world.log.warn({ event: 'secret-unusable', faults: unusable }, 'a named secret cannot be used')
  }
  return digests
}
