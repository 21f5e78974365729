import type { IncomingMessage } from 'node:http'
import { attemptFault } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import type { Millis } from '../../core/base/time.js'
import { AGENT_METHODS, HUB_METHODS } from '../../core/wire/messages.js'
import type { Log } from '../../edge/host/log.js'
import { ROUTER_HEADER } from '../../edge/socket/client.js'
import type { PeerOptions, RpcPeer } from '../../edge/socket/peer.js'
import type { Newcomers } from '../../edge/socket/flow/newcomers.js'
import type { WrongTokens } from '../../edge/socket/flow/wrong-tokens.js'
import type { Handlers } from '../../edge/socket/method-table.js'
import type { Refusal } from '../../edge/socket/rejection.js'
import type { Routers } from './routers.js'
import { bearerToken } from './tokens.js'

export type AgentPeer = RpcPeer<typeof AGENT_METHODS>

interface AgentLink {
  readonly peer: AgentPeer
  /** ISO 8601: when it said hello. */
  readonly since: string
}

/** The connections of the routers that have said hello. */
export interface AgentLinks {
  readonly link: (id: string) => AgentLink | undefined
  /** Makes this the connection of the router; an older one is closed, because the newer one is alive. */
  readonly attach: (id: string, link: AgentLink) => void
  /** Closes the connection of a router that was removed. */
  readonly disconnect: (id: string) => void
}

/** WebSocket close codes of the hub's own (RFC 6455 section 7.4.2: 4000-4999 are for private use). */
const REMOVED = 4403
const REPLACED = 4409

/** No router is connected yet. `onAttach` is called when a router can be reached. */
export function createAgentLinks(
  { routers, log, wall }: AgentContext,
  onAttach: (id: string) => void,
): AgentLinks {
  const links = new Map<string, AgentLink>()

  async function detachWhenClosed(id: string, link: AgentLink): Promise<void> {
    const { code, reason } = await link.peer.closed
    log.info({ event: 'agent-gone', router: id, code, reason }, 'agent disconnected')
    if (links.get(id) !== link) return
    links.delete(id)
    const at = wall().toISOString()
    const unwritten = await attemptFault(async () => {
      await routers.update(id, (router) => ({
        router: { ...router, lastSeen: at },
        records: [{ router: id, type: 'router', at, data: { connected: false, reason } }],
        answer: null,
      }))
    })
    if (unwritten !== null) {
      log.error({ event: 'store', fault: unwritten }, 'the end of a connection was not written')
    }
  }

  return {
    link: (id) => links.get(id),
    attach(id, link) {
      const before = links.get(id)
      links.set(id, link)
      if (before !== undefined && before.peer !== link.peer) {
        log.warn(
          { event: 'agent-replaced', router: id },
          'a newer connection replaces an older one',
        )
        before.peer.hangUp(REPLACED, 'replaced by a newer connection')
      }
      void detachWhenClosed(id, link)
      // After the answer to hello has been sent.
      setImmediate(() => onAttach(id))
    },
    disconnect(id) {
      links.get(id)?.peer.hangUp(REMOVED, 'this router was removed from the hub')
    },
  }
}

/** What everything about connections needs. */
export interface AgentContext {
  readonly routers: Routers
  readonly log: Log
  readonly wall: () => Date
}

/** What is asked, and told, about callers that are not authenticated yet. */
export interface Gate {
  readonly wrongTokens: WrongTokens
  readonly newcomers: Newcomers
}

/** Checks the token of a WebSocket's opening handshake; the router's id, or why it is refused. */
export function authenticateAgent(
  { routers, log }: AgentContext,
  { wrongTokens, newcomers }: Gate,
  request: IncomingMessage,
): Result<string, Refusal> {
  const id = String(request.headers[ROUTER_HEADER] ?? '')
  if (routers.isToken(id, bearerToken(request.headers.authorization))) {
    newcomers.welcome(request.socket)
    return ok(id)
  }
  const from = request.socket.remoteAddress
  log.warn(
    { event: 'agent-refused', router: id.slice(0, 64), from },
    'wrong token or unknown router',
  )
  const detail = `the token was not accepted for the router named in "${ROUTER_HEADER}"`
  const retryAfter = wrongTokens.note(from)
  if (retryAfter === null) {
    return refused({ status: '401 Unauthorized', fault: fault('UNAUTHORIZED', 'agent', detail) })
  }
  const tooMany = fault('UNAUTHORIZED', 'agent', `${detail}; wait ${retryAfter} s`)
  return refused({ status: '429 Too Many Requests', fault: tooMany, retryAfter })
}

/** The hub's end of one connection. */
export function agentPeerOptions(
  log: Log,
  id: string,
  silence: Millis,
  handlers: (peer: AgentPeer) => Handlers<typeof HUB_METHODS>,
): PeerOptions<typeof HUB_METHODS, typeof AGENT_METHODS> {
  return {
    mine: HUB_METHODS,
    theirs: AGENT_METHODS,
    handlers,
    unreachable: 'AGENT_UNREACHABLE',
    silence,
    outgoing: 'toAgent',
    onBug: (method, error) => log.error({ event: 'bug', method, router: id, error }, 'bug'),
  }
}

/** The fault of a call to a router that is not connected; a later call may succeed. */
export function notConnected(id: string): Fault {
  return fault('AGENT_UNREACHABLE', id, 'the router is not connected')
}
