import { join } from 'node:path'
import { attempt } from '../../../core/base/attempt.js'
import type { Result } from '../../../core/base/result.js'
import { millis, type Millis } from '../../../core/base/time.js'
import { systemClock } from '../../host/clock.js'
import type { Reply } from './reply-reader.js'
import { openVty, SilentError, type Vty } from './vty.js'

/** The FRR daemons that demarc uses. */
export type Daemon = 'zebra' | 'bgpd' | 'bfdd' | 'staticd' | 'mgmtd' | 'watchfrr'

/** Connections to the daemons' vty sockets. One with each is kept open for `show` commands. */
export interface DaemonConnections {
  /**
   * A new connection for configuration, which the caller closes. For a while afterwards the daemon gets the
   * time of a daemon that is busy. Rejects with a FaultError.
   */
  readonly open: (daemon: Daemon) => Promise<Vty>
  /**
   * Runs commands in enable mode on the kept connection. Where the daemon has closed that since the last
   * call, on a new one; a daemon that does not answer is not asked again. Rejects with a FaultError.
   */
  readonly ask: (daemon: Daemon, commands: readonly string[]) => Promise<readonly Reply[]>
  readonly close: () => void
}

/** How long a daemon may take until a sign of life, unless it was just sent configuration. */
const IDLE_MAX = millis(4000)
/** The same for a daemon that did not answer the last time, so that everybody who asks learns it soon. */
const SILENT_MAX = millis(1000)
/** So long after a configuration a daemon may be busy with it. */
const DIGESTION = millis(5000)

/** How long each daemon may take until a sign of life. */
interface Patience {
  readonly of: (daemon: Daemon) => Millis
  /** The daemon was sent configuration. */
  readonly configured: (daemon: Daemon) => void
  /** Runs a task and notes whether the daemon answers, for everybody who asks next. */
  readonly noting: <T>(daemon: Daemon, task: () => Promise<T>) => Promise<T>
}

function createPatience(timeout: Millis, now: () => Millis): Patience {
  const configuredAt = new Map<Daemon, Millis>()
  const silent = new Set<Daemon>()
  return {
    of(daemon) {
      if (silent.has(daemon)) return millis(Math.min(SILENT_MAX, timeout))
      const since = now() - (configuredAt.get(daemon) ?? Number.NEGATIVE_INFINITY)
      return since < DIGESTION ? timeout : millis(Math.min(IDLE_MAX, timeout))
    },
    configured: (daemon) => configuredAt.set(daemon, now()),
    async noting(daemon, task) {
      try {
        const value = await task()
        silent.delete(daemon)
        return value
      } catch (error) {
        if (error instanceof SilentError) silent.add(daemon)
        throw error
      }
    },
  }
}

/** Does nothing but to enter the enable mode, which the connection then has. */
const SIGN_OF_LIFE = ['enable']

/**
 * Opens no connection yet. `timeout` is the time without any octet from a daemon that runs commands, or has just
 * been sent configuration: thousands of lists take bgpd seconds.
 */
export function daemonConnections(
  runDir: string,
  timeout: Millis,
  now: () => Millis = systemClock.now,
): DaemonConnections {
  const kept = new Map<Daemon, Vty>()
  const opening = new Map<Daemon, Promise<Vty>>()
  const patience = createPatience(timeout, now)

  function connect(daemon: Daemon): Promise<Vty> {
    return openVty({ daemon, path: join(runDir, `${daemon}.vty`), timeout })
  }

  /** It is asked for a sign of life first: a daemon that hangs would keep the first line for half a minute. */
  async function openForConfiguration(daemon: Daemon): Promise<Vty> {
    const vty = await connect(daemon)
    await vty.run(SIGN_OF_LIFE, patience.of(daemon))
    patience.configured(daemon)
    return {
      ...vty,
      close() {
        patience.configured(daemon)
        vty.close()
      },
    }
  }

  async function renew(daemon: Daemon): Promise<Vty> {
    const vty = await connect(daemon)
    await vty.run(SIGN_OF_LIFE, patience.of(daemon))
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

  async function ask(daemon: Daemon, commands: readonly string[]): Promise<readonly Reply[]> {
    const vty = kept.get(daemon)
    if (vty?.isOpen() === true) {
      try {
        return await runOn(vty, patience.of(daemon), commands)
      } catch (error) {
        if (error instanceof SilentError) throw error
      }
    }
    return runOn(await renewOnce(daemon), patience.of(daemon), commands)
  }

  return {
    open: (daemon) => patience.noting(daemon, () => openForConfiguration(daemon)),
    ask: (daemon, commands) => patience.noting(daemon, () => ask(daemon, commands)),
    close() {
      for (const vty of kept.values()) vty.close()
      kept.clear()
    },
  }
}

/**
 * First asks for a sign of life, which shows within seconds that a daemon hangs, and does not only take long:
 * the configuration of thousands of neighbours takes bgpd seconds.
 */
async function runOn(
  vty: Vty,
  patience: Millis,
  commands: readonly string[],
): Promise<readonly Reply[]> {
  await vty.run(SIGN_OF_LIFE, patience)
  return vty.run(commands)
}

/** As `connections.ask`, with a daemon that cannot be reached as a fault. */
export function tryAsk(
  connections: DaemonConnections,
  daemon: Daemon,
  commands: readonly string[],
): Promise<Result<readonly Reply[]>> {
  return attempt(() => connections.ask(daemon, commands))
}
