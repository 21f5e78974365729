import { fault, type Fault } from '../../core/base/fault.js'
import { ok, refused, type Result } from '../../core/base/result.js'
import { VERSION } from '../../core/base/version.js'
import type {
  ChangeProgress,
  HelloParams,
  HelloResult,
  HUB_METHODS,
} from '../../core/wire/messages.js'
import type { Handlers } from '../../edge/socket/method-table.js'
import type { Journal } from '../store/journal.js'
import type { Store } from '../store/store.js'
import type { AgentContext, AgentLinks, AgentPeer } from './agents.js'
import { applyProgress, FINAL_PHASES, isRepeat, REPEATS_AMONG, storable } from './changes.js'
import { applyEvents, applyHealth, resumedAt } from './reports.js'

/** The version of the control channel that this hub speaks. */
const PROTOCOL = 1

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
        flat(routers.update(id, (router) => applyHealth(store, router, report, now()))),
      ),
    'report.events': async (report) =>
      afterHello(async () =>
        flat(routers.update(id, (router) => applyEvents(router, report, now()))),
      ),
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
  const wrong = helloFault(id, params)
  if (wrong !== null) return refused(wrong)
  const at = wall().toISOString()
  const { agentVersion, bootId, platform, capabilities, running, lastGood } = params
  const agent = { agentVersion, bootId, platform, capabilities }
  const data = { connected: true, agentVersion, running }
  const updated = await routers.update(id, (before) => {
    const router = resumedAt(before, params.lastSequence)
    return {
      router: { ...router, lastSeen: at, agent, running, lastGood },
      records: [{ router: id, type: 'router', at, data }],
      answer: router.sequence,
    }
  })
  if (!updated.ok) return updated
  if (peer.signal.aborted) {
    return refused(fault('AGENT_UNREACHABLE', 'hello', 'the connection ended'))
  }
  links.attach(id, { peer, since: at })
  log.info({ event: 'agent-connected', router: id, agentVersion, running }, 'agent connected')
  return ok({
    hub: 'demarc-hub',
    hubVersion: VERSION,
    protocol: PROTOCOL,
    acknowledged: updated.value,
  })
}

function helloFault(id: string, { router, protocols }: HelloParams): Fault | null {
  if (router !== id) {
    return fault('UNAUTHORIZED', 'router', `the token is for ${id}, hello is from ${router}`)
  }
  if (!protocols.includes(PROTOCOL)) {
    return fault('PEER_PROTOCOL', 'protocols', `this hub speaks only protocol ${PROTOCOL}`)
  }
  return null
}

/** The answer of an update that may itself be a refusal. */
async function flat<T>(update: Promise<Result<Result<T>>>): Promise<Result<T>> {
  const done = await update
  return done.ok ? done.value : done
}

async function reportProgress(
  { routers, journal, wall, onSettled }: HubMethodsContext,
  id: string,
  progress: ChangeProgress,
): Promise<Result<Record<string, never>>> {
  const answer = await routers.update(id, async (router) => {
    const recent = await journal.read({ router: id, type: 'change', limit: REPEATS_AMONG })
    if (isRepeat(progress, recent)) return { router, answer: {} }
    return applyProgress(router, storable(progress), wall().toISOString())
  })
  if (FINAL_PHASES.includes(progress.phase)) setImmediate(() => onSettled(id))
  return answer
}
