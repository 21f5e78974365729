import type { IncomingMessage } from 'node:http'
import { fault, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { millis } from '../../core/base/time.js'
import { VERSION } from '../../core/base/version.js'
import { AGENT_METHODS, HUB_METHODS, type HelloParams } from '../../core/wire/messages.js'
import type { Log } from '../../edge/host/log.js'
import { ROUTER_HEADER } from '../../edge/socket/client.js'
import type { PeerOptions, RpcPeer } from '../../edge/socket/peer.js'
import type { Handlers } from '../../edge/socket/method-table.js'
import { FINAL_PHASES, isRepeat, REPEATS_AMONG, takeProgress } from './changes.js'
import type { Journal } from '../store/journal.js'
import { takeEvents, takeHealth } from './reports.js'
import type { Routers } from './routers.js'
import type { Store } from '../store/store.js'
import { bearerToken } from './tokens.js'

type AgentPeer = RpcPeer<typeof AGENT_METHODS>

interface AgentLink {
  readonly peer: AgentPeer
  /** ISO 8601: when it said hello. */
  readonly since: string
}

/** The routers that are connected right now. */
export interface Agents {
  readonly link: (id: string) => AgentLink | undefined
  readonly authenticate: (request: IncomingMessage) => Result<string>
  readonly peer: (
    id: string,
    introduced: () => void,
  ) => PeerOptions<typeof HUB_METHODS, typeof AGENT_METHODS>
  /** Hangs up on a router that is registered no more. */
  readonly dismiss: (id: string) => void
}

export interface AgentsOptions {
  readonly store: Store
  readonly journal: Journal
  readonly routers: Routers
  readonly log: Log
  readonly wall: () => Date
  /** Milliseconds of silence after which a connection counts as dead. */
  readonly silence: number
  /** The router can be reached now. */
  readonly onHello: (id: string) => void
  /** The router has ended a change, so it can take another. */
  readonly onSettled: (id: string) => void
}

/** Close code of a connection that was replaced (RFC 6455 section 7.4.2: 4000-4999 are private). */
const REPLACED = 4409
const DISMISSED = 4403

/** Nobody is connected yet. A router that connects again takes the place of its old connection. */
export function createAgents(options: AgentsOptions): Agents {
  const { journal, routers, log } = options
  const links = new Map<string, AgentLink>()
  const now = (): string => options.wall().toISOString()

  async function hello(id: string, peer: AgentPeer, params: HelloParams) {
    if (params.router !== id) {
      const detail = `the token is for ${id}, hello says ${params.router}`
      return refused(fault('UNAUTHORIZED', 'router', detail))
    }
    if (!params.protocols.includes(1)) {
      return refused(fault('PEER_PROTOCOL', 'protocols', 'this hub speaks protocol 1'))
    }
    const at = now()
    const { agentVersion, bootId, platform, capabilities, running, lastGood } = params
    const agent = { agentVersion, bootId, platform, capabilities }
    const kept = await routers.update(id, (router) => ({
      router: { ...router, lastSeen: at, agent, running, lastGood },
      news: [{ router: id, type: 'router', at, data: { connected: true, agentVersion, running } }],
      answer: router.sequence,
    }))
    if (!kept.ok || peer.signal.aborted) return kept.ok ? refused(gone()) : kept
    seat(id, { peer, since: at })
    log.info({ event: 'agent-connected', router: id, agentVersion, running }, 'agent connected')
    return ok({ hub: 'demarc-hub', hubVersion: VERSION, protocol: 1, acknowledged: kept.value })
  }

  /** One connection for each router: the newer one is the living one. */
  function seat(id: string, link: AgentLink): void {
    const before = links.get(id)
    links.set(id, link)
    if (before !== undefined && before.peer !== link.peer) {
      log.warn({ event: 'agent-replaced', router: id }, 'a newer connection took over')
      before.peer.hangUp(REPLACED, 'replaced by a newer connection')
    }
    void unseat(id, link)
    // After the answer to hello has gone out.
    setImmediate(() => options.onHello(id))
  }

  async function unseat(id: string, link: AgentLink): Promise<void> {
    const { code, reason } = await link.peer.closed
    log.info({ event: 'agent-gone', router: id, code, reason }, 'agent gone')
    if (links.get(id) !== link) return
    links.delete(id)
    const at = now()
    try {
      await routers.update(id, (router) => ({
        router: { ...router, lastSeen: at },
        news: [{ router: id, type: 'router', at, data: { connected: false, reason } }],
        answer: null,
      }))
    } catch (error) {
      log.error({ event: 'store', error }, 'the end of a connection cannot be written down')
    }
  }

  function handlers(id: string, peer: AgentPeer, introduced: () => void) {
    const known = (): boolean => links.get(id)?.peer === peer
    return {
      async hello(params) {
        const answer = await hello(id, peer, params)
        if (answer.ok) introduced()
        return answer
      },
      ping: () => ok({ at: now() }),
      async 'report.health'(report) {
        if (!known()) return refused(noHello())
        return routers.update(id, (router) => takeHealth(options.store, router, report, now()))
      },
      async 'report.events'(report) {
        if (!known()) return refused(noHello())
        return routers.update(id, (router) => takeEvents(router, report, now()))
      },
      async 'change.progress'(progress) {
        if (!known()) return refused(noHello())
        const answer = await routers.update(id, async (router) => {
          const query = { router: id, type: 'change', limit: REPEATS_AMONG } as const
          const repeat = isRepeat(progress, await journal.read(query))
          return repeat ? { router, answer: {} } : takeProgress(router, progress, now())
        })
        if (FINAL_PHASES.includes(progress.phase)) setImmediate(() => options.onSettled(id))
        return answer
      },
    } satisfies Handlers<typeof HUB_METHODS>
  }

  return {
    link: (id) => links.get(id),
    authenticate(request) {
      const id = String(request.headers[ROUTER_HEADER] ?? '')
      if (routers.authentic(id, bearerToken(request.headers.authorization))) return ok(id)
      log.warn(
        { event: 'agent-refused', router: id.slice(0, 64), from: request.socket.remoteAddress },
        'wrong token or unknown router',
      )
      const detail = `the token was not accepted for the router named in "${ROUTER_HEADER}"`
      return refused(fault('UNAUTHORIZED', 'agent', detail))
    },
    peer: (id, introduced) => ({
      mine: HUB_METHODS,
      theirs: AGENT_METHODS,
      handlers: (peer) => handlers(id, peer, introduced),
      unreachable: 'AGENT_UNREACHABLE',
      silence: millis(options.silence),
      onBug: (method, error) => log.error({ event: 'bug', method, router: id, error }, 'bug'),
    }),
    dismiss(id) {
      links.get(id)?.peer.hangUp(DISMISSED, 'this router is registered no more')
    },
  }
}

/** `AGENT_UNREACHABLE`, which may pass by itself. */
export function notConnected(id: string): Fault {
  return fault('AGENT_UNREACHABLE', id, 'the router is not connected')
}

function noHello(): Fault {
  return fault('PEER_PROTOCOL', 'hello', 'say hello first')
}

function gone(): Fault {
  return fault('AGENT_UNREACHABLE', 'hello', 'the connection ended')
}
