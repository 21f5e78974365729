import { release } from 'node:os'
import { join } from 'node:path'
import { FaultError } from '../core/base/fault.js'
import type { AgentSettings } from '../core/config/settings.js'
import { openFrr, type Frr } from '../edge/frr/frr.js'
import { bgpConnections, type BgpConnections } from '../edge/host/facts/bgp-connections.js'
import { bootId } from '../edge/host/facts/identity.js'
import { openHostReader, type HostReader } from '../edge/host/facts/host-state.js'
import { kernelFault } from '../edge/host/facts/kernel-release.js'
import { openLldpd, type Lldpd } from '../edge/host/facts/lldp.js'
import { openStateFiles, type StateFiles } from '../edge/host/files/state-files.js'
import { systemClock } from '../edge/host/clock.js'
import { openLog, type OpenLog } from '../edge/host/log.js'
import { openVault, type Vault, type VaultOptions } from '../edge/host/secrets/vault.js'
import type { Kernel } from '../edge/kernel/kernel.js'
import { openKernel } from '../edge/kernel/open.js'
import { openProber, type Prober } from '../edge/probe/prober.js'
import { openAddressMarks } from './router/address-marks.js'

/** The opened edges: everything through which the agent reads and changes the router. */
export interface Edges {
  readonly log: OpenLog
  readonly files: StateFiles
  readonly vault: Vault
  readonly kernel: Kernel
  readonly frr: Frr
  readonly prober: Prober
  readonly readHost: HostReader
  readonly lldpd: Lldpd
  readonly bgpConnections: () => Promise<BgpConnections>
  /** Closes sockets and changes nothing on the router. */
  readonly close: () => void
}

/**
 * Opens every edge. Rejects with a FaultError where the kernel is too old, the state directory cannot be
 * used, or netlink cannot be opened.
 */
export async function openEdges(
  settings: AgentSettings,
  vaultOf: (options: VaultOptions) => Promise<Vault> = openVault,
): Promise<Edges> {
  const unsupported = kernelFault(release())
  if (unsupported !== null) throw new FaultError(unsupported)
  const files = await openStateFiles(settings.state.dir)
  const vault = await vaultOf({ keyFile: join(settings.state.dir, 'vault.key') })
  const log = openLog({ level: settings.log.level, secrets: () => vault.known() })
  const kernel = await openKernel(await openAddressMarks({ files, log }, await bootId()))
  const prober = openProber(systemClock)
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
    prober,
    readHost: openHostReader(),
    lldpd: openLldpd(),
    bgpConnections,
    close() {
      prober.stop()
      kernel.close()
      frr.close()
    },
  }
}
