import { fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { VERSION } from '../../core/base/version.js'
import type {
  ChangeProgress,
  HelloParams,
  HelloResult,
  HUB_METHODS,
} from '../../core/wire/messages.js'
import { commonProtocol, protocolList, PROTOCOLS } from '../../core/wire/rpc.js'
import type { Handlers } from '../../edge/socket/method-table.js'
import type { Journal } from '../store/journal.js'
import type { Store } from '../store/store.js'
import type { AgentContext, AgentLinks, AgentPeer } from './agents.js'
import { applyProgress, FINAL_PHASES, isRepeat, REPEATS_AMONG } from './changes.js'
import { applyEvents, applyHealth } from './reports.js'

/** What the methods work on. */
export interface HubMethodsContext extends AgentContext {
  readonly store: Store
  readonly journal: Journal
  readonly links: AgentLinks
  /** A change of this router has ended, so that the router can take another. */
  readonly onSettled: (id: string) => void
}

/** The methods of the hub for one connection; all but `hello` and `ping` are refused before hello. */
export function hubMethods(
  context: HubMethodsContext,
  id: string,
  peer: AgentPeer,
  onHello: () => void,
): Handlers<typeof HUB_METHODS> {
  const { store, routers, links } = context
  const now = (): string => context.wall().toISOString()
  async function afterHello<T>(answer: () => Promise<Result<T>>): Promise<Result<T>> {
    if (links.link(id)?.peer === peer) return answer()
    return refused(fault('PEER_PROTOCOL', 'hello', 'send hello first'))
  }
  return {
    async hello(params) {
      const answer = await hello(context, id, peer, params)
      if (answer.ok) onHello()
      return answer
    },
    ping: () => ok({ at: now() }),
    'report.health': async (report) =>
      afterHello(async () =>
        routers.update(id, (router) => applyHealth(store, router, report, now())),
      ),
    'report.events': async (report) =>
      afterHello(async () => routers.update(id, (router) => applyEvents(router, report, now()))),
    'change.progress': async (progress) =>
      afterHello(async () => reportProgress(context, id, progress)),
  }
}

async function hello(
  { routers, links, log, wall }: HubMethodsContext,
  id: string,
  peer: AgentPeer,
  params: HelloParams,
): Promise<Result<HelloResult>> {
  const protocol = protocolFor(id, params)
  if (!protocol.ok) return protocol
  const at = wall().toISOString()
  const { agentVersion, bootId, platform, capabilities, running, lastGood } = params
  const agent = { agentVersion, bootId, platform, capabilities }
  const data = { connected: true, agentVersion, running }
  const updated = await routers.update(id, (router) => ({
    router: { ...router, lastSeen: at, agent, running, lastGood },
    records: [{ router: id, type: 'router', at, data }],
    answer: router.sequence,
  }))
  if (!updated.ok) return updated
  if (peer.signal.aborted) {
    return refused(fault('AGENT_UNREACHABLE', 'hello', 'the connection ended'))
  }
  links.attach(id, { peer, since: at })
  log.info({ event: 'agent-connected', router: id, agentVersion, running }, 'agent connected')
  return ok({
    hub: 'demarc-hub',
    hubVersion: VERSION,
    protocol: protocol.value,
    acknowledged: updated.value,
  })
}

/** The protocol to speak with a router that says hello, or why it is refused. */
function protocolFor(id: string, { router, protocols, agentVersion }: HelloParams): Result<number> {
  if (router !== id) {
    const detail = `the token is for ${id}, hello is from ${router}`
    return refused(fault('UNAUTHORIZED', 'router', detail))
  }
  const protocol = commonProtocol(protocols)
  if (protocol !== undefined) return ok(protocol)
  const mine = `this hub (demarc-hub ${VERSION}) speaks protocol ${protocolList(PROTOCOLS)}`
  const theirs = `the agent (demarcd ${agentVersion}) speaks ${protocolList(protocols)}`
  const detail = `${mine}, ${theirs}: upgrade the older of the two`
  return refused(fault('PEER_PROTOCOL', 'protocols', detail))
}

async function reportProgress(
  { routers, journal, wall, onSettled }: HubMethodsContext,
  id: string,
  progress: ChangeProgress,
): Promise<Result<Record<string, never>>> {
  const answer = await routers.update(id, async (router) => {
    const recent = await journal.read({ router: id, type: 'change', limit: REPEATS_AMONG })
    if (isRepeat(progress, recent)) return { router, answer: {} }
    return applyProgress(router, progress, wall().toISOString())
  })
  if (FINAL_PHASES.includes(progress.phase)) setImmediate(() => onSettled(id))
  return answer
}
