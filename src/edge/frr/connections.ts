import { join } from 'node:path'
import { attempt } from '../../core/base/attempt.js'
import type { Result } from '../../core/base/result.js'
import type { Millis } from '../../core/base/time.js'
import type { Reply } from './reply-reader.js'
import { openVty, SilentError, type Vty } from './vty.js'

/** The FRR daemons that demarc uses. */
export type Daemon = 'zebra' | 'bgpd' | 'bfdd' | 'watchfrr'

/** Connections to the daemons' vty sockets. One with each is kept open for `show` commands. */
export interface DaemonConnections {
  /** A new connection, which the caller closes. Rejects with a FaultError. */
  readonly open: (daemon: Daemon) => Promise<Vty>
  /**
   * Runs commands in enable mode on the kept connection. Where the daemon has closed that since the last
   * call, on a new one; a daemon that does not answer is not asked again. Rejects with a FaultError.
   */
  readonly ask: (daemon: Daemon, commands: readonly string[]) => Promise<readonly Reply[]>
  readonly close: () => void
}

/** Opens no connection yet. `timeout` is the time that a daemon may take for an answer. */
export function daemonConnections(runDir: string, timeout: Millis): DaemonConnections {
  const kept = new Map<Daemon, Vty>()
  const opening = new Map<Daemon, Promise<Vty>>()

  function open(daemon: Daemon): Promise<Vty> {
    return openVty({ daemon, path: join(runDir, `${daemon}.vty`), timeout })
  }

  async function renew(daemon: Daemon): Promise<Vty> {
    const vty = await open(daemon)
    await vty.run(['enable'])
    kept.get(daemon)?.close()
    kept.set(daemon, vty)
    return vty
  }

  /** Callers at the same time share the new connection: renewing it twice would close it while the first waits. */
  function renewOnce(daemon: Daemon): Promise<Vty> {
    const underWay = opening.get(daemon)
    if (underWay !== undefined) return underWay
    const vty = renew(daemon).finally(() => opening.delete(daemon))
    opening.set(daemon, vty)
    return vty
  }

  return {
    open,
    async ask(daemon, commands) {
      const vty = kept.get(daemon)
      if (vty?.isOpen() === true) {
        try {
          return await vty.run(commands)
        } catch (error) {
          if (error instanceof SilentError) throw error
        }
      }
      return (await renewOnce(daemon)).run(commands)
    },
    close() {
      for (const vty of kept.values()) vty.close()
      kept.clear()
    },
  }
}

/** As `connections.ask`, with a daemon that cannot be reached as a fault. */
export function tryAsk(
  connections: DaemonConnections,
  daemon: Daemon,
  commands: readonly string[],
): Promise<Result<readonly Reply[]>> {
  return attempt(() => connections.ask(daemon, commands))
}
