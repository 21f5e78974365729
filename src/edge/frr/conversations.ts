import { join } from 'node:path'
import { FaultError, fault, type Fault } from '../../core/base/fault.js'
import { openVty, SilentError, type Reply, type Vty } from './vty.js'

/** Daemons demarc talks to. */
export type Daemon = 'zebra' | 'bgpd' | 'bfdd' | 'watchfrr'

/** Conversations for questions: one with each daemon, opened when needed and kept. */
export interface Conversations {
  /** A new conversation of the caller's own. */
  readonly open: (daemon: Daemon) => Promise<Vty>
  /** Asks in enable mode. A daemon that restarted since the last question is asked once more; one that is silent is not. */
  readonly ask: (daemon: Daemon, commands: readonly string[]) => Promise<readonly Reply[]>
  readonly close: () => void
}

/** None is open yet. `timeoutMs` is the longest silence of a daemon; what it runs into is a FaultError. */
export function conversations(runDir: string, timeoutMs: number): Conversations {
  const kept = new Map<Daemon, Vty>()
  const opening = new Map<Daemon, Promise<Vty>>()

  function open(daemon: Daemon): Promise<Vty> {
    return openVty({ daemon, path: join(runDir, `${daemon}.vty`), timeoutMs })
  }

  async function renew(daemon: Daemon): Promise<Vty> {
    const vty = await open(daemon)
    await vty.run(['enable'])
    kept.get(daemon)?.close()
    kept.set(daemon, vty)
    return vty
  }

  /** Those who ask at the same time share the new one: a second would close the first under its answer. */
  function fresh(daemon: Daemon): Promise<Vty> {
    const under = opening.get(daemon)
    if (under !== undefined) return under
    const vty = renew(daemon).finally(() => opening.delete(daemon))
    opening.set(daemon, vty)
    return vty
  }

  return {
    open,
    async ask(daemon, commands) {
      const old = kept.get(daemon)
      if (old?.isOpen() === true) {
        try {
          return await old.run(commands)
        } catch (error) {
          if (error instanceof SilentError) throw error
        }
      }
      return (await fresh(daemon)).run(commands)
    },
    close() {
      for (const vty of kept.values()) vty.close()
      kept.clear()
    },
  }
}

/** Runs a deed; what it throws as a FaultError is its answer. */
export async function asFault(deed: () => Promise<Fault | null>): Promise<Fault | null> {
  try {
    return await deed()
  } catch (error) {
    return faultOf(error)
  }
}

/** The fault of a FaultError; anything else that was thrown is a defect, `BUG`. */
export function faultOf(error: unknown): Fault {
  if (error instanceof FaultError) return error.fault
  return fault('BUG', 'frr', String(error))
}
