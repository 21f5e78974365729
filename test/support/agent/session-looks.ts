import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { millis } from '../../../src/core/base/time.js'
import type { NeighborState, ShownNeighbor } from '../../../src/core/model/state.js'
import { isDown, sessionCause } from '../../../src/core/health/session/cause.js'
import type { CauseCode, SessionCause } from '../../../src/core/health/session/terms.js'
import { followSession, type SessionTrace } from '../../../src/core/health/session/trace.js'
import { bgpConnections } from '../../../src/edge/host/facts/bgp-connections.js'
import { healthyNeighbor } from './router-state.js'
import { waitFor } from '../process/wait.js'

/** The session of one FRR, and the network namespace in which its kernel is. */
export interface WatchedSession {
  readonly neighbor: () => Promise<ShownNeighbor | undefined>
  /** What of the neighbour FRR does not show. */
  readonly intent: Partial<Pick<NeighborState, 'localAs' | 'hasPassword'>>
  /** Runs a shell command in the namespace and returns its output; null: the kernel is not asked, and looks are fast. */
  readonly shell: ((command: string) => Promise<string>) | null
  /** A directory for copies of the kernel's tables. */
  readonly dir: string
}

/** Looks at a session as the agent does, until its cause is the expected one. */
export function watchSession({ neighbor, intent, shell, dir }: WatchedSession) {
  let trace: SessionTrace | null = null
  const net = join(dir, 'proc/net')
  mkdirSync(net, { recursive: true })

  async function readPath(address: string): Promise<NeighborState['path']> {
    if (shell === null) return null
    const copy = `for f in tcp tcp6 netstat; do cat /proc/net/$f > ${net}/$f; done`
    const arp = await shell(`${copy}; ip neigh show ${address}`)
    const { connecting, md5 } = await bgpConnections(dir)
    const isUnresolved = /FAILED|INCOMPLETE/.test(arp)
    return { isUnresolved, isConnecting: connecting.has(address), md5 }
  }

  /** null: the session is up. */
  async function look(): Promise<SessionCause | null> {
    const shown = (await neighbor()) ?? healthyNeighbor()
    const path = await readPath(shown.address)
    const state = healthyNeighbor({ ...shown, ...intent, path })
    const now = millis(Math.round(performance.now()))
    trace = followSession(trace, state, now)
    return isDown(state) ? sessionCause(state, trace, now) : null
  }

  // FRR waits longer after each attempt that failed, up to a minute.
  const often = { within: 120, every: shell === null ? 50 : 300 }
  return {
    up: () => waitFor('the session is up', look, { ...often, until: (cause) => cause === null }),
    becomes: (code: CauseCode) =>
      waitFor(code, look, { ...often, until: (cause) => cause?.code === code }),
  }
}
