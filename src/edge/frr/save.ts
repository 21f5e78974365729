import { fault, type Fault } from '../../core/base/fault.js'
import { tryAsk, type DaemonConnections } from './vty/connections.js'

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

/** A daemon besides bgpd need not run; it has no configuration then. */
async function saveByDaemon(connections: DaemonConnections): Promise<Fault | null> {
  const bgpd = await saveDaemon(connections, 'bgpd')
  if (bgpd !== null) return bgpd
  for (const daemon of ['bfdd', 'staticd', 'mgmtd'] as const) {
    const failed = await saveDaemon(connections, daemon)
    if (failed !== null && failed.code !== 'FRR_UNAVAILABLE') return failed
  }
  return null
}

async function saveDaemon(
  connections: DaemonConnections,
  daemon: 'bgpd' | 'bfdd' | 'staticd' | 'mgmtd',
): Promise<Fault | null> {
  const written = await tryAsk(connections, daemon, ['write file'])
  if (!written.ok) return written.faults[0] ?? null
  const [reply] = written.value
  return reply?.status === 0 ? null : notSaved(daemon, reply?.text ?? '')
}

function notSaved(daemon: string, text: string): Fault {
  const reason = text.replace(/[^\x20-\x7e]+/g, ' ').trim()
  const detail =
    'the configuration is active but not saved, so a restart of FRR would lose it: ' +
    reason.slice(-300)
  return fault('FRR_REFUSED', daemon, detail)
}
