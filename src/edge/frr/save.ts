import { fault, type Fault } from '../../core/base/fault.js'
import { tryAsk, type DaemonConnections } from './connections.js'

/**
 * Writes the running configuration to the file that FRR starts with; null: done. Under Debian's
 * `frr.service` watchfrr writes `/etc/frr/frr.conf` for any member of the group frrvty. Without watchfrr
 * each daemon writes its own file, which FRR reads when there is no `frr.conf`.
 */
export async function saveConfig(connections: DaemonConnections): Promise<Fault | null> {
  const written = await tryAsk(connections, 'watchfrr', ['write integrated'])
  if (!written.ok) {
    const failed = written.faults[0] ?? null
    return failed?.code === 'FRR_UNAVAILABLE' ? saveByDaemon(connections) : failed
  }
  const text = written.value[0]?.text ?? ''
  return text.includes('[OK]') ? null : notSaved('watchfrr', text)
}

async function saveByDaemon(connections: DaemonConnections): Promise<Fault | null> {
  for (const daemon of ['bgpd', 'bfdd'] as const) {
    const written = await tryAsk(connections, daemon, ['write file'])
    if (written.ok) {
      const [reply] = written.value
      if (reply?.status !== 0) return notSaved(daemon, reply?.text ?? '')
      continue
    }
    const failed = written.faults[0] ?? null
    // bfdd need not run: it has no configuration then.
    if (daemon === 'bgpd' || failed?.code !== 'FRR_UNAVAILABLE') return failed
  }
  return null
}

function notSaved(daemon: string, text: string): Fault {
  const reason = text.replace(/[^\x20-\x7e]+/g, ' ').trim()
  const detail =
    'the configuration is active but not saved, so a restart of FRR would lose it: ' +
    reason.slice(-300)
  return fault('FRR_REFUSED', daemon, detail)
}
