import type { IncomingMessage } from 'node:http'
import { attemptFault } from '../../core/base/attempt.js'
import { fault, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import type { Millis } from '../../core/base/time.js'
import { AGENT_METHODS, HUB_METHODS } from '../../core/wire/messages.js'
import type { Clock } from '../../edge/host/clock.js'
import type { Log } from '../../edge/host/log.js'
import { ROUTER_HEADER } from '../../edge/socket/client.js'
import type { Newcomers } from '../../edge/socket/flow/newcomers.js'
import type { WrongTokens } from '../../edge/socket/flow/wrong-tokens.js'
import type { PeerOptions } from '../../edge/socket/peer.js'
import type { Handlers } from '../../edge/socket/method-table.js'
import type { Refusal } from '../../edge/socket/rejection.js'
import {
  createOpenConnections,
  type AgentCaller,
  type AgentPeer,
  type OpenConnections,
} from './open-connections.js'
import { addressOf, type RefusedLogins } from './refused-logins.js'
import type { Routers } from './routers.js'
import { bearerToken } from './tokens.js'

interface AgentLink {
  readonly peer: AgentPeer
  readonly digest: string
  /** ISO 8601: when it said hello. */
  readonly since: string
}

/** The connections of all routers. */
export interface AgentLinks extends OpenConnections {
  /** The connection that has said hello, while the token that opened it is accepted. */
  readonly link: (id: string) => AgentLink | undefined
  /** Makes this the connection of the router; an older one is closed, because the newer one is alive. */
  readonly attach: (id: string, link: AgentLink) => void
}

/** WebSocket close codes of the hub's own (RFC 6455 section 7.4.2: 4000-4999 are for private use). */
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
    ...createOpenConnections(routers, log),
    link(id) {
      const link = links.get(id)
      return link !== undefined && routers.isAccepted(id, link.digest) ? link : undefined
    },
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
  }
}

/** What everything about connections needs. */
export interface AgentContext {
  readonly routers: Routers
  readonly log: Log
  readonly wall: () => Date
}

/** What is known about callers that are not authenticated yet. */
export interface Gate {
  readonly wrongTokens: WrongTokens
  readonly newcomers: Newcomers
}

/** Checks the token of a WebSocket's opening handshake: whose connection it will be, or why it is refused. */
export function authenticateAgent(
  { routers, refusedLogins }: AgentContext & { readonly refusedLogins: RefusedLogins },
  { wrongTokens, newcomers }: Gate,
  request: IncomingMessage,
): Result<AgentCaller, Refusal> {
  const id = String(request.headers[ROUTER_HEADER] ?? '')
  const digest = routers.digestOf(id, bearerToken(request.headers.authorization))
  if (digest !== undefined) {
    newcomers.welcome(request.socket)
    return ok({ id, digest, from: addressOf(request.socket) })
  }
  const from = request.socket.remoteAddress
  refusedLogins.record({
    address: from ?? '',
    action: 'agent.connect',
    router: routers.get(id).ok ? id : null,
  })
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
  { id }: AgentCaller,
  watched: { readonly silence: Millis; readonly clock: Clock },
  handlers: (peer: AgentPeer) => Handlers<typeof HUB_METHODS>,
): PeerOptions<typeof HUB_METHODS, typeof AGENT_METHODS> {
  return {
    mine: HUB_METHODS,
    theirs: AGENT_METHODS,
    handlers,
    unreachable: 'AGENT_UNREACHABLE',
    ...watched,
    outgoing: 'toAgent',
    onBug: (method, error) => log.error({ event: 'bug', method, router: id, error }, 'bug'),
  }
}

/** The fault of a call to a router that is not connected; a later call may succeed. */
export function notConnected(id: string): Fault {
  return fault('AGENT_UNREACHABLE', id, 'the router is not connected')
}
