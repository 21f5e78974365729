import type { AGENT_METHODS } from '../../core/wire/messages.js'
import type { Log } from '../../edge/host/log.js'
import type { RpcPeer } from '../../edge/socket/peer.js'
import type { Routers } from './routers.js'

export type AgentPeer = RpcPeer<typeof AGENT_METHODS>

/** Whose connection it is. A connection is bound to the token that opened it for as long as it lasts. */
export interface AgentCaller {
  readonly id: string
  /** SHA-256 of the token. */
  readonly digest: string
  /** Address and port. */
  readonly from: string
}

/** All open connections of agents, those that have not said hello included. */
export interface OpenConnections {
  /** Takes note of a connection that has not said hello yet. */
  readonly opened: (caller: AgentCaller, peer: AgentPeer) => void
  /** Whether the router comes with another token or from another address than at its last hello. */
  readonly isNewOrigin: (caller: AgentCaller) => boolean
  /**
   * Closes every connection of the router whose token is not accepted now, those without hello included.
   * To be called whenever the tokens of a router have changed, and when it was removed.
   */
  readonly revoke: (id: string) => void
  /** {@link OpenConnections.revoke} of every router that has a connection. */
  readonly revokeAll: () => void
}

/** WebSocket close code of the hub's own (RFC 6455 section 7.4.2: 4000-4999 are for private use). */
const REVOKED = 4403

export function createOpenConnections(
  routers: Pick<Routers, 'get' | 'isAccepted'>,
  log: Pick<Log, 'warn'>,
): OpenConnections {
  /** Connections of each router, with the SHA-256 of the token that opened each. */
  const open = new Map<string, Map<AgentPeer, string>>()
  /** Token and address of the last hello; one text for each router. */
  const origins = new Map<string, string>()

  function revoke(id: string): void {
    if (!routers.get(id).ok) origins.delete(id)
    for (const [peer, digest] of open.get(id) ?? []) {
      if (routers.isAccepted(id, digest)) continue
      log.warn({ event: 'agent-revoked', router: id }, 'closed a connection of a revoked token')
      peer.hangUp(REVOKED, 'the token of this connection is not accepted any more')
    }
  }

  async function forgetWhenClosed(id: string, peer: AgentPeer): Promise<void> {
    await peer.closed
    const peers = open.get(id)
    peers?.delete(peer)
    if (peers?.size === 0) open.delete(id)
  }

  return {
    opened({ id, digest }, peer) {
      const peers = open.get(id) ?? new Map<AgentPeer, string>()
      open.set(id, peers.set(peer, digest))
      void forgetWhenClosed(id, peer)
    },
    isNewOrigin({ id, digest, from }) {
      const origin = `${digest} ${from.replace(/:\d+$/, '')}`
      const isNew = origins.get(id) !== origin
      origins.set(id, origin)
      return isNew
    },
    revoke,
    revokeAll() {
      for (const id of open.keys()) revoke(id)
    },
  }
}
